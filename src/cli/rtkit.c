/* rtkit.c — real-time priorities by way of rtkit, for users whose limits permit none. The keeper asks for the four
 * threads that need it; it is no real-time thread itself, and who talks over D-Bus cannot be one.
 *
 * rtkit grants SCHED_RR up to a priority of 20 and only to processes that limit RLIMIT_RTTIME to 200 ms, so the ladder
 * 80 > 75 > 60 > 55 is squeezed to 20 > 19 > 18 > 17. It grants some two dozen requests in 20 seconds; a crash loop
 * exceeds that, and its workers play on at SCHED_OTHER until rtkit is patient again. */
#include "ipc/clock.h"
#include "ipc/ladder.h"
#include "run.h"

#include <sched.h>
#include <stdio.h>
#include <systemd/sd-bus.h>

#define NAME "org.freedesktop.RealtimeKit1"
#define PATH "/org/freedesktop/RealtimeKit1"
#define PATIENCE_US 1000000ull
#define SULK_NS 20000000000ull /* after a refusal */

static int highest_of(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int highest = 0;
	if (sd_bus_get_property_trivial(bus, NAME, PATH, NAME, "MaxRealtimePriority", &error, 'i', &highest) < 0)
		highest = 0;
	sd_bus_error_free(&error);
	return highest;
}

int us_rtkit_highest(void)
{
	sd_bus *bus = NULL;
	int highest = 0;
	if (sd_bus_open_system(&bus) >= 0) {
		sd_bus_set_method_call_timeout(bus, PATIENCE_US);
		highest = highest_of(bus);
	}
	sd_bus_unref(bus);
	return highest;
}

static void open_bus(struct us_rtkit *k)
{
	if (sd_bus_open_system(&k->bus) < 0) {
		k->hopeless = true;
		return;
	}
	sd_bus_set_method_call_timeout(k->bus, PATIENCE_US);
	k->highest = highest_of(k->bus);
	k->hopeless = !us_ladder_priority(k->highest, US_RUNG_CALLBACK);
}

static void sulk(struct us_rtkit *k, const char *why)
{
	if (!k->complained)
		fprintf(stderr, "understudy: rtkit does not grant real-time priority: %s\n", why);
	k->complained = true;
	k->again_ns = us_now_ns() + SULK_NS;
}

static bool is_served(int32_t thread, int wanted)
{
	struct sched_param p = {0};
	return (sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK) == SCHED_RR && sched_getparam(thread, &p) == 0 &&
	       p.sched_priority == wanted;
}

static void ask(struct us_rtkit *k, int32_t process, int32_t thread, enum us_rung rung)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const int wanted = us_ladder_priority(k->highest, rung);
	if (process <= 0 || thread <= 0 || is_served(thread, wanted))
		return;
	if (sd_bus_call_method(k->bus, NAME, PATH, NAME, "MakeThreadRealtimeWithPID", &error, NULL, "ttu",
	                       (uint64_t)process, (uint64_t)thread, (uint32_t)wanted) < 0)
		sulk(k, error.message ? error.message : "no answer");
	else if (!k->granted++)
		fprintf(stderr, "understudy: real-time priority up to %d, by rtkit\n", k->highest);
	sd_bus_error_free(&error);
}

void us_rtkit_turn(struct us_run *run)
{
	struct us_rtkit *k = &run->rtkit;
	if (k->hopeless || !run->viewing || run->view.clock->freewheel || us_now_ns() < k->again_ns)
		return;
	const struct us_board *b = &run->view.clock->board;
	uint32_t primary = (uint32_t)(atomic_load(&run->view.clock->role) & 1);
	int32_t supervisor = atomic_load(&b->supervisor.pid);
	int32_t callback = atomic_load(&b->callback_thread);
	if (!callback)
		return; /* nobody has tried yet without us */
	if ((sched_getscheduler(callback) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO)
		k->hopeless = true; /* nobody needs us */
	if (!k->hopeless && !k->bus)
		open_bus(k);
	if (k->hopeless)
		return;
	const int32_t worker[] = {atomic_load(&b->worker[primary].process.pid),
	                          atomic_load(&b->worker[1 - primary].process.pid)};
	ask(k, supervisor, callback, US_RUNG_CALLBACK);
	ask(k, supervisor, atomic_load(&b->arbiter_thread), US_RUNG_ARBITER);
	ask(k, worker[0], worker[0], US_RUNG_PRIMARY);
	ask(k, worker[1], worker[1], US_RUNG_STANDBY);
}

void us_rtkit_close(struct us_rtkit *k)
{
	sd_bus_unref(k->bus);
	k->bus = NULL;
}
