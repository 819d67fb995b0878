/* osc_flood.c — osc_flood PORT RATE SECONDS [ADDRESS]: sends so many OSC messages a second from one client, evenly in
 * milliseconds, each with another value; then asks /sync, and counts what was answered. Prints what it did:
 *   sent N, answers N, errors N, synced after MS */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, MESSAGE_BYTES = 128, SYNC_PATIENCE_MS = 5000 };

struct flood {
	int fd;
	uint64_t sent, answers, errors;
	char address[80];
};

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t put_text(char *to, const char *text)
{
	size_t n = strlen(text) / 4 * 4 + 4;
	memset(to, 0, n);
	memcpy(to, text, strlen(text));
	return n;
}

static size_t put_message(char *to, const char *address, char type, uint32_t bits)
{
	char types[3] = {',', type, 0};
	size_t n = put_text(to, address);
	n += put_text(to + n, types);
	bits = htonl(bits);
	memcpy(to + n, &bits, sizeof bits);
	return n + sizeof bits;
}

static void read_answers(struct flood *f)
{
	char answer[2048];
	for (ssize_t n; (n = recv(f->fd, answer, sizeof answer, MSG_DONTWAIT)) > 0; f->answers++)
		f->errors += n >= 6 && memcmp(answer, "/error", 6) == 0;
}

static void send_some(struct flood *f, uint64_t count)
{
	static char bytes[BATCH][MESSAGE_BYTES];
	struct iovec part[BATCH];
	struct mmsghdr batch[BATCH] = {0};
	while (count > 0) {
		unsigned n = count < BATCH ? (unsigned)count : BATCH;
		for (unsigned i = 0; i < n; i++) {
			float value = 100 + (float)((f->sent + i) % 2000);
			uint32_t bits;
			memcpy(&bits, &value, sizeof bits);
			part[i].iov_base = bytes[i];
			part[i].iov_len = put_message(bytes[i], f->address, 'f', bits);
			batch[i].msg_hdr = (struct msghdr){.msg_iov = &part[i], .msg_iovlen = 1};
		}
		int done = sendmmsg(f->fd, batch, n, 0);
		if (done < 0 && errno != EINTR && errno != ENOBUFS) {
			perror("osc_flood");
			exit(1);
		}
		f->sent += done > 0 ? (uint64_t)done : 0;
		count -= done > 0 ? (uint64_t)done : 0;
	}
	read_answers(f);
}

/* Milliseconds until everything before has been applied, or -1. */
static double sync_up(struct flood *f)
{
	char message[MESSAGE_BYTES], answer[2048];
	uint64_t begin = now_ns();
	size_t bytes = put_message(message, "/sync", 'i', 4711);
	if (send(f->fd, message, bytes, 0) < 0)
		return -1;
	while (now_ns() - begin < SYNC_PATIENCE_MS * 1000000ull) {
		struct pollfd p = {.fd = f->fd, .events = POLLIN};
		poll(&p, 1, 100);
		ssize_t n = recv(f->fd, answer, sizeof answer, MSG_DONTWAIT);
		if (n >= 8 && memcmp(answer, "/synced", 8) == 0)
			return (double)(now_ns() - begin) / 1e6;
		f->answers += n > 0;
		f->errors += n >= 6 && memcmp(answer, "/error", 6) == 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct flood f = {.address = "/mod/sine/freq"};
	if (argc < 4) {
		fprintf(stderr, "usage: osc_flood PORT RATE SECONDS [ADDRESS]\n");
		return 2;
	}
	if (argc > 4)
		snprintf(f.address, sizeof f.address, "%s", argv[4]);
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)atoi(argv[1])),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	f.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (f.fd < 0 || connect(f.fd, (struct sockaddr *)&to, sizeof to)) {
		perror("osc_flood");
		return 1;
	}
	double rate = atof(argv[2]), seconds = atof(argv[3]);
	uint64_t begin = now_ns(), total = (uint64_t)(rate * seconds);
	while (f.sent < total) {
		uint64_t due = (uint64_t)((double)(now_ns() - begin) / 1e9 * rate);
		due = due < total ? due : total;
		if (due > f.sent)
			send_some(&f, due - f.sent);
		usleep(1000);
	}
	double took = (double)(now_ns() - begin) / 1e9;
	double synced = sync_up(&f);
	printf("sent %llu in %.2f s, answers %llu, errors %llu, synced after %.1f ms\n", (unsigned long long)f.sent,
	       took, (unsigned long long)f.answers, (unsigned long long)f.errors, synced);
	return synced < 0;
}
