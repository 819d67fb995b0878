/* seat_rt.c — one instance in the arena: its knobs, its states (one per group of voices), the echoes of its outputs
 * for feedback cables; and giving all of them what a new plan asks for. */
#include "inside.h"

uint32_t us_name_hash(const char *name)
{
	uint32_t hash = 0x811c9dc5;
	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 0x01000193;
	return hash;
}

static size_t extent(size_t state_bytes)
{
	return us_heap_round(state_bytes) + US_GUARD_BYTES;
}

static size_t state_extent(const struct us_seat *s)
{
	return extent(s->state_bytes);
}

static uint32_t form_bytes(const struct us_engine *e, uint32_t seat, uint32_t width)
{
	return (uint32_t)us_module_state_bytes(us_form(e->node[seat].module, width), e->rate);
}

static size_t table_bytes(uint32_t groups)
{
	return groups * sizeof(uint32_t);
}

static size_t echo_bytes(uint32_t groups, uint32_t width)
{
	return (size_t)groups * width * sizeof(us_buffer);
}

/* Different for each instance, never the same pattern for neighbours; and see US_SEED_STEP. */
static uint32_t seed_of(uint32_t seed, uint32_t first_voice)
{
	uint64_t x = seed + 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(x ^ x >> 31) + first_voice * US_SEED_STEP;
}

/* `voices` of the instance, as it is or as it will be. */
static void begin_state(struct us_engine *e, uint32_t seat, uint32_t width, uint32_t voices, uint32_t group,
                        uint32_t offset)
{
	const struct us_module *form = us_form(e->node[seat].module, width);
	const struct us_setup setup = {
	    .rate = e->rate, .seed = seed_of(e->seat[seat].seed, group * width * US_LANES), .mono = voices == 1};
	const size_t bytes = us_heap_round(us_module_state_bytes(form, e->rate));
	memset(us_at(e, offset), 0, bytes);
	us_guard_write(e, offset + (uint32_t)bytes);
	if (form->init)
		form->init(us_at(e, offset), &setup);
}

void us_state_reset(struct us_engine *e, uint32_t seat, uint32_t group)
{
	const uint32_t *states = us_at(e, e->seat[seat].states);
	begin_state(e, seat, e->seat[seat].width, e->seat[seat].voices, group, states[group]);
}

/* Silence: fresh states, no echo. */
void us_seat_reset(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	for (uint32_t g = 0; g < s->groups; g++)
		us_state_reset(e, seat, g);
	for (uint32_t o = 0; o < US_MAX_OUTPUTS; o++)
		if (s->echo[o])
			memset(us_at(e, s->echo[o]), 0, echo_bytes(s->groups, s->width));
}

/* States of another form say nothing to this one; nor do those of one voice to many, where each has its own chances. */
static uint32_t kept(const struct us_engine *e, uint32_t seat, uint32_t width, uint32_t voices)
{
	const struct us_seat *s = &e->seat[seat];
	const bool turns = e->node[seat].module->flags & US_SEEDED && (s->voices == 1) != (voices == 1);
	return s->width == width && !turns ? s->groups : 0;
}

/* A longer table of states: the old ones and fresh ones. 0 when there is no room, and nothing taken. */
static uint32_t grow(struct us_engine *e, uint32_t seat, uint32_t groups, uint32_t width, uint32_t voices)
{
	const struct us_seat *s = &e->seat[seat];
	const size_t bytes = extent(form_bytes(e, seat, width));
	uint32_t table = us_heap_take(e, table_bytes(groups));
	if (!table)
		return 0;
	uint32_t *states = us_at(e, table);
	if (kept(e, seat, width, voices))
		memcpy(states, us_at(e, s->states), table_bytes(s->groups));
	for (uint32_t g = kept(e, seat, width, voices); g < groups; g++) {
		states[g] = us_heap_take(e, bytes);
		if (!states[g]) {
			while (g-- > kept(e, seat, width, voices))
				us_heap_give(e, states[g], bytes);
			us_heap_give(e, table, table_bytes(groups));
			return 0;
		}
		begin_state(e, seat, width, voices, g, states[g]);
	}
	return table;
}

