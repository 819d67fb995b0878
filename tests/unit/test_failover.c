/* test_failover.c — promises of supervisor/failover.c. Golden traces: tests/unit/failover/NAME.trace tells what
 * happens, an event a line, and after each "->" what is done about it; the file is read, the events are stepped
 * through, and what comes out must be the file again. (`FAILOVER_TRACES=write` writes them anew: then read the
 * difference.) And a walk: a million events in any order, after each of which some things always hold. */
#include "../../supervisor/failover.h"

#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define BLOCK_NS 1333333ull
#define TRACES "tests/unit/failover/*.trace"

enum { TRACE_BYTES = 64 << 10 };

struct story {
	struct failover f;
	struct failover_samples samples;
	uint64_t now_ns;
	struct failover_actions actions;
	char text[TRACE_BYTES];
	size_t used;
	bool still[FAILOVER_CHILDREN]; /* its loop does not turn */
};

__attribute__((format(printf, 2, 3))) static void say(struct story *s, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	s->used += (size_t)vsnprintf(s->text + s->used, sizeof s->text - s->used, format, list);
	va_end(list);
	assert_true(s->used < sizeof s->text);
}

static void say_note(struct story *s, const struct us_note *n)
{
	static const char *const name[] = {"died",
	                                   "leads",
	                                   "stands by",
	                                   "is bypassed",
	                                   "is struck out",
	                                   "hangs",
	                                   "stalled",
	                                   "is still",
	                                   "is stuck",
	                                   "cannot be killed",
	                                   "is corrupt",
	                                   "makes a pair",
	                                   "has a dear instance",
	                                   "is searched for",
	                                   "begins afresh"};
	say(s, "say %" PRIu64 " %s", n->id, name[n->kind]);
	if (n->kind == US_NOTE_DIED)
		say(s, n->detail > 0 ? " of %s" : " with %s", n->detail > 0 ? sigabbrev_np((int)n->detail) : "a code");
}

static void say_amendment(struct story *s, const struct us_amendment *a)
{
	static const char *const what[] = {
	    "bypass instance",      "restore instance",   "strike record", "begin afresh with record",
	    "try without instance", "try without record", "try nothing"};
	const bool record =
	    a->type == US_AMEND_TOMBSTONE || a->type == US_AMEND_TRY_TOMBSTONE || a->type == US_AMEND_AFRESH;
	say(s, "%s", what[a->type]);
	if (a->type != US_AMEND_TRY_NOTHING)
		say(s, " %" PRIu64, record ? a->seq : a->instance);
	if (a->more)
		say(s, " and %u more", a->more);
	say(s, " from block %" PRIu64, a->block);
}

static const char *const child_name[FAILOVER_CHILDREN] = {"control", "recorder"};

static void say_action(struct story *s, const struct failover_action *a)
{
	static const char *const place[] = {"primary", "standby", "none"};
	switch (a->kind) {
	case ACTION_CHILD_START:
		say(s, "start %s", child_name[a->slot]);
		break;
	case ACTION_CHILD_KILL:
		say(s, "kill %s", child_name[a->slot]);
		break;
	case ACTION_PROBE:
		say(s, "probe %" PRIu64, a->id);
		break;
	case ACTION_INTERRUPT:
		say(s, "interrupt %" PRIu64, a->id);
		break;
	case ACTION_KILL:
		say(s, "kill %" PRIu64, a->id);
		break;
	case ACTION_DISCARD:
		say(s, "discard the blocks of %" PRIu64, a->id);
		break;
	case ACTION_AMEND:
		say_amendment(s, &a->amendment);
		break;
	case ACTION_PROMOTE:
		say(s, "promote %" PRIu64 " in slot %u", a->id, a->slot);
		break;
	case ACTION_ASSIGN:
		say(s, "assign slot %u to %" PRIu64, a->slot, a->id);
		break;
	case ACTION_VACATE:
		say(s, "slot %u is empty", a->slot);
		break;
	case ACTION_SPARES:
		say(s, "%u spares", a->slot);
		break;
	case ACTION_RANK:
		say(s, "rank %" PRIu64 " %s", a->id, place[a->slot]);
		break;
	case ACTION_SPAWN:
		say(s, "spawn");
		break;
	case ACTION_BYPASS:
		say(s, "bypass instance %u soon", a->slot);
		break;
	case ACTION_RESTORE:
		say(s, "give instance %u another chance", a->slot);
		break;
	case ACTION_TELL:
		say_note(s, &a->note);
		break;
	}
}

