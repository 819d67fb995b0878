/* socket.h — the UDP sockets on which OSC arrives. [setup] The keeper opens them and holds them as long as the session
 * lives, the supervisor hands them to each control, and control alone reads them: so no death closes one, what arrives
 * meanwhile waits in the kernel, and nobody else can take the port. */
#ifndef US_SOCKET_H
#define US_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <understudy/error.h>

enum { US_ADDRESS_TEXT_BYTES = 64 };

/* What a person says (127.0.0.1, ::, fe80::1%eth0, localhost, a host's name) as the number that it is. localhost is
 * 127.0.0.1, which is heard on ::1, too. */
int us_socket_resolve(const char *said, char number[static US_ADDRESS_TEXT_BYTES], struct us_err *err);
/* A number and a port, for connect and bind; returns its length, 0: it is no number. */
socklen_t us_socket_address(const char *number, uint32_t port, struct sockaddr_storage *address);
/* Is it an address that only this machine reaches? */
bool us_socket_is_here(const char *number);
/* "127.0.0.1:5005", "[::1]:5005" */
const char *us_socket_print(char text[static US_ADDRESS_TEXT_BYTES + 16], const char *number, uint32_t port);

/* Binds to an address of either family; :: hears both. Returns the descriptor (CLOEXEC), or -1 and why. */
int us_socket_open(const char *number, uint32_t port, struct us_err *err);
/* A name such as localhost is often ::1: what listens on 127.0.0.1 listens there, too, if it can. -1: not. */
int us_socket_open_here6(const char *number, uint32_t port);

#endif