/* Takes back what grow() gave. */
static void ungrow(struct us_engine *e, uint32_t seat, uint32_t table, uint32_t groups, uint32_t width, uint32_t voices)
{
	const uint32_t *states = us_at(e, table);
	for (uint32_t g = groups; g-- > kept(e, seat, width, voices);)
		us_heap_give(e, states[g], extent(form_bytes(e, seat, width)));
	us_heap_give(e, table, table_bytes(groups));
}

static void shrink(struct us_engine *e, uint32_t seat, uint32_t groups)
{
	struct us_seat *s = &e->seat[seat];
	uint32_t *states = us_at(e, s->states);
	for (uint32_t g = s->groups; g-- > groups;) {
		us_heap_give(e, states[g], state_extent(s));
		states[g] = 0;
	}
	/* What the table's last units held is free again; what is left of them is zero like a fresh one. */
	size_t old = us_heap_round(table_bytes(s->groups)), now = us_heap_round(table_bytes(groups));
	if (old > now)
		us_heap_give(e, s->states + (uint32_t)now, old - now);
	s->groups = (uint8_t)groups;
}

static void drop_echoes(struct us_engine *e, uint32_t seat, uint64_t keep)
{
	struct us_seat *s = &e->seat[seat];
	for (uint32_t o = 0; o < US_MAX_OUTPUTS; o++)
		if (s->echo[o] && !(keep >> o & 1)) {
			us_heap_give(e, s->echo[o], echo_bytes(s->groups, s->width));
			s->echo[o] = 0;
		}
}

void us_seat_rename(struct us_engine *e, uint32_t seat, const char *name)
{
	struct us_seat *s = &e->seat[seat];
	memset(s->name, 0, sizeof s->name);
	memcpy(s->name, name, strlen(name));
	e->node[seat].name_hash = us_name_hash(s->name);
}

void us_seat_derive(struct us_engine *e, uint32_t seat, const struct us_module *module)
{
	struct us_node *n = &e->node[seat];
	*n = (struct us_node){.module = module,
	                      .inputs = (uint8_t)us_module_input_count(module),
	                      .outputs = (uint8_t)us_module_output_count(module),
	                      .name_hash = us_name_hash(e->seat[seat].name),
	                      .staged_name_hash = us_name_hash(e->seat[seat].staged_name)};
}

static int no_room(struct us_engine *e, const char *module, size_t bytes, struct us_err *err)
{
	e->shortage = true;
	return us_fail(err,
	               "no room for %s: it needs %zu bytes in one piece, %zu are free in all; delete something first",
	               module, bytes, us_heap_free(e));
}

static int check_create(struct us_engine *e, const struct us_record *r, const struct us_module *m, struct us_err *err)
{
	if (r->create.voices > US_MAX_VOICES)
		return us_fail(err, "%u voices are too many, the most is %d", r->create.voices, US_MAX_VOICES);
	if (r->create.voices > 1 && m->flags & (US_MIXDOWN | US_SINK))
		return us_fail(err, "%s runs after the mixdown, so it cannot have %u voices", m->name,
		               r->create.voices);
	uint32_t inputs = us_module_input_count(m), outputs = us_module_output_count(m);
	e->shortage = e->head->input_rows + inputs > US_INPUT_ROWS || e->head->output_rows + outputs > US_OUTPUT_ROWS;
	if (e->shortage)
		return us_fail(err,
		               "no room for %s: a patch has at most %d inputs and %d outputs, now there are %u and %u",
		               m->name, US_INPUT_ROWS, US_OUTPUT_ROWS, e->head->input_rows, e->head->output_rows);
	return US_OK;
}

static uint32_t free_seat(const struct us_engine *e)
{
	for (uint32_t w = 0; w < US_SEATS / 64; w++)
		if (~e->taken.bits[w])
			return w * 64 + (uint32_t)__builtin_ctzll(~e->taken.bits[w]);
	return US_NONE;
}

/* Its name is its index until it gets another. */
static void name_by_index(char *name, uint32_t index)
{
	uint32_t digits = index > 999 ? 4 : index > 99 ? 3 : index > 9 ? 2 : 1;
	for (; digits-- > 0; index /= 10)
		name[digits] = (char)('0' + index % 10);
}