static void step(struct story *s, struct failover_event e)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		s->samples.child[i].turns += !s->still[i];
	e.now_ns = s->now_ns;
	e.samples = &s->samples;
	failover_step(&s->f, &e, &s->actions);
}

static void happens(struct story *s, struct failover_event e)
{
	step(s, e);
	for (uint32_t i = 0; i < s->actions.count; i++) {
		say(s, "    -> ");
		say_action(s, &s->actions.list[i]);
		say(s, "\n");
	}
}

static void children_are_there(struct story *s)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++) {
		s->still[i] = false;
		step(s, (struct failover_event){.kind = FAILOVER_CHILD, .id = i, .child = US_CHILD_STARTED});
	}
}

/* Workers 1 and 2 play, 1 leads, 3 waits; both have published the blocks below 100, and are within block 100. */
static void a_whole_pair(struct story *s)
{
	memset(&s->f, 0, sizeof s->f);
	memset(&s->samples, 0, sizeof s->samples);
	s->now_ns = 1000 * MS;
	s->samples.granted = 104;
	s->samples.ever_published = 100;
	s->samples.block_ns = BLOCK_NS;
	s->samples.restore_room = 64;
	s->samples.search_room = true;
	children_are_there(s);
	for (uint32_t id = 1; id <= 3; id++) {
		step(s, (struct failover_event){.kind = FAILOVER_SPAWNED, .id = id});
		step(s, (struct failover_event){.kind = FAILOVER_READY, .id = id});
		if (id < 3)
			s->samples.slot[id - 1] = (struct failover_slot){.epoch = id,
			                                                 .live = true,
			                                                 .published = 100,
			                                                 .blocks = 100,
			                                                 .busy_ns = 100 * BLOCK_NS / 20,
			                                                 .applied = 7,
			                                                 .granted_records = 8,
			                                                 .crumb = us_crumb(US_PHASE_MODULE, 4, 100)};
		step(s, (struct failover_event){.kind = FAILOVER_LOOK});
	}
	step(s, (struct failover_event){.kind = FAILOVER_LOOK});
	assert_int_equal(failover_live_mask(&s->f), 3);
}

static int number_of_signal(const char *name)
{
	for (int n = 1; n < 32; n++)
		if (sigabbrev_np(n) && strcmp(sigabbrev_np(n), name) == 0)
			return n;
	return 0;
}

/* "slot 0 FIELD VALUE": what its memory says from now on. */
static bool set_slot(struct story *s, uint32_t slot, const char *field, const char *value)
{
	struct failover_slot *to = &s->samples.slot[slot];
	const uint64_t number = strtoull(value, NULL, 10);
	const struct {
		const char *name;
		uint64_t *place;
	} fields[] = {{"epoch", &to->epoch},
	              {"published", &to->published},
	              {"applied", &to->applied},
	              {"accused", &to->accused},
	              {"probes", &to->probes},
	              {"cpu", &to->probe_cpu_ns},
	              {"differs", &to->divergences},
	              {"diverged", &to->diverged_block},
	              {"records", &to->granted_records},
	              {"records-before", &to->granted_before}};
	for (uint32_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strcmp(field, fields[i].name) == 0) {
			*fields[i].place = number;
			return true;
		}
	if (strcmp(field, "live") == 0)
		to->live = number;
	else if (strcmp(field, "owner-died") == 0)
		to->owner_died = number;
	else if (strcmp(field, "death") == 0)
		to->death = 1ull << 63 | to->epoch << 16 | (uint64_t)number_of_signal(value);
	else if (strcmp(field, "applies") == 0)
		to->crumb = us_crumb(US_PHASE_APPLY, US_NOBODY, number);
	else if (strcmp(field, "alive") == 0)
		to->death = to->owner_died = 0;
	else if (strcmp(field, "mixes") == 0)
		to->crumb = us_crumb(US_PHASE_MIX, US_NOBODY, number);
	else if (strcmp(field, "idle") == 0)
		to->crumb = us_crumb(US_PHASE_IDLE, US_NOBODY, number);
	else
		return false;
	return true;
}

