/* player_rt.c — see player_rt.h. No allocation, lock, file, log line or system call but futex and eventfd wakes. */
#include "player_rt.h"

#include "event.h"
#include "ipc/clock.h"
#include "ipc/ear_rt.h"
#include "ipc/futex.h"
#include "ipc/journal_rt.h"
#include "ipc/slot_rt.h"
#include "ipc/tap_rt.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FADE_FRAMES = 64 };
#define FREEWHEEL_LOOK_NS 1000000u     /* how long a freewheeling clock waits before it looks again */
#define FREEWHEEL_SUSPECT_NS 20000000u /* and how long before it doubts the primary */
#define FREEWHEEL_ALONE_NS 500000000u  /* and how long it waits, after a death, for the pair to be whole */

US_REALTIME bool us_player_plan(struct us_player *p, const struct us_amendment *amendment)
{
	uint32_t in = atomic_load_explicit(&p->planned_in, memory_order_relaxed);
	if (in - atomic_load_explicit(&p->planned_out, memory_order_acquire) >= US_PLANNED)
		return false;
	p->planned[in % US_PLANNED] = *amendment;
	atomic_store_explicit(&p->planned_in, in + 1, memory_order_release); /* pairs with publish_planned */
	return true;
}

/* [planned] Amendments for `block`, which is not granted yet: nobody can have rendered it. */
static void publish_planned(struct us_player *p, uint64_t block)
{
	struct us_amendments *list = &p->clock->amendments[US_BY_CALLBACK];
	uint32_t out = atomic_load_explicit(&p->planned_out, memory_order_relaxed);
	uint32_t in = atomic_load_explicit(&p->planned_in, memory_order_acquire); /* pairs with us_player_plan */
	uint32_t count = atomic_load_explicit(&list->count, memory_order_relaxed);
	for (; out != in && count < US_AMENDMENTS; out++, count++) {
		list->list[count] = p->planned[out % US_PLANNED];
		list->list[count].block = block;
	}
	atomic_store_explicit(&p->planned_out, out, memory_order_release);
	atomic_store_explicit(&list->count, count, memory_order_release); /* [planned]; before granted */
}

/* --- what is heard --------------------------------------------------------------------------------------- */

/* Between two calls less than two blocks are left, unless the song was held, or the device has taken to a shorter
 * period: what is too old then is forgotten, so that the input is never later than it must be. */
static void hear(struct us_player *p, const float *in, uint32_t frames)
{
	if (!p->session->ear->on)
		return;
	if (frames > US_HEARD_FRAMES / 2)
		frames = US_HEARD_FRAMES / 2;
	if (p->heard_frames > 2 * US_BLOCK) {
		memmove(p->heard, p->heard + (p->heard_frames - US_BLOCK) * US_CHANNELS, US_SAMPLES * sizeof *in);
		p->heard_frames = US_BLOCK;
	}
	float *to = p->heard + p->heard_frames * US_CHANNELS;
	if (in)
		memcpy(to, in, frames * US_CHANNELS * sizeof *in);
	else
		memset(to, 0, frames * US_CHANNELS * sizeof *in);
	p->heard_frames += frames;
}

/* [heard] The next 64 frames belong to this block, which is about to be granted. The fifo begins with a block of
 * silence, so that a device whose buffers end inside a block never leaves it empty. */
static void give_ear(struct us_player *p, uint64_t block)
{
	float silence[US_SAMPLES] = {0};
	if (!p->session->ear->on)
		return;
	if (p->heard_frames < US_BLOCK) {
		us_ear_write(p->session->ear, block, silence);
		return;
	}
	us_ear_write(p->session->ear, block, p->heard);
	p->heard_frames -= US_BLOCK;
	memmove(p->heard, p->heard + US_SAMPLES, p->heard_frames * US_CHANNELS * sizeof *p->heard);
}

/* [when] The one place that decides which records take effect before which block. A tail that goes back or leaps
 * is not believed: control's memory is not ours. */
static void grant(struct us_player *p, uint64_t block)
{
	struct us_clock *c = p->clock;
	uint64_t before = block ? atomic_load_explicit(&c->grant[(block - 1) % US_GRANTS], memory_order_relaxed) : 0;
	uint64_t tail = us_journal_tail(p->session->journal);
	if (tail < before || tail - before > US_JOURNAL)
		tail = before;
	if (tail > before + US_GRANT_RECORDS)
		tail = before + US_GRANT_RECORDS;
	publish_planned(p, block);
	give_ear(p, block);
	p->granted_ns[block % US_RING] = us_now_ns();
	atomic_store_explicit(&c->grant[block % US_GRANTS], tail, memory_order_relaxed);
	atomic_store_explicit(&c->granted, block + 1, memory_order_release); /* pairs with may_render */
}

