/* synth.c — see synth.h. The model is a replica: the newest checkpoint, and what was granted since then. It stands at
 * the block that is heard, not at the one that is being rendered. */
#include "synth.h"

#include "code/load.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "replica/load.h"
#include "replica/shared.h"

#include <stdlib.h>

/* --- opening -------------------------------------------------------------------------------------------------------
 */

static int open_model(struct us_synth *s, struct us_err *err)
{
	const struct us_clock *c = s->session.clock;
	const struct us_engine_config config =
	    us_engine_of_session(c->rate, c->arena_bytes, c->tape_bytes, &s->session.shelf->shelf);
	return us_session_library(&s->library, s->name, c->rate, err) ||
	               us_engine_open(&s->replica.engine, &config, s->library, err)
	           ? US_FAILED
	           : US_OK;
}

/* The newest checkpoint, and the journal behind it. Without one the synth has just begun: then the journal is all
 * there.
 */
static void load(struct us_synth *s)
{
	const struct us_load load = {.latest = UINT64_MAX,
	                             .applied = atomic_load_explicit(&s->session.clock->keep, memory_order_acquire)};
	struct us_found found;
	if (!us_replica_load(&s->replica, &s->session, &load, &found))
		us_replica_begin(&s->replica, &s->session, 0);
}

static int open(struct us_synth *s, struct us_err *err)
{
	if (us_session_open(&s->session, s->name, 0, err))
		return US_FAILED;
	const struct us_clock *c = s->session.clock;
	char address[sizeof c->osc_address + 1];
	snprintf(address, sizeof address, "%.64s", c->osc_address);
	if (!atomic_load_explicit(&s->session.house->ready, memory_order_acquire))
		return us_fail(err, "the synth is still starting");
	if (c->freewheel)
		return us_fail(err, "the session %s keeps no time (--device freewheel); MIDI needs one that does",
		               s->name);
	if (open_model(s, err) || us_sender_open(&s->sender, address, s->port ? s->port : c->osc_port, err))
		return US_FAILED;
	us_sender_show(s->sender, c->token);
	s->follow = (struct us_follow){.rate = (double)c->rate};
	load(s);
	us_synth_catch_up(s, us_now_ns());
	return US_OK;
}

void us_synth_close(struct us_synth *s)
{
	if (s->sender)
		us_sender_close(s->sender);
	if (s->replica.engine)
		us_engine_close(s->replica.engine);
	if (s->library)
		us_library_close(s->library);
	us_session_close(&s->session);
	*s = (struct us_synth){.name = s->name, .port = s->port, .said = s->said};
}

/* The segment by this name may be another session's by now. */
static bool is_still_there(const struct us_synth *s)
{
	void *memory;
	if (!s->replica.engine || us_shm_open(&memory, s->name, US_SEG_CLOCK, 0, US_READ, NULL))
		return false;
	const bool same = ((const struct us_clock *)memory)->segment.nonce == s->session.nonce;
	us_shm_close(memory);
	return same;
}

bool us_synth_renew(struct us_synth *s)
{
	struct us_err err;
	if (is_still_there(s))
		return false;
	if (s->replica.engine)
		fprintf(stderr, "understudy-midi: the session %s has ended; waiting for the next one\n", s->name);
	s->said |= s->replica.engine != NULL;
	us_synth_close(s);
	if (open(s, &err)) {
		us_synth_close(s);
		if (!s->said)
			fprintf(stderr, "understudy-midi: %s; waiting for it\n", err.text);
		s->said = true;
		return false;
	}
	fprintf(stderr, "understudy-midi: plays the session %s\n", s->name);
	s->said = false;
	return true;
}

/* --- following ------------------------------------------------------------------------------------------------------
 */

/* The device takes a buffer when it is called, and it is heard its latency later; what is in it was rendered for frames
 * US_MASTER_FRAMES before. */
static double heard_frame(const struct us_synth *s, uint64_t now_ns)
{
	const struct us_board *b = &s->session.clock->board;
	const double latency = atomic_load_explicit(&b->device_latency_us, memory_order_relaxed) * s->follow.rate / 1e6;
	const double buffer = atomic_load_explicit(&b->device_frames, memory_order_relaxed);
	const double frame = us_follow_frame(&s->follow, (int64_t)now_ns) - latency - buffer - US_MASTER_FRAMES;
	return frame > 0 ? frame : 0;
}

/* Who has slept through more than the rings hold begins again from a checkpoint. */
static bool is_left_behind(const struct us_synth *s, uint64_t granted)
{
	return us_journal_tail(s->session.journal) - s->replica.applied > US_JOURNAL - US_GRANT_RECORDS ||
	       granted - us_engine_block(s->replica.engine) > US_GRANTS / 2;
}

void us_synth_catch_up(struct us_synth *s, uint64_t now_ns)
{
	if (!s->replica.engine)
		return;
	const struct us_clock *c = s->session.clock;
	const uint32_t buffer = atomic_load_explicit(&c->board.device_frames, memory_order_relaxed);
	const uint64_t played = atomic_load_explicit(&c->played, memory_order_relaxed);
	const uint64_t granted = atomic_load_explicit(&c->granted, memory_order_acquire); /* [when] */
	us_follow_look(&s->follow, now_ns, played * US_BLOCK, buffer > US_BLOCK ? buffer : US_BLOCK);
	struct us_shared shared = us_shared_now(&s->session);
	const struct us_source_of_song song = us_shared_song(&shared);
	if (is_left_behind(s, granted))
		load(s);
	uint64_t heard = (uint64_t)heard_frame(s, now_ns) / US_BLOCK;
	heard = heard < granted ? heard : granted;
	for (uint64_t block = us_engine_block(s->replica.engine); block < heard; block++) {
		us_replica_follow(&s->replica, &song, block);
		us_engine_skip_to(s->replica.engine, block + 1);
	}
}

void us_synth_song(const struct us_synth *s, uint64_t now_ns, struct us_synth_song *song)
{
	struct us_song_view view;
	us_engine_song(s->replica.engine, &view);
	*song = (struct us_synth_song){.plays = view.plays, .beat = view.beat, .bpm = (double)view.bpm};
	if (view.plays)
		song->beat += (heard_frame(s, now_ns) - (double)view.frame) / s->follow.rate * song->bpm / 60;
}

/* --- speaking -------------------------------------------------------------------------------------------------------
 */

int us_synth_send(void *context, const struct us_command *command, struct us_err *err)
{
	struct us_synth *s = context;
	return s->sender ? us_sender_post(s->sender, command, err) : US_OK;
}

void us_synth_hear(struct us_synth *s)
{
	struct us_err err;
	if (!s->sender)
		return;
	for (int n = 0; n < 64 && us_sender_hear(s->sender, &err); n++)
		if (err.text[0])
			fprintf(stderr, "understudy-midi: %s\n", err.text);
}
