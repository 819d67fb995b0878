/* connections.h — which ports of ours are connected to which of others, kept in shared memory so that a successor, or
 * the same process after the audio server has come back, can connect them again. Main loop only. */
#ifndef US_CONNECTIONS_H
#define US_CONNECTIONS_H

#include "ipc/layout.h"

#include <stdbool.h>

/* Adds one; what is too much, or too long, is left out. */
void us_connections_add(struct us_connections *connections, const char *ours, const char *theirs);
bool us_connections_equal(const struct us_connections *a, const struct us_connections *b);
/* In an order that leaves nothing half written to whoever comes after a death in it. */
void us_connections_publish(struct us_connections *board, const struct us_connections *connections);

#endif
