/* note_rt.c — which voice plays which note: polyphony with three ways to steal, unison, and mono with its memory of
 * held keys. The books lie in the states of the instance, see struct us_note_port; apply_rt and timed_rt call this when
 * a note's frame has come, the module hears of it in the same block.
 *
 * A note is its key: a key that is struck while it sounds is the same note anew, so no key ever has two notes, and
 * whoever sends too many or too few ends can leave nothing behind that the next end of this key does not end. All
 * voices of a note begin, end and are stolen together. */
#include "inside.h"

#include <float.h>
#include <math.h>

enum { TIER_SAME, TIER_FREE, TIER_BUSY }; /* whom to take first: who has this key, who has none, who has another */

struct hand {
	struct us_engine *e;
	uint32_t seat, frame, voices;
	struct us_note_port *books; /* of group 0 */
	bool chord;                 /* the module plays what is held itself */
};

struct candidate {
	uint32_t voice, tier, age;
	float level;
};

static struct us_note_port *port(const struct us_engine *e, uint32_t seat, uint32_t group)
{
	const uint32_t *states = us_at(e, e->seat[seat].states);
	return us_at(e, states[group]);
}

/* A port of the wide form has more lanes than the engine's own idea of it. */
static struct us_note_lane *lanes(const struct us_engine *e, uint32_t seat, uint32_t group)
{
	return (void *)((uint8_t *)port(e, seat, group) + offsetof(struct us_note_port, lane));
}

static struct us_note_lane *voice(const struct hand *h, uint32_t v)
{
	const uint32_t width = US_LANES * h->e->seat[h->seat].width;
	return &lanes(h->e, h->seat, v / width)[v % width];
}

static struct hand hand(struct us_engine *e, uint32_t seat, uint32_t frame)
{
	return (struct hand){
	    e, seat, frame, e->seat[seat].voices, port(e, seat, 0), e->node[seat].module->flags & US_NOTE_CHORD};
}

/* A knob as it stands at this frame, with what has been timed for this block before. */
static uint32_t choice(const struct hand *h, const char *name, uint32_t otherwise)
{
	const struct us_engine *e = h->e;
	const struct us_module *m = e->node[h->seat].module;
	const int input = us_module_input(m, name);
	if (input < 0)
		return otherwise;
	float value = us_knobs(e, h->seat)[input].ramp.target;
	for (uint32_t i = 0; i < e->moves; i++)
		if (e->move[i].seat == h->seat && e->move[i].input == input)
			value = us_knob_clamp(&m->inputs[input], e->move[i].value);
	return value >= 0 ? (uint32_t)value : 0;
}

/* --- one voice -------------------------------------------------------------------------------------------- */

/* The last place is given again and again: what the voice does at last is always right. */
static void tell(const struct hand *h, uint32_t v, struct us_note_change change)
{
	struct us_note_lane *at = voice(h, v);
	const bool full = at->changes >= US_NOTE_CHANGES;
	at->changes = full ? US_NOTE_CHANGES : at->changes + 1;
	struct us_note_change *place = &at->change[at->changes - 1];
	change.frame = (uint16_t)h->frame;
	if (full && change.flags && place->flags & US_NOTE_STRUCK && !(change.flags & US_NOTE_STRUCK)) {
		change.flags |= US_NOTE_STRUCK; /* it moves on from a stroke that nobody has heard */
		change.velocity = place->velocity;
	}
	*place = change;
}

static void begin(const struct hand *h, uint32_t v, const struct us_note_key *note, float place, bool struck)
{
	struct us_note_lane *at = voice(h, v);
	at->key = note->key;
	at->id = note->id;
	at->since = h->books->clock;
	at->on = 1;
	at->level = FLT_MAX; /* until the module has spoken: who was just struck is not the quietest */
	tell(h, v,
	     (struct us_note_change){.key = note->key,
	                             .velocity = note->velocity,
	                             .place = place,
	                             .flags = struck ? US_NOTE_ON | US_NOTE_STRUCK : US_NOTE_ON});
}

static void end(const struct hand *h, uint32_t v)
{
	struct us_note_lane *at = voice(h, v);
	if (!at->on)
		return;
	at->on = 0;
	at->since = h->books->clock;
	tell(h, v, (struct us_note_change){.key = at->key});
}

static float place_of(uint32_t nth, uint32_t of)
{
	return of > 1 ? (float)nth * (2 / (float)(of - 1)) - 1 : 0;
}

/* --- poly --------------------------------------------------------------------------------------------------- */