/* "control started", "recorder ended", "control stands still" … */
static bool child_happens(struct story *s, const char *who, const char *what)
{
	static const char *const name[] = {[US_CHILD_LOOK] = "stands",
	                                   [US_CHILD_STARTED] = "started",
	                                   [US_CHILD_REFUSED] = "refused",
	                                   [US_CHILD_ENDED] = "ended"};
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		for (uint32_t e = 0; e < sizeof name / sizeof name[0] && strcmp(who, child_name[i]) == 0; e++) {
			if (strcmp(what, name[e]) != 0)
				continue;
			s->still[i] = e == US_CHILD_LOOK;
			if (e != US_CHILD_LOOK)
				happens(s, (struct failover_event){.kind = FAILOVER_CHILD, .id = i, .child = e});
			return true;
		}
	return false;
}

static bool carry_out(struct story *s, const char *line)
{
	char word[4][32] = {"", "", "", ""};
	const int words = sscanf(line, "%31s %31s %31s %31s", word[0], word[1], word[2], word[3]);
	const uint64_t id = strtoull(word[1], NULL, 10);
	if (words <= 0 || word[0][0] == '#')
		return true;
	if (strcmp(word[0], "pair") == 0)
		a_whole_pair(s);
	else if (strcmp(word[0], "after") == 0)
		s->now_ns += (uint64_t)(strtod(word[1], NULL) * (double)MS);
	else if (strcmp(word[0], "looks") == 0) /* TIMES MS */
		for (uint64_t i = 0; i < id; i++) {
			s->now_ns += strtoull(word[2], NULL, 10) * MS;
			happens(s, (struct failover_event){.kind = FAILOVER_LOOK});
		}
	else if (strcmp(word[0], "look") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_LOOK});
	else if (strcmp(word[0], "suspect") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_SUSPECT});
	else if (strcmp(word[0], "spawned") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_SPAWNED, .id = id});
	else if (strcmp(word[0], "spawn-failed") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_SPAWN_FAILED});
	else if (strcmp(word[0], "ready") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_READY, .id = id});
	else if (strcmp(word[0], "killed") == 0)
		happens(
		    s, (struct failover_event){.kind = FAILOVER_EXITED, .id = id, .signal = number_of_signal(word[2])});
	else if (strcmp(word[0], "left") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_EXITED, .id = id, .status = atoi(word[2])});
	else if (strcmp(word[0], "adopted") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_ADOPTED, .id = id, .slot = atoi(word[2])});
	else if (strcmp(word[0], "resumed") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_RESUMED, .slot = atoi(word[1])});
	else if (strcmp(word[0], "successor") == 0)
		memset(&s->f, 0, sizeof s->f), children_are_there(s);
	else if (strcmp(word[0], "asked") == 0)
		happens(s, (struct failover_event){.kind = FAILOVER_ASKED, .id = id});
	else if (strcmp(word[0], "quarantined") == 0)
		s->samples.quarantined[id % US_INDICES / 64] |= 1ull << id % 64;
	else if (strcmp(word[0], "well") == 0)
		s->samples.quarantined[id % US_INDICES / 64] &= ~(1ull << id % 64);
	else if (strcmp(word[0], "reported") == 0) /* BLOCK: of this block the slot that leads has said so */
		s->samples.quarantined_at = id;
	else if (strcmp(word[0], "granted") == 0)
		s->samples.granted = id;
	else if (strcmp(word[0], "ever-published") == 0)
		s->samples.ever_published = id;
	else if (strcmp(word[0], "open") == 0) { /* BLOCK RECORDS */
		s->samples.open_block = id;
		s->samples.open_records = strtoull(word[2], NULL, 10);
	} else if (strcmp(word[0], "trial") == 0) /* BLOCK: the list of amendments ends with one */
		s->samples.trial = id + 1;
	else if (strcmp(word[0], "cpu-ms") == 0)
		s->samples.cpu_ns[id % US_DESKS] = strtoull(word[2], NULL, 10) * MS;
	else
		return child_happens(s, word[0], word[1]) ||
		       (strcmp(word[0], "slot") == 0 && words == 4 && set_slot(s, (uint32_t)id & 1, word[2], word[3]));
	return true;
}

