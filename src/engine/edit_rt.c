/* edit_rt.c — records that change the graph or a knob: create, name, delete, connect, disconnect, set. Each checks
 * everything first, so that a refusal changes nothing.
 *
 * A staged record leaves a flag or a staged value in the tables and is not heard before the commit (stage_rt.c). An
 * unstaged one sees the graph as it sounds now; a staged one sees it as it will be after the commit. */
#include "inside.h"

#include <math.h>

static bool is_staged(const struct us_record *r)
{
	return r->flags & US_STAGED;
}

/* Is it there for this record? What is staged can already be set and cabled by staged records. */
int us_seat_check(const struct us_engine *e, uint32_t index, bool staged, struct us_err *err)
{
	uint32_t seat = us_seat_of(e, index);
	uint16_t flags = seat == US_NONE ? 0 : e->seat[seat].flags;
	if (!flags || (staged && flags & US_SEAT_DEL))
		return us_fail(err, "there is no instance %u", index);
	if (!staged && flags & US_SEAT_ADD)
		return us_fail(err, "instance %u is staged: commit it first, or stage this too", index);
	return US_OK;
}

/* Makes the plan for the graph as it now stands in the tables, and gives the seats what it asks for. */
int us_plan_adopt(struct us_engine *e, enum us_view view, struct us_err *err)
{
	if (us_plan_make(e, view, err) || us_seats_fit(e, err))
		return US_FAILED;
	for (uint32_t i = 0; e->plan.has_echo && i < e->plan.count; i++) {
		uint32_t seat = e->plan.order[i];
		const struct us_node *n = &e->node[seat];
		for (uint32_t o = 0; o < n->outputs; o++)
			if (e->plan.echoes[seat] >> o & 1) {
				struct us_wire *w = &e->plan.wire[n->output_row + o];
				w->out = us_at(e, e->seat[seat].echo[o]);
				w->stride = n->groups > 1 ? US_BLOCK * n->width : 0;
			}
	}
	e->plan.valid = true;
	return US_OK;
}

/* --- instances ------------------------------------------------------------------------------------------- */

int us_edit_create(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (r->instance >= US_INDICES)
		return us_fail(err, "there is no index %u: they end at %d", r->instance, US_INDICES - 1);
	if (us_patch_is_full(e, US_VIEW_NEXT) || (!is_staged(r) && us_patch_is_full(e, US_VIEW_NOW)))
		return us_fail(err, "a patch has at most %d instances", US_MAX_INSTANCES);
	uint32_t seat = us_seat_of(e, r->instance);
	if (seat != US_NONE)
		return us_fail(err, "index %u belongs to %s", r->instance, e->seat[seat].name);
	if (us_seat_make(e, r, err))
		return US_FAILED;
	if (is_staged(r) || us_plan_adopt(e, US_VIEW_NOW, err) == US_OK)
		return US_OK;
	us_seat_free(e, us_seat_of(e, r->instance));
	return US_FAILED;
}

/* A number would be taken for an index, and what cannot stand in an OSC address could not be addressed. */
static int check_name(const char *name, struct us_err *err)
{
	if (!memchr(name, 0, US_NAME_BYTES) || !*name)
		return us_fail(err, "a name has 1 to %d bytes", US_NAME_BYTES - 1);
	if (*name >= '0' && *name <= '9')
		return us_fail(err, "'%s' begins with a digit; a name begins with a letter", name);
	for (const char *c = name; *c; c++)
		if ((uint8_t)*c <= ' ' || *c == 127 || strchr("#*,/?[]{}", *c))
			return us_fail(err, "'%s' has a character that an OSC address cannot carry", name);
	return US_OK;
}

/* Is the name taken, in the view of this record? An unstaged one must not collide with either view. */
static bool name_is_taken(const struct us_engine *e, const char *name, uint32_t by, bool staged)
{
	uint32_t hash = us_name_hash(name);
	for (uint32_t s = 0; s < e->head->seats; s++) {
		const struct us_seat *seat = &e->seat[s];
		if (s == by || !seat->flags || seat->flags & US_SEAT_LEAVING || (staged && seat->flags & US_SEAT_DEL))
			continue;
		bool renamed = seat->flags & US_SEAT_RENAMED;
		if (renamed && e->node[s].staged_name_hash == hash && !strcmp(seat->staged_name, name))
			return true;
		if (!(renamed && staged) && e->node[s].name_hash == hash && !strcmp(seat->name, name))
			return true;
	}
	return false;
}

