/* pattern_rt.c — patterns in the arena. A pattern is too long for one record: it comes as a letter in parts, which lie
 * behind the pattern that plays until the last one has come. A letter that names a beat lies there until the block in
 * which that beat comes, so that the old pattern plays on in all its cycles; every other takes the old one's place at
 * once. The frame at which the new one begins is the player's business. */
#include "inside.h"

#include <math.h>

enum { LETTER_ROOM = (US_PATTERN_LETTER + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES * US_PATTERN_PART_BYTES };

size_t us_pattern_room(const struct us_engine *e, uint32_t seat)
{
	return e->node[seat].module->flags & US_PATTERN ? sizeof(struct us_pattern) + LETTER_ROOM : 0;
}

bool us_pattern_take(struct us_engine *e, uint32_t seat)
{
	const size_t room = us_pattern_room(e, seat);
	e->seat[seat].pattern = room ? us_heap_take(e, room) : 0;
	return !room || e->seat[seat].pattern;
}

void us_pattern_give(struct us_engine *e, uint32_t seat)
{
	if (e->seat[seat].pattern)
		us_heap_give(e, e->seat[seat].pattern, us_pattern_room(e, seat));
}

static bool head_is_sound(const struct us_pattern_letter *head, size_t count)
{
	return head->nodes <= US_PATTERN_NODES && head->text_bytes < US_PATTERN_TEXT && head->start <= US_START_LAST &&
	       head->beat >= 0 && head->beat <= 4.0 * US_SONG_BEATS &&
	       sizeof *head + head->text_bytes + head->nodes * sizeof(struct us_pattern_node) <= count;
}

/* The letter is complete, and its time has come. It may come from a checkpoint, so it is looked at again. */
static void open_letter(struct us_engine *e, uint32_t seat)
{
	struct us_pattern *p = us_at(e, e->seat[seat].pattern);
	uint8_t *bytes = (uint8_t *)(p + 1);
	struct us_pattern_letter head;
	memcpy(&head, bytes, sizeof head);
	e->seat[seat].pattern_due = 0;
	us_set_remove(&e->waiting, seat);
	if (!head_is_sound(&head, LETTER_ROOM))
		return;
	const uint32_t serial = p->serial + 1;
	*p = (struct us_pattern){.serial = serial ? serial : 1,
	                         .seed = head.seed,
	                         .start = head.start,
	                         .nodes = head.nodes,
	                         .beat = head.beat};
	memcpy(p->text, bytes + sizeof head, head.text_bytes);
	memcpy(p->node, bytes + sizeof head + head.text_bytes, head.nodes * sizeof p->node[0]);
	memset(bytes, 0, LETTER_ROOM);
}

/* The beat that a letter names, by the song as it is now; 0: none, or it has come already. */
static double beat_of(const struct us_engine *e, const struct us_pattern_letter *head)
{
	const double now = us_song_beat(e, us_first_frame(e));
	const double unit = head->start == US_START_BEAT ? 1 : US_PATTERN_BAR;
	if (head->start < US_START_BEAT)
		return 0;
	const double beat = head->start == US_START_AT ? head->beat : ceil(now / unit - 1e-9) * unit;
	return beat > now ? beat : 0;
}

/* Nobody has heard the one that is to be replaced: there is nothing to wait for. */
static bool may_wait(const struct us_seat *s, const struct us_pattern *p)
{
	return p->nodes && !(s->flags & (US_SEAT_ADD | US_SEAT_FRESH));
}

static int take_letter(struct us_engine *e, uint32_t seat, size_t count, struct us_err *err)
{
	struct us_seat *s = &e->seat[seat];
	struct us_pattern *p = us_at(e, s->pattern);
	struct us_pattern_letter head;
	uint8_t *letter = (uint8_t *)(p + 1);
	memcpy(&head, letter, sizeof head);
	if (!head_is_sound(&head, count)) {
		memset(letter, 0, LETTER_ROOM);
		return us_fail(err, "the pattern's parts do not make one");
	}
	head.beat = beat_of(e, &head);
	if (head.start >= US_START_BEAT)
		head.start = head.beat > 0 ? US_START_AT : US_START_NOW;
	memcpy(letter, &head, sizeof head);
	s->pattern_due = head.beat;
	if (head.beat > 0 && may_wait(s, p))
		us_set_add(&e->waiting, seat);
	else
		open_letter(e, seat);
	return US_OK;
}

void us_patterns_due(struct us_engine *e, uint64_t frame)
{
	if (!e->waiting.words)
		return;
	const double beat = us_song_beat(e, frame);
	for (uint32_t s = us_set_next(&e->waiting, 0); s < US_SEATS; s = us_set_next(&e->waiting, s + 1))
		if (e->seat[s].pattern_due <= beat)
			open_letter(e, s);
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
	uint8_t *letter = (uint8_t *)((struct us_pattern *)us_at(e, s->pattern) + 1);
	const uint32_t parts = r->pattern.parts;
	if (r->pattern.part == 0) { /* one that waited is overtaken */
		s->pattern_parts = 0;
		s->pattern_due = 0;
		us_set_remove(&e->waiting, seat);
	}
	if (r->pattern.part != s->pattern_parts || r->pattern.part >= parts ||
	    parts > LETTER_ROOM / US_PATTERN_PART_BYTES)
		return us_fail(err, "part %u of %u of a pattern, after %u", r->pattern.part, parts, s->pattern_parts);
	memcpy(letter + r->pattern.part * US_PATTERN_PART_BYTES, r->pattern.bytes, US_PATTERN_PART_BYTES);
	if (++s->pattern_parts < parts)
		return US_OK;
	s->pattern_parts = 0;
	return take_letter(e, seat, parts * US_PATTERN_PART_BYTES, err);
}

const struct us_pattern *us_engine_pattern(const struct us_engine *e, uint16_t instance)
{
	const uint32_t seat = us_seat_of(e, instance);
	return seat != US_NONE && e->seat[seat].pattern ? us_at(e, e->seat[seat].pattern) : NULL;
}
