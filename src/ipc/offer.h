/* offer.h — how a client of the session's own user hands files to control as descriptors: it may see another file
 * system than control does (a container, a namespace of mounts), and what it has open is what is meant, whatever
 * becomes of the name. src/client/offer.c speaks, src/control/offers.c listens. [any]
 *
 * A datagram socket in the abstract space, named after the session's nonce. Who sends is known by what the kernel says
 * (SCM_CREDENTIALS): of other users nothing is taken. A client connects, asks "h", and believes the answer only if the
 * kernel says that it comes from its own user; then sends "f" and a path, with a descriptor, and waits for "f". After
 * that /patch/file with this path, over OSC, means this descriptor. */
#ifndef US_OFFER_H
#define US_OFFER_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { US_OFFER_HELLO = 'h', US_OFFER_FILE = 'f' };

static inline socklen_t us_offer_address(uint64_t nonce, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	const int n =
	    snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "understudy-files-%016" PRIx64, nonce);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

#endif
