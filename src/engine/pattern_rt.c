/* pattern_rt.c — patterns in the arena. A pattern is too long for one record: it comes as a letter in parts, which lie
 * behind the pattern that plays until the last one has come; then it takes its place, all at once. When the player lets
 * it begin is said in the letter and is the player's business. */
#include "inside.h"

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

/* The letter is complete. False, with nothing changed, if its sizes do not fit. */
static bool open_letter(struct us_pattern *p, const uint8_t *bytes, size_t count)
{
	struct us_pattern_letter head;
	memcpy(&head, bytes, sizeof head);
	const size_t nodes = head.nodes * sizeof p->node[0];
	if (head.nodes > US_PATTERN_NODES || head.text_bytes >= US_PATTERN_TEXT || head.start > US_START_CYCLE ||
	    sizeof head + head.text_bytes + nodes > count)
		return false;
	const uint32_t serial = p->serial + 1;
	*p = (struct us_pattern){
	    .serial = serial ? serial : 1, .seed = head.seed, .start = head.start, .nodes = head.nodes};
	memcpy(p->text, bytes + sizeof head, head.text_bytes);
	memcpy(p->node, bytes + sizeof head + head.text_bytes, nodes);
	return true;
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
	struct us_pattern *p = us_at(e, s->pattern);
	uint8_t *letter = (uint8_t *)(p + 1);
	const uint32_t parts = r->pattern.parts;
	if (r->pattern.part == 0)
		s->pattern_parts = 0;
	if (r->pattern.part != s->pattern_parts || r->pattern.part >= parts ||
	    parts > LETTER_ROOM / US_PATTERN_PART_BYTES)
		return us_fail(err, "part %u of %u of a pattern, after %u", r->pattern.part, parts, s->pattern_parts);
	memcpy(letter + r->pattern.part * US_PATTERN_PART_BYTES, r->pattern.bytes, US_PATTERN_PART_BYTES);
	if (++s->pattern_parts < parts)
		return US_OK;
	s->pattern_parts = 0;
	const bool opened = open_letter(p, letter, parts * US_PATTERN_PART_BYTES);
	memset(letter, 0, LETTER_ROOM);
	return opened ? US_OK : us_fail(err, "the pattern's parts do not make one");
}

const struct us_pattern *us_engine_pattern(const struct us_engine *e, uint16_t instance)
{
	const uint32_t seat = us_seat_of(e, instance);
	return seat != US_NONE && e->seat[seat].pattern ? us_at(e, e->seat[seat].pattern) : NULL;
}