static void play(const char *path)
{
	static struct story s;
	static char file[TRACE_BYTES];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	file[fread(file, 1, sizeof file - 1, f)] = 0;
	fclose(f);
	s.used = 0;
	a_whole_pair(&s);
	for (char *line = file, *next; *line; line = next) {
		char text[256];
		next = strchr(line, '\n') ? strchr(line, '\n') + 1 : line + strlen(line);
		snprintf(text, sizeof text, "%.*s", (int)(next - line), line);
		if (strncmp(text, "    ->", 6) == 0)
			continue;
		say(&s, "%s", text);
		if (!carry_out(&s, text))
			fail_msg("%s: not understood: %s", path, text);
	}
	if (getenv("FAILOVER_TRACES")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(s.text, f);
		fclose(f);
	} else if (strcmp(s.text, file) != 0) {
		fail_msg("%s is not what happens; this is:\n%s", path, s.text);
	}
}

static void each_kind_of_death_goes_as_its_trace_says(void **state)
{
	(void)state;
	glob_t found;
	if (glob(TRACES, 0, NULL, &found)) {
		skip(); /* not in the source tree */
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		play(found.gl_pathv[i]);
	globfree(&found);
}

/* --- a patch that is late
 * ---------------------------------------------------------------------------------------------------- */

/* For six seconds the primary is found within one of so many instances, most often in number 4 if they are few; it
 * takes so much CPU time for a block, and the device gets so many fades in a hundred looks. What is bypassed; -1:
 * nothing. */
static int64_t late(uint32_t instances, uint32_t percent, uint32_t unheard)
{
	static struct story s;
	int64_t bypassed = -1;
	a_whole_pair(&s);
	for (uint32_t i = 0; i < 6000; i++) {
		struct failover_slot *slot = &s.samples.slot[0];
		const uint32_t instance = instances < 5 && i % 10 < 7 ? 4 : 10 + i % instances;
		slot->crumb = us_crumb(US_PHASE_MODULE, (uint16_t)instance, slot->published);
		step(&s, (struct failover_event){.kind = FAILOVER_SUSPECT});
		for (uint32_t glance = 0; glance < 2; glance++) {
			s.now_ns += FAILOVER_GLANCE_NS;
			slot->probes++;
			step(&s, (struct failover_event){.kind = FAILOVER_LOOK});
		}
		for (uint32_t a = 0; a < s.actions.count; a++)
			if (s.actions.list[a].kind == ACTION_BYPASS)
				bypassed = s.actions.list[a].slot;
		s.now_ns += MS - 2 * FAILOVER_GLANCE_NS;
		slot->published++;
		slot->blocks++;
		slot->cpu_ns += BLOCK_NS / 100 * percent;
		s.samples.granted = slot->published + 3;
		s.samples.unheard += i % 100 < unheard;
		s.samples.slot[1].published = slot->published;
	}
	return bypassed;
}

static void the_dearest_instance_of_a_patch_that_is_late_for_long_is_bypassed(void **state)
{
	(void)state;
	assert_int_equal(late(3, 110, 30), 4);
	assert_int_equal(late(3, 70, 30), -1);   /* other processes are to blame */
	assert_int_equal(late(3, 110, 0), -1);   /* nobody has heard it */
	assert_int_equal(late(50, 110, 30), -1); /* none stands out: the patch is too much for the machine */
}

/* --- the walk
 * --------------------------------------------------------------------------------------------------------- */

static uint64_t dice;

static uint64_t draw(uint64_t below)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (dice >> 33) % below;
}

