/* socket.c — see socket.h. */
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET_BYTES = 4 << 20 };

int us_socket_open(const char *text, uint32_t port, struct us_err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
		us_fail(err, "'%s' is no IPv4 address to listen on; 127.0.0.1 is this machine only", text);
		return -1;
	}
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = SOCKET_BYTES;
	if (fd < 0) {
		us_fail(err, "cannot open a UDP socket: %s", strerror(errno));
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (errno == EADDRINUSE)
		us_fail(err, "OSC port %u is in use; choose another with --port", port);
	else
		us_fail(err, "cannot listen on %s:%u: %s", text, port, strerror(errno));
	close(fd);
	return -1;
}
