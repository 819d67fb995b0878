/* device.c — keeps something turning the crank. When the device's callback has not come for STALL_NS (JACK server gone,
 * interface unplugged, driver stuck) the null clock takes over at once, so that the song, the workers and the recording
 * go on; a thread of its own finds out when the device is there again, and it gets the crank back.
 *
 * A machine that wakes from its sleep finds its devices in any state: theirs may call on and play nothing. So after a
 * sleep the device is opened anew in any case.
 *
 * Two callbacks can never both play: each has a ticket, and the player serves only the current one. Main loop only. */
#include "device.h"

#include "ipc/clock.h"
#include "ipc/say.h"
#include "stage.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STALL_NS 500000000ull /* or some periods, where they are long */
enum { STALL_PERIODS = 4 };
#define OWN_STALL_NS 200000000ull /* if the main loop itself was away for so long, the whole machine was */
#define TRUSTED_NS 10000000000ull /* a device that plays for so long works */
#define ADOPTED_NS 700000000ull   /* an adopted song waits so long for its device */
#define SETTLED_NS 500000000ull
#define FIRST_PAUSE_NS 250000000ull
#define LONGEST_PAUSE_NS 8000000000ull

#define SLEEP_NS 500000000ull /* the clocks that stand still in a suspend and those that do not part by so much */

static struct us_audio_config config_of(const struct us_stage *h, uint32_t ticket)
{
	const struct us_options *o = &h->options;
	return (struct us_audio_config){.device = o->device,
	                                .input = o->input,
	                                .client = h->device.client,
	                                .rate = o->rate,
	                                .frames = o->frames,
	                                .ticket = ticket,
	                                .connections = &h->session.clock->board.connections};
}

static void take_crank(struct us_stage *h, uint32_t ticket)
{
	atomic_store_explicit(&h->player.last_call_ns, us_now_ns(), memory_order_relaxed);
	atomic_store_explicit(&h->player.thread_id, 0, memory_order_relaxed);
	atomic_store_explicit(&h->player.ticket, ticket, memory_order_release); /* pairs with us_player_process */
}

static void publish(struct us_stage *h, const struct us_audio_backend *backend, const struct us_audio *audio)
{
	struct us_board *b = &h->session.clock->board;
	uint32_t frames, latency;
	backend->describe(audio, b->device, &frames, &latency);
	atomic_store(&b->device_frames, frames);
	atomic_store(&b->device_latency_us, latency);
}

static bool is_real(const struct us_stage *h)
{
	return h->backend != &us_audio_null && h->backend != &us_audio_freewheel;
}

static uint64_t stall_ns(const struct us_stage *h)
{
	uint64_t period = atomic_load_explicit(&h->player.period, memory_order_relaxed);
	uint64_t ns = STALL_PERIODS * period * 1000000000u / h->session.clock->rate;
	return ns > STALL_NS ? ns : STALL_NS;
}

/* The grants follow the period by themselves; people are told, when the server's latency has settled, too. */
static void follow_period(struct us_stage *h, uint64_t now)
{
	struct us_device *d = &h->device;
	const struct us_clock *c = h->session.clock;
	const uint32_t frames = atomic_load_explicit(&h->player.period, memory_order_relaxed);
	if (frames != d->period) {
		publish(h, d->substitute ? &us_audio_null : h->backend, d->substitute ? d->substitute : d->audio);
		d->period = frames;
		d->period_ns = now;
	}
	if (frames == d->said_period || now - d->period_ns < SETTLED_NS)
		return;
	if (d->said_period)
		fprintf(stderr, "understudy: the device takes %u frames at once now: latency %.1f ms\n", frames,
		        us_player_blocks_ahead(c, frames) * 1000.0 * US_BLOCK / c->rate +
		            atomic_load(&c->board.device_latency_us) / 1000.0);
	d->said_period = frames;
}

static int open_audio(struct us_stage *h, struct us_err *err)
{
	struct us_device *d = &h->device;
	d->audio_ticket = atomic_fetch_add(&d->next_ticket, 1);
	const struct us_audio_config config = config_of(h, d->audio_ticket);
	return h->backend->open(&d->audio, &config, &h->player, err);
}

static void pause_ns(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	nanosleep(&t, NULL);
}