/* Knobs at their first values, and the first states. */
static bool furnish(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	const struct us_node *n = &e->node[seat];
	s->width = n->module->wide && s->voices > US_LANES ? US_WIDE : 1; /* what a plan will want, most likely */
	s->state_bytes = form_bytes(e, seat, s->width);
	uint32_t groups = us_groups(s->voices, s->width);
	s->knobs = n->inputs ? us_heap_take(e, n->inputs * sizeof(struct us_knob)) : 0;
	s->states = !n->inputs || s->knobs ? grow(e, seat, groups, s->width, s->voices) : 0;
	if (!s->states || !us_pattern_take(e, seat)) {
		if (s->states)
			ungrow(e, seat, s->states, groups, s->width, s->voices);
		us_heap_give(e, s->knobs, n->inputs * sizeof(struct us_knob));
		return false;
	}
	s->groups = (uint8_t)groups;
	for (uint32_t k = 0; k < n->inputs; k++)
		us_knobs(e, seat)[k].ramp.now = us_knobs(e, seat)[k].ramp.target = n->module->inputs[k].value;
	return true;
}

int us_seat_make(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	char module[US_MODULE_NAME_BYTES] = {0};
	memcpy(module, r->create.module, sizeof module - 1);
	const struct us_module *m = us_library_find(e->library, module);
	if (!m) {
		const char *near = err ? us_library_nearest(e->library, module) : NULL;
		return us_fail(err, "there is no module '%s'%s%s", module, near ? "; did you mean " : "",
		               near ? near : "");
	}
	if (check_create(e, r, m, err))
		return US_FAILED;
	size_t state = us_module_state_bytes(m, e->rate), arena = (size_t)e->heap_units * US_UNIT;
	uint32_t seat = free_seat(e);
	if (state > arena || seat == US_NONE)
		return no_room(e, m->name, state, err);
	struct us_seat *s = &e->seat[seat];
	*s = (struct us_seat){.seed = r->create.seed,
	                      .flags = US_SEAT_USED | US_SEAT_FRESH | (r->flags & US_STAGED ? US_SEAT_ADD : 0),
	                      .index = r->instance,
	                      .crumb = r->instance,
	                      .asked = r->create.voices,
	                      .voices = r->create.voices ? r->create.voices : 1,
	                      .state_bytes = (uint32_t)state,
	                      .level = {1, 1, 0}};
	memcpy(s->module, module, sizeof module);
	name_by_index(s->name, r->instance);
	us_seat_derive(e, seat, m);
	const bool taped = us_tape_take(e, seat, err) == US_OK;
	if (!taped || !furnish(e, seat)) {
		if (taped)
			no_room(e, m->name, us_groups(s->voices, s->width) * state_extent(s), err);
		*s = (struct us_seat){0};
		e->node[seat] = (struct us_node){0};
		return US_FAILED;
	}
	us_set_add(&e->fresh, seat);
	us_set_add(&e->taken, seat);
	e->door[r->instance] = (uint16_t)seat;
	e->head->input_rows += e->node[seat].inputs;
	e->head->output_rows += e->node[seat].outputs;
	e->head->instances++;
	if (e->head->seats <= seat)
		e->head->seats = seat + 1;
	return US_OK;
}

void us_seat_free(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	drop_echoes(e, seat, 0);
	shrink(e, seat, 0);
	us_pattern_give(e, seat);
	us_heap_give(e, s->knobs, e->node[seat].inputs * sizeof(struct us_knob));
	e->head->input_rows -= e->node[seat].inputs;
	e->head->output_rows -= e->node[seat].outputs;
	if (s->index != US_NOBODY) {
		us_timed_forget(e, s->index);
		e->door[s->index] = US_NONE;
		e->head->instances--;
	}
	*s = (struct us_seat){0};
	e->node[seat] = (struct us_node){0};
	struct us_set *const sets[] = {&e->busy,    &e->moving,   &e->fresh,    &e->fading, &e->taken,
	                               &e->waiting, &e->replaced, &e->restored, &e->muted,  &e->solo};
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		us_set_remove(sets[i], seat);
	while (e->head->seats && !e->seat[e->head->seats - 1].flags)
		e->head->seats--;
}