int us_edit_name(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	bool staged = is_staged(r);
	if (us_seat_check(e, r->instance, staged, err) || check_name(r->name, err))
		return US_FAILED;
	uint32_t seat = us_seat_of(e, r->instance);
	if (name_is_taken(e, r->name, seat, staged))
		return us_fail(err, "another instance is called %s", r->name);
	struct us_seat *s = &e->seat[seat];
	if (!staged || s->flags & US_SEAT_ADD) {
		us_seat_rename(e, seat, r->name);
		return US_OK;
	}
	memset(s->staged_name, 0, sizeof s->staged_name);
	memcpy(s->staged_name, r->name, strlen(r->name));
	e->node[seat].staged_name_hash = us_name_hash(s->staged_name);
	s->flags |= US_SEAT_RENAMED;
	return US_OK;
}

/* Takes away the cables with one of these flags; the others move together, in order. None of them is in the plan, or
 * the plan is not valid: so the plan stays what it is, with other numbers for the same cables. */
void us_cables_sweep(struct us_engine *e, uint16_t flags)
{
	struct us_plan *p = &e->plan;
	uint32_t count = e->head->cables, kept = 0, live = 0;
	for (uint32_t i = 0; i < count; i++) {
		e->renumbered[i] = (uint16_t)kept;
		if (e->cable[i].flags & flags) {
			e->cables_moving -= e->cable[i].amount.left > 0;
			e->cables_leaving -= (e->cable[i].flags & US_CABLE_LEAVING) != 0;
			continue;
		}
		live += p->way[i] != 0;
		p->way[kept] = p->way[i];
		e->cable[kept++] = e->cable[i];
	}
	memset(&e->cable[kept], 0, (count - kept) * sizeof e->cable[0]);
	e->head->cables = kept;
	for (uint32_t i = 0; i < live && kept < count && p->valid; i++) {
		p->out_cable[i] = e->renumbered[p->out_cable[i]];
		p->in_cable[i] = e->renumbered[p->in_cable[i]];
	}
}

/* The instance goes with the next commit, and its cables; those that nobody has heard go now. */
static void stage_delete(struct us_engine *e, uint32_t seat)
{
	uint16_t marked = 0;
	e->seat[seat].flags |= US_SEAT_DEL;
	for (uint32_t i = 0; i < e->head->cables; i++) {
		struct us_cable *c = &e->cable[i];
		if (c->source == seat || c->instance == seat)
			marked |= c->flags |= c->flags & US_CABLE_ADD ? US_CABLE_GONE : US_CABLE_DEL;
	}
	if (marked & US_CABLE_GONE) /* a whole patch is deleted instance by instance, without one */
		us_cables_sweep(e, US_CABLE_GONE);
}

int us_edit_delete(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	uint32_t seat = us_seat_of(e, r->instance);
	bool pending = seat != US_NONE && e->seat[seat].flags & US_SEAT_ADD;
	if (us_seat_check(e, r->instance, is_staged(r) || pending, err))
		return US_FAILED;
	if (is_staged(r) && !pending) {
		stage_delete(e, seat);
		return US_OK;
	}
	for (uint32_t i = 0; i < e->head->cables; i++)
		if (e->cable[i].source == seat || e->cable[i].instance == seat)
			us_cable_leave_with_seat(e, &e->cable[i]);
	us_seat_leave(e, seat, e->smooth_frames);
	us_cables_sweep(e, US_CABLE_GONE);
	if (pending)
		us_seat_free(e, seat);
	us_hearing_settle(e, 0);
	return US_OK;
}

/* --- cables ---------------------------------------------------------------------------------------------- */

static int check_cable(const struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	bool staged = is_staged(r);
	if (us_seat_check(e, r->instance, staged, err) || us_seat_check(e, r->cable.source, staged, err))
		return US_FAILED;
	uint32_t to_seat = us_seat_of(e, r->instance), from_seat = us_seat_of(e, r->cable.source);
	const struct us_node *to = &e->node[to_seat], *from = &e->node[from_seat];
	if (r->cable.input >= to->inputs)
		return us_fail(err, "%s has no input %u: it has %u", e->seat[to_seat].name, r->cable.input, to->inputs);
	if (r->cable.output >= from->outputs)
		return us_fail(err, "%s has no output %u: it has %u", e->seat[from_seat].name, r->cable.output,
		               from->outputs);
	return US_OK;
}

