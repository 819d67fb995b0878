/* undo.c — what /undo and /redo (undo_act.c) go through. What takes an edit back is found when the edit is made: before
 * the model carries a record out, the records that would bring back what is there now are noted. All that one command
 * or one batch did is one step; moves of one knob in quick succession are one step, too. Steps are taken back last in,
 * first out, so the instance numbers in them mean what they meant.
 *
 * Not taken back: notes and gates, what carries a time, the position of envelopes and delays; a deleted instance comes
 * back with its knobs, cables, file and pattern, but with a fresh state. The history is this process's own: it is gone
 * when control is restarted, and when a command has been struck out. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define QUICK_MS 500u

void us_step_drop(struct us_step *step)
{
	free(step->record);
	free(step->scenes);
}

static void drop_first(struct us_history *h, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		us_step_drop(&h->step[i]);
	h->steps -= count;
	memmove(h->step, h->step + count, h->steps * sizeof h->step[0]);
}

void us_undo_forget(struct us_commander *c)
{
	struct us_undo *u = &c->undo;
	for (int k = 0; k < US_UNDO_KINDS; k++)
		drop_first(&u->history[k], u->history[k].steps);
	u->count = 0;
	free(u->scenes);
	u->scenes = NULL;
}

void us_undo_close(struct us_commander *c)
{
	us_undo_forget(c);
	free(c->undo.record);
	c->undo.record = NULL;
	c->undo.room = 0;
}

/* Notes one record of the step that is being made. Without memory the step is lost, which is said when it is wanted. */
static void note(struct us_undo *u, const struct us_record *r)
{
	if (u->count == u->room) {
		const uint32_t room = u->room ? u->room * 2 : 64;
		struct us_record *grown = room > 1u << 16 ? NULL : realloc(u->record, room * sizeof *grown);
		if (!grown) {
			u->lost = true;
			return;
		}
		u->record = grown;
		u->room = room;
	}
	u->record[u->count++] = *r;
}

/* --- what takes a record back ------------------------------------------------------------------------------ */

static void note_knob(struct us_undo *u, const struct us_engine *e, uint16_t instance, uint16_t input)
{
	note(u, &(struct us_record){.type = US_REC_SET,
	                            .instance = instance,
	                            .set = {.input = input, .value = us_engine_knob(e, instance, input)}});
}

static bool same_ends(const struct us_cable_view *v, const struct us_record *r)
{
	return v->source == r->cable.source && v->output == r->cable.output && v->instance == r->instance &&
	       v->input == r->cable.input;
}

static void note_cable(struct us_undo *u, const struct us_cable_view *v)
{
	note(u, &(struct us_record){
		    .type = US_REC_CONNECT,
		    .instance = v->instance,
		    .cable = {.source = v->source, .output = v->output, .input = v->input, .amount = v->amount}});
}

/* The cable as it is now comes back, or there is none to come back. */
static void note_cable_of(struct us_undo *u, const struct us_engine *e, const struct us_record *r)
{
	struct us_cable_view v;
	for (uint32_t place = 0; us_engine_next_cable(e, &place, &v);)
		if (same_ends(&v, r)) {
			note_cable(u, &v);
			return;
		}
	struct us_record gone = *r;
	gone.type = US_REC_DISCONNECT;
	gone.flags = 0;
	note(u, &gone);
}

static void note_mark(struct us_undo *u, enum us_record_type type, uint16_t instance, bool on)
{
	note(u, &(struct us_record){.type = (uint8_t)type, .instance = instance, .set.value = on});
}

static void note_table(struct us_undo *u, const struct us_commander *c, uint16_t instance, uint32_t number)
{
	struct us_record r = {.type = US_REC_TABLE, .instance = instance, .table = {.number = number}};
	r.table.mark = us_shelf_mark(c->config.shelf, number);
	note(u, &r);
}

/* Steps are carried out backwards, so the last part of a letter is noted first. It comes back with the next cycle. */
static void note_pattern(struct us_undo *u, const struct us_pattern *p, uint16_t instance)
{
	struct us_record part;
	for (uint32_t n = us_pattern_parts(p); n-- > 0;) {
		us_pattern_part(&part, instance, p, n);
		if (n == 0)
			part.pattern.bytes[offsetof(struct us_pattern, start)] = US_START_CYCLE;
		note(u, &part);
	}
}

/* An instance without its cables; backwards, too: what must come first is noted last. */
static void note_instance(struct us_undo *u, const struct us_commander *c, uint16_t index)
{
	const struct us_engine *e = c->model;
	struct us_instance_view view;
	if (!us_engine_instance(e, index, &view))
		return;
	const struct us_pattern *p = us_engine_next_pattern(e, index);
	if (p && p->nodes)
		note_pattern(u, p, index);
	if (view.table)
		note_table(u, c, index, view.table);
	for (uint16_t k = 0; k < us_module_input_count(view.module); k++)
		if (us_engine_knob(e, index, k) != view.module->inputs[k].value)
			note_knob(u, e, index, k);
	if (view.muted)
		note_mark(u, US_REC_MUTE, index, true);
	if (view.solo)
		note_mark(u, US_REC_SOLO, index, true);
	struct us_record name = {.type = US_REC_NAME, .instance = index};
	struct us_record create = {
	    .type = US_REC_CREATE, .instance = index, .create = {.seed = us_seed_of(view.name), .voices = view.asked}};
	strncpy(name.name, view.name, sizeof name.name - 1);
	strncpy(create.create.module, view.module->name, sizeof create.create.module - 1);
	note(u, &name);
	note(u, &create);
}

