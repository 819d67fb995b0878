/* main.c — understudy-recorder SESSION [CODE_FD]: started and restarted by the supervisor, see recorder.h. An ordinary
 * process without real-time priority: it may be slow, it is never waited for (but by a freewheeling clock). */
#include "ipc/clock.h"
#include "ipc/futex.h"
#include "ipc/lines.h"
#include "ipc/process.h"
#include "ipc/say.h"
#include "ipc/tap_rt.h"
#include "recorder.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SAY_NS 10000000000ull
#define RHYTHM_NS 10000000u
#define ORPHAN_LOOK_NS 1000000000u
#define ORPHAN_PATIENCE_NS 10000000000u /* a new supervisor may come within this time */

/* Whoever may ask for recordings may do so a thousand times: ten lines, then one in ten seconds. */
static bool may_say(struct us_say_rate *s, uint64_t now)
{
	enum { AT_ONCE = 10 };
	if (s->next_ns < now)
		s->next_ns = now;
	if (s->next_ns >= now + AT_ONCE * SAY_NS) {
		s->unsaid++;
		return false;
	}
	s->next_ns += SAY_NS;
	return true;
}

void us_recorder_say(struct us_recorder_process *r, const char *text)
{
	snprintf(r->board->message, sizeof r->board->message, "%s", text);
	if (!may_say(&r->said, us_now_ns()))
		return;
	if (r->said.unsaid)
		fprintf(stderr, "understudy: recorder: %" PRIu64 " more such lines\n", r->said.unsaid);
	r->said.unsaid = 0;
	fprintf(stderr, US_SAY_WARNING "understudy: recorder: %s\n", text);
}

static uint32_t count_lost(struct us_recorder_process *r)
{
	uint64_t oldest = us_tap_oldest(r->session.tap);
	uint64_t lost = oldest > r->next ? oldest - r->next : 0;
	if (lost) {
		char text[160];
		r->lost_until = oldest;
		atomic_fetch_add_explicit(&r->board->dropped_blocks, lost, memory_order_relaxed);
		snprintf(text, sizeof text,
		         "the disk was too slow: %" PRIu64 " blocks from block %" PRIu64
		         " on are silent in the recording (a replay of the log has them)",
		         lost, r->next);
		us_recorder_say(r, text);
	}
	return lost > 0;
}

/* The next blocks of the tap, as many as there are and fit. */
static void take_from_tap(struct us_recorder_process *r)
{
	struct us_chunk *k = &r->chunk;
	k->first = r->next;
	k->count = 0;
	while (k->count < US_CHUNK) {
		float *samples = k->samples + k->count * US_SAMPLES;
		uint32_t flags = 0;
		enum us_tap_read got = US_TAP_OVERTAKEN;
		if (r->next >= r->lost_until)
			got = us_tap_read(r->session.tap, r->next, samples, &flags);
		if (got == US_TAP_NOT_YET)
			break;
		if (got == US_TAP_OVERTAKEN) {
			if (r->next >= r->lost_until && !count_lost(r))
				break; /* it is being written: the next look will tell */
			memset(samples, 0, US_SAMPLES * sizeof *samples);
		}
		k->gap[k->count++] = flags & US_TAP_GAP;
		r->next++;
	}
}

static void turn(struct us_recorder_process *r)
{
	us_take_serve(r);
	take_from_tap(r);
	us_archive_chunk(r);
	us_take_chunk(r);
	atomic_fetch_add_explicit(&r->board->turns, 1, memory_order_relaxed);
	atomic_store_explicit(&r->board->tap_position, r->next, memory_order_release); /* pairs with the player */
}

/* A first recorder begins at block 0; one that comes after another goes on at the first block that is missing. */
static void begin(struct us_recorder_process *r)
{
	bool again = atomic_load_explicit(&r->board->ready, memory_order_relaxed);
	us_archive_start(r);
	if (!again && r->clock->record_path[0])
		us_take_start(r, r->clock->record_path, US_WAV_REPLACE);
	else if (atomic_load_explicit(&r->board->state, memory_order_relaxed) == US_RECORDER_ON)
		us_take_resume(r);
	if (again) {
		r->next = atomic_load_explicit(&r->session.tap->played, memory_order_acquire);
		if (r->logging && r->log_next < r->next)
			r->next = r->log_next;
		if (r->wav && r->wav_next < r->next)
			r->next = r->wav_next;
	}
	atomic_store_explicit(&r->board->ready, 1, memory_order_release); /* pairs with everybody_is_ready() */
}

static bool is_orphaned(const struct us_recorder_process *r, uint64_t *looked_ns, uint64_t *seen_ns)
{
	uint64_t now = us_now_ns();
	if (now - *looked_ns < ORPHAN_LOOK_NS)
		return false;
	*looked_ns = now;
	if (us_process_alive(&r->clock->board.supervisor) || us_process_alive(&r->clock->board.keeper))
		*seen_ns = now;
	return now - *seen_ns > ORPHAN_PATIENCE_NS;
}

static void perform(struct us_recorder_process *r)
{
	uint64_t looked_ns = 0, seen_ns = us_now_ns();
	for (;;) {
		uint32_t requests = atomic_load_explicit(&r->session.house->request_count, memory_order_acquire);
		bool stop = atomic_load_explicit(&r->clock->stop, memory_order_acquire);
		turn(r);
		if (r->chunk.count == US_CHUNK)
			continue;
		if (stop || is_orphaned(r, &looked_ns, &seen_ns))
			return;
		us_futex_wait(&r->session.house->request_count, requests, RHYTHM_NS);
	}
}

int main(int argc, char **argv)
{
	static struct us_recorder_process process;
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE,
	                              SIGXFSZ}; /* the supervisor says when it is over */
	struct us_recorder_process *r = &process;
	struct us_err err;
	umask(077); /* what is heard, and what it was made of, is this user's own */
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: understudy-recorder SESSION [CODE_FD] (started by understudy run)\n");
		return 2;
	}
	if (argc == 3)
		us_process_begin(argv[0], atoi(argv[2]));
	us_lines_open();
	if ((argc == 3 && us_code_open(&r->code, atoi(argv[2]), &err)) ||
	    us_session_open(&r->session, argv[1], 1u << US_SEG_RECORDER, &err)) {
		fprintf(stderr, US_SAY_WARNING "understudy-recorder: %s\n", err.text);
		return 1;
	}
	r->clock = r->session.clock;
	r->board = r->session.recorder;
	begin(r);
	perform(r);
	us_take_end(r);
	us_archive_end(r);
	us_session_close(&r->session);
	return 0;
}