/* One that leaves does not count: it fades out while its successor fades in. */
static uint32_t find_cable(const struct us_engine *e, const struct us_record *r)
{
	uint32_t source = us_seat_of(e, r->cable.source), seat = us_seat_of(e, r->instance);
	for (uint32_t i = 0; i < e->head->cables; i++) {
		const struct us_cable *c = &e->cable[i];
		if (c->source == source && c->instance == seat && c->output == r->cable.output &&
		    c->input == r->cable.input && !(c->flags & US_CABLE_LEAVING))
			return i;
	}
	return US_NOBODY;
}

static float clamp_amount(float amount)
{
	return amount < -US_AMOUNT_MAX ? -US_AMOUNT_MAX : amount > US_AMOUNT_MAX ? US_AMOUNT_MAX : amount;
}

/* What has not been heard yet cannot click. */
void us_cable_aim(struct us_engine *e, struct us_cable *c, uint32_t frames)
{
	bool fresh = e->seat[c->instance].flags & US_SEAT_FRESH;
	e->cables_moving -= c->amount.left > 0;
	us_ramp_to(&c->amount, c->flags & US_CABLE_CLOSED ? 0 : c->wanted, fresh ? 0 : frames);
	e->cables_moving += c->amount.left > 0;
}

void us_cable_send(struct us_engine *e, struct us_cable *c, float amount)
{
	c->wanted = amount;
	us_cable_aim(e, c, e->smooth_frames);
}

static int change_amount(struct us_engine *e, struct us_cable *c, const struct us_record *r)
{
	float amount = clamp_amount(r->cable.amount);
	if (c->flags & US_CABLE_ADD) {
		c->amount = (struct us_ramp){amount, amount, 0};
		c->wanted = amount;
	} else if (is_staged(r)) {
		c->flags = (uint16_t)((c->flags | US_CABLE_RESIZED) & ~US_CABLE_DEL);
		c->staged = amount;
	} else {
		us_cable_send(e, c, amount);
	}
	return US_OK;
}

static int add_cable(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	uint32_t source = us_seat_of(e, r->cable.source), seat = us_seat_of(e, r->instance);
	float amount = clamp_amount(r->cable.amount);
	/* A cable of an instance that waits to be deleted goes with it. */
	uint16_t waits = (e->seat[seat].flags | e->seat[source].flags) & US_SEAT_DEL;
	struct us_cable *c = &e->cable[e->head->cables];
	*c = (struct us_cable){.source = (uint16_t)source,
	                       .instance = (uint16_t)seat,
	                       .output = r->cable.output,
	                       .input = r->cable.input,
	                       .flags = is_staged(r) ? US_CABLE_ADD
	                                : waits      ? US_CABLE_DEL
	                                             : 0,
	                       .amount = {amount, amount, 0},
	                       .wanted = amount};
	e->plan.way[e->head->cables++] = 0; /* a plan that does not know it stays valid */
	if (is_staged(r))
		return US_OK;
	if (us_plan_adopt(e, US_VIEW_NOW, err)) {
		c->flags = US_CABLE_GONE;
		us_cables_sweep(e, US_CABLE_GONE);
		return US_FAILED;
	}
	c->amount.now = 0;
	us_cable_send(e, c, amount);
	us_hearing_settle(e, 0);
	return US_OK;
}

/* Of now, or of what will be after the commit. */
static bool has_all_its_cables(const struct us_engine *e, enum us_cable_flags not_of_it)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < e->head->cables; i++)
		count += !(e->cable[i].flags & (not_of_it | US_CABLE_LEAVING));
	return count >= US_MAX_CABLES;
}

static int check_room_for_cable(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (e->head->cables < US_MAX_CABLES)
		return US_OK;
	e->shortage = e->head->cables == US_CABLES;
	if (e->shortage || has_all_its_cables(e, US_CABLE_DEL) ||
	    (!is_staged(r) && has_all_its_cables(e, US_CABLE_ADD)))
		return us_fail(err, "no room for a cable: a patch has at most %d", US_MAX_CABLES);
	return US_OK;
}

