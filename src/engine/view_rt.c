/* view_rt.c — looking in: for control's model, status and save. Everything is shown as it will be after the commit of
 * what is staged, and what only fades is not shown. */
#include "inside.h"

uint64_t us_engine_block(const struct us_engine *e)
{
	return e->head->block;
}

uint64_t us_engine_layout_id(const struct us_engine *e)
{
	return e->layout_id;
}

/* The seat of an instance as it will be after the commit, or US_NONE. */
static uint32_t visible(const struct us_engine *e, uint32_t index)
{
	uint32_t seat = us_seat_of(e, index);
	return seat != US_NONE && us_seat_in(&e->seat[seat], US_VIEW_NEXT) ? seat : (uint32_t)US_NONE;
}

static const char *name_of(const struct us_seat *s)
{
	return s->flags & US_SEAT_RENAMED ? s->staged_name : s->name;
}

bool us_engine_instance(const struct us_engine *e, uint16_t index, struct us_instance_view *view)
{
	uint32_t seat = visible(e, index);
	if (seat == US_NONE)
		return false;
	const struct us_seat *s = &e->seat[seat];
	*view = (struct us_instance_view){.name = name_of(s),
	                                  .module = e->node[seat].module,
	                                  .index = index,
	                                  .voices = s->voices,
	                                  .asked = s->asked,
	                                  .bypassed = s->flags & US_SEAT_BYPASSED || us_seat_sinks(s),
	                                  .muted = s->flags & US_SEAT_MUTED,
	                                  .solo = s->flags & US_SEAT_SOLO,
	                                  .garbage = s->garbage,
	                                  .table = s->table};
	return true;
}

uint16_t us_engine_find(const struct us_engine *e, const char *name)
{
	uint32_t hash = us_name_hash(name);
	for (uint32_t s = 0; s < e->head->seats; s++) {
		const struct us_node *n = &e->node[s];
		if ((n->name_hash == hash || n->staged_name_hash == hash) && visible(e, e->seat[s].index) == s &&
		    !strcmp(name_of(&e->seat[s]), name))
			return e->seat[s].index;
	}
	return US_NOBODY;
}

bool us_patch_is_full(const struct us_engine *e, enum us_view view)
{
	uint32_t count = 0;
	for (uint32_t s = 0; e->head->instances >= US_MAX_INSTANCES && s < e->head->seats; s++)
		count += us_seat_in(&e->seat[s], view) && e->seat[s].index != US_NOBODY;
	return count >= US_MAX_INSTANCES;
}

uint16_t us_engine_free_index(const struct us_engine *e)
{
	if (us_patch_is_full(e, US_VIEW_NEXT))
		return US_NOBODY;
	for (uint32_t i = 0; i < US_INDICES; i++)
		if (e->door[i] == US_NONE)
			return (uint16_t)i;
	return US_NOBODY;
}

float us_engine_knob(const struct us_engine *e, uint16_t instance, uint16_t input)
{
	uint32_t seat = visible(e, instance);
	if (seat == US_NONE || input >= e->node[seat].inputs)
		return 0;
	const struct us_knob *knob = &us_knobs(e, seat)[input];
	return knob->is_staged ? knob->staged : knob->ramp.target;
}

float us_engine_gain(const struct us_engine *e)
{
	return e->head->gain.target;
}

bool us_engine_limiter(const struct us_engine *e)
{
	return !e->master->limiter.off;
}

void us_engine_meters(const struct us_engine *e, struct us_meters *meters)
{
	us_master_read(e->master, &e->master_rate, meters);
}

bool us_engine_next_cable(const struct us_engine *e, uint32_t *place, struct us_cable_view *view)
{
	while (*place < e->head->cables) {
		const struct us_cable *c = &e->cable[(*place)++];
		if (!us_cable_in(c, US_VIEW_NEXT) || c->flags & US_CABLE_LEAVING)
			continue;
		*view = (struct us_cable_view){.source = e->seat[c->source].index,
		                               .instance = e->seat[c->instance].index,
		                               .output = c->output,
		                               .input = c->input,
		                               .amount = c->flags & US_CABLE_RESIZED ? c->staged : c->wanted};
		return true;
	}
	return false;
}

bool us_engine_cable(const struct us_engine *e, uint32_t n, struct us_cable_view *view)
{
	uint32_t place = 0;
	bool found = us_engine_next_cable(e, &place, view);
	while (found && n-- > 0)
		found = us_engine_next_cable(e, &place, view);
	return found;
}

void us_engine_counts(const struct us_engine *e, struct us_engine_counts *counts)
{
	const struct us_head *h = e->head;
	*counts = (struct us_engine_counts){.instances = h->instances,
	                                    .cables = h->cables - e->cables_leaving,
	                                    .timed = h->timed,
	                                    .late = h->late,
	                                    .refused = h->refused,
	                                    .garbage = h->garbage,
	                                    .state_bytes = (size_t)h->heap_used * US_UNIT,
	                                    .state_free = us_heap_free(e)};
}

bool us_engine_guards_ok(const struct us_engine *e, uint16_t *instance)
{
	for (uint32_t s = 0; s < e->head->seats; s++) {
		const struct us_seat *seat = &e->seat[s];
		const uint32_t *states = us_at(e, seat->states);
		for (uint32_t g = 0; g < seat->groups; g++)
			if (!us_guard_ok(e, states[g] + (uint32_t)us_heap_round(seat->state_bytes))) {
				*instance = e->seat[s].crumb;
				return false;
			}
	}
	return true;
}
