/* sender.c — see sender.h. liblo encodes and decodes; the socket is ours. */
#include "sender.h"

#include "ipc/clock.h"
#include "ipc/socket.h"
#include "lang/value.h"
#include "offer.h"
#include "said.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <lo/lo.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	EARS_BYTES = 8 << 20, /* a thousand answers may come at once */
	PACKET_BYTES = 65536,
	ANSWER_PATIENCE_MS = 3000,
	SYNC_AGAIN_MS = 500,
	OFFER_AGAIN_MS = 5000,
	BURST = 64,
	HEAD_BYTES = 128,
	SIZE_BYTES = 4, /* in front of what a bundle holds */
};

struct us_sender {
	int fd;
	uint64_t offer_to;   /* nonce of the session; 0: files are named only */
	int offer_fd;        /* -1: not open */
	uint64_t unheard_ns; /* control did not answer there then: it is not asked again for a while */
	int32_t sync_id;
	uint32_t sent; /* since the last sync */
	uint32_t patience_ms;
	us_command_sink *listener; /* NULL: answers are printed */
	void *listener_context;
	size_t shown; /* bytes of the head of each packet: a bundle that shows a token; 0: none */
	char head[HEAD_BYTES];
	char packet[PACKET_BYTES];
};

int us_sender_open(struct us_sender **result, const char *address, uint32_t port, struct us_err *err)
{
	struct us_sender *s = calloc(1, sizeof *s);
	char text[US_ADDRESS_TEXT_BYTES + 16];
	if (!s)
		return us_fail(err, "no memory to talk to the synth");
	struct sockaddr_storage to;
	const char *there = strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1"
	                    : strcmp(address, "::") == 0    ? "::1"
	                                                    : address;
	const socklen_t bytes = us_socket_address(there, port, &to);
	s->fd = bytes ? socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, bytes)) {
		const char *why = bytes ? strerror(errno) : "that is no address";
		us_fail(err, "cannot reach the synth at %s: %s", us_socket_print(text, there, port), why);
		us_sender_close(s);
		return US_FAILED;
	}
	const int ears = EARS_BYTES; /* as much as this user may have */
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &ears, sizeof ears))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &ears, sizeof ears);
	s->offer_fd = -1;
	s->sync_id = (int32_t)(us_now_ns() & 0x7fffffff);
	s->patience_ms = ANSWER_PATIENCE_MS;
	*result = s;
	return US_OK;
}

void us_sender_close(struct us_sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->offer_to && s->offer_fd >= 0)
		close(s->offer_fd);
	free(s);
}

static void add_argument(lo_message m, const struct us_arg *a)
{
	switch (a->type) {
	case 'i':
		lo_message_add_int32(m, (int32_t)a->i);
		break;
	case 'h':
		lo_message_add_int64(m, a->i);
		break;
	case 'f':
		lo_message_add_float(m, (float)a->d);
		break;
	case 'd':
		lo_message_add_double(m, a->d);
		break;
	case 'T':
		lo_message_add_true(m);
		break;
	case 'F':
		lo_message_add_false(m);
		break;
	default:
		lo_message_add_string(m, a->s);
		break;
	}
}

/* Which argument names a file: it is read or written by a program that runs elsewhere. */
static uint32_t path_argument(const struct us_command *command)
{
	return strcmp(command->address, "/patch/file") == 0     ? 1
	       : strcmp(command->address, "/record/start") == 0 ? 0
	                                                        : 99;
}

/* A path counts from where this program was started. */
static void make_absolute(struct us_command *command, char path[static PATH_MAX])
{
	char here[PATH_MAX];
	const uint32_t n = path_argument(command);
	if (n >= command->argc || command->arg[n].type != 's' || command->arg[n].s[0] == '/' ||
	    !getcwd(here, sizeof here))
		return;
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", here, command->arg[n].s) < PATH_MAX)
		command->arg[n].s = path;
}

size_t us_sender_encode(const struct us_command *command, void *packet, size_t room)
{
	char path[PATH_MAX];
	struct us_command c = *command;
	lo_message m = lo_message_new();
	if (!m)
		return 0;
	make_absolute(&c, path);
	for (uint32_t i = 0; i < c.argc; i++)
		add_argument(m, &c.arg[i]);
	size_t bytes = lo_message_length(m, c.address);
	if (bytes > room)
		bytes = 0;
	else
		lo_message_serialise(m, c.address, packet, &bytes);
	lo_message_free(m);
	return bytes;
}

static void write_size(char *to, size_t bytes)
{
	const uint32_t size = htonl((uint32_t)bytes);
	memcpy(to, &size, sizeof size);
}