static void ring_bell(struct us_clock *c)
{
	atomic_fetch_add_explicit(&c->bell, 1, memory_order_release);
	us_futex_wake(&c->bell);
}

/* As far ahead as the device's period needs; what was granted stays as it is. */
static void grant_ahead(struct us_player *p)
{
	struct us_clock *c = p->clock;
	uint64_t until = atomic_load_explicit(&c->played, memory_order_relaxed) +
	                 atomic_load_explicit(&c->lookahead_total, memory_order_relaxed);
	for (uint64_t block = atomic_load_explicit(&c->granted, memory_order_relaxed); block < until; block++)
		grant(p, block);
}

void us_player_first_grants(struct us_player *p)
{
	grant_ahead(p);
	ring_bell(p->clock);
}

/* One period takes so many blocks at once, and one more if it ends inside a block. */
uint32_t us_player_blocks_ahead(const struct us_clock *c, uint32_t frames)
{
	return c->lookahead + (frames + US_BLOCK - 1) / US_BLOCK + (frames % US_BLOCK != 0) - 1;
}

US_REALTIME void us_player_expect(struct us_player *p, uint32_t ticket, uint32_t frames)
{
	struct us_clock *c = p->clock;
	if (frames > US_MAX_FRAMES)
		frames = US_MAX_FRAMES;
	if (frames == atomic_load_explicit(&p->period, memory_order_relaxed) ||
	    ticket != atomic_load_explicit(&p->ticket, memory_order_acquire) ||
	    atomic_exchange_explicit(&p->serving, 1, memory_order_acquire))
		return;
	const uint32_t heard = p->heard_frames; /* belongs to what comes behind the blocks that are granted here */
	atomic_store_explicit(&p->period, frames, memory_order_relaxed);
	atomic_store_explicit(&c->lookahead_total, us_player_blocks_ahead(c, frames), memory_order_relaxed);
	p->heard_frames = 0;
	grant_ahead(p);
	p->heard_frames = heard;
	ring_bell(c);
	atomic_store_explicit(&p->serving, 0, memory_order_release);
}

/* Block c from the primary, else from the other: the bytes are the same. */
static bool take(struct us_player *p, uint64_t block)
{
	struct us_clock *c = p->clock;
	uint32_t primary = (uint32_t)(atomic_load_explicit(&c->role, memory_order_acquire) & 1);
	for (uint32_t i = 0; i < US_SLOTS; i++) {
		uint32_t s = i ? 1 - primary : primary;
		uint64_t id = atomic_load_explicit(&c->board.worker[s].id, memory_order_acquire);
		const struct us_slot *slot = p->session->slot[s];
		uint64_t spoilt = atomic_load_explicit(&c->spoilt[s], memory_order_acquire); /* pairs with depose() */
		if (spoilt && atomic_load_explicit(&slot->ring[block % US_RING].epoch, memory_order_acquire) == spoilt)
			continue;
		enum us_take got = us_slot_take(slot, block, id, p->fifo);
		if (got == US_TAKE_OK)
			return true;
		if (got == US_TAKE_BAD)
			atomic_fetch_add_explicit(&c->board.rejected_blocks, 1, memory_order_relaxed);
	}
	return false;
}

static void fade_in(float samples[US_SAMPLES])
{
	for (uint32_t i = 0; i < FADE_FRAMES; i++)
		for (uint32_t ch = 0; ch < US_CHANNELS; ch++)
			samples[i * US_CHANNELS + ch] *= (float)(i + 1) / FADE_FRAMES;
}

/* What the device hears in a hold or a gap: from the last sample to silence without a click. */
static void fill_silence(struct us_player *p, float *out, uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++) {
		float gain = 0;
		if (p->fade_frames)
			gain = (float)--p->fade_frames / FADE_FRAMES;
		for (uint32_t ch = 0; ch < US_CHANNELS; ch++)
			out[i * US_CHANNELS + ch] = p->last[ch] * gain;
	}
}

static void begin_silence(struct us_player *p)
{
	if (!p->silent)
		p->fade_frames = FADE_FRAMES;
	p->silent = true;
}

/* The block is played (or skipped): it goes to the tap as it is, the clock goes on, one more may be rendered, or as
 * many as a new period asks for. */
