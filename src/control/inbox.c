/* inbox.c — see inbox.h. */
#include "inbox.h"

#include <string.h>

enum { NONE = UINT32_MAX }; /* no datagram; also a length that the kernel has not written yet */
#define NO_TAIL UINT64_MAX

struct us_inbox {
	_Atomic uint32_t open;  /* 1: there may be something in it */
	_Atomic uint32_t begun; /* the datagram at work, or NONE */
	_Atomic us_place place;
	_Atomic uint64_t intended_tail;
	_Atomic us_place intended_place;
	_Atomic uint32_t strikes[US_INBOX_PACKETS];
	struct mmsghdr head[US_INBOX_PACKETS]; /* its pointers are those of whoever filled it */
	struct iovec part[US_INBOX_PACKETS];
	union us_source source[US_INBOX_PACKETS];
	_Alignas(64) char bytes[US_INBOX_PACKETS][US_INBOX_BYTES_EACH];
};
_Static_assert(sizeof(struct us_inbox) <= US_INBOX_BYTES, "the inbox has its place in the house");
_Static_assert(_Alignof(struct us_inbox) <= US_LINE, "which begins at a line");

bool us_source_is_here(const union us_source *source)
{
	if (source->any.sa_family == AF_INET)
		return ntohl(source->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	const struct in6_addr *a = &source->in6.sin6_addr;
	return source->any.sa_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == IN_LOOPBACKNET));
}

struct us_inbox *us_inbox_of(struct us_house *house)
{
	return (struct us_inbox *)house->inbox;
}

us_place us_inbox_place(const struct us_inbox *in)
{
	return atomic_load_explicit(&in->place, memory_order_acquire);
}

static void forget_intent(struct us_inbox *in)
{
	atomic_store_explicit(&in->intended_tail, NO_TAIL, memory_order_release);
}

uint32_t us_inbox_fill(struct us_inbox *in, int socket_fd)
{
	for (uint32_t i = 0; i < US_INBOX_PACKETS; i++) {
		memset(&in->source[i], 0, sizeof in->source[i]);
		in->part[i] = (struct iovec){in->bytes[i], sizeof in->bytes[i]};
		in->head[i].msg_hdr = (struct msghdr){.msg_name = &in->source[i],
		                                      .msg_namelen = sizeof in->source[i],
		                                      .msg_iov = &in->part[i],
		                                      .msg_iovlen = 1};
		in->head[i].msg_len = NONE;
		atomic_store_explicit(&in->strikes[i], 0, memory_order_relaxed);
	}
	atomic_store_explicit(&in->begun, NONE, memory_order_relaxed);
	atomic_store_explicit(&in->place, 0, memory_order_relaxed);
	forget_intent(in);
	atomic_store_explicit(&in->open, 1, memory_order_release);
	int n = recvmmsg(socket_fd, in->head, US_INBOX_PACKETS, MSG_DONTWAIT, NULL);
	return n > 0 ? (uint32_t)n : 0;
}

uint32_t us_inbox_left(struct us_inbox *in, uint64_t journal_tail)
{
	if (!atomic_load_explicit(&in->open, memory_order_acquire))
		return 0;
	uint64_t tail = atomic_load_explicit(&in->intended_tail, memory_order_acquire);
	us_place intended = atomic_load_explicit(&in->intended_place, memory_order_relaxed);
	if (tail != NO_TAIL && journal_tail >= tail && intended > us_inbox_place(in))
		us_inbox_reach(in, intended);
	forget_intent(in);
	uint32_t begun = atomic_load_explicit(&in->begun, memory_order_relaxed), count = 0;
	if (begun < US_INBOX_PACKETS)
		atomic_fetch_add_explicit(&in->strikes[begun], 1, memory_order_relaxed);
	us_inbox_end(in);
	while (count < US_INBOX_PACKETS && in->head[count].msg_len <= US_INBOX_BYTES_EACH)
		count++;
	return count;
}

bool us_inbox_begin(struct us_inbox *in, uint32_t packet, char copy[static US_INBOX_BYTES_EACH], size_t *bytes)
{
	if (atomic_load_explicit(&in->strikes[packet], memory_order_relaxed) >= US_INBOX_STRIKES)
		return false;
	*bytes = in->head[packet].msg_len;
	memcpy(copy, in->bytes[packet], *bytes); /* the decoder scribbles on it */
	atomic_store_explicit(&in->begun, packet, memory_order_release);
	return true;
}

const union us_source *us_inbox_source(const struct us_inbox *in, uint32_t packet)
{
	return &in->source[packet];
}

void us_inbox_end(struct us_inbox *in)
{
	atomic_store_explicit(&in->begun, NONE, memory_order_release);
}

/* The tail is stored last, and forgotten first: it never stands beside the place of another intent. */
void us_inbox_intend(struct us_inbox *in, uint64_t tail, us_place place)
{
	forget_intent(in);
	atomic_store_explicit(&in->intended_place, place, memory_order_release);
	atomic_store_explicit(&in->intended_tail, tail, memory_order_release);
}

void us_inbox_reach(struct us_inbox *in, us_place place)
{
	atomic_store_explicit(&in->place, place, memory_order_release);
}

void us_inbox_close(struct us_inbox *in)
{
	atomic_store_explicit(&in->open, 0, memory_order_release);
}
