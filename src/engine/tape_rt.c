/* tape_rt.c — reels of tape for modules that keep minutes of sound. They lie in one piece outside the arena, which
 * stays small enough to be copied at every checkpoint; of the tapes only the chunks that were written are. Which reels
 * a seat has is in the arena, what lies on them is copied by whoever makes checkpoints, by the marks in tape_touched.
 */
#include "descriptor.h"
#include "inside.h"

static uint32_t reels_wanted(const struct us_engine *e, uint32_t seat)
{
	const uint32_t frames = us_module_tape_frames(e->node[seat].module, e->rate);
	return (uint32_t)(((uint64_t)frames + US_TAPE_REEL - 1) / US_TAPE_REEL);
}

/* Is a stretch free of all seats but this one? If not, where does what is in its way end? */
static bool is_free(const struct us_engine *e, uint32_t first, uint32_t reels, uint32_t seat, uint32_t *next)
{
	for (uint32_t s = 0; s < e->head->seats; s++) {
		const struct us_seat *other = &e->seat[s];
		if (s == seat || !other->flags || !other->reels)
			continue;
		if (first < other->first_reel + other->reels && other->first_reel < first + reels) {
			*next = other->first_reel + other->reels;
			return false;
		}
	}
	return true;
}

int us_tape_take(struct us_engine *e, uint32_t seat, struct us_err *err)
{
	struct us_seat *s = &e->seat[seat];
	const uint32_t reels = reels_wanted(e, seat);
	uint32_t first = 0;
	if (!reels)
		return US_OK;
	while (first + reels <= e->reels && !is_free(e, first, reels, seat, &first))
		;
	if (first + reels > e->reels) {
		const double seconds = (double)US_TAPE_REEL / (double)e->rate;
		e->shortage = true;
		return us_fail(
		    err,
		    "no room for %s: it needs %.0f s of tape in one piece, there are %.0f s in all; start with "
		    "run --tape SECONDS",
		    e->node[seat].module->name, reels * seconds, e->reels * seconds);
	}
	s->first_reel = first;
	s->reels = reels;
	us_tape_find(e, seat);
	return US_OK;
}

bool us_tape_find(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	uint32_t next;
	e->node[seat].tape = (struct us_tape){0};
	if (s->reels != reels_wanted(e, seat) || s->first_reel > e->reels || s->reels > e->reels - s->first_reel)
		return false;
	if (!s->reels)
		return s->first_reel == 0;
	if (!is_free(e, s->first_reel, s->reels, seat, &next))
		return false;
	e->node[seat].tape = (struct us_tape){.frame = e->tape + (size_t)s->first_reel * US_TAPE_REEL,
	                                      .touched = e->tape_touched + s->first_reel,
	                                      .frames = s->reels * US_TAPE_REEL};
	return true;
}

uint32_t us_engine_reels(const struct us_engine *e)
{
	return e->reels;
}

uint32_t us_engine_reels_used(const struct us_engine *e)
{
	uint32_t used = 0;
	for (uint32_t s = 0; e->reels && s < e->head->seats; s++)
		if (e->seat[s].flags && e->seat[s].reels && e->seat[s].first_reel + e->seat[s].reels > used)
			used = e->seat[s].first_reel + e->seat[s].reels;
	return used;
}

void us_engine_tape_marks(struct us_engine *e, uint64_t *into)
{
	for (uint32_t r = 0; r < e->reels; r++) {
		into[r] |= e->tape_touched[r];
		e->tape_touched[r] = 0;
	}
}

void *us_engine_tape_chunk(const struct us_engine *e, uint32_t chunk)
{
	return e->tape + (size_t)chunk * US_TAPE_CHUNK;
}