int us_edit_connect(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (check_cable(e, r, err))
		return US_FAILED;
	if (!isfinite(r->cable.amount))
		return us_fail(err, "the amount of a cable must be a finite number");
	uint32_t n = find_cable(e, r);
	if (n != US_NOBODY && e->cable[n].flags & US_CABLE_ADD && !is_staged(r))
		return us_fail(err, "that cable is staged: commit it first, or stage this too");
	if (n != US_NOBODY)
		return change_amount(e, &e->cable[n], r);
	return check_room_for_cable(e, r, err) ? US_FAILED : add_cable(e, r, err);
}

int us_edit_disconnect(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (check_cable(e, r, err))
		return US_FAILED;
	uint32_t n = find_cable(e, r);
	if (n == US_NOBODY || (is_staged(r) && e->cable[n].flags & US_CABLE_DEL))
		return us_fail(err, "%s is not connected to input %u of %s",
		               e->seat[us_seat_of(e, r->cable.source)].name, r->cable.input,
		               e->seat[us_seat_of(e, r->instance)].name);
	struct us_cable *c = &e->cable[n];
	if (is_staged(r) && !(c->flags & US_CABLE_ADD)) {
		c->flags = (uint16_t)((c->flags | US_CABLE_DEL) & ~US_CABLE_RESIZED);
		return US_OK;
	}
	us_cable_leave(e, c, e->smooth_frames);
	us_cables_sweep(e, US_CABLE_GONE);
	us_hearing_settle(e, 0);
	return US_OK;
}

/* --- knobs ----------------------------------------------------------------------------------------------- */

int us_set_check(const struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	uint32_t seat = us_seat_of(e, r->instance);
	/* A knob may be turned before the commit that makes it heard. */
	bool pending = seat != US_NONE && e->seat[seat].flags & US_SEAT_ADD;
	if (us_seat_check(e, r->instance, r->flags & US_STAGED || pending, err))
		return US_FAILED;
	if (r->set.input >= e->node[seat].inputs)
		return us_fail(err, "%s has no input %u: it has %u", e->seat[seat].name, r->set.input,
		               e->node[seat].inputs);
	if (!isfinite(r->set.value))
		return us_fail(err, "the value of %s must be a finite number",
		               e->node[seat].module->inputs[r->set.input].name);
	return US_OK;
}

int us_edit_set(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (us_set_check(e, r, err))
		return US_FAILED;
	uint32_t seat = us_seat_of(e, r->instance);
	if (is_staged(r) && !(e->seat[seat].flags & US_SEAT_ADD)) {
		struct us_knob *knob = &us_knobs(e, seat)[r->set.input];
		knob->staged = us_knob_clamp(&e->node[seat].module->inputs[r->set.input], r->set.value);
		knob->is_staged = r->set.ramp_frames < UINT32_MAX ? 1 + r->set.ramp_frames : UINT32_MAX;
		e->seat[seat].flags |= US_SEAT_RETUNED;
		return US_OK;
	}
	us_knob_set(e, seat, r->set.input, r->set.value, r->set.ramp_frames);
	return US_OK;
}

/* --- tables ---------------------------------------------------------------------------------------------- */

bool us_table_find(struct us_engine *e, uint32_t seat)
{
	const struct us_seat *s = &e->seat[seat];
	e->node[seat].table = (struct us_table){0};
	if (s->table == US_NO_TABLE)
		return s->table_mark == 0;
	return us_shelf_mark(e->shelf, s->table) == s->table_mark &&
	       us_shelf_table(e->shelf, s->table, &e->node[seat].table);
}

/* What sounds changes its table at once, so a staged record may only concern what is not heard yet. */
int us_edit_table(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	if (us_seat_check(e, r->instance, is_staged(r), err))
		return US_FAILED;
	const uint32_t seat = us_seat_of(e, r->instance);
	struct us_seat *s = &e->seat[seat];
	if (!(e->node[seat].module->flags & US_TABLE))
		return us_fail(err, "%s is a %s, which reads no file", s->name, s->module);
	if (is_staged(r) && !(s->flags & US_SEAT_ADD))
		return us_fail(err, "%s sounds already: its file can be changed alone, not within a batch", s->name);
	const uint32_t number = s->table, mark = s->table_mark;
	s->table = r->table.number;
	s->table_mark = s->table ? r->table.mark : 0;
	if (us_table_find(e, seat))
		return US_OK;
	s->table = number;
	s->table_mark = mark;
	us_table_find(e, seat);
	return us_fail(err, "table %u is not the one that is meant, or is not there", r->table.number);
}
