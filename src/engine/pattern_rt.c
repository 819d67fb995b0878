/* pattern_rt.c — patterns in the arena. A pattern is too long for one record: it comes as a letter in parts, which lie
 * on the heap until the last one has come; then the letter is the pattern. One that names a beat waits until the block
 * in which that beat comes, so that the old pattern plays on in all its cycles; every other takes the old one's place
 * at once. The frame at which the new one begins is the player's business. */
#include "inside.h"

#include <math.h>

enum { MOST_PARTS = (US_PATTERN_BYTES + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES };

static uint32_t parts_of(uint32_t bytes)
{
	return (bytes + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES;
}

size_t us_pattern_room(uint32_t bytes)
{
	const uint32_t parts = parts_of(bytes > US_PATTERN_HEAD ? bytes : US_PATTERN_HEAD);
	return (size_t)parts * US_PATTERN_PART_BYTES;
}

size_t us_letter_room(const struct us_seat *s)
{
	return s->letter ? (size_t)s->letter_parts * US_PATTERN_PART_BYTES : 0;
}

/* At first there is nothing but a head. */
bool us_pattern_take(struct us_engine *e, uint32_t seat)
{
	const bool plays = e->node[seat].module->flags & US_PATTERN;
	e->seat[seat].pattern = plays ? us_heap_take(e, us_pattern_room(0)) : 0;
	return !plays || e->seat[seat].pattern;
}

static void give_letter(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	us_heap_give(e, s->letter, us_letter_room(s));
	s->letter = 0;
	s->letter_parts = s->letter_came = 0;
	s->pattern_due = 0;
	us_set_remove(&e->waiting, seat);
}

static void give_pattern(struct us_engine *e, uint32_t offset)
{
	const struct us_pattern *p = us_at(e, offset);
	if (offset)
		us_heap_give(e, offset, us_pattern_room(p->bytes));
}

/* What played when the block began is played on until the other takes over, and goes when the block is over. */
static void replace(struct us_engine *e, uint32_t seat, uint32_t pattern)
{
	struct us_seat *s = &e->seat[seat];
	if (s->pattern_before)
		give_pattern(e, s->pattern);
	else
		s->pattern_before = s->pattern;
	s->pattern = pattern;
	us_set_add(&e->replaced, seat);
}

void us_patterns_settle(struct us_engine *e)
{
	if (!e->replaced.words)
		return;
	for (uint32_t s = us_set_next(&e->replaced, 0); s < US_SEATS; s = us_set_next(&e->replaced, s + 1)) {
		give_pattern(e, e->seat[s].pattern_before);
		e->seat[s].pattern_before = 0;
		us_set_remove(&e->replaced, s);
	}
}

void us_pattern_give(struct us_engine *e, uint32_t seat)
{
	if (!e->seat[seat].pattern)
		return;
	give_letter(e, seat);
	give_pattern(e, e->seat[seat].pattern_before);
	give_pattern(e, e->seat[seat].pattern);
}

static bool letter_is_sound(const struct us_seat *s, const struct us_pattern *letter)
{
	return us_pattern_is_sound(letter, us_letter_room(s)) && parts_of(letter->bytes) == s->letter_parts &&
	       letter->beat >= 0 && letter->beat <= 4.0 * US_SONG_BEATS;
}

/* The letter is complete, and its time has come. It may come from a checkpoint, so it is looked at again. */
static void open_letter(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	const struct us_pattern *p = us_at(e, s->pattern);
	struct us_pattern *letter = us_at(e, s->letter);
	if (!letter_is_sound(s, letter)) {
		give_letter(e, seat);
		return;
	}
	letter->serial = p->serial + 1 ? p->serial + 1 : 1;
	replace(e, seat, s->letter);
	s->letter = 0;
	give_letter(e, seat);
}

/* Beats in a cycle, by the knob of that name. */
static double cycle_of(const struct us_engine *e, uint32_t seat)
{
	const int input = us_module_input(e->node[seat].module, "cycle");
	const double beats = input < 0 ? US_PATTERN_BAR : (double)us_knobs(e, seat)[input].ramp.now;
	return beats > 0 ? beats : US_PATTERN_BAR;
}

/* The beat that a letter names, by the song as it is now; 0: none, or it has come already. */
static double beat_of(const struct us_engine *e, uint32_t seat, const struct us_pattern *letter)
{
	const double now = us_song_beat(e, us_first_frame(e));
	const double unit = letter->start == US_START_BEAT  ? 1
	                    : letter->start == US_START_BAR ? US_PATTERN_BAR
	                                                    : cycle_of(e, seat);
	if (letter->start == US_START_NOW)
		return 0;
	const double beat = letter->start == US_START_AT ? letter->beat : ceil(now / unit - 1e-9) * unit;
	return beat > now ? beat : 0;
}

/* Nobody has heard the one that is to be replaced: there is nothing to wait for. */
static bool may_wait(const struct us_seat *s, const struct us_pattern *p)
{
	return p->nodes && !(s->flags & (US_SEAT_ADD | US_SEAT_FRESH));
}

static int take_letter(struct us_engine *e, uint32_t seat, struct us_err *err)
{
	struct us_seat *s = &e->seat[seat];
	struct us_pattern *letter = us_at(e, s->letter);
	if (!letter_is_sound(s, letter)) {
		give_letter(e, seat);
		return us_fail(err, "the pattern's parts do not make one");
	}
	letter->beat = beat_of(e, seat, letter);
	if (letter->start != US_START_NOW)
		letter->start = letter->beat > 0 ? US_START_AT : US_START_NOW;
	s->pattern_due = letter->beat;
	if (letter->beat > 0 && may_wait(s, us_at(e, s->pattern)))
		us_set_add(&e->waiting, seat);
	else
		open_letter(e, seat);
	return US_OK;
}

void us_patterns_due(struct us_engine *e, uint64_t frame)
{
	if (!e->waiting.words)
		return;
	const double slack = US_BEAT_SLACK * (us_song_beat(e, frame + 1) - us_song_beat(e, frame));
	const double beat = us_song_beat(e, frame) + slack;
	for (uint32_t s = us_set_next(&e->waiting, 0); s < US_SEATS; s = us_set_next(&e->waiting, s + 1))
		if (e->seat[s].pattern_due <= beat)
			open_letter(e, s);
}

/* The first part: whatever was on its way is overtaken. */
static int begin_letter(struct us_engine *e, uint32_t seat, uint32_t parts, struct us_err *err)
{
	struct us_seat *s = &e->seat[seat];
	give_letter(e, seat);
	if (!parts || parts > MOST_PARTS)
		return us_fail(err, "a pattern in %u parts; the longest has %d", parts, MOST_PARTS);
	s->letter = us_heap_take(e, (size_t)parts * US_PATTERN_PART_BYTES);
	if (!s->letter)
		return us_fail(err, "no room for a pattern of %u bytes in the arena", parts * US_PATTERN_PART_BYTES);
	s->letter_parts = (uint16_t)parts;
	return US_OK;
}

/* Parts come one after the other; one that does not follow is refused, and the next letter begins with part 0. */
int us_edit_pattern(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	const uint32_t seat = us_seat_of(e, r->instance);
	if (seat == US_NONE)
		return us_fail(err, "there is no instance %u", r->instance);
	struct us_seat *s = &e->seat[seat];
	if (!s->pattern)
		return us_fail(err, "%s is a %s, which plays no patterns", s->name, s->module);
	if (r->flags & US_STAGED && !(s->flags & US_SEAT_ADD))
		return us_fail(err, "%s sounds already: its pattern can be changed alone, not within a batch", s->name);
	const uint32_t part = r->pattern.part, parts = r->pattern.parts;
	if (part == 0 && begin_letter(e, seat, parts, err))
		return US_FAILED;
	if (!s->letter || s->pattern_due > 0 || part != s->letter_came || parts != s->letter_parts || part >= parts)
		return us_fail(err, "part %u of %u of a pattern, after %u", part, parts, s->letter_came);
	memcpy((uint8_t *)us_at(e, s->letter) + part * US_PATTERN_PART_BYTES, r->pattern.bytes, US_PATTERN_PART_BYTES);
	s->letter_came++;
	return s->letter_came == s->letter_parts ? take_letter(e, seat, err) : US_OK;
}

const struct us_pattern *us_engine_pattern(const struct us_engine *e, uint16_t instance)
{
	const uint32_t seat = us_seat_of(e, instance);
	return seat != US_NONE && e->seat[seat].pattern ? us_at(e, e->seat[seat].pattern) : NULL;
}

const struct us_pattern *us_engine_next_pattern(const struct us_engine *e, uint16_t instance)
{
	const uint32_t seat = us_seat_of(e, instance);
	return seat != US_NONE && e->seat[seat].pattern_due > 0 ? us_at(e, e->seat[seat].letter)
	                                                        : us_engine_pattern(e, instance);
}
