/* service.c — what the keeper tells systemd, where systemd started it (sd_notify): ready, stopping, one line of status,
 * and a sign of life for the watchdog, which is the synth's and not the keeper's own: it is given only while the
 * supervisor's main loop turns and blocks are played. The library's sd_notify waits as long as systemd does not read;
 * the keeper may wait for nothing: what does not fit now is said later (READY) or not at all. */
#include "ipc/clock.h"
#include "run.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { STATUS_SECONDS = 5, NOTE_BYTES = 512 };

/* A path, or, with @ in front, a name in the abstract space. False: another kind, or too long. */
static bool address_of(const char *name, struct sockaddr_un *address, socklen_t *bytes)
{
	const size_t n = strlen(name);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((name[0] != '/' && name[0] != '@') || n >= sizeof address->sun_path)
		return false;
	memcpy(address->sun_path, name, n);
	if (name[0] == '@')
		address->sun_path[0] = 0;
	*bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'));
	return true;
}

/* Never waits. False: systemd does not take it now. */
__attribute__((format(printf, 2, 3))) static bool notify(const struct us_service *s, const char *format, ...)
{
	char note[NOTE_BYTES];
	struct sockaddr_un address;
	socklen_t bytes;
	va_list args;
	const char *name = getenv("NOTIFY_SOCKET");
	if (!s->on || !name || !address_of(name, &address, &bytes))
		return true;
	va_start(args, format);
	const int n = vsnprintf(note, sizeof note, format, args);
	va_end(args);
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	const size_t length = (size_t)n < sizeof note ? (size_t)n : sizeof note - 1;
	const bool said =
	    sendto(fd, note, length, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, bytes) >= 0;
	close(fd);
	return said;
}

void us_service_open(struct us_service *s)
{
	const char *socket_name = getenv("NOTIFY_SOCKET");
	s->on = socket_name && *socket_name;
	if (s->on && sd_watchdog_enabled(0, &s->watchdog_us) <= 0)
		s->watchdog_us = 0;
}

void us_service_ready(struct us_run *run)
{
	char place[US_ADDRESS_TEXT_BYTES + 16];
	const uint32_t port = run->view.clock ? run->view.clock->osc_port : run->port;
	run->service.owes_ready = !notify(&run->service, "READY=1\nSTATUS=session %s plays, OSC on %s", run->session,
	                                  us_socket_print(place, run->bind, port));
}

void us_service_stopping(const struct us_run *run)
{
	notify(&run->service, "STOPPING=1");
}

static bool is_alive(struct us_service *s, const struct us_clock *c)
{
	uint64_t heartbeat = atomic_load_explicit(&c->heartbeat_ns, memory_order_relaxed),
		 played = atomic_load_explicit(&c->played, memory_order_relaxed);
	bool alive = heartbeat != s->heartbeat_ns && played != s->played;
	if (alive) { /* both have moved since the last sign */
		s->heartbeat_ns = heartbeat;
		s->played = played;
	}
	return alive;
}

void us_service_turn(struct us_run *run)
{
	struct us_service *s = &run->service;
	uint64_t now = us_now_ns();
	if (!s->on || !run->viewing)
		return;
	const struct us_clock *c = run->view.clock;
	if (s->owes_ready)
		us_service_ready(run);
	if (s->watchdog_us && now - s->sign_ns > s->watchdog_us * 1000 / 4 && is_alive(s, c)) {
		s->sign_ns = notify(s, "WATCHDOG=1") ? now : s->sign_ns;
	}
	if (now - s->status_ns < STATUS_SECONDS * 1000000000ull)
		return;
	s->status_ns = now;
	notify(s, "STATUS=%.0f s played, underruns %llu, workers died %llu, %s",
	       (double)atomic_load(&c->played) * US_BLOCK / c->rate,
	       (unsigned long long)atomic_load(&c->board.underruns), (unsigned long long)atomic_load(&c->board.crashes),
	       atomic_load(&c->live_mask) == 3 ? "pair complete" : "ALONE");
}
