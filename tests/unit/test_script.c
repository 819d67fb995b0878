/* test_script.c — promises of the difference of two patches: it says only what differs, and what played the first patch
 * plays the second one after it. */
#include "lang_rig.h"

#include "lang/script.h"

enum { TEXT_BYTES = 8192, PAIRS = 3000, MOST_LINES = 256, LINE_BYTES = 96 };

static const struct us_lang_catalogue catalogue = {.find = rig_find, .nearest = rig_nearest};

static struct us_script script_of(const char *text)
{
	struct us_script s = {0};
	struct us_err err;
	const struct us_lang_text t = {.text = text, .bytes = strlen(text), .file = "p.us", .whole = true};
	if (us_lang_compile(&t, &catalogue, us_script_add, &s, &err))
		fail_msg("%s\n%s", err.text, text);
	return s;
}

/* --- by hand ----------------------------------------------------------------------------------------------------- */

static void leads(const char *before, const char *now, const char *said)
{
	static struct rig r;
	struct us_script a = script_of(before), b = script_of(now);
	r = (struct rig){0};
	assert_int_equal(us_script_difference(&a, &b, &catalogue, rig_hear, &r, &r.err), US_OK);
	if (strcmp(r.said, said) != 0)
		fail_msg("\nfrom: %s\nto: %s\nsaid: %s\nnot: %s", before, now, r.said, said);
	us_script_free(&a);
	us_script_free(&b);
}

#define VOICE "a = osc freq=110\nf = filter\na -> f -> out\n"

static void what_is_the_same_is_not_said(void **state)
{
	(void)state;
	leads(VOICE "tempo 90\nnote a c4 100\n", VOICE "tempo 90\nnote a c4 100\n", "");
	leads(VOICE, "# only the words are others\na=osc freq=110hz\nf = filter\na -> f\nf -> out\n", "");
	leads("", "", "");
}

static void a_scene_changes_value_by_value(void **state)
{
	(void)state;
	leads(VOICE "scene verse f.cutoff=500 tempo=90\n", VOICE "scene verse tempo=90 f.cutoff=500\n", "");
	leads(VOICE "scene verse f.cutoff=500\n", VOICE "scene verse f.cutoff=600 a.freq=50\n",
	      "/scene/set \"verse\" \"f.cutoff\" \"600\"\n/scene/set \"verse\" \"a.freq\" \"50\"\n");
	leads(VOICE "scene verse f.cutoff=500 a.freq=50\n", VOICE "scene verse a.freq=50\n",
	      "/scene/delete \"verse\" \"f.cutoff\"\n");
}

static void a_knob_is_turned_and_goes_back(void **state)
{
	(void)state;
	leads(VOICE, VOICE "f.cutoff 500\n", "/mod/f/cutoff 500\n");
	leads(VOICE "f.cutoff 500\n", VOICE, "/mod/f/cutoff 1000\n");
	leads(VOICE "f.cutoff 500\nf.cutoff 600\n", VOICE "f.cutoff 700\nf.cutoff 600\n", "");
	leads(VOICE, VOICE "f.cutoff -> 4khz over 2s\n", "/mod/f/cutoff 4000 2\n");
	leads(VOICE "e = adsr\ngate e on\n", VOICE "e = adsr\n", "/gate/e 0\n");
}

static void a_cable_is_pulled_and_plugged(void **state)
{
	(void)state;
	leads(VOICE, VOICE "a.sub -> f *0.5\n", "/patch/connect \"a.sub\" \"f\" 0.5\n");
	leads(VOICE "a.sub -> f *0.5\n", VOICE, "/patch/disconnect \"a.sub\" \"f\"\n");
	leads(VOICE "a.sub -> f *0.5\n", VOICE "a.sub -> f *0.7\n", "/patch/connect \"a.sub\" \"f\" 0.699999988\n");
}

static void an_instance_comes_goes_and_changes_with_its_cables(void **state)
{
	(void)state;
	leads(VOICE, VOICE "b = osc\nb -> f\n", "/patch/create \"b\" \"osc\"\n/patch/connect \"b\" \"f\"\n");
	leads(VOICE "b = osc freq=3\nb -> f\n", VOICE, "/patch/delete \"b\"\n");
	leads(VOICE, "a = osc freq=110 voices=4\nf = filter\na -> f -> out\n",
	      "/patch/delete \"a\"\n/patch/create \"a\" \"osc\" 4\n/mod/a/freq 110\n/patch/connect \"a\" \"f\"\n");
}