static void count_block(struct us_player *p, uint64_t block, const float *samples, uint32_t flags)
{
	struct us_clock *c = p->clock;
	us_tap_write(p->session->tap, samples, flags);
	atomic_store_explicit(&c->played, block + 1, memory_order_release);
	grant_ahead(p);
}

/* Whoever comes after a gap renders all of it, from a checkpoint before it: grants and what was heard must still be
 * there. When nobody comes for so long, the song waits instead of going on without being played. */
static uint64_t longest_gap(const struct us_player *p)
{
	return p->session->ear->on ? US_EAR / 2 : US_GRANTS / 2;
}

/* The next block into the fifo. False: it is late, hold. */
static bool next_block(struct us_player *p)
{
	struct us_clock *c = p->clock;
	uint64_t block = atomic_load_explicit(&c->played, memory_order_relaxed);
	if (take(p, block)) {
		count_block(p, block, p->fifo, 0);
		if (p->silent)
			fade_in(p->fifo);
		p->silent = p->holding = false;
		p->gap_blocks = 0;
		return true;
	}
	if (c->freewheel || atomic_load_explicit(&c->live_mask, memory_order_acquire) ||
	    p->gap_blocks >= longest_gap(p))
		return false;
	begin_silence(p);
	p->holding = false;
	p->gap_blocks++;
	atomic_fetch_add_explicit(&c->board.gap_blocks, 1, memory_order_relaxed);
	count_block(p, block, NULL, US_TAP_GAP);
	fill_silence(p, p->fifo, US_BLOCK);
	return true;
}

static void hold(struct us_player *p, float *out, uint32_t frames)
{
	begin_silence(p);
	fill_silence(p, out, frames);
	if (p->finished || p->clock->freewheel)
		return;
	if (!p->holding)
		atomic_fetch_add_explicit(&p->clock->board.underruns, 1, memory_order_relaxed);
	p->holding = true;
	atomic_fetch_add_explicit(&p->clock->board.held_frames, frames, memory_order_relaxed);
}

static void tell_arbiter(struct us_player *p, uint64_t now, uint64_t patience_ns)
{
	if (now - p->suspected_ns < patience_ns)
		return;
	p->suspected_ns = now;
	us_event_raise(p->suspect_fd);
}

/* A granted block that the primary has not published within three quarters of a block's time is a reason for the
 * arbiter to look. It decides; this only says "look". */
static void doubt_primary(struct us_player *p, uint64_t now)
{
	struct us_clock *c = p->clock;
	uint32_t primary = (uint32_t)(atomic_load_explicit(&c->role, memory_order_acquire) & 1);
	uint64_t next = atomic_load_explicit(&p->session->slot[primary]->published, memory_order_acquire);
	if (next < atomic_load_explicit(&c->granted, memory_order_relaxed) &&
	    now - p->granted_ns[next % US_RING] > p->block_ns * 3 / 4)
		tell_arbiter(p, now, p->block_ns / 2);
}

static bool recorder_is_behind(const struct us_player *p)
{
	const struct us_clock *c = p->clock;
	return (c->log_dir[0] || c->record_path[0]) &&
	       atomic_load_explicit(&c->played, memory_order_relaxed) -
	               atomic_load_explicit(&p->session->recorder->tap_position, memory_order_acquire) >
	           US_TAP / 2;
}

/* Who catches up renders no faster than the primary, so against a clock that never rests it never would: after a death
 * the clock stands still until the pair is whole, or for so long that it will not be soon. */
static bool pair_is_broken(struct us_player *p)
{
	uint32_t live = atomic_load_explicit(&p->clock->live_mask, memory_order_acquire);
	if (live == (1u << US_SLOTS) - 1) {
		p->alone_ns = 0;
		return false;
	}
	if (!p->alone_ns)
		p->alone_ns = us_now_ns();
	return us_now_ns() - p->alone_ns < FREEWHEEL_ALONE_NS;
}

/* A freewheeling clock: nothing is late, it waits for the workers, and for the recorder to keep up. */
static bool wait_for_block(struct us_player *p)
{
	struct us_clock *c = p->clock;
	uint64_t started = us_now_ns();
	while (!atomic_load_explicit(&c->stop, memory_order_acquire)) {
		uint32_t cue = atomic_load_explicit(&c->cue, memory_order_acquire);
		uint32_t primary = (uint32_t)(atomic_load_explicit(&c->role, memory_order_acquire) & 1);
		const struct us_slot *slot = p->session->slot[primary];
		uint32_t bell = atomic_load_explicit(&slot->published_bell, memory_order_acquire);
		if (recorder_is_behind(p) || pair_is_broken(p)) {
			us_futex_wait(&c->cue, cue, FREEWHEEL_LOOK_NS);
			started = us_now_ns();
			continue;
		}
		if (next_block(p))
			return true;
		us_futex_wait(&slot->published_bell, bell, FREEWHEEL_LOOK_NS);
		uint64_t now = us_now_ns();
		if (now - started > FREEWHEEL_SUSPECT_NS)
			tell_arbiter(p, now, FREEWHEEL_SUSPECT_NS);
	}
	return false;
}

