/* inbox.h — what has come over the socket and is not in the journal yet. It lies in shared memory (us_house.inbox), and
 * the kernel itself writes datagrams, their lengths and their senders there: control may be killed at any instant, and
 * its successor carries out what is left, each message once.
 *
 *   fill     what the kernel has, up to US_INBOX_PACKETS datagrams
 *   begin    one of them is at work: should control die now, it may be this one's doing
 *   intend   "with the journal at `tail` everything up to `place` is done", before the records are appended
 *   reach    the same, afterwards, or where there was no record
 *   close    all done
 *
 * A successor asks us_inbox_left. If the tail that was intended is there, so are the records. [control] */
#ifndef US_INBOX_H
#define US_INBOX_H

#include "ipc/layout.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { US_INBOX_PACKETS = 32, US_INBOX_STRIKES = 2 };

/* Where a packet came from. family 0: the first patch, its answers go to stderr. */
union us_source {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* From this machine, by its address. */
bool us_source_is_here(const union us_source *source);

/* Datagrams below packet << 32 are done, and the first so many messages of that one. */
typedef uint64_t us_place;
static inline us_place us_place_of(uint32_t packet, uint32_t message)
{
	return (uint64_t)packet << 32 | message;
}

struct us_inbox;
struct us_inbox *us_inbox_of(struct us_house *house);

/* Takes what lies in the socket, without waiting. The inbox must be closed. Returns how many datagrams. */
uint32_t us_inbox_fill(struct us_inbox *inbox, int socket_fd);
/* Once, before the first fill: how many datagrams a predecessor had (0: it died with none). The one at which it died
 * has a strike more. */
uint32_t us_inbox_left(struct us_inbox *inbox, uint64_t journal_tail);
us_place us_inbox_place(const struct us_inbox *inbox);

/* A datagram: its bytes are copied to `copy`. False: control has died of it so often that nobody tries it again. */
bool us_inbox_begin(struct us_inbox *inbox, uint32_t packet, char copy[static US_INBOX_BYTES_EACH], size_t *bytes);
const union us_source *us_inbox_source(const struct us_inbox *inbox, uint32_t packet);
/* It was at work, and is not any more. */
void us_inbox_end(struct us_inbox *inbox);
void us_inbox_intend(struct us_inbox *inbox, uint64_t tail, us_place place);
void us_inbox_reach(struct us_inbox *inbox, us_place place);
void us_inbox_close(struct us_inbox *inbox);

#endif
