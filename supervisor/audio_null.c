/* audio_null.c — a clock without a device, a full citizen among the back ends. The null clock sleeps to absolute
 * times; when the machine stalls for longer than a buffer it goes on from now, as a device would after an xrun, and
 * does not make up for lost time by a burst. The freewheeling clock never sleeps: the player waits for the workers. */
#include "audio.h"
#include "ipc/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct us_audio {
	struct us_player *player;
	uint32_t frames, rate, ticket;
	bool freewheel;
	_Atomic bool stop;
	bool started;
	pthread_t thread;
	float out[US_MAX_FRAMES * US_CHANNELS];
};

static void sleep_until(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static void *run(void *argument)
{
	struct us_audio *a = argument;
	uint64_t start = us_now_ns(), periods = 0;
	us_player_expect(a->player, a->ticket, a->frames);
	while (!atomic_load_explicit(&a->stop, memory_order_acquire)) {
		us_player_process(a->player, a->ticket, NULL, a->out, a->frames);
		if (a->freewheel)
			continue;
		periods++;
		uint64_t due = start + periods * a->frames * 1000000000ull / a->rate;
		uint64_t period = a->frames * 1000000000ull / a->rate;
		if (us_now_ns() > due + period) {
			start = us_now_ns();
			periods = 0;
			continue;
		}
		sleep_until(due);
	}
	pthread_setname_np(pthread_self(), "us-clock-off"); /* what the C library does at a thread's end is not ours */
	return NULL;
}

static int open_clock(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
                      bool freewheel, struct us_err *err)
{
	if (config->frames < 1 || config->frames > US_MAX_FRAMES)
		return us_fail(err, "%u frames per buffer: 1 to %d will do", config->frames, US_MAX_FRAMES);
	struct us_audio *a = calloc(1, sizeof *a);
	if (!a)
		return us_fail(err, "no memory for the null clock");
	a->player = player;
	a->frames = freewheel ? US_BLOCK : config->frames;
	a->rate = config->rate;
	a->ticket = config->ticket;
	a->freewheel = freewheel;
	*audio = a;
	return US_OK;
}

static int open_null(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
                     struct us_err *err)
{
	return open_clock(audio, config, player, false, err);
}

static int open_freewheel(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
                          struct us_err *err)
{
	return open_clock(audio, config, player, true, err);
}

static int start(struct us_audio *a, struct us_err *err)
{
	int failed = pthread_create(&a->thread, NULL, run, a);
	if (failed)
		return us_fail(err, "cannot start the clock's thread: %s", strerror(failed));
	pthread_setname_np(a->thread, "us-clock");
	a->started = true;
	return US_OK;
}

static void stop(struct us_audio *a)
{
	atomic_store_explicit(&a->stop, true, memory_order_release);
	if (a->started)
		pthread_join(a->thread, NULL);
	a->started = false;
}

static void close_clock(struct us_audio *a)
{
	stop(a);
	free(a);
}

static void describe(const struct us_audio *a, char name[static 128], uint32_t *frames, uint32_t *latency_us)
{
	strcpy(name, a->freewheel ? "freewheel" : "null");
	*frames = a->frames;
	*latency_us = a->freewheel ? 0 : (uint32_t)(1000000ull * a->frames / a->rate);
}

const struct us_audio_backend us_audio_null = {
    .open = open_null, .start = start, .stop = stop, .close = close_clock, .describe = describe};
const struct us_audio_backend us_audio_freewheel = {
    .open = open_freewheel, .start = start, .stop = stop, .close = close_clock, .describe = describe};
