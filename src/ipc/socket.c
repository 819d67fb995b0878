/* socket.c — see socket.h. */
#include "socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_BYTES = 4 << 20 };

static struct addrinfo *look_up(const char *said, const char *port, int flags)
{
	const struct addrinfo wanted = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = flags | AI_NUMERICSERV};
	struct addrinfo *all;
	return getaddrinfo(said, port, &wanted, &all) == 0 ? all : NULL;
}

int us_socket_resolve(const char *said, char number[static US_ADDRESS_TEXT_BYTES], struct us_err *err)
{
	if (strcmp(said, "localhost") == 0)
		said = "127.0.0.1";
	struct addrinfo *all = look_up(said, "0", AI_PASSIVE);
	const int failed =
	    !all || getnameinfo(all->ai_addr, all->ai_addrlen, number, US_ADDRESS_TEXT_BYTES, NULL, 0, NI_NUMERICHOST);
	if (all)
		freeaddrinfo(all);
	return failed ? us_fail(err,
	                        "'%.60s' is no address to listen on; 127.0.0.1 is this machine only, 0.0.0.0 and :: "
	                        "are everywhere",
	                        said)
	              : US_OK;
}

socklen_t us_socket_address(const char *number, uint32_t port, struct sockaddr_storage *address)
{
	char text[16];
	snprintf(text, sizeof text, "%u", port);
	struct addrinfo *all = look_up(number, text, AI_NUMERICHOST);
	*address = (struct sockaddr_storage){0};
	if (!all)
		return 0;
	const socklen_t bytes = all->ai_addrlen;
	memcpy(address, all->ai_addr, bytes);
	freeaddrinfo(all);
	return bytes;
}

bool us_socket_is_here(const char *number)
{
	struct sockaddr_storage a;
	if (!us_socket_address(number, 1, &a))
		return false;
	if (a.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&a)->sin6_addr);
	return ntohl(((const struct sockaddr_in *)&a)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

const char *us_socket_print(char text[static US_ADDRESS_TEXT_BYTES + 16], const char *number, uint32_t port)
{
	const bool six = strchr(number, ':');
	snprintf(text, US_ADDRESS_TEXT_BYTES + 16, "%s%.63s%s:%u", six ? "[" : "", number, six ? "]" : "", port);
	return text;
}

/* `six_only`: -1: as it comes. */
static int open_at(const struct sockaddr_storage *address, socklen_t bytes, int six_only)
{
	const int size = SOCKET_BYTES, fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (six_only >= 0)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &six_only, sizeof six_only);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (const struct sockaddr *)address, bytes) == 0)
		return fd;
	const int why = errno;
	close(fd);
	errno = why;
	return -1;
}

int us_socket_open(const char *number, uint32_t port, struct us_err *err)
{
	struct sockaddr_storage address;
	char text[US_ADDRESS_TEXT_BYTES + 16];
	const socklen_t bytes = us_socket_address(number, port, &address);
	if (!bytes) {
		us_fail(err, "'%.60s' is no address to listen on; 127.0.0.1 is this machine only", number);
		return -1;
	}
	const int fd = open_at(&address, bytes, address.ss_family == AF_INET6 ? 0 : -1);
	if (fd >= 0)
		return fd;
	if (errno == EADDRINUSE)
		us_fail(err, "OSC port %u is in use; choose another with --port", port);
	else
		us_fail(err, "cannot listen on %s: %s", us_socket_print(text, number, port), strerror(errno));
	return -1;
}

int us_socket_open_here6(const char *number, uint32_t port)
{
	struct sockaddr_storage address;
	if (strcmp(number, "127.0.0.1") != 0 && strcmp(number, "0.0.0.0") != 0)
		return -1;
	const socklen_t bytes = us_socket_address("::1", port, &address);
	return bytes ? open_at(&address, bytes, 1) : -1;
}