static void what_is_played_once_is_played_when_it_is_new(void **state)
{
	(void)state;
	leads(VOICE "note a c4 100 1s\n", VOICE "note a c4 100 1s\nnote a e4 100 1s\n", "/note \"a\" 64 100 1\n");
	leads(VOICE "note a c4 100 1s\n", VOICE, "");
	leads(VOICE "tempo 90\n", VOICE "tempo 91\n", "/tempo 91\n");
}

static void a_patch_that_takes_something_back_is_said_whole(void **state)
{
	(void)state;
	leads("a = osc\n", "a = osc\nb = osc\ndelete b\n",
	      "/patch/clear\n/patch/create \"a\" \"osc\"\n/patch/create \"b\" \"osc\"\n/patch/delete \"b\"\n");
}

/* --- by chance: a world that knows no more than what instances, cables and knobs are ---------------------------------
 */

struct world {
	uint32_t count;
	char line[MOST_LINES][LINE_BYTES];
};

/* Takes out every line that begins so. */
static uint32_t strike(struct world *w, const char *begin)
{
	uint32_t struck = 0;
	for (uint32_t i = 0; i < w->count; i++)
		if (strncmp(w->line[i], begin, strlen(begin)) == 0) {
			memmove(w->line[i], w->line[--w->count], LINE_BYTES);
			struck++;
			i--;
		}
	return struck;
}

__attribute__((format(printf, 2, 3))) static void write_line(struct world *w, const char *format, ...)
{
	va_list args;
	assert_true(w->count < MOST_LINES);
	va_start(args, format);
	vsnprintf(w->line[w->count++], LINE_BYTES, format, args);
	va_end(args);
}

static void strike_cables_of(struct world *w, const char *name)
{
	char from[LINE_BYTES], to[LINE_BYTES];
	for (uint32_t i = 0; i < w->count; i++) {
		if (sscanf(w->line[i], "cable %95s %95s ", from, to) != 2)
			continue;
		from[strcspn(from, ".")] = to[strcspn(to, ".")] = 0;
		if (strcmp(from, name) == 0 || strcmp(to, name) == 0)
			memmove(w->line[i], w->line[--w->count], LINE_BYTES), i--;
	}
}

static void make(struct world *w, const struct us_command *c)
{
	char begin[LINE_BYTES];
	snprintf(begin, sizeof begin, "instance %s ", c->arg[0].s);
	assert_int_equal(strike(w, begin), 0); /* a name stands for one instance */
	write_line(w, "%s%s %d", begin, c->arg[1].s, c->argc > 2 ? (int)c->arg[2].i : 0);
	for (const struct us_input *in = rig_find(NULL, c->arg[1].s)->inputs; in->name; in++)
		write_line(w, "knob /mod/%s/%s %.9g", c->arg[0].s, in->name, (double)in->value);
	write_line(w, "gate /gate/%s 0", c->arg[0].s);
}

static void unmake(struct world *w, const char *name)
{
	char begin[LINE_BYTES];
	snprintf(begin, sizeof begin, "instance %s ", name);
	assert_int_equal(strike(w, begin), 1);
	snprintf(begin, sizeof begin, "knob /mod/%s/", name);
	strike(w, begin);
	snprintf(begin, sizeof begin, "gate /gate/%s ", name);
	strike(w, begin);
	strike_cables_of(w, name);
}

