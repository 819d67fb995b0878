/* checkpoint_rt.c — the used part of an arena as one piece of bytes: the head, and a prefix of each table.
 *
 * Loading trusts nothing: the bytes are copied first, and then every count, name, offset and index is checked in the
 * copy. The heap's map is drawn anew from what the seats own and must come out the same: no two states overlap, none
 * is lost; unless the state is taken as it is. Loading takes as long as it takes; saving is [rt]. */
#include "inside.h"

#include <math.h>

struct part {
	void *bytes;
	size_t used, room;
};

enum { MAP = 4, PARTS = 6 };
_Static_assert(PARTS + 1 == US_PIECES, "the parts, and the head");

static void list_parts(const struct us_engine *e, const struct us_head *h, struct part part[PARTS])
{
	const struct part list[PARTS] = {
	    {e->master, e->has_master ? sizeof *e->master : 0, sizeof *e->master},
	    {e->seat, h->seats * sizeof e->seat[0], US_SEATS * sizeof e->seat[0]},
	    {e->cable, h->cables * sizeof e->cable[0], US_CABLES * sizeof e->cable[0]},
	    {e->timed, h->timed * sizeof e->timed[0], US_TIMED_RECORDS * sizeof e->timed[0]},
	    [MAP] = {e->heap_map, (h->heap_end + 63) / 64 * sizeof e->heap_map[0], e->heap_units / 8},
	    {e->heap, (size_t)h->heap_end * US_UNIT, (size_t)e->heap_units * US_UNIT},
	};
	memcpy(part, list, sizeof list);
}

static size_t bytes_of(const struct us_engine *e, const struct us_head *h)
{
	struct part part[PARTS];
	size_t bytes = us_heap_round(sizeof *h);
	list_parts(e, h, part);
	for (uint32_t i = 0; i < PARTS; i++)
		bytes += us_heap_round(part[i].used);
	return bytes;
}

size_t us_engine_save_bytes(const struct us_engine *e)
{
	return bytes_of(e, e->head);
}

size_t us_engine_save_max(const struct us_engine *e)
{
	struct part part[PARTS];
	size_t bytes = us_heap_round(sizeof *e->head);
	list_parts(e, e->head, part);
	for (uint32_t i = 0; i < PARTS; i++)
		bytes += us_heap_round(part[i].room);
	return bytes;
}

/* The gaps up to the next unit are zero, so that equal arenas make equal bytes. */
static uint8_t *put(uint8_t *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	memset(to + bytes, 0, us_heap_round(bytes) - bytes);
	return to + us_heap_round(bytes);
}

size_t us_engine_save(const struct us_engine *e, void *to)
{
	struct part part[PARTS];
	uint8_t *end = put(to, e->head, sizeof *e->head);
	list_parts(e, e->head, part);
	for (uint32_t i = 0; i < PARTS; i++)
		end = put(end, part[i].bytes, part[i].used);
	return (size_t)(end - (uint8_t *)to);
}

void us_engine_portion(const struct us_engine *e, uint32_t portion, struct us_piece piece[US_PIECES])
{
	struct part part[PARTS];
	list_parts(e, e->head, part);
	piece[PARTS] = (struct us_piece){e->head, sizeof *e->head}; /* small: always */
	for (uint32_t i = 0; i < PARTS; i++) {
		size_t units = us_heap_round(part[i].used) / US_UNIT;
		size_t first = units * portion / US_PORTIONS * US_UNIT,
		       end = units * (portion + 1) / US_PORTIONS * US_UNIT;
		end = end < part[i].used ? end : part[i].used;
		piece[i] = (struct us_piece){(const uint8_t *)part[i].bytes + first, end > first ? end - first : 0};
	}
}

/* --- loading ---------------------------------------------------------------------------------------------- */

static bool ramp_is_sound(const struct us_ramp *ramp)
{
	return isfinite(ramp->now) && isfinite(ramp->target);
}