/* Would the device open? Asked by a process of its own, which may start PortAudio anew. */
static bool device_is_back(const struct us_stage *h)
{
	char rate[16];
	char *const argv[] = {"understudy-supervisor",
	                      "--probe-device",
	                      (char *)(uintptr_t)h->options.device,
	                      h->backend == &us_audio_jack ? "jack" : "portaudio",
	                      rate,
	                      NULL};
	snprintf(rate, sizeof rate, "%u", h->session.clock->rate);
	int status = 1;
	pid_t pid = 0;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return !failed && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* [its own thread] A stream whose device has died cannot be closed: PortAudio waits ten minutes for a callback that
 * will never come, and it lists devices anew only after everything is closed. So this process waits until the device is
 * there again, and then leaves the song to a successor, which starts with a PortAudio of its own (adopt.c). A device
 * that was never opened here is simply tried again. */
static void *recover(void *argument)
{
	struct us_stage *h = argument;
	struct us_device *d = &h->device;
	uint64_t pause = d->pause_ns;
	struct us_err err;
	bool back = false;
	while (!back && !atomic_load_explicit(&d->give_up, memory_order_acquire)) {
		pause_ns(pause);
		pause = pause < FIRST_PAUSE_NS         ? FIRST_PAUSE_NS
		        : pause * 2 < LONGEST_PAUSE_NS ? pause * 2
		                                       : LONGEST_PAUSE_NS;
		back = d->dead ? device_is_back(h) : open_audio(h, &err) == US_OK;
	}
	atomic_store_explicit(&d->recovered, back, memory_order_release); /* pairs with us_device_turn */
	return NULL;
}

static void begin_recovery(struct us_stage *h, uint64_t pause)
{
	struct us_device *d = &h->device;
	d->pause_ns = pause;
	atomic_store(&d->recovered, false);
	d->recovering = pthread_create(&d->thread, NULL, recover, h) == 0;
}

/* One that opens and never plays is not opened again four times a second. */
static uint64_t pause_after(uint32_t failures)
{
	const uint64_t pause = FIRST_PAUSE_NS << (failures < 16 ? failures : 16);
	return pause < LONGEST_PAUSE_NS ? pause : LONGEST_PAUSE_NS;
}

/* A library may wait for its server for ever, an adopted song does not: if it takes longer, the null clock goes on, and
 * the device gets the crank when it is open. */
static void open_adopted(struct us_stage *h)
{
	struct us_device *d = &h->device;
	const uint64_t until = us_now_ns() + ADOPTED_NS;
	begin_recovery(h, 0);
	while (d->recovering && !atomic_load_explicit(&d->recovered, memory_order_acquire) && us_now_ns() < until)
		pause_ns(1000000);
	if (!d->recovering || !atomic_load_explicit(&d->recovered, memory_order_acquire))
		return;
	pthread_join(d->thread, NULL);
	d->recovering = false;
	publish(h, h->backend, d->audio);
}

int us_device_open(struct us_stage *h, struct us_err *err)
{
	struct us_device *d = &h->device;
	const char *session = h->options.session; /* most have one, and it has a plain name */
	snprintf(d->client, sizeof d->client, strcmp(session, "main") == 0 ? "understudy" : "understudy-%s", session);
	atomic_store(&d->next_ticket, 1);
	if (h->options.adopt && is_real(h)) {
		open_adopted(h);
		return US_OK;
	}
	if (open_audio(h, err))
		return US_FAILED;
	publish(h, h->backend, d->audio);
	return US_OK;
}

static void fall_back(struct us_stage *h, const char *why)
{
	struct us_device *d = &h->device;
	struct us_err err;
	const uint32_t ticket = atomic_fetch_add(&d->next_ticket, 1);
	const struct us_audio_config config = config_of(h, ticket);
	if (us_audio_null.open(&d->substitute, &config, &h->player, &err)) {
		fprintf(stderr, US_SAY_WARNING "understudy: %s\n", err.text);
		return;
	}
	take_crank(h, ticket);
	if (us_audio_null.start(d->substitute, &err))
		fprintf(stderr, US_SAY_WARNING "understudy: %s\n", err.text);
	fprintf(stderr,
	        US_SAY_WARNING "understudy: the device %s %s; the null clock goes on, trying to open it again\n",
	        h->session.clock->board.device, why);
	publish(h, &us_audio_null, d->substitute);
	if (d->recovering) /* it is being opened since the song was adopted */
		return;
	d->dead = d->audio != NULL;
	begin_recovery(h, pause_after(atomic_fetch_add(&h->session.clock->board.device_failures, 1)));
}

/* CLOCK_BOOTTIME goes on while the machine sleeps, CLOCK_MONOTONIC does not. */
static uint64_t time_slept_ns(void)
{
	struct timespec boot;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint64_t)boot.tv_sec * 1000000000u + (uint64_t)boot.tv_nsec - us_now_ns();
}

