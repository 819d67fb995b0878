/* apply_rt.c — one record, one amendment: who carries it out. */
#include "inside.h"

#include <math.h>

static int do_nothing(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	(void)e;
	(void)r;
	(void)err;
	return US_OK;
}

static float clamp(float value, float min, float max)
{
	return value < min ? min : value > max ? max : value;
}

static int set_gain(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (!isfinite(r->set.value))
		return us_fail(err, "the gain must be a finite number");
	/* Before the first block there is nothing to be smooth with. */
	const uint32_t frames = r->set.ramp_frames ? r->set.ramp_frames : e->smooth_frames;
	us_ramp_to(&e->head->gain, clamp(r->set.value, 0, US_GAIN_MAX), e->head->block ? frames : 0);
	return US_OK;
}

static int set_limiter(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (!isfinite(r->set.value))
		return us_fail(err, "the limiter is 0 (off) or 1 (on)");
	e->master->limiter.off = r->set.value < .5f;
	return US_OK;
}

static int reset_meters(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	(void)r;
	(void)err;
	us_master_reset_meters(e->master);
	return US_OK;
}

static void close_gates(struct us_engine *e, uint32_t seat)
{
	const struct us_module *m = e->node[seat].module;
	struct us_knob *knob = us_knobs(e, seat);
	for (uint32_t k = 0; k < e->node[seat].inputs; k++)
		if (m->inputs[k].unit == US_GATE) {
			float off = us_knob_clamp(&m->inputs[k], 0);
			knob[k].ramp = (struct us_ramp){off, off, 0};
		}
	e->node[seat].pulled_at = 0;
}

/* Gates close and nothing more is to come; when the fade is over, us_panic_end cuts the tails. */
static int panic(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	(void)r;
	(void)err;
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags) {
			close_gates(e, s);
			us_notes_end(e, s);
		}
	memset(e->timed, 0, e->head->timed * sizeof e->timed[0]);
	e->head->timed = 0;
	e->moves = 0;
	e->head->panic = US_PANIC_FADING;
	us_ramp_to(&e->head->fade, 0, e->smooth_frames);
	return US_OK;
}

/* Who is bypassed gets its fresh states when it is restored, and until then cannot die of them again. */
void us_panic_end(struct us_engine *e)
{
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags && !(e->seat[s].flags & US_SEAT_BYPASSED)) {
			us_say(e, US_PHASE_MODULE, e->seat[s].crumb);
			us_seat_reset(e, s);
		}
	us_say(e, US_PHASE_DUE, US_NOBODY); /* what comes next is not the last instance's fault */
	e->head->panic = US_PANIC_NONE;
	us_ramp_to(&e->head->fade, 1, e->smooth_frames);
}

static us_edit *const edits[US_REC_TYPES] = {
    [US_REC_NOP] = do_nothing,         [US_REC_CREATE] = us_edit_create,   [US_REC_NAME] = us_edit_name,
    [US_REC_DELETE] = us_edit_delete,  [US_REC_CONNECT] = us_edit_connect, [US_REC_DISCONNECT] = us_edit_disconnect,
    [US_REC_SET] = us_edit_set,        [US_REC_COMMIT] = us_stage_commit,  [US_REC_ABORT] = us_stage_abort,
    [US_REC_GAIN] = set_gain,          [US_REC_TEMPO] = us_song_tempo,     [US_REC_PANIC] = panic,
    [US_REC_TABLE] = us_edit_table,    [US_REC_PATTERN] = us_edit_pattern, [US_REC_NOTE] = us_edit_note,
    [US_REC_SONG] = us_song_transport, [US_REC_LIMITER] = set_limiter,     [US_REC_METERS] = reset_meters,
    [US_REC_MUTE] = us_edit_mute,      [US_REC_SOLO] = us_edit_solo,       [US_REC_KEY] = us_song_key_set,
};

int us_carry_out(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	e->shortage = false;
	int result = edits[r->type](e, r, err);
	if (result == US_OK || !e->shortage || !us_leaving(e))
		return result;
	us_leaving_cut(e);
	return edits[r->type](e, r, err);
}

static bool is_staged(const struct us_record *r)
{
	return r->flags & US_STAGED &&
	       ((r->type >= US_REC_CREATE && r->type <= US_REC_SET) || r->type == US_REC_TABLE ||
	        r->type == US_REC_PATTERN || r->type == US_REC_MUTE || r->type == US_REC_SOLO);
}

/* A staged record waits for its commit, whatever its `at` says; the commit itself may be timed. */
static bool is_timed(const struct us_record *r)
{
	return r->at != US_NOW && !is_staged(r) && r->type != US_REC_NOP;
}