static bool can_lead(struct failover *f, uint32_t slot)
{
	const struct failover_worker *w = failover_in_slot(f, slot);
	return w && w->state < WORKER_KILLED;
}

static void look_at_rules(struct story *s, uint32_t led_before)
{
	struct failover *f = &s->f;
	uint32_t promoted = 0;
	for (uint32_t i = 0; i < s->actions.count; i++)
		promoted += s->actions.list[i].kind == ACTION_PROMOTE;
	assert_true(s->actions.count < FAILOVER_ACTIONS);
	assert_true((promoted & 1) == (f->primary != led_before)); /* who leads is told */
	for (uint32_t slot = 0; slot < US_SLOTS; slot++) {
		uint32_t in = 0;
		for (uint32_t i = 0; i < US_DESKS; i++)
			in += f->worker[i].id && f->worker[i].slot == (int)slot && f->worker[i].state != WORKER_DEAD;
		assert_true(in <= 1);                                         /* never two writers */
		assert_true(in || f->pending.waiting || !failover_spares(f)); /* no spare idles */
	}
	const struct failover_worker *primary = failover_in_slot(f, f->primary);
	/* Somebody leads who can; only the death of a primary that was killed is waited for. */
	assert_true(can_lead(f, f->primary) || !can_lead(f, 1 - f->primary) || f->pending.waiting ||
	            (primary && primary->state == WORKER_KILLED));
}

static uint64_t any_id(const struct failover *f)
{
	return f->worker[draw(US_DESKS)].id;
}

static void any_sample(struct story *s)
{
	struct failover_slot *slot = &s->samples.slot[draw(US_SLOTS)];
	const struct failover_worker *w = failover_in_slot(&s->f, (uint32_t)(slot - s->samples.slot));
	slot->epoch = w ? w->id : 0;
	slot->live = draw(4) > 0;
	slot->published += draw(3);
	slot->probes += draw(2);
	slot->crumb = us_crumb((enum us_phase)draw(8), (uint16_t)draw(3), slot->published - draw(2));
	slot->applied = draw(2);
	slot->granted_records = draw(3);
	slot->probe_cpu_ns += draw(2) * FAILOVER_GLANCE_NS;
	slot->accused = draw(64) == 0 ? any_id(&s->f) : 0;
	slot->owner_died = draw(64) == 0;
	slot->death = draw(64) == 0 ? 1ull << 63 | slot->epoch << 16 | SIGSEGV : 0;
	if (s->samples.ever_published < slot->published)
		s->samples.ever_published = slot->published;
	s->samples.granted = s->samples.ever_published + 3;
}

static void some_things_hold_whatever_happens_in_whatever_order(void **state)
{
	(void)state;
	static struct story s;
	uint64_t next = 4;
	a_whole_pair(&s);
	for (dice = 0; next < 50000;) {
		const uint32_t led = s.f.primary;
		struct failover_event e = {.kind = (enum failover_event_kind)draw(FAILOVER_EXITED + 1),
		                           .id = any_id(&s.f)};
		s.now_ns += draw(8) ? draw(2 * BLOCK_NS) : draw(500 * MS);
		any_sample(&s);
		if (e.kind == FAILOVER_SPAWNED) {
			if (s.f.worker[next % US_DESKS].id)
				continue;
			e.id = next++;
		}
		if (e.kind == FAILOVER_EXITED) {
			if (draw(4))
				continue;
			e.signal = draw(2) ? SIGKILL : SIGSEGV;
		}
		step(&s, e);
		look_at_rules(&s, led);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_of_death_goes_as_its_trace_says),
	    cmocka_unit_test(the_dearest_instance_of_a_patch_that_is_late_for_long_is_bypassed),
	    cmocka_unit_test(some_things_hold_whatever_happens_in_whatever_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