static int happen(void *context, const struct us_command *c, struct us_err *err)
{
	struct world *w = context;
	char begin[LINE_BYTES];
	(void)err;
	if (strcmp(c->address, "/patch/create") == 0) {
		make(w, c);
	} else if (strcmp(c->address, "/patch/delete") == 0) {
		unmake(w, c->arg[0].s);
	} else if (strcmp(c->address, "/patch/clear") == 0) {
		w->count = 0;
	} else if (strcmp(c->address, "/patch/connect") == 0) {
		snprintf(begin, sizeof begin, "cable %s %s ", c->arg[0].s, c->arg[1].s);
		strike(w, begin);
		write_line(w, "%s%.9g", begin, c->argc > 2 ? c->arg[2].d : 1.0);
	} else if (strcmp(c->address, "/patch/disconnect") == 0) {
		snprintf(begin, sizeof begin, "cable %s %s ", c->arg[0].s, c->arg[1].s);
		assert_int_equal(strike(w, begin), 1); /* what is not plugged cannot be pulled */
	} else {
		const bool gate = strncmp(c->address, "/gate/", 6) == 0;
		snprintf(begin, sizeof begin, "%s %s ", gate ? "gate" : "knob", c->address);
		assert_int_equal(strike(w, begin), 1); /* there is such a thing */
		write_line(w, "%s%.9g", begin, gate ? (double)c->arg[0].i : c->arg[0].d);
	}
	return US_OK;
}

static uint32_t chance(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* A patch of up to four instances out of five names. */
static const char *invent(char text[static TEXT_BYTES], uint32_t *seed)
{
	static const char *const modules[] = {"osc", "filter", "osc voices=3"}, *const ports[] = {"pitch", "res",
	                                                                                          "freq"};
	uint32_t module[5];
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; i < 5; i++) {
		module[i] = chance(seed, 4);
		if (module[i] < 3)
			used += (size_t)snprintf(text + used, TEXT_BYTES - used, "n%u = %s\n", i, modules[module[i]]);
	}
	for (uint32_t n = chance(seed, 8); n > 0; n--) {
		const uint32_t a = chance(seed, 5), b = chance(seed, 5);
		if (module[a] == 3 || module[b] == 3)
			continue;
		const char *port = module[b] == 1 ? ports[1] : ports[chance(seed, 2) * 2];
		used += (size_t)snprintf(text + used, TEXT_BYTES - used, "n%u -> n%u.%s *0.%u\n", a, b, port,
		                         1 + chance(seed, 2));
		if (chance(seed, 2))
			used += (size_t)snprintf(text + used, TEXT_BYTES - used, "n%u.%s 0.%u\n", b, port,
			                         1 + chance(seed, 3));
		if (chance(seed, 4) == 0)
			used += (size_t)snprintf(text + used, TEXT_BYTES - used, "gate n%u on\n", a);
	}
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void settle(struct world *w)
{
	qsort(w->line, w->count, sizeof w->line[0], by_text);
}

static void what_played_one_patch_plays_any_other_after_it(void **state)
{
	static struct world changed, fresh;
	static char before[TEXT_BYTES], now[TEXT_BYTES];
	uint32_t seed = 7;
	(void)state;
	for (uint32_t pair = 0; pair < PAIRS; pair++) {
		struct us_script a = script_of(invent(before, &seed)), b = script_of(invent(now, &seed));
		changed.count = fresh.count = 0;
		for (uint32_t i = 0; i < a.count; i++)
			happen(&changed, &a.command[i], NULL);
		for (uint32_t i = 0; i < b.count; i++)
			happen(&fresh, &b.command[i], NULL);
		assert_int_equal(us_script_difference(&a, &b, &catalogue, happen, &changed, NULL), US_OK);
		settle(&changed);
		settle(&fresh);
		assert_int_equal(changed.count, fresh.count);
		for (uint32_t i = 0; i < fresh.count; i++)
			if (strcmp(changed.line[i], fresh.line[i]) != 0)
				fail_msg("pair %u: '%s', not '%s'\nfrom:\n%s\nto:\n%s", pair, changed.line[i],
				         fresh.line[i], before, now);
		us_script_free(&a);
		us_script_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_the_same_is_not_said),
	    cmocka_unit_test(a_scene_changes_value_by_value),
	    cmocka_unit_test(a_knob_is_turned_and_goes_back),
	    cmocka_unit_test(a_cable_is_pulled_and_plugged),
	    cmocka_unit_test(an_instance_comes_goes_and_changes_with_its_cables),
	    cmocka_unit_test(what_is_played_once_is_played_when_it_is_new),
	    cmocka_unit_test(a_patch_that_takes_something_back_is_said_whole),
	    cmocka_unit_test(what_played_one_patch_plays_any_other_after_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