static struct candidate candidate(const struct hand *h, uint32_t v, float key)
{
	const struct us_note_lane *at = voice(h, v);
	return (struct candidate){.voice = v,
	                          .tier = !at->on          ? TIER_FREE
	                                  : at->key == key ? TIER_SAME
	                                                   : TIER_BUSY,
	                          .age = h->books->clock - at->since,
	                          .level = at->level};
}

static bool goes_first(const struct candidate *a, const struct candidate *b, bool by_level)
{
	if (a->tier != b->tier)
		return a->tier < b->tier;
	if (by_level && a->level != b->level)
		return a->level < b->level;
	return a->age > b->age; /* of equals the one with the lower number */
}

/* The best `wanted` voices, best first. */
static void choose(const struct hand *h, float key, bool by_level, struct candidate *best, uint32_t wanted)
{
	uint32_t count = 0;
	for (uint32_t v = 0; v < h->voices; v++) {
		const struct candidate c = candidate(h, v, key);
		if (count == wanted && !goes_first(&c, &best[wanted - 1], by_level))
			continue;
		uint32_t place = count < wanted ? count++ : wanted - 1;
		for (; place && goes_first(&c, &best[place - 1], by_level); place--)
			best[place] = best[place - 1];
		best[place] = c;
	}
}

static bool is_among(const float *keys, uint32_t count, float key)
{
	for (uint32_t i = 0; i < count; i++)
		if (keys[i] == key)
			return true;
	return false;
}

static bool is_taken(const struct candidate *taken, uint32_t count, uint32_t v)
{
	for (uint32_t i = 0; i < count; i++)
		if (taken[i].voice == v)
			return true;
	return false;
}

/* A note that loses one voice ends as a whole, and so does an older, larger unison of the same key. */
static void end_robbed(const struct hand *h, float key, const struct candidate *taken, uint32_t count)
{
	float robbed[US_NOTE_UNISON + 1] = {key};
	uint32_t notes = 1;
	for (uint32_t i = 0; i < count; i++)
		if (taken[i].tier == TIER_BUSY && !is_among(robbed, notes, voice(h, taken[i].voice)->key))
			robbed[notes++] = voice(h, taken[i].voice)->key;
	for (uint32_t v = 0; v < h->voices; v++)
		if (voice(h, v)->on && is_among(robbed, notes, voice(h, v)->key) && !is_taken(taken, count, v))
			end(h, v);
}

static void strike_poly(const struct hand *h, const struct us_note_key *note, uint32_t unison)
{
	struct candidate taken[US_NOTE_UNISON];
	const uint32_t steal = choice(h, "steal", US_STEAL_OLDEST);
	choose(h, note->key, steal == US_STEAL_QUIETEST, taken, unison);
	const struct candidate *last = &taken[unison - 1];
	if (last->tier == TIER_BUSY && steal == US_STEAL_NONE)
		return;
	if (taken[0].tier == TIER_SAME || last->tier == TIER_BUSY)
		end_robbed(h, note->key, taken, unison);
	for (uint32_t i = 0; i < unison; i++)
		begin(h, taken[i].voice, note, place_of(i, unison), true);
}

/* --- mono --------------------------------------------------------------------------------------------------- */

static bool is_meant(float key, uint32_t id, const struct us_record *r)
{
	return r->note.id ? id == r->note.id : key == r->note.key;
}

static void forget_key(struct us_note_port *books, uint32_t place)
{
	for (uint32_t i = place + 1; i < books->held_count; i++)
		books->held[i - 1] = books->held[i];
	books->held[--books->held_count] = (struct us_note_key){0};
}

static void remember_key(struct us_note_port *books, const struct us_note_key *note)
{
	for (uint32_t i = books->held_count; i-- > 0;)
		if (books->held[i].key == note->key)
			forget_key(books, i);
	if (books->held_count == US_NOTE_HELD)
		forget_key(books, 0);
	books->held[books->held_count++] = *note;
}

/* The first voices play the last of the held keys. */
static void sound_mono(const struct hand *h, uint32_t mode, uint32_t unison)
{
	const struct us_note_key *note = &h->books->held[h->books->held_count - 1];
	for (uint32_t v = unison; v < h->voices; v++)
		end(h, v);
	for (uint32_t v = 0; v < unison; v++)
		begin(h, v, note, place_of(v, unison), !(mode == US_NOTES_LEGATO && voice(h, v)->on));
}

/* --- a note ------------------------------------------------------------------------------------------------- */