/* #bundle, at once: first /token, then, in each packet, what is said. */
void us_sender_show(struct us_sender *s, const char *token)
{
	static const char begin[16] = {'#', 'b', 'u', 'n', 'd', 'l', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 1};
	const struct us_command show = {.address = "/token", .argc = 1, .arg = {{.type = 's', .s = token}}};
	const size_t at = sizeof begin + SIZE_BYTES;
	const size_t bytes = us_sender_encode(&show, s->head + at, sizeof s->head - at - SIZE_BYTES);
	memcpy(s->head, begin, sizeof begin);
	write_size(s->head + sizeof begin, bytes);
	s->shown = bytes ? at + bytes : 0;
}

static int send_packet(struct us_sender *s, const struct us_command *command, struct us_err *err)
{
	const size_t head = s->shown ? s->shown + SIZE_BYTES : 0;
	size_t bytes = us_sender_encode(command, s->packet + head, sizeof s->packet - head);
	if (!bytes)
		return us_fail(err, "the message %s is too long to send", command->address);
	if (head) {
		memcpy(s->packet, s->head, s->shown);
		write_size(s->packet + s->shown, bytes);
	}
	bytes += head;
	if (send(s->fd, s->packet, bytes, 0) < 0 && errno != ECONNREFUSED)
		return us_fail(err, "cannot send to the synth: %s", strerror(errno));
	return US_OK;
}

void us_sender_offer(struct us_sender *s, uint64_t nonce)
{
	s->offer_to = nonce;
}

/* Before it is named. Control may have been replaced since: then it is connected with anew. */
static void offer(struct us_sender *s, const struct us_command *command)
{
	char path[PATH_MAX];
	struct us_command c = *command;
	if (!s->offer_to || strcmp(c.address, "/patch/file") != 0 || c.argc < 2 || c.arg[1].type != 's')
		return;
	make_absolute(&c, path);
	if (s->offer_fd >= 0 && us_offer_file(s->offer_fd, c.arg[1].s))
		return;
	if (s->offer_fd >= 0)
		close(s->offer_fd);
	s->offer_fd = -1;
	if (s->unheard_ns && us_now_ns() - s->unheard_ns < OFFER_AGAIN_MS * 1000000ull)
		return;
	s->offer_fd = us_offer_open(s->offer_to);
	const bool heard = s->offer_fd >= 0 && us_offer_file(s->offer_fd, c.arg[1].s);
	s->unheard_ns = heard ? 0 : us_now_ns();
}

int us_sender_send(struct us_sender *s, const struct us_command *command, struct us_err *err)
{
	offer(s, command);
	if (send_packet(s, command, err))
		return US_FAILED;
	/* A long patch must not overrun the socket: now and then the synth is asked whether it is with us. */
	return ++s->sent < BURST ? US_OK : us_sender_sync(s, err);
}

int us_sender_post(struct us_sender *s, const struct us_command *command, struct us_err *err)
{
	return send_packet(s, command, err);
}

/* --- answers --------------------------------------------------------------------------------------------------------
 */

/* liblo lays arguments at multiples of 4: they are copied, not looked at. */
static struct us_arg read_argument(char type, const lo_arg *a)
{
	struct us_arg arg = {.type = type};
	int32_t whole;
	float number;
	if (type == 'i') {
		memcpy(&whole, a, sizeof whole);
		arg.i = whole;
	} else if (type == 'h') {
		memcpy(&arg.i, a, sizeof arg.i);
	} else if (type == 'f') {
		memcpy(&number, a, sizeof number);
		arg.d = (double)number;
	} else if (type == 'd') {
		memcpy(&arg.d, a, sizeof arg.d);
	} else if (type == 's') {
		arg.s = (const char *)a;
	}
	return arg;
}

/* Its strings are the message's. Of types that we never send no more than their letter. */
static struct us_command read_answer(const char *address, lo_message m)
{
	struct us_command answer = {.address = address};
	for (int i = 0; i < lo_message_get_argc(m) && i < US_COMMAND_ARGS; i++)
		answer.arg[answer.argc++] = read_argument(lo_message_get_types(m)[i], lo_message_get_argv(m)[i]);
	return answer;
}

static const char *text_of(const struct us_command *answer, uint32_t n)
{
	return n < answer->argc && answer->arg[n].type == 's' ? answer->arg[n].s : "";
}

/* What somebody called an instance, a scene or a file does not reach a terminal as an order. */
static void print_visible(const char *text)
{
	putchar(' ');
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		const size_t n = us_visible_bytes(s);
		if (n)
			fwrite(s, 1, n, stdout);
		else
			putchar('?');
		s += n ? n : 1;
	}
}

