/* fault_search.c — workers die one after the other in the same block, and nothing names a culprit, or what was named
 * does not help: a fault that shows only later in the block, in the engine itself, or a breadcrumb that was
 * overwritten. Then the culprit is searched for. Pure; called by failover_death.c after each death.
 *
 * First the records that were granted for that block are suspected, then the instances. What is tried is the block
 * without some of them, as a trial (include/understudy/record.h): who survives it leaves unheard, so one try costs one
 * worker and nothing else.
 *
 * The first try is without all of them. If that helps, the fewest are looked for without which workers live: the lower
 * bound is raised by halves, then the upper one lowered. One culprit is found alone, of two that kill only together the
 * second, of several the shortest stretch that holds them; it takes twice the logarithm of the number of candidates.
 *
 * What was found is bypassed or struck out, like any other culprit. Where nothing helps, not even the block without any
 * of them, the state itself kills: the song begins afresh. */
#include "failover.h"

enum {
	DEATHS = 2, /* without a culprit before it is searched for: the pair */
};

/* What the next trial is: without [from, to) of the candidates. */
static void range(const struct fault_search *s, uint32_t *from, uint32_t *to)
{
	*from = s->low;
	*to = s->high;
	if (s->stage == SEARCH_LOW)
		*from = (s->low + s->bad) / 2;
	else if (s->stage == SEARCH_HIGH)
		*to = (s->bad + s->high) / 2;
}

static void name(const struct fault_search *s, struct fault *f, uint32_t from, uint32_t to, bool trial)
{
	f->blame = s->kind == SEARCH_RECORDS ? BLAME_RECORD : BLAME_INSTANCE;
	f->seq = s->first + from;
	f->instance = s->kind == SEARCH_RECORDS ? US_NOBODY : (uint16_t)(s->first + from);
	f->more = (uint16_t)(to - from - 1);
	f->block = s->block;
	f->cause = s->cause;
	f->trial = trial;
}

static void try_next(const struct fault_search *s, struct fault *f)
{
	uint32_t from, to;
	range(s, &from, &to);
	name(s, f, from, to, true);
}

static void begin(struct fault_search *s, enum fault_search_kind kind, uint64_t first, uint32_t count)
{
	s->kind = kind;
	s->stage = SEARCH_ALL;
	s->first = first;
	s->count = count;
	s->low = s->bad = 0;
	s->high = count;
}

/* Narrower where that is possible; false: it is as narrow as can be. */
static bool narrow(struct fault_search *s, bool helped)
{
	uint32_t from, to;
	range(s, &from, &to);
	switch (s->stage) {
	case SEARCH_ALL:
		s->stage = SEARCH_LOW;
		s->bad = s->high;
		break;
	case SEARCH_LOW:
		*(helped ? &s->low : &s->bad) = from;
		break;
	case SEARCH_HIGH:
		*(helped ? &s->high : &s->bad) = to;
		break;
	}
	if (s->stage == SEARCH_LOW && s->bad - s->low <= 1) {
		s->stage = SEARCH_HIGH;
		s->bad = s->low;
	}
	return s->stage == SEARCH_LOW || s->high - s->bad > 1;
}

static void begin_first(struct fault_search *s, const struct failover_slot *slot)
{
	const uint64_t records = slot->granted_records - slot->granted_before;
	if (slot->granted_before <= slot->granted_records && records > 0 && records <= US_GRANT_RECORDS)
		begin(s, SEARCH_RECORDS, slot->granted_before, (uint32_t)records);
	else
		begin(s, SEARCH_INSTANCES, 0, US_INDICES);
}

static enum fault_search_step go_on(struct fault_search *s, struct fault *f, bool helped)
{
	if (s->stage != SEARCH_ALL || helped) {
		if (narrow(s, helped)) {
			try_next(s, f);
		} else {
			name(s, f, s->low, s->high, false);
			s->kind = SEARCH_NONE;
			s->deaths = 0;
		}
		return SEARCH_GOES_ON;
	}
	if (s->kind == SEARCH_RECORDS) {
		begin(s, SEARCH_INSTANCES, 0, US_INDICES);
		try_next(s, f);
		return SEARCH_BEGINS;
	}
	s->kind = SEARCH_NONE;
	s->deaths = 0;
	f->blame = BLAME_STATE;
	f->cause = s->cause;
	return SEARCH_GOES_ON;
}

/* What is named a second time in the same block is bypassed or struck out already: it is not what kills, or was made
 * anew in that block, by a record. */
static bool is_named_again(const struct fault_search *s, const struct fault *f)
{
	for (uint32_t i = 0; i < s->names; i++)
		if (s->named[i].blame == f->blame && s->named[i].instance == f->instance && s->named[i].seq == f->seq)
			return true;
	return s->names == FAULT_NAMES;
}

static bool names_somebody(struct fault_search *s, const struct fault *f)
{
	if (s->named_block != f->block)
		s->names = 0;
	s->named_block = f->block;
	if (f->blame == BLAME_NONE || is_named_again(s, f))
		return false;
	s->named[s->names++] = (struct fault_name){f->blame, f->instance, f->seq};
	s->kind = SEARCH_NONE;
	s->deaths = 0;
	return true;
}

enum fault_search_step fault_search(struct fault_search *s, struct fault *f, const struct failover_slot *slot,
                                    uint64_t ever_published, bool may_begin)
{
	if (s->kind != SEARCH_NONE && ever_published > s->block)
		s->kind = SEARCH_NONE; /* somebody has got past it */
	if (s->kind != SEARCH_NONE && !f->signal && f->status == US_EXIT_TRIED) {
		f->blame = BLAME_NONE;
		return go_on(s, f, true);
	}
	if (!f->believed || names_somebody(s, f))
		return SEARCH_RESTS;
	f->blame = BLAME_NONE;
	if (s->block != f->block) {
		s->block = f->block;
		s->kind = SEARCH_NONE;
		s->deaths = 0;
	}
	s->cause = f->cause;
	if (s->kind != SEARCH_NONE)
		return go_on(s, f, false);
	if (++s->deaths < DEATHS || !may_begin)
		return SEARCH_RESTS;
	begin_first(s, slot);
	try_next(s, f);
	return SEARCH_BEGINS;
}