static bool is_terminated(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

static int check_head(const struct us_engine *e, const struct us_head *h, size_t bytes, struct us_err *err)
{
	if (h->magic != US_ARENA_MAGIC || h->version != US_ARENA_VERSION)
		return us_fail(err, "this is no checkpoint of an engine of version %d", US_ARENA_VERSION);
	if (h->bytes != e->head->bytes || h->layout_id != e->layout_id)
		return us_fail(err,
		               "the checkpoint was made with other modules, another sample rate or another arena size");
	if (h->seats > US_SEATS || h->cables > US_CABLES || h->timed > US_TIMED_RECORDS || h->heap_end < 1 ||
	    h->heap_end > e->heap_units || bytes != bytes_of(e, h))
		return us_fail(err, "the checkpoint's tables do not fit its %zu bytes", bytes);
	if (!ramp_is_sound(&h->gain) || !ramp_is_sound(&h->fade) || h->panic > US_PANIC_FADING ||
	    !us_song_is_sound(&h->song, h->block) || !us_song_key_is_sound(&h->key, h->block))
		return us_fail(err, "the checkpoint's clock or master gain makes no sense");
	return US_OK;
}

/* Claims units for one owner; false if they lie outside the used heap or belong to another. */
static bool claim(struct us_engine *e, uint32_t offset, size_t bytes)
{
	size_t first = offset / US_UNIT, units = us_heap_round(bytes) / US_UNIT;
	if (offset % US_UNIT || (bytes && !offset) || first + units > e->head->heap_end)
		return false;
	for (size_t u = first; u < first + units; u++) {
		if (e->shadow_map[u / 64] >> u % 64 & 1)
			return false;
		e->shadow_map[u / 64] |= 1ull << u % 64;
	}
	return true;
}

static bool claim_states(struct us_engine *e, const struct us_seat *s)
{
	if (!s->groups || s->groups > US_MAX_GROUPS || !claim(e, s->states, s->groups * sizeof(uint32_t)))
		return false;
	const uint32_t *states = us_at(e, s->states);
	for (uint32_t g = 0; g < s->groups; g++)
		if (!claim(e, states[g], us_heap_round(s->state_bytes) + US_GUARD_BYTES))
			return false;
	for (uint32_t o = 0; o < US_MAX_OUTPUTS; o++)
		if (s->echo[o] && !claim(e, s->echo[o], (size_t)s->groups * s->width * sizeof(us_buffer)))
			return false;
	return true;
}

static bool knobs_are_sound(struct us_engine *e, uint32_t seat)
{
	uint32_t inputs = e->node[seat].inputs;
	if (!inputs)
		return e->seat[seat].knobs == 0;
	if (!claim(e, e->seat[seat].knobs, inputs * sizeof(struct us_knob)))
		return false;
	const struct us_knob *knob = us_knobs(e, seat);
	for (uint32_t k = 0; k < inputs; k++) {
		if (!ramp_is_sound(&knob[k].ramp) || !isfinite(knob[k].staged))
			return false;
		if (knob[k].ramp.left)
			us_set_add(&e->busy, seat);
	}
	return true;
}

/* A pattern, or the head of one that has not come yet. */
static bool claim_pattern(struct us_engine *e, uint32_t offset)
{
	if (offset % US_UNIT || !offset || offset / US_UNIT >= e->head->heap_end)
		return false;
	const struct us_pattern *p = us_at(e, offset);
	const size_t room = us_pattern_room(p->bytes);
	return p->bytes <= US_PATTERN_BYTES && claim(e, offset, room) &&
	       (p->bytes ? us_pattern_is_sound(p, room) : !p->nodes);
}

static bool pattern_is_sound(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	if (!(e->node[seat].module->flags & US_PATTERN))
		return !s->pattern && !s->letter && !s->pattern_before && s->pattern_due == 0;
	if (!claim_pattern(e, s->pattern) || (s->pattern_before && !claim_pattern(e, s->pattern_before)))
		return false;
	if (s->pattern_before)
		us_set_add(&e->replaced, seat);
	if (s->pattern_due > 0)
		us_set_add(&e->waiting, seat);
	return s->pattern_due >= 0 && (s->pattern_due == 0 || s->letter_came == s->letter_parts) &&
	       (!s->letter || claim(e, s->letter, us_letter_room(s)));
}

static bool seat_is_sound(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	bool leaving = s->flags & US_SEAT_LEAVING;
	if (s->flags & ~US_SEAT_FLAGS || s->flags & US_SEAT_GONE || !(s->flags & US_SEAT_USED) ||
	    (s->flags & US_SEAT_ADD && s->flags & US_SEAT_DEL) ||
	    (leaving && s->flags & (US_SEAT_ADD | US_SEAT_DEL | US_SEAT_MUTED | US_SEAT_SOLO)))
		return false;
	if (s->crumb >= US_INDICES || s->index != (leaving ? US_NOBODY : s->crumb) ||
	    (!leaving && e->door[s->index] != US_NONE))
		return false;
	if (!is_terminated(s->name, sizeof s->name) || !is_terminated(s->staged_name, sizeof s->staged_name) ||
	    !is_terminated(s->module, sizeof s->module))
		return false;
	const struct us_module *m = us_library_find(e->library, s->module);
	if (!m || (s->width != 1 && (s->width != US_WIDE || !m->wide)) ||
	    s->state_bytes != us_module_state_bytes(us_form(m, s->width), e->rate) || s->garbage_recent > 2 ||
	    !ramp_is_sound(&s->level))
		return false;
	if (s->asked > US_MAX_VOICES || !s->voices || s->voices > US_MAX_VOICES ||
	    s->groups != us_groups(s->voices, s->width))
		return false;
	us_seat_derive(e, seat, m);
	if (!us_table_find(e, seat) || !us_tape_find(e, seat))
		return false;
	us_set_add(&e->taken, seat);
	if (!leaving)
		e->door[s->index] = (uint16_t)seat;
	if (leaving || s->level.left)
		us_set_add(&e->fading, seat);
	if (s->flags & US_SEAT_FRESH)
		us_set_add(&e->fresh, seat);
	if (s->flags & US_SEAT_RESTORED)
		us_set_add(&e->restored, seat);
	if (s->flags & US_SEAT_MUTED)
		us_set_add(&e->muted, seat);
	if (s->flags & US_SEAT_SOLO)
		us_set_add(&e->solo, seat);
	return claim_states(e, s) && knobs_are_sound(e, seat) && pattern_is_sound(e, seat) &&
	       us_notes_are_sound(e, seat);
}

/* Each unit that has an owner is in the map. What is in it without an owner is lost, and does no harm. */
static bool leaks_at_most(const struct us_engine *e)
{
	for (uint32_t w = 0; w < e->heap_units / 64; w++)
		if (e->shadow_map[w] & ~e->heap_map[w])
			return false;
	return true;
}

/* The map is what its owners make it, as `units` are counted; or, of a state that is taken as it is, no less. */
static bool map_is_sound(const struct us_engine *e, uint32_t units)
{
	if (e->takes_leaks)
		return leaks_at_most(e) && e->head->heap_used <= e->heap_units;
	return !memcmp(e->shadow_map, e->heap_map, e->heap_units / 8) && units == e->head->heap_used;
}

static int check_seats(struct us_engine *e, struct us_err *err)
{
	const struct us_head *h = e->head;
	uint32_t instances = 0, inputs = 0, outputs = 0, units = 0;
	memset(e->shadow_map, 0, e->heap_units / 8);
	e->shadow_map[0] = 1;
	for (uint32_t s = 0; s < h->seats; s++) {
		if (!e->seat[s].flags)
			continue;
		if (!seat_is_sound(e, s))
			return us_fail(err, "instance %u of the checkpoint is damaged", s);
		instances += !(e->seat[s].flags & US_SEAT_LEAVING);
		inputs += e->node[s].inputs;
		outputs += e->node[s].outputs;
	}
	for (uint32_t w = 0; w < e->heap_units / 64; w++)
		units += (uint32_t)__builtin_popcountll(e->shadow_map[w]);
	if (!map_is_sound(e, units))
		return us_fail(err, "the checkpoint's heap does not belong to its instances");
	if (instances != h->instances || inputs != h->input_rows || outputs != h->output_rows ||
	    inputs > US_INPUT_ROWS || outputs > US_OUTPUT_ROWS || (h->seats && !e->seat[h->seats - 1].flags))
		return us_fail(err, "the checkpoint counts its instances wrongly");
	return US_OK;
}

/* Wherever a cable counts, its ends must count. */
static bool cable_is_sound(const struct us_engine *e, const struct us_cable *c)
{
	if (c->source >= US_SEATS || c->instance >= US_SEATS)
		return false;
	const struct us_seat *from = &e->seat[c->source], *to = &e->seat[c->instance];
	if (!from->flags || !to->flags || c->output >= e->node[c->source].outputs ||
	    c->input >= e->node[c->instance].inputs)
		return false;
	if (c->flags & ~US_CABLE_FLAGS || c->flags & US_CABLE_GONE || !ramp_is_sound(&c->amount) ||
	    !isfinite(c->wanted) || !isfinite(c->staged))
		return false;
	if ((from->flags | to->flags) & US_SEAT_LEAVING && !(c->flags & US_CABLE_LEAVING))
		return false;
	for (enum us_view view = US_VIEW_NOW; view <= US_VIEW_NEXT; view++)
		if (us_cable_in(c, view) && !(us_seat_in(from, view) && us_seat_in(to, view)))
			return false;
	return true;
}

static int check_rest(struct us_engine *e, struct us_err *err)
{
	const struct us_head *h = e->head;
	for (uint32_t i = 0; i < h->cables; i++) {
		if (!cable_is_sound(e, &e->cable[i]))
			return us_fail(err, "cable %u of the checkpoint is damaged", i);
		e->cables_moving += e->cable[i].amount.left > 0;
		e->cables_leaving += (e->cable[i].flags & US_CABLE_LEAVING) != 0;
		e->closed |= (e->cable[i].flags & US_CABLE_CLOSED) != 0;
	}
	for (uint32_t i = 0; i < h->timed; i++) {
		const struct us_record *r = &e->timed[i];
		bool sorted = i == 0 || r->at <= r[-1].at;
		if (!sorted || r->at < us_first_frame(e) || r->type >= US_REC_TYPES)
			return us_fail(err, "timed record %u of the checkpoint is damaged", i);
	}
	/* The plan must find the states that it needs: it may not take any, or this replica would be another one. */
	if (us_plan_make(e, US_VIEW_NOW, err))
		return US_FAILED;
	if (!us_seats_fitted(e))
		return us_fail(err, "the checkpoint's instances do not have the states that its cables ask for");
	e->plan.valid = false;
	return US_OK;
}

/* Copies the parts; what an earlier patch has left beyond them becomes zero. All of the map does: a bit that has
 * flipped where nothing is in use yet would else be in the way of every checkpoint. */
static void take_in(struct us_engine *e, const struct us_head *h, const uint8_t *from)
{
	struct part old[PARTS], new[PARTS];
	list_parts(e, e->head, old);
	list_parts(e, h, new);
	from += us_heap_round(sizeof *h);
	for (uint32_t i = 0; i < PARTS; i++) {
		memcpy(new[i].bytes, from, new[i].used);
		if (old[i].used > new[i].used)
			memset((uint8_t *)new[i].bytes + new[i].used, 0, old[i].used - new[i].used);
		from += us_heap_round(new[i].used);
	}
	memset((uint8_t *)new[MAP].bytes + new[MAP].used, 0, new[MAP].room - new[MAP].used);
	*e->head = *h;
}

static int load(struct us_engine *e, const void *from, size_t bytes, struct us_err *err)
{
	struct us_head head = {0};
	us_float_mode_set(US_FLOAT_MODE);
	us_engine_empty(e);
	if (bytes < us_heap_round(sizeof head))
		return us_fail(err, "%zu bytes are no checkpoint", bytes);
	memcpy(&head, from, sizeof head); /* once: what is checked is what is used */
	if (check_head(e, &head, bytes, err))
		return US_FAILED;
	take_in(e, &head, from);
	if (e->has_master && !us_master_is_valid(e->master, &e->master_rate)) {
		us_engine_empty(e);
		return us_fail(err, "the checkpoint's master stage is damaged");
	}
	if (check_seats(e, err) || check_rest(e, err)) {
		us_engine_empty(e);
		return US_FAILED;
	}
	return US_OK;
}

int us_engine_load(struct us_engine *e, const void *from, size_t bytes, struct us_err *err)
{
	e->takes_leaks = false;
	return load(e, from, bytes, err);
}

int us_engine_load_as_it_is(struct us_engine *e, const void *from, size_t bytes, struct us_err *err)
{
	e->takes_leaks = true;
	return load(e, from, bytes, err);
}