/* All of an instance that is about to go. */
static void note_leaving(struct us_undo *u, const struct us_commander *c, uint16_t index)
{
	struct us_cable_view v;
	for (uint32_t place = 0; us_engine_next_cable(c->model, &place, &v);)
		if (v.source == index || v.instance == index)
			note_cable(u, &v);
	note_instance(u, c, index);
}

const struct us_record *us_undo_all(struct us_commander *c, uint32_t *count)
{
	struct us_undo *u = &c->undo;
	struct us_cable_view v;
	us_undo_forget(c);
	for (uint32_t place = 0; us_engine_next_cable(c->model, &place, &v);)
		note_cable(u, &v);
	for (uint16_t i = US_INDICES; i-- > 0;)
		note_instance(u, c, i);
	*count = u->count;
	u->count = 0;
	const bool lost = u->lost;
	u->lost = false;
	return lost ? NULL : u->record;
}

static void note_one_key(struct us_undo *u, const struct us_key_view *k, uint64_t at)
{
	note(u, &(struct us_record){.type = US_REC_KEY,
	                            .instance = US_NOBODY,
	                            .at = at,
	                            .key = {.root = (uint8_t)k->root, .scale = (uint8_t)k->scale}});
}

/* The key as it is, at the frame of the change; and those that wait for a later one, which the change takes away. */
static void note_key(struct us_undo *u, const struct us_engine *e, uint64_t at)
{
	struct us_key_view k;
	for (uint32_t place = 0; us_engine_waiting_key(e, &place, &k) && k.frame >= at;)
		note_one_key(u, &k, k.frame);
	k = us_engine_key(e);
	note_one_key(u, &k, at);
}

static bool is_played(const struct us_engine *e, const struct us_record *r)
{
	struct us_instance_view view;
	if (!us_engine_instance(e, r->instance, &view) || r->set.input >= us_module_input_count(view.module))
		return true;
	const enum us_unit unit = view.module->inputs[r->set.input].unit;
	return unit == US_GATE || unit == US_TRIGGER;
}

static void mark(struct us_undo *u, uint16_t instance, bool made)
{
	const uint64_t bit = 1ull << instance % 64;
	if (instance < US_INDICES)
		u->made[instance / 64] = made ? u->made[instance / 64] | bit : u->made[instance / 64] & ~bit;
}

static bool was_made(const struct us_undo *u, uint16_t instance)
{
	return instance < US_INDICES && u->made[instance / 64] >> instance % 64 & 1;
}

bool us_undo_made(const struct us_commander *c, uint16_t instance)
{
	return was_made(&c->undo, instance);
}

/* What is done to an instance that this very step has made goes with it. */
static bool is_new(const struct us_undo *u, const struct us_record *r)
{
	const bool cable = r->type == US_REC_CONNECT || r->type == US_REC_DISCONNECT;
	return was_made(u, r->instance) || (cable && was_made(u, r->cable.source));
}

void us_undo_before(struct us_commander *c, const struct us_record *r)
{
	struct us_undo *u = &c->undo;
	const struct us_engine *e = c->model;
	struct us_instance_view view;
	const uint32_t before = u->count;
	if (r->type == US_REC_KEY) {
		note_key(u, e, r->at);
		return;
	}
	if ((r->at != US_NOW && !u->timed) || (r->type != US_REC_DELETE && is_new(u, r)))
		return;
	switch (r->type) {
	case US_REC_CREATE:
		note(u, &(struct us_record){.type = US_REC_DELETE, .instance = r->instance});
		mark(u, r->instance, true);
		break;
	case US_REC_DELETE:
		note_leaving(u, c, r->instance);
		mark(u, r->instance, false);
		break;
	case US_REC_CONNECT:
	case US_REC_DISCONNECT:
		note_cable_of(u, e, r);
		break;
	case US_REC_SET:
		if (!is_played(e, r))
			note_knob(u, e, r->instance, r->set.input);
		break;
	case US_REC_TABLE:
		if (us_engine_instance(e, r->instance, &view))
			note_table(u, c, r->instance, view.table);
		break;
	case US_REC_PATTERN:
		if (r->pattern.part == 0 && us_engine_pattern(e, r->instance))
			note_pattern(u, us_engine_next_pattern(e, r->instance), r->instance);
		break;
	case US_REC_MUTE:
	case US_REC_SOLO:
		if (us_engine_instance(e, r->instance, &view))
			note_mark(u, r->type, r->instance, r->type == US_REC_MUTE ? view.muted : view.solo);
		break;
	case US_REC_GAIN:
		note(u,
		     &(struct us_record){.type = US_REC_GAIN, .instance = US_NOBODY, .set.value = us_engine_gain(e)});
		break;
	case US_REC_LIMITER:
		note(u, &(struct us_record){
			    .type = US_REC_LIMITER, .instance = US_NOBODY, .set.value = us_engine_limiter(e)});
		break;
	case US_REC_TEMPO:
		note(u,
		     &(struct us_record){.type = US_REC_TEMPO, .instance = US_NOBODY, .set.value = us_engine_tempo(e)});
		break;
	default:
		break;
	}
	/* What comes back before that time comes has to wait for it, too. */
	for (uint32_t i = before; i < u->count && r->at != US_NOW; i++)
		u->record[i].at = r->at;
}