void us_answer_print(const char *address, const struct us_command *answer)
{
	char number[48];
	printf("%s", address);
	for (uint32_t i = 0; i < answer->argc; i++) {
		const struct us_arg *a = &answer->arg[i];
		if (a->type == 'i' || a->type == 'h')
			printf(" %lld", (long long)a->i);
		else if (a->type == 'f' || a->type == 'd')
			printf(" %s", us_value_print(number, (float)a->d, NULL));
		else if (a->type == 's')
			print_visible(a->s);
	}
	printf("\n");
}

static int print_answer(void *context, const struct us_command *answer, struct us_err *err)
{
	(void)context, (void)err;
	us_answer_print(answer->address, answer);
	return US_OK;
}

/* It is done, so no caller need know; but a person wants to. */
static void warn(const struct us_command *answer)
{
	char words[2 * US_ERROR_BYTES];
	snprintf(words, sizeof words, "%s: %s", text_of(answer, 0), text_of(answer, 1));
	us_visible(words);
	char said[US_ERROR_BYTES];
	fprintf(stderr, "understudy: warning: %s\n", us_said(said, words));
}

void us_sender_wait(struct us_sender *s, uint32_t ms)
{
	s->patience_ms = ms ? ms : ANSWER_PATIENCE_MS;
}

void us_sender_listen(struct us_sender *s, us_command_sink *sink, void *context)
{
	s->listener = sink;
	s->listener_context = context;
}

enum heard { NOTHING, ANSWER, REFUSAL, SYNCED };

/* Takes one datagram, if there is one. */
static enum heard hear(struct us_sender *s, struct us_err *err)
{
	ssize_t n = recv(s->fd, s->packet, sizeof s->packet, MSG_DONTWAIT);
	if (n <= 0)
		return NOTHING;
	enum heard heard = ANSWER;
	int unread;
	const char *address = lo_get_path(s->packet, n);
	lo_message m = address ? lo_message_deserialise(s->packet, (size_t)n, &unread) : NULL;
	if (!m)
		return ANSWER;
	const struct us_command answer = read_answer(address, m);
	if (strcmp(address, "/error") == 0) {
		heard = REFUSAL;
		us_fail(err, "%s: %s", text_of(&answer, 0), text_of(&answer, 1));
	} else if (strcmp(address, "/warning") == 0) {
		warn(&answer);
	} else if (strcmp(address, "/synced") != 0) {
		(s->listener ? s->listener : print_answer)(s->listener_context, &answer, NULL);
	} else if (answer.argc > 0 && answer.arg[0].type == 'i' && answer.arg[0].i == s->sync_id) {
		heard = SYNCED;
	}
	lo_message_free(m);
	return heard;
}

bool us_sender_hear(struct us_sender *s, struct us_err *err)
{
	err->text[0] = 0;
	return hear(s, err) != NOTHING;
}

/* UDP, and control may be restarting: now and then it is asked again. */
static int ask_until_heard(struct us_sender *s, uint64_t now, uint64_t *asked, struct us_err *err)
{
	const struct us_command sync = {.address = "/sync", .argc = 1, .arg = {{.type = 'i', .i = s->sync_id}}};
	if (*asked && now - *asked < SYNC_AGAIN_MS * 1000000ull)
		return US_OK;
	*asked = now;
	return send_packet(s, &sync, err);
}

int us_sender_sync(struct us_sender *s, struct us_err *err)
{
	struct us_err words, last;
	char said[US_ERROR_BYTES];
	bool failed = false;
	uint64_t start = us_now_ns(), asked = 0;
	s->sent = 0;
	s->sync_id = (s->sync_id + 1) & 0x7fffffff;
	for (enum heard heard = NOTHING; heard != SYNCED;) {
		uint64_t now = us_now_ns();
		if (now - start > s->patience_ms * 1000000ull) {
			if (!failed)
				us_fail(&last, "the synth's control does not answer; understudy status says how it is");
			failed = true;
			break;
		}
		if (ask_until_heard(s, now, &asked, err))
			return US_FAILED;
		poll(&(struct pollfd){.fd = s->fd, .events = POLLIN}, 1, 20);
		while ((heard = hear(s, &words)) == ANSWER || heard == REFUSAL) {
			if (heard == ANSWER)
				continue;
			if (failed) /* the last one is for the caller, those before it are said here */
				fprintf(stderr, "understudy: %s\n", us_said(said, last.text));
			failed = true;
			last = words;
		}
	}
	return failed ? us_fail(err, "%s", last.text) : US_OK;
}
