/* offer.c — see offer.h. */
#include "offer.h"

#include "ipc/offer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 3000, PATH_BYTES = 1024 };

static int send_with(int fd, const void *bytes, size_t count, int file)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec part = {(void *)bytes, count};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	if (file >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof control.bytes;
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){
		    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &file, sizeof file);
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
}

/* An answer of this kind, from our own user. */
static int heard(int fd, char kind)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char answer = 0;
	struct iovec part = {&answer, 1};
	struct msghdr m = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, PATIENCE_MS) <= 0 ||
	    recvmsg(fd, &m, MSG_DONTWAIT) != 1)
		return 0;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct ucred who;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&who, CMSG_DATA(c), sizeof who);
	return answer == kind && who.uid == geteuid();
}

int us_offer_open(uint64_t nonce)
{
	static const char hello = US_OFFER_HELLO;
	const struct sockaddr_un nameless = {.sun_family = AF_UNIX};
	const int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un there;
	const socklen_t bytes = us_offer_address(nonce, &there);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
	    bind(fd, (const struct sockaddr *)&nameless, sizeof nameless.sun_family) == 0 && /* the kernel finds one */
	    connect(fd, (const struct sockaddr *)&there, bytes) == 0 && !send_with(fd, &hello, 1, -1) &&
	    heard(fd, hello))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool us_offer_file(int fd, const char *path)
{
	char message[1 + PATH_BYTES] = {US_OFFER_FILE};
	struct stat st;
	const size_t n = strlen(path);
	const int file = n < PATH_BYTES ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	if (file < 0)
		return true;
	memcpy(message + 1, path, n);
	const bool none = fstat(file, &st) || !S_ISREG(st.st_mode);
	const bool answered = none || (!send_with(fd, message, 1 + n, file) && heard(fd, US_OFFER_FILE));
	close(file);
	return answered;
}
