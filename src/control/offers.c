/* offers.c — files that clients of the session's own user have handed over as descriptors (ipc/offer.h), until
 * /patch/file names them. What other users send is closed unread. Should control die, they are gone, and the names must
 * do. */
#include "control.h"
#include "ipc/offer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AT_ONCE = 16, MOST_DESCRIPTORS = 4 };
#define KEPT_NS 60000000000ull /* a patch that is never committed */

int us_control_open_offers(uint64_t nonce)
{
	struct sockaddr_un address;
	const socklen_t bytes = us_offer_address(nonce, &address);
	const int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, bytes) == 0)
		return fd;
	close(fd);
	return -1;
}

static void forget(struct us_offer *o)
{
	if (o->uses)
		close(o->fd);
	*o = (struct us_offer){.uses = 0};
}

void us_control_close_offers(struct us_control *c)
{
	for (struct us_offer *o = c->offer; o < c->offer + US_OFFERS; o++)
		forget(o);
	if (c->offers_fd >= 0)
		close(c->offers_fd);
	c->offers_fd = -1;
}

/* Only what can be read like a file, as control itself would open it. */
static bool is_readable_file(int fd)
{
	struct stat st;
	const int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY && fstat(fd, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

/* The same path again: the newest is meant, as often as it was offered. */
static void keep(struct us_control *c, const char *path, int fd)
{
	struct us_offer *place = &c->offer[0];
	uint32_t uses = 1;
	for (struct us_offer *o = c->offer; o < c->offer + US_OFFERS; o++) {
		if (o->uses && c->now_ns - o->at_ns > KEPT_NS)
			forget(o);
		if (o->uses && strcmp(o->path, path) == 0) {
			uses = o->uses + 1;
			place = o;
			break;
		}
		if (o->at_ns < place->at_ns)
			place = o;
	}
	forget(place);
	*place = (struct us_offer){.fd = fd, .uses = uses, .at_ns = c->now_ns};
	snprintf(place->path, sizeof place->path, "%s", path);
}

int us_control_offered(struct us_control *c, const char *path)
{
	for (struct us_offer *o = c->offer; o < c->offer + US_OFFERS; o++) {
		if (!o->uses || strcmp(o->path, path) != 0)
			continue;
		const int fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 0);
		if (--o->uses == 0) {
			o->uses = 1;
			forget(o);
		}
		return fd;
	}
	return -1;
}

/* What came with a datagram: the user, and the descriptors, of which but one is closed. */
static bool is_ours(struct msghdr *m, int *file)
{
	bool ours = false;
	*file = -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		struct ucred who;
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&who, CMSG_DATA(h), sizeof who);
			ours = who.uid == geteuid();
		} else if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS) {
			for (size_t i = 0; i < (h->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
				if (*file >= 0)
					close(*file);
				memcpy(file, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			}
		}
	}
	return ours;
}

/* One datagram; false: there is none. */
static bool take(struct us_control *c)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
	} extra;
	char text[1 + US_PATH_BYTES];
	struct sockaddr_un from;
	int file;
	struct iovec part = {text, sizeof text};
	struct msghdr m = {.msg_name = &from,
	                   .msg_namelen = sizeof from,
	                   .msg_iov = &part,
	                   .msg_iovlen = 1,
	                   .msg_control = extra.bytes,
	                   .msg_controllen = sizeof extra.bytes};
	const ssize_t n = recvmsg(c->offers_fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR;
	const bool ours = is_ours(&m, &file);
	bool kept = false;
	if (ours && n > 1 && n < (ssize_t)sizeof text && text[0] == US_OFFER_FILE && file >= 0 &&
	    is_readable_file(file)) {
		text[n] = 0;
		keep(c, text + 1, file);
		kept = true;
	}
	if (file >= 0 && !kept)
		close(file);
	if (ours && n > 0) /* who does not listen is not waited for */
		sendto(c->offers_fd, text, 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&from, m.msg_namelen);
	return true;
}

void us_control_take_offers(struct us_control *c)
{
	if (c->offers_fd < 0)
		return;
	for (int i = 0; i < AT_ONCE && take(c); i++)
		;
}
