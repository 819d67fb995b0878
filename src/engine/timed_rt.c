/* timed_rt.c — records that wait for their frame. Latest first, so that the next one is the last of the table; of
 * equal frames the lower number comes first. */
#include "inside.h"

#include <math.h>

static bool is_before(const struct us_record *a, const struct us_record *b)
{
	return a->at < b->at || (a->at == b->at && a->seq < b->seq);
}

/* What could never be carried out is refused now, while its sender still listens. */
static int check(const struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (r->type == US_REC_SET)
		return us_set_check(e, r, err);
	if (r->type == US_REC_NOTE)
		return us_note_check(e, r, err);
	if (r->type == US_REC_MUTE || r->type == US_REC_SOLO)
		return us_seat_check(e, r->instance, false, err);
	if (r->type == US_REC_KEY)
		return us_song_key_check(r, err);
	if ((r->type == US_REC_GAIN || r->type == US_REC_TEMPO || r->type == US_REC_SONG ||
	     r->type == US_REC_LIMITER) &&
	    !isfinite(r->set.value))
		return us_fail(err, "gain, limiter, tempo and position must be finite numbers");
	return US_OK;
}

int us_timed_add(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (r->at < us_first_frame(e)) {
		e->head->late++;
		return us_carry_out(e, r, err);
	}
	if ((double)(r->at - us_first_frame(e)) > (double)e->rate * US_TIMED_AHEAD_SECONDS)
		return us_fail(err, "frame %llu is more than %d s away", (unsigned long long)r->at,
		               US_TIMED_AHEAD_SECONDS);
	if (check(e, r, err))
		return US_FAILED;
	if (r->type == US_REC_KEY)
		us_timed_forget_keys(e, r->at);
	if (e->head->timed == US_TIMED_RECORDS)
		return us_fail(err, "%d records wait for their time already; there is no room for more",
		               US_TIMED_RECORDS);
	uint32_t low = 0, high = e->head->timed;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (is_before(r, &e->timed[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&e->timed[low + 1], &e->timed[low], (e->head->timed - low) * sizeof *r);
	e->timed[low] = *r;
	e->head->timed++;
	return US_OK;
}

/* Of the key counts what was said last: what waits for a later frame, or for the same, was said before. */
void us_timed_forget_keys(struct us_engine *e, uint64_t from)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < e->head->timed; i++)
		if (e->timed[i].type != US_REC_KEY || e->timed[i].at < from)
			e->timed[kept++] = e->timed[i];
	memset(&e->timed[kept], 0, (e->head->timed - kept) * sizeof e->timed[0]);
	e->head->timed = kept;
}

static int start_note(struct us_engine *e, const struct us_record *r)
{
	if (us_note_check(e, r, NULL))
		return US_FAILED;
	us_note_at(e, r, (uint32_t)(r->at - us_first_frame(e)));
	return US_OK;
}

/* A knob is turned, and a note begins, at its very frame; whatever changes the graph acts at the beginning of the
 * block. */
static int start_move(struct us_engine *e, const struct us_record *r)
{
	if (us_set_check(e, r, NULL))
		return US_FAILED;
	uint32_t seat = us_seat_of(e, r->instance);
	e->move[e->moves++] = (struct us_move){.seat = (uint16_t)seat,
	                                       .input = r->set.input,
	                                       .offset = (uint32_t)(r->at - us_first_frame(e)),
	                                       .ramp_frames = r->set.ramp_frames,
	                                       .value = r->set.value};
	us_set_add(&e->moving, seat);
	us_set_add(&e->busy, seat);
	return US_OK;
}

/* Says first which record it is: see us_engine_amend. */
static int start(struct us_engine *e, const struct us_record *r)
{
	const bool within = r->at > us_first_frame(e);
	atomic_store_explicit(e->timed_seq, r->seq, memory_order_relaxed);
	us_say(e, US_PHASE_TIMED, r->instance);
	return within && r->type == US_REC_SET    ? start_move(e, r)
	       : within && r->type == US_REC_NOTE ? start_note(e, r)
	                                          : us_carry_out(e, r, NULL);
}

/* At the beginning of a block: whatever falls into it. Each record is taken off the table before it is carried out,
 * for it may clear the table. */
void us_timed_due(struct us_engine *e)
{
	uint64_t end = us_first_frame(e) + US_BLOCK;
	while (e->head->timed && e->timed[e->head->timed - 1].at < end) {
		struct us_record r = e->timed[--e->head->timed];
		memset(&e->timed[e->head->timed], 0, sizeof r);
		e->head->refused += start(e, &r) != US_OK;
	}
	us_say(e, US_PHASE_DUE, US_NOBODY); /* what comes next is not the last record's fault */
}

void us_timed_strike(struct us_engine *e, uint64_t seq)
{
	uint32_t i = 0;
	while (i < e->head->timed && e->timed[i].seq != seq)
		i++;
	if (i == e->head->timed)
		return;
	const struct us_record r = e->timed[i];
	const uint32_t last = --e->head->timed;
	memmove(&e->timed[i], &e->timed[i + 1], (last - i) * sizeof r);
	memset(&e->timed[last], 0, sizeof r);
	us_engine_strike(e, &r);
}

/* The index may soon belong to another instance, which must not get its predecessor's notes. */
void us_timed_forget(struct us_engine *e, uint32_t index)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < e->head->timed; i++) {
		const struct us_record *r = &e->timed[i];
		bool cable = r->type == US_REC_CONNECT || r->type == US_REC_DISCONNECT;
		if (r->instance != index && !(cable && r->cable.source == index))
			e->timed[kept++] = *r;
	}
	memset(&e->timed[kept], 0, (e->head->timed - kept) * sizeof e->timed[0]);
	e->head->timed = kept;
	kept = 0;
	for (uint32_t i = 0; i < e->moves; i++)
		if (e->move[i].seat != us_seat_of(e, index))
			e->move[kept++] = e->move[i];
	e->moves = kept;
}
