/* main.c — understudy-supervisor: owns the session's memory, starts everybody, holds the audio stream. Started by
 * `understudy run`. Its main loop does all that may take its time: spawning, reaping, the registry, what people read.
 * It reads no network socket and parses nothing that a stranger can send. */
#include "event.h"
#include "ipc/clock.h"
#include "ipc/lines.h"
#include "ipc/process.h"
#include "ipc/rig.h"
#include "ipc/say.h"
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TURN_MS = 20, START_PATIENCE_MS = 10000 };

/* SIGHUP that was ignored (nohup) stays so; SIGINT, which a shell ignores for its background, is heard all the same. */
static int take_signals(struct us_stage *h, struct us_err *err)
{
	struct sigaction hangup;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	if (sigaction(SIGHUP, NULL, &hangup) || hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* what is too large is refused in words */
	h->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return h->signal_fd < 0 ? us_fail(err, "cannot take signals: %s", strerror(errno)) : US_OK;
}

/* True when somebody asked us to end. */
static bool read_signals(struct us_stage *h)
{
	struct signalfd_siginfo info;
	bool end = false;
	while (read(h->signal_fd, &info, sizeof info) == sizeof info)
		end |= info.ssi_signo != SIGCHLD;
	return end;
}

/* Whichever thread turns the crank now gets the highest step of the ladder; once for each thread. */
static void raise_callback_priority(struct us_stage *h)
{
	pid_t thread = atomic_load_explicit(&h->player.thread_id, memory_order_acquire);
	if (!thread || thread == h->raised_thread || h->session.clock->freewheel)
		return;
	if (!us_priority_set(h, thread, US_RUNG_CALLBACK) && !h->raised_thread)
		fprintf(stderr, US_SAY_WARNING
		        "understudy: no real-time priority for this user; `understudy doctor` says how to get it\n");
	h->raised_thread = thread;
}

/* Control cannot ring the arbiter. */
static void pass_on_requests(struct us_stage *h)
{
	const uint32_t asked = atomic_load_explicit(&h->session.house->restore_count, memory_order_acquire);
	if (asked != h->restores_passed_on)
		us_event_raise(h->arbiter_fd);
	h->restores_passed_on = asked;
}

static void turn(struct us_stage *h, int timeout_ms)
{
	struct pollfd fd[] = {{.fd = h->signal_fd, .events = POLLIN}, {.fd = h->main_fd, .events = POLLIN}};
	poll(fd, 2, timeout_ms);
	us_event_drain(h->main_fd);
	atomic_store_explicit(&h->session.clock->heartbeat_ns, us_now_ns(), memory_order_relaxed);
	us_spawn_workers(h);
	us_children_keep(h);
	h->wants_successor = us_device_turn(h) && us_process_alive(&h->session.clock->board.keeper);
	raise_callback_priority(h);
	pass_on_requests(h);
	us_notes_print(h);
	us_journal_keep_turn(h);
	us_board_turn(h, us_now_ns());
}

static bool everybody_is_ready(const struct us_stage *h)
{
	return atomic_load_explicit(&h->session.house->ready, memory_order_acquire) &&
	       atomic_load_explicit(&h->session.recorder->ready, memory_order_acquire) &&
	       atomic_load_explicit(&h->session.clock->live_mask, memory_order_acquire) == (1u << US_SLOTS) - 1;
}

static int wait_for(struct us_stage *h, bool (*done)(const struct us_stage *), const char *what, struct us_err *err)
{
	uint64_t deadline = us_now_ns() + START_PATIENCE_MS * 1000000ull;
	while (!done(h)) {
		if (us_now_ns() > deadline)
			return us_fail(err, "%s not within %d s; the lines above may say why", what,
			               START_PATIENCE_MS / 1000);
		turn(h, 1);
		if (read_signals(h))
			return us_fail(err, "asked to end before the sound had started");
	}
	return US_OK;
}

static bool first_blocks_are_there(const struct us_stage *h)
{
	uint32_t primary = (uint32_t)(atomic_load(&h->session.clock->role) & 1);
	return atomic_load_explicit(&h->session.slot[primary]->published, memory_order_acquire) >=
	       atomic_load_explicit(&h->session.clock->lookahead_total, memory_order_relaxed);
}

static void say(struct us_stage *h, const char *word, const char *text)
{
	if (h->options.ready_fd < 0 || dprintf(h->options.ready_fd, "%s %s\n", word, text) < 0)
		fprintf(stderr, "understudy: %s\n", text);
}

/* Who asks for a recording or a log at the start shall not find out after the concert that there is none. */
static int check_recorder(const struct us_stage *h, struct us_err *err)
{
	const struct us_recorder *r = h->session.recorder;
	if (atomic_load_explicit(&r->state, memory_order_acquire) != US_RECORDER_FAILED &&
	    !atomic_load_explicit(&r->log_failed, memory_order_acquire))
		return US_OK;
	return us_fail(err, "%s", r->message);
}

/* Who lives, plays: the rest is made up on the way, recorder and control too. */
static int start_as_successor(struct us_stage *h, struct us_err *err)
{
	if (us_arbiter_start(h, err))
		return US_FAILED;
	us_player_first_grants(&h->player);
	return us_device_start(h, err);
}

static int start(struct us_stage *h, struct us_err *err)
{
	h->highest_priority = h->session.clock->freewheel ? 0 : us_ladder_highest();
	if (h->options.adopt)
		return start_as_successor(h, err);
	if (us_children_start(h, err) || us_arbiter_start(h, err) || us_watch_start(h, err))
		return US_FAILED;
	if (wait_for(h, everybody_is_ready, "workers, control and recorder were ready", err) || check_recorder(h, err))
		return US_FAILED;
	us_player_first_grants(&h->player);
	if (wait_for(h, first_blocks_are_there, "the first blocks were rendered", err))
		return US_FAILED;
	return us_device_start(h, err);
}

static void perform(struct us_stage *h)
{
	say(h, "ready", h->session.clock->board.device);
	for (;;) {
		uint64_t finished = 0;
		turn(h, TURN_MS);
		if (h->wants_successor) {
			fprintf(stderr, "understudy: the device is back; a new supervisor opens it\n");
			_exit(US_EXIT_SUCCESSOR); /* no farewell: everybody else plays on */
		}
		if (read_signals(h) || read(h->finished_fd, &finished, sizeof finished) == sizeof finished)
			return;
	}
}

/* Sound first, then the arbiter (nobody is to be replaced any more), then everybody is told to leave. */
static void stop(struct us_stage *h)
{
	struct us_clock *c = h->session.clock;
	if (c->freewheel)
		atomic_store_explicit(&c->stop, 1, memory_order_release); /* or it would wait for a block for ever */
	us_watch_stop(h);
	if (h->arbiter_thread)
		us_arbiter_stop(h);
	us_device_stop(h);
	atomic_store_explicit(&c->stop, 1, memory_order_release);
	us_spawn_end_all(h);
	us_notes_print(h);
}

static const struct us_audio_backend *choose_backend(struct us_options *o)
{
	if (strcmp(o->device, "null") == 0)
		return &us_audio_null;
	if (strcmp(o->device, "freewheel") == 0)
		return &us_audio_freewheel;
	return strcmp(o->backend, "jack") == 0 ? &us_audio_jack : &us_audio_portaudio;
}

/* For a process of its own: prints the back end that has the device, and the rate at which it would run (`rate`:
 * wished, 0: any). `backend`: where to look, "" for everywhere; a JACK server that runs has the sound card, so it comes
 * first. */
static int probe(const char *device, const char *backend, uint32_t rate)
{
	uint32_t found = 0;
	if (strcmp(backend, "portaudio") != 0 && us_jack_probe(device, &found)) {
		printf("jack %u\n", found);
		return rate && rate != found && *backend;
	}
	if (strcmp(backend, "jack") == 0 || !us_portaudio_probe(device, &rate))
		return 1;
	printf("portaudio %u\n", rate);
	return 0;
}

int main(int argc, char **argv)
{
	static struct us_stage stage; /* large, and zero */
	struct us_stage *h = &stage;
	struct us_err err;
	if (argc == 2 && strcmp(argv[1], "--list-devices") == 0)
		return us_portaudio_list(true) > 0 ? 0 : 1;
	if (argc == 5 && strcmp(argv[1], "--probe-device") == 0)
		return probe(argv[2], argv[3], (uint32_t)strtoul(argv[4], NULL, 10));
	us_lines_open();
	if (us_options_read(&h->options, argc, argv, &err)) {
		fprintf(stderr, "understudy-supervisor: %s\n", err.text);
		return 2;
	}
	us_process_begin(us_program_name(US_SUPERVISOR), h->options.code_fd + US_CODE_FDS - 1);
	if (geteuid() != 0) /* who may take real-time priority without asking needs no leash */
		us_process_limit_rt_time();
	h->backend = choose_backend(&h->options);
	int failed = take_signals(h, &err) || us_stage_open(h, &err);
	/* After all is mapped: where the limit is small this call fails, and not the mapping of a segment. */
	mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	failed = failed || start(h, &err);
	if (failed)
		say(h, "error", err.text);
	if (failed && h->options.adopt) /* nothing of the session is touched: the keeper tries again */
		_exit(1);
	if (!failed)
		perform(h);
	if (h->session.clock)
		stop(h);
	us_stage_close(h);
	return failed ? 1 : 0;
}
