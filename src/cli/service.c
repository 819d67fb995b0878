/* service.c — what the keeper tells systemd, where systemd started it (sd_notify): ready, stopping, one line of status,
 * and a sign of life for the watchdog, which is the synth's and not the keeper's own: it is given only while the
 * supervisor's main loop turns and blocks are played. */
#include "ipc/clock.h"
#include "run.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>

enum { STATUS_SECONDS = 5 };

void us_service_open(struct us_service *s)
{
	const char *socket = getenv("NOTIFY_SOCKET");
	s->on = socket && *socket;
	if (s->on && sd_watchdog_enabled(0, &s->watchdog_us) <= 0)
		s->watchdog_us = 0;
}

void us_service_ready(const struct us_run *run)
{
	if (run->service.on)
		sd_notifyf(0, "READY=1\nSTATUS=session %s plays, OSC on %s:%u", run->session, run->bind,
		           run->view.clock ? run->view.clock->osc_port : run->port);
}

void us_service_stopping(const struct us_run *run)
{
	if (run->service.on)
		sd_notify(0, "STOPPING=1");
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
	if (s->watchdog_us && now - s->sign_ns > s->watchdog_us * 1000 / 4 && is_alive(s, c)) {
		sd_notify(0, "WATCHDOG=1");
		s->sign_ns = now;
	}
	if (now - s->status_ns < STATUS_SECONDS * 1000000000ull)
		return;
	s->status_ns = now;
	sd_notifyf(0, "STATUS=%.0f s played, underruns %llu, workers died %llu, %s",
	           (double)atomic_load(&c->played) * US_BLOCK / c->rate,
	           (unsigned long long)atomic_load(&c->board.underruns),
	           (unsigned long long)atomic_load(&c->board.crashes),
	           atomic_load(&c->live_mask) == 3 ? "pair complete" : "ALONE");
}