/* --- scenes ----------------------------------------------------------------------------------------------- */

void us_undo_scenes(struct us_commander *c)
{
	struct us_undo *u = &c->undo;
	if (u->scenes)
		return;
	u->scenes = strdup(us_scenes_text(c));
	u->lost |= !u->scenes;
}

void us_undo_scenes_drop(struct us_commander *c)
{
	if (c->undo.scenes)
		us_scenes_put(c, c->undo.scenes);
	free(c->undo.scenes);
	c->undo.scenes = NULL;
}

/* --- steps ------------------------------------------------------------------------------------------------ */

static void push(struct us_history *h, struct us_step *step)
{
	if (h->steps == US_UNDO_STEPS)
		drop_first(h, 1);
	h->step[h->steps++] = *step;
}

/* Is this the same knob on its way, a moment later? Then the step before takes both back. */
static bool goes_on(const struct us_commander *c, const struct us_history *h)
{
	const struct us_undo *u = &c->undo;
	if (!h->steps || u->count != 1 || u->scenes)
		return false;
	const struct us_step *last = &h->step[h->steps - 1];
	const struct us_record *a = last->record, *b = u->record;
	return last->count == 1 && c->now_ms - last->at_ms < QUICK_MS && a->type == b->type &&
	       (b->type == US_REC_GAIN || b->type == US_REC_TEMPO ||
	        (b->type == US_REC_SET && a->instance == b->instance && a->set.input == b->set.input));
}

void us_undo_stops_here(struct us_commander *c)
{
	c->undo.bottom = true;
}

void us_undo_step(struct us_commander *c)
{
	struct us_undo *u = &c->undo;
	struct us_history *h = &u->history[u->into];
	u->timed = false;
	if (!u->count && !u->lost && !u->bottom && !u->scenes) {
		memset(u->made, 0, sizeof u->made);
		return;
	}
	if (u->lost || u->bottom) { /* a step is missing: what lies before it cannot be taken back any more */
		us_undo_forget(c);
	} else if (u->into == US_UNDO && !u->redoing && goes_on(c, h)) {
		h->step[h->steps - 1].at_ms = c->now_ms;
	} else {
		struct us_step step = {.count = u->count,
		                       .at_ms = c->now_ms,
		                       .record = malloc((u->count + 1) * sizeof *u->record),
		                       .scenes = u->scenes};
		u->scenes = NULL;
		if (step.record) {
			if (u->count)
				memcpy(step.record, u->record, u->count * sizeof *u->record);
			push(h, &step);
		} else {
			free(step.scenes);
			us_undo_forget(c);
		}
	}
	if (u->into == US_UNDO && !u->redoing) /* who does something new has left the path */
		while (u->history[US_REDO].steps)
			us_step_drop(&u->history[US_REDO].step[--u->history[US_REDO].steps]);
	u->count = 0;
	u->lost = u->bottom = false;
	memset(u->made, 0, sizeof u->made);
}

/* --- tables: a step keeps what it would bring back on the shelf, as long as there is room ----------------------------
 */

static bool mark_records(const struct us_record *r, uint32_t count, uint64_t set[US_TABLES / 64])
{
	bool any = false;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t place = r[i].table.number % US_TABLES;
		if (r[i].type != US_REC_TABLE || r[i].table.number == US_NO_TABLE)
			continue;
		set[place / 64] |= 1ull << place % 64;
		any = true;
	}
	return any;
}

void us_commander_mark_tables(const struct us_commander *c, uint64_t set[US_TABLES / 64])
{
	const struct us_undo *u = &c->undo;
	for (int k = 0; k < US_UNDO_KINDS; k++)
		for (uint32_t i = 0; i < u->history[k].steps; i++)
			mark_records(u->history[k].step[i].record, u->history[k].step[i].count, set);
	mark_records(u->record, u->count, set);
}

/* What lies behind a lost step cannot be reached either: in both histories the first is reached last. */
static bool drop_first_table(struct us_history *h)
{
	uint64_t set[US_TABLES / 64] = {0};
	uint32_t n = 0;
	while (n < h->steps && !mark_records(h->step[n].record, h->step[n].count, set))
		n++;
	if (n == h->steps)
		return false;
	drop_first(h, n + 1);
	return true;
}

bool us_commander_drop_tables(struct us_commander *c)
{
	return drop_first_table(&c->undo.history[US_REDO]) || drop_first_table(&c->undo.history[US_UNDO]);
}
