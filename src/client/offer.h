/* offer.h — see ipc/offer.h: files that this program names, handed to control. [one thread] sender.c calls it. */
#ifndef US_CLIENT_OFFER_H
#define US_CLIENT_OFFER_H

#include <stdbool.h>
#include <stdint.h>

/* A connected socket to control of the session with this nonce, if it is our own user's; -1: there is none, and a path
 * must do. */
int us_offer_open(uint64_t nonce);
/* Hands over what lies at this path here. What cannot be opened or taken is not: control then looks for the name
 * itself, and says what is wrong with it. False: control does not answer; it waits a moment for it, and no longer. */
bool us_offer_file(int fd, const char *path);

#endif