static void look_for_sleep(struct us_stage *h)
{
	struct us_device *d = &h->device;
	uint64_t slept = time_slept_ns(), length = slept - d->slept_ns;
	if ((int64_t)length < (int64_t)SLEEP_NS)
		return;
	d->slept_ns = slept;
	fprintf(stderr, "understudy: the machine slept for %.1f s; the song goes on where it was\n",
	        (double)length / 1e9);
	if (is_real(h) && !d->recovering)
		fall_back(h, "is opened anew");
}

int us_device_start(struct us_stage *h, struct us_err *err)
{
	struct us_device *d = &h->device;
	d->running = true;
	d->turned_ns = us_now_ns();
	d->slept_ns = time_slept_ns();
	if (d->recovering || !d->audio) {
		fall_back(h, "does not open");
		return US_OK;
	}
	take_crank(h, d->audio_ticket);
	d->playing_ns = us_now_ns();
	return h->backend->start(d->audio, err);
}

static void hand_back(struct us_stage *h)
{
	struct us_device *d = &h->device;
	struct us_err err;
	pthread_join(d->thread, NULL);
	d->recovering = false;
	take_crank(h, d->audio_ticket); /* the substitute is served no more */
	d->playing_ns = us_now_ns();
	us_audio_null.close(d->substitute);
	d->substitute = NULL;
	publish(h, h->backend, d->audio);
	us_player_expect(&h->player, d->audio_ticket, atomic_load(&h->session.clock->board.device_frames));
	if (h->backend->start(d->audio, &err))
		fprintf(stderr, US_SAY_WARNING "understudy: %s\n",
		        err.text); /* no callback will come, and the fall-back follows */
	else
		fprintf(stderr, "understudy: the device %s plays again\n", h->session.clock->board.device);
}

bool us_device_turn(struct us_stage *h)
{
	struct us_device *d = &h->device;
	uint64_t now = us_now_ns();
	if (!d->running)
		return false;
	if (now - d->turned_ns > OWN_STALL_NS) /* a suspend or a freeze of everything is nobody's fault */
		atomic_store_explicit(&h->player.last_call_ns, now, memory_order_relaxed);
	d->turned_ns = now;
	look_for_sleep(h);
	if (d->recovering && atomic_load_explicit(&d->recovered, memory_order_acquire)) {
		if (d->dead)
			return true;
		hand_back(h);
	}
	if (!d->recovering && now - d->playing_ns > TRUSTED_NS)
		atomic_store_explicit(&h->session.clock->board.device_failures, 0, memory_order_relaxed);
	uint64_t last = atomic_load_explicit(&h->player.last_call_ns, memory_order_relaxed);
	if (is_real(h) && !d->recovering && now > last && now - last > stall_ns(h))
		fall_back(h, "does not answer");
	else if (!d->recovering && h->backend->turn && !h->backend->turn(d->audio, &h->session.clock->board, now))
		fall_back(h, "has gone");
	follow_period(h, now);
	return false;
}

void us_device_stop(struct us_stage *h)
{
	struct us_device *d = &h->device;
	d->running = false;
	atomic_store_explicit(&h->player.ticket, 0, memory_order_release);
	atomic_store_explicit(&d->give_up, true, memory_order_release);
	if (d->substitute)
		us_audio_null.stop(d->substitute);
	/* A device that is being recovered may hang in its library: the process ends without it. */
	if (d->audio && !d->recovering)
		h->backend->stop(d->audio);
}

void us_device_close(struct us_stage *h)
{
	struct us_device *d = &h->device;
	if (d->substitute)
		us_audio_null.close(d->substitute);
	if (d->audio && !d->recovering)
		h->backend->close(d->audio);
}