/* --- what a plan asks for ------------------------------------------------------------------------------- */

static bool is_fitted(const struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	const struct us_node *n = &e->node[seat];
	bool fitted = s->voices == n->voices && s->groups == n->groups && s->width == n->width;
	for (uint32_t o = 0; o < n->outputs; o++)
		fitted &= !s->echo[o] == !(e->plan.echoes[seat] >> o & 1);
	return fitted;
}

bool us_seats_fitted(const struct us_engine *e)
{
	for (uint32_t i = 0; i < e->plan.count; i++)
		if (!is_fitted(e, e->plan.order[i]))
			return false;
	return true;
}

/* Takes all that is new for one seat, touching nothing that is in use. */
static bool reserve(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	const struct us_node *n = &e->node[seat];
	if (n->groups > kept(e, seat, n->width, n->voices) &&
	    !(e->grown[seat] = grow(e, seat, n->groups, n->width, n->voices)))
		return false;
	for (uint32_t o = 0; o < n->outputs; o++) {
		bool fits = s->echo[o] && kept(e, seat, n->width, n->voices) == n->groups;
		if (!(e->plan.echoes[seat] >> o & 1) || fits)
			continue;
		uint32_t echo = us_heap_take(e, echo_bytes(n->groups, n->width));
		if (!echo)
			return false;
		e->new_echo[n->output_row + o] = echo;
	}
	return true;
}

static void unreserve(struct us_engine *e, uint32_t seat)
{
	const struct us_node *n = &e->node[seat];
	for (uint32_t o = n->outputs; o-- > 0;)
		us_heap_give(e, e->new_echo[n->output_row + o], echo_bytes(n->groups, n->width));
	if (e->grown[seat])
		ungrow(e, seat, e->grown[seat], n->groups, n->width, n->voices);
}

static void settle(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	const struct us_node *n = &e->node[seat];
	drop_echoes(e, seat, kept(e, seat, n->width, n->voices) == n->groups ? e->plan.echoes[seat] : 0);
	if (s->width != n->width || !kept(e, seat, n->width, n->voices)) {
		shrink(e, seat, 0);
		s->width = n->width;
		s->state_bytes = form_bytes(e, seat, n->width);
	}
	if (e->grown[seat]) {
		us_heap_give(e, s->states, table_bytes(s->groups));
		s->states = e->grown[seat];
		s->groups = (uint8_t)n->groups;
	} else if (n->groups < s->groups) {
		shrink(e, seat, n->groups);
	}
	s->voices = n->voices;
	for (uint32_t o = 0; o < n->outputs; o++)
		if (e->new_echo[n->output_row + o])
			s->echo[o] = e->new_echo[n->output_row + o];
}

int us_seats_fit(struct us_engine *e, struct us_err *err)
{
	uint16_t *unfit = e->list_a;
	uint32_t count = 0;
	for (uint32_t i = 0; i < e->plan.count; i++) {
		uint32_t seat = e->plan.order[i];
		if (is_fitted(e, seat))
			continue;
		e->grown[seat] = 0;
		memset(&e->new_echo[e->node[seat].output_row], 0, e->node[seat].outputs * sizeof e->new_echo[0]);
		unfit[count++] = (uint16_t)seat;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (reserve(e, unfit[i]))
			continue;
		const struct us_node *n = &e->node[unfit[i]];
		unsigned echoes = (unsigned)__builtin_popcountll(e->plan.echoes[unfit[i]]);
		size_t state = extent(form_bytes(e, unfit[i], n->width));
		size_t bytes = n->groups * (state + echoes * n->width * sizeof(us_buffer));
		no_room(e, e->seat[unfit[i]].name, bytes, err);
		do
			unreserve(e, unfit[i]);
		while (i-- > 0);
		return US_FAILED;
	}
	for (uint32_t i = 0; i < count; i++)
		settle(e, unfit[i]);
	return US_OK;
}