static void finish(const struct hand *h, const struct us_record *r, uint32_t mode, uint32_t unison)
{
	struct us_note_port *books = h->books;
	bool was_last = false;
	for (uint32_t i = books->held_count; i-- > 0;)
		if (is_meant(books->held[i].key, books->held[i].id, r)) {
			was_last |= i + 1 == books->held_count;
			forget_key(books, i);
		}
	if (h->chord)
		return;
	if (mode != US_NOTES_POLY && was_last && books->held_count) {
		sound_mono(h, mode, unison);
		return;
	}
	for (uint32_t v = 0; v < h->voices; v++)
		if (voice(h, v)->on && is_meant(voice(h, v)->key, voice(h, v)->id, r))
			end(h, v);
}

int us_note_check(const struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	const uint32_t seat = us_seat_of(e, r->instance);
	const bool pending = seat != US_NONE && e->seat[seat].flags & US_SEAT_ADD;
	if (us_seat_check(e, r->instance, r->flags & US_STAGED || pending, err))
		return US_FAILED;
	if (!(e->node[seat].module->flags & US_NOTE_PORT))
		return us_fail(err, "%s is a %s, which plays no notes; a keys does", e->seat[seat].name,
		               e->seat[seat].module);
	if (!(r->note.key >= 0 && r->note.key <= 127))
		return us_fail(err, "a note's key is a number from 0 to 127");
	if (!(r->note.velocity >= 0 && r->note.velocity <= 1))
		return us_fail(err, "a note's velocity is a number from 0 to 1");
	return US_OK;
}

/* [rt] One that has been checked. */
void us_note_at(struct us_engine *e, const struct us_record *r, uint32_t frame)
{
	const struct hand h = hand(e, us_seat_of(e, r->instance), frame);
	const struct us_note_key note = {r->note.key, r->note.velocity, r->note.id};
	const uint32_t mode = choice(&h, "mode", US_NOTES_POLY), asked = choice(&h, "unison", 1);
	const uint32_t most = h.voices < US_NOTE_UNISON ? h.voices : US_NOTE_UNISON;
	const uint32_t unison = asked < 1 ? 1 : asked < most ? asked : most;
	h.books->clock++;
	if (note.velocity == 0) {
		finish(&h, r, mode, unison);
		return;
	}
	h.books->last_key = note.key;
	if (h.chord) {
		remember_key(h.books, &note);
		return;
	}
	if (mode == US_NOTES_POLY) {
		strike_poly(&h, &note, unison);
		return;
	}
	remember_key(h.books, &note);
	sound_mono(&h, mode, unison);
}

int us_edit_note(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (us_note_check(e, r, err))
		return US_FAILED;
	us_note_at(e, r, 0);
	return US_OK;
}

/* All of them, now. */
void us_notes_end(struct us_engine *e, uint32_t seat)
{
	if (!(e->node[seat].module->flags & US_NOTE_PORT))
		return;
	const struct hand h = hand(e, seat, 0);
	while (h.books->held_count)
		forget_key(h.books, h.books->held_count - 1);
	for (uint32_t v = 0; v < h.voices; v++)
		end(&h, v);
}

float us_engine_last_key(const struct us_engine *e, uint16_t instance, float otherwise)
{
	const uint32_t seat = us_seat_of(e, instance);
	if (seat == US_NONE || !(e->node[seat].module->flags & US_NOTE_PORT) || !port(e, seat, 0)->clock)
		return otherwise;
	return port(e, seat, 0)->last_key;
}

/* --- loading ------------------------------------------------------------------------------------------------ */

static bool lane_is_sound(const struct us_note_lane *n)
{
	if (n->changes > US_NOTE_CHANGES || n->on > 1 || !isfinite(n->key) || !isfinite(n->level))
		return false;
	for (uint32_t i = 0; i < n->changes; i++) {
		const struct us_note_change *c = &n->change[i];
		if (c->frame >= US_BLOCK || !isfinite(c->key) || !isfinite(c->velocity) || !isfinite(c->place) ||
		    c->flags > (US_NOTE_ON | US_NOTE_STRUCK))
			return false;
	}
	return true;
}

bool us_notes_are_sound(const struct us_engine *e, uint32_t seat)
{
	if (!(e->node[seat].module->flags & US_NOTE_PORT))
		return true;
	for (uint32_t g = 0; g < e->seat[seat].groups; g++) {
		const struct us_note_port *n = port(e, seat, g);
		if (n->held_count > US_NOTE_HELD || !isfinite(n->last_key))
			return false;
		for (uint32_t i = 0; i < n->held_count; i++)
			if (!isfinite(n->held[i].key) || !isfinite(n->held[i].velocity))
				return false;
		for (uint32_t l = 0; l < US_LANES * e->seat[seat].width; l++)
			if (!lane_is_sound(&lanes(e, seat, g)[l]))
				return false;
	}
	return true;
}