bool us_player_needs_watch(const struct us_player *p)
{
	return atomic_load_explicit(&p->period, memory_order_relaxed) > 2 * US_BLOCK;
}

bool us_player_watch(struct us_player *p, uint64_t now)
{
	struct us_clock *c = p->clock;
	uint32_t primary = (uint32_t)(atomic_load_explicit(&c->role, memory_order_acquire) & 1);
	uint64_t next = atomic_load_explicit(&p->session->slot[primary]->published, memory_order_acquire);
	if (!us_player_needs_watch(p) || next >= atomic_load_explicit(&c->granted, memory_order_acquire)) {
		p->watched_ns = 0;
		return false;
	}
	if (!p->watched_ns || next != p->watched) {
		p->watched = next;
		p->watched_ns = now;
	} else if (now - p->watched_ns >= p->block_ns) {
		p->watched_ns = now;
		us_event_raise(p->suspect_fd);
	}
	return true;
}

/* Calls of one period may come at once: from one period to the next it counts. */
static void note_lateness(struct us_player *p, uint64_t now, uint32_t frames)
{
	uint32_t expected = atomic_load_explicit(&p->period, memory_order_relaxed);
	uint64_t period = 1000000000ull * (expected > frames ? expected : frames) / p->clock->rate;
	uint64_t last = atomic_load_explicit(&p->last_call_ns, memory_order_relaxed);
	if (last && now > last + period + period / 2)
		atomic_fetch_add_explicit(&p->clock->board.late_callbacks, 1, memory_order_relaxed);
	atomic_store_explicit(&p->last_call_ns, now, memory_order_relaxed);
}

static bool limit_reached(struct us_player *p)
{
	if (!p->blocks_limit || atomic_load_explicit(&p->clock->played, memory_order_relaxed) < p->blocks_limit)
		return false;
	if (!p->finished)
		us_event_raise(p->finished_fd);
	p->finished = true;
	return true;
}

/* Something to feed the device with; false: nothing yet. */
static bool refill(struct us_player *p)
{
	if (p->fifo_frames)
		return true;
	if (limit_reached(p))
		return false;
	bool got = p->clock->freewheel ? wait_for_block(p) : next_block(p);
	if (got)
		p->fifo_frames = US_BLOCK;
	return got;
}

static void feed(struct us_player *p, float *out, uint32_t frames)
{
	while (frames > 0) {
		if (!refill(p)) {
			hold(p, out, frames);
			break;
		}
		uint32_t n = p->fifo_frames < frames ? p->fifo_frames : frames;
		memcpy(out, p->fifo + (US_BLOCK - p->fifo_frames) * US_CHANNELS, n * US_CHANNELS * sizeof *out);
		p->fifo_frames -= n;
		frames -= n;
		out += n * US_CHANNELS;
		memcpy(p->last, out - US_CHANNELS, sizeof p->last);
	}
	ring_bell(p->clock);
}

/* Two devices may call for a moment, while one takes over from the other: only the current ticket is served, and never
 * beside a call that is still under way. Nobody waits. */
US_REALTIME void us_player_process(struct us_player *p, uint32_t ticket, const float *in, float *out, uint32_t frames)
{
	uint64_t now = us_now_ns();
	if (ticket != atomic_load_explicit(&p->ticket, memory_order_acquire) ||
	    atomic_exchange_explicit(&p->serving, 1, memory_order_acquire)) {
		memset(out, 0, frames * US_CHANNELS * sizeof *out);
		return;
	}
	if (!atomic_load_explicit(&p->thread_id, memory_order_relaxed))
		atomic_store_explicit(&p->thread_id, (int32_t)syscall(SYS_gettid), memory_order_release);
	if (!p->clock->freewheel) {
		note_lateness(p, now, frames);
		doubt_primary(p, now);
	}
	hear(p, in, frames);
	feed(p, out, frames);
	atomic_store_explicit(&p->serving, 0, memory_order_release);
}
