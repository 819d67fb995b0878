/* socket.h — the UDP socket on which OSC arrives. [setup] The keeper opens it and holds it as long as the session
 * lives, the supervisor hands it to each control, and control alone reads it: so no death closes it, what arrives
 * meanwhile waits in the kernel, and nobody else can take the port. */
#ifndef US_SOCKET_H
#define US_SOCKET_H

#include <stdint.h>
#include <understudy/error.h>

/* Binds to an IPv4 address. Returns the descriptor (CLOEXEC), or -1 and why. */
int us_socket_open(const char *address, uint32_t port, struct us_err *err);

#endif