int us_engine_apply(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	int result;
	us_float_mode_set(US_FLOAT_MODE);
	us_say(e, US_PHASE_APPLY, r->instance);
	if (r->type >= US_REC_TYPES)
		result = us_fail(err, "there is no record type %u", r->type);
	else if (e->head->struck && is_staged(r))
		result = us_fail(err, "a command of this batch was struck out, and the rest with it");
	else if (is_timed(r))
		result = us_timed_add(e, r, err);
	else
		result = us_carry_out(e, r, err);
	if (result == US_OK && r->type == US_REC_KEY && !is_timed(r))
		us_timed_forget_keys(e, US_NOW);
	e->head->refused += result != US_OK;
	return result;
}

void us_engine_strike(struct us_engine *e, const struct us_record *r)
{
	if (r->type == US_REC_COMMIT)
		us_stage_abort(e, r, NULL);
	else if (is_staged(r))
		e->head->struck = 1;
}

static void start_bypass(struct us_engine *e, uint32_t seat, uint32_t cause)
{
	struct us_seat *s = &e->seat[seat];
	bool works = cause == US_CAUSE_USER && !(s->flags & (US_SEAT_BYPASSED | US_SEAT_LEAVING | US_SEAT_FRESH));
	if (works)
		us_level_to(e, seat, 0, e->smooth_frames); /* it may be called while it fades */
	else {
		s->flags = (uint16_t)((s->flags | US_SEAT_BYPASSED) & ~US_SEAT_RESTORED);
		us_set_remove(&e->restored, seat);
	}
}

static void end_bypass(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	s->flags |= US_SEAT_RESTORED;
	us_set_add(&e->restored, seat);
	if (s->flags & US_SEAT_BYPASSED)
		s->level.now = 0;
	us_level_to(e, seat, 1, e->smooth_frames);
	s->flags &= (uint16_t)~US_SEAT_BYPASSED;
	s->garbage_recent = 0;
}

/* Fresh states are made here and not by the amendment: whoever dies of them is bypassed in this very block, and then
 * its successor must not make them again. */
void us_restored_begin(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->restored, 0); s < US_SEATS; s = us_set_next(&e->restored, s + 1)) {
		us_say(e, US_PHASE_MODULE, e->seat[s].crumb);
		us_seat_reset(e, s);
		e->seat[s].flags &= (uint16_t)~US_SEAT_RESTORED;
		us_set_remove(&e->restored, s);
	}
	us_say(e, US_PHASE_DUE, US_NOBODY);
}

/* Who has just been deleted is still called while it fades, and says its old index to the crumb. So a fault is laid on
 * it and on its successor alike; the innocent one is soon restored. */
static void bypass(struct us_engine *e, uint16_t instance, uint32_t cause)
{
	const uint32_t seat = us_seat_of(e, instance);
	if (seat != US_NONE)
		start_bypass(e, seat, cause);
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1))
		if (e->seat[s].flags & US_SEAT_LEAVING && e->seat[s].crumb == instance)
			start_bypass(e, s, cause);
}

static void begin_afresh(struct us_engine *e, uint64_t block)
{
	const uint64_t at = e->head->block > block ? e->head->block : block;
	us_engine_empty(e);
	e->head->block = at;
}

void us_engine_amend(struct us_engine *e, const struct us_amendment *a)
{
	us_float_mode_set(US_FLOAT_MODE);
	us_say(e, US_PHASE_DUE, a->instance);
	const uint32_t seat = us_seat_of(e, a->instance);
	switch (a->type) {
	case US_AMEND_BYPASS:
		for (uint32_t i = a->instance; i <= (uint32_t)a->instance + a->more && i < US_INDICES; i++)
			bypass(e, (uint16_t)i, a->cause);
		break;
	case US_AMEND_RESTORE:
		if (seat != US_NONE)
			end_bypass(e, seat);
		break;
	case US_AMEND_TOMBSTONE:
		for (uint64_t i = 0; i <= a->more; i++)
			us_timed_strike(e, a->seq + i);
		break;
	case US_AMEND_AFRESH:
		begin_afresh(e, a->block);
		break;
	default: /* trials are whoever's who reads the list: see src/replica */
		break;
	}
}

void us_engine_skip_to(struct us_engine *e, uint64_t block)
{
	us_float_mode_set(US_FLOAT_MODE);
	if (block <= e->head->block)
		return;
	while (e->head->timed && e->timed[e->head->timed - 1].at < block * US_BLOCK) {
		struct us_record r = e->timed[--e->head->timed];
		memset(&e->timed[e->head->timed], 0, sizeof r);
		if (r.at / US_BLOCK > e->head->block)
			e->head->block = r.at / US_BLOCK; /* the song goes on from the block in which it turns */
		if (us_carry_out(e, &r, NULL))
			e->head->refused++;
	}
	if (e->head->panic)
		us_panic_end(e);
	us_leaving_cut(e);
	us_levels_land(e);
	us_knobs_land(e);
	us_cables_land(e);
	us_ramp_to(&e->head->gain, e->head->gain.target, 0);
	us_ramp_to(&e->head->fade, e->head->fade.target, 0);
	e->head->block = block;
	us_patterns_due(e, us_first_frame(e));
	us_patterns_settle(e);
	us_freshness_end(e);
}
