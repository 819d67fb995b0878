/* test_doors.c — one sentence means the same by whatever door it comes in: as a line of a file, by /eval, over OSC with
 * numbers and with words, after saving and loading, and as what a watched file has that it had not. Each sentence of
 * tests/doors/sentences is carried through all of them, and what the engine holds is compared. */
#include "spoken_rig.h"

#include "command/turn.h"
#include "lang/script.h"
#include <understudy/pattern.h>

enum { TEXT_BYTES = 1 << 18, STATE_BYTES = 1 << 17 };

static char setup[8192];

/* --- the doors ---------------------------------------------------------------------------------------------------- */

static int act_eval(struct us_turn *turn)
{
	return us_turn_eval(turn, turn->command->arg[0].s);
}
static const struct us_route eval_route[] = {{"/eval", "line", 1, 1, 0, act_eval}, {NULL}};

static struct rig *open_empty(void)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	struct us_commander_config config = {48000, 0, 0, library};
	config.routes = eval_route;
	assert_non_null(r);
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	return r;
}

static void close_rig(struct rig *r)
{
	us_commander_close(r->commander);
	free(r);
}

static bool complained(struct rig *r)
{
	forget_unheard(r);
	return r->answers > 0;
}

static void quiet(struct rig *r)
{
	if (complained(r))
		fail_msg("%s", r->answer[0]);
}

static int take_well(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	take(r, command, err);
	return complained(r) ? us_fail(err, "%.200s", r->answer[0]) : US_OK;
}

/* Numbers as words. */
static int take_in_words(void *context, const struct us_command *command, struct us_err *err)
{
	struct us_command words = *command;
	char text[US_COMMAND_ARGS][40];
	for (uint32_t i = 0; i < words.argc; i++) {
		if (words.arg[i].type == 's')
			continue;
		if (words.arg[i].type == 'i' || words.arg[i].type == 'h')
			snprintf(text[i], sizeof text[i], "%lld", (long long)words.arg[i].i);
		else
			snprintf(text[i], sizeof text[i], "%.9g", words.arg[i].d);
		words.arg[i] = (struct us_arg){.type = 's', .s = text[i]};
	}
	return take_well(context, &words, err);
}

static void compile(const char *text, bool whole, us_command_sink *sink, void *context)
{
	struct us_err err = {""};
	if (compile_text(text, whole ? "p.us" : NULL, whole, sink, context, &err))
		fail_msg("%s\nin: %s", err.text, text);
}

/* The last string of the command. */
static int note_text(void *context, const struct us_command *command, struct us_err *err)
{
	(void)err;
	if (strcmp(command->address, "/patch/file") == 0)
		strcpy(context, command->arg[1].s);
	return US_OK;
}

static struct rig *load(const char *text)
{
	struct rig *r = open_empty();
	say(r, "/patch/begin", "");
	compile(text, true, take_well, r);
	say(r, "/patch/commit", "");
	quiet(r);
	return r;
}

static const char *with(const char *sentence)
{
	static char text[sizeof setup + 512];
	snprintf(text, sizeof text, "%s%s\n", setup, sentence);
	return text;
}

static struct rig *by_file(const char *sentence)
{
	return load(with(sentence));
}

static struct rig *by_eval(const char *sentence)
{
	struct rig *r = load(setup);
	say(r, "/eval", "s", sentence);
	quiet(r);
	return r;
}

static struct rig *by_words(const char *sentence)
{
	struct rig *r = load(setup);
	compile(sentence, false, take_in_words, r);
	return r;
}

struct rest {
	struct rig *rig;
	uint32_t skip; /* commands of the setup */
};

static int count(void *context, const struct us_command *command, struct us_err *err)
{
	(void)command, (void)err;
	((struct rest *)context)->skip++;
	return US_OK;
}

static int take_rest(void *context, const struct us_command *command, struct us_err *err)
{
	struct rest *rest = context;
	if (rest->skip) {
		rest->skip--;
		return US_OK;
	}
	return take_well(rest->rig, command, err);
}

/* What the file's compiler makes of it: numbers in the units of the inputs. */
static struct rig *by_numbers(const char *sentence)
{
	struct rest rest = {.rig = load(setup)};
	compile(setup, true, count, &rest);
	compile(with(sentence), true, take_rest, &rest);
	return rest.rig;
}

static struct rig *by_watch(const char *sentence)
{
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	struct us_script before = {0}, now = {0};
	struct us_err err = {""};
	struct rig *r = load(setup);
	compile(setup, true, us_script_add, &before);
	compile(with(sentence), true, us_script_add, &now);
	say(r, "/patch/begin", "");
	if (us_script_difference(&before, &now, &catalogue, take_well, r, &err))
		fail_msg("%s", err.text);
	say(r, "/patch/commit", "");
	quiet(r);
	us_script_free(&before);
	us_script_free(&now);
	return r;
}

struct saved {
	char *text;
	size_t used;
	int64_t next, lines;
};

static int take_line(void *context, const struct us_command *answer, struct us_err *err)
{
	struct saved *s = context;
	(void)err;
	if (answer->argc == 3) {
		s->lines = answer->arg[1].i;
		return US_OK;
	}
	s->next++;
	s->used += (size_t)snprintf(s->text + s->used, TEXT_BYTES - s->used, "%s\n", answer->arg[1].s);
	return US_OK;
}

static char *save(struct rig *r)
{
	struct saved s = {.text = calloc(1, TEXT_BYTES), .lines = 1};
	assert_non_null(s.text);
	while (s.next < s.lines) {
		const struct us_command ask = {
		    .address = "/patch/text", .argc = 1, .arg = {{.type = 'i', .i = s.next}}};
		const struct us_message m = {
		    .client = r->client, .command = &ask, .out = &r->out, .reply = take_line, .reply_context = &s};
		us_commander_take(r->commander, &m);
	}
	return s.text;
}

static struct rig *by_saving(const char *sentence)
{
	struct rig *r = by_eval(sentence);
	char *text = save(r);
	close_rig(r);
	r = load(text);
	free(text);
	return r;
}

/* --- what the engine holds ---------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void add(char *state, const char *format, ...)
{
	const size_t used = strlen(state);
	va_list args;
	va_start(args, format);
	vsnprintf(state + used, STATE_BYTES - used, format, args);
	va_end(args);
	assert_true(strlen(state) < STATE_BYTES - 1);
}

static int add_scene_line(void *context, const struct us_command *answer, struct us_err *err)
{
	(void)err;
	if (answer->argc == 2 && answer->arg[1].type == 's' && strncmp(answer->arg[1].s, "scene ", 6) == 0)
		add(context, "%s\n", answer->arg[1].s);
	return US_OK;
}

static void describe(struct rig *r, char state[static STATE_BYTES])
{
	const struct us_engine *e = us_commander_model(r->commander);
	struct us_instance_view v, from;
	struct us_cable_view c;
	state[0] = 0;
	const struct us_key_view key = us_engine_next_key(e);
	add(state, "key %u %u\n", key.root, key.scale);
	add(state, "tempo %.9g gain %.9g\n", (double)us_engine_tempo(e), (double)us_engine_gain(e));
	for (uint16_t i = 0; i < US_INDICES; i++) {
		if (!us_engine_instance(e, i, &v))
			continue;
		const struct us_pattern *p = us_engine_pattern(e, i);
		add(state, "%s %s asked %u voices %u plays %s%s%s\n", v.name, v.module->name, v.asked, v.voices,
		    p ? us_pattern_text(p) : "-", v.muted ? " muted" : "", v.solo ? " solo" : "");
		for (uint16_t k = 0; v.module->inputs[k].name; k++)
			add(state, "%s.%s %.9g\n", v.name, v.module->inputs[k].name, (double)us_engine_knob(e, i, k));
	}
	for (uint32_t place = 0; us_engine_next_cable(e, &place, &c);) {
		assert_true(us_engine_instance(e, c.source, &from) && us_engine_instance(e, c.instance, &v));
		add(state, "%s.%u -> %s.%u %.9g\n", from.name, c.output, v.name, c.input, (double)c.amount);
	}
	for (int64_t line = 0; line < 2; line++) { /* scenes, of which the engine knows nothing */
		const struct us_command ask = {
		    .address = "/patch/text", .argc = 1, .arg = {{.type = 'i', .i = line * 64}}};
		const struct us_message m = {.client = r->client,
		                             .command = &ask,
		                             .out = &r->out,
		                             .reply = add_scene_line,
		                             .reply_context = state};
		us_commander_take(r->commander, &m);
	}
}

typedef struct rig *door(const char *sentence);

static void compare(const char *sentence, const char *name, door *other)
{
	static char wanted[STATE_BYTES], got[STATE_BYTES];
	struct rig *a = by_file(sentence), *b = other(sentence);
	describe(a, wanted);
	describe(b, got);
	close_rig(a);
	close_rig(b);
	if (strcmp(wanted, got) == 0)
		return;
	size_t at = 0, line = 0;
	for (; wanted[at] == got[at]; at++)
		line = wanted[at] == '\n' ? at + 1 : line;
	fail_msg("%s\nfile:  %.*s\n%s: %.*s", sentence, (int)strcspn(wanted + line, "\n"), wanted + line, name,
	         (int)strcspn(got + line, "\n"), got + line);
}

static void each_sentence_means_the_same_by_every_door(void **state)
{
	static const struct {
		const char *name;
		door *door;
	} doors[] = {{"eval", by_eval},   {"words", by_words},  {"numbers", by_numbers},
	             {"watch", by_watch}, {"saved", by_saving}, {"file", by_file}};
	char line[512];
	uint32_t sentences = 0;
	(void)state;
	FILE *f = fopen("tests/doors/setup.us", "r");
	assert_non_null(f);
	setup[fread(setup, 1, sizeof setup - 1, f)] = 0;
	fclose(f);
	f = fopen("tests/doors/sentences", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++)
			compare(line, doors[i].name, doors[i].door);
		sentences++;
	}
	fclose(f);
	assert_true(sentences > 80);
}

/* What stands in a patch is kept by saving it, whatever its letters. */
static void nothing_is_lost_by_saving(void **state)
{
	static const char *const patterns[] = {"bd \n sn", "bd\tsn\r\nhh", "[bd sn]*2\n,\nhh*8", "\n\n bd"};
	static char a[STATE_BYTES], b[STATE_BYTES], text[600];
	char longest[US_PATTERN_TEXT];
	(void)state;
	memset(longest, ' ', sizeof longest);
	memcpy(longest, "bd sn", 5);
	longest[sizeof longest - 2] = '\n';
	longest[sizeof longest - 1] = 0;
	for (size_t i = 0; i <= sizeof patterns / sizeof patterns[0]; i++) {
		const bool last = i == sizeof patterns / sizeof patterns[0];
		struct rig *r = load("drums = pattern\ndrums -> out\n");
		say(r, "/pattern", "sss", "drums", last ? longest : patterns[i], "now");
		quiet(r);
		describe(r, a);
		char *saved = save(r);
		assert_null(strstr(saved, "# "));
		close_rig(r);
		r = load(saved);
		describe(r, b);
		assert_string_equal(a, b);
		close_rig(r);
		free(saved);
	}
	/* Quotes and backslashes, of which only files can have some. */
	compile("k = sampler file=\"a\\x20b \\\\ \"\n", false, note_text, text);
	assert_string_equal(text, "a b \\ ");
	compile("k = sampler file=\"say \\\"hi\\\" c:\\dir\"\n", false, note_text, text);
	assert_string_equal(text, "say \"hi\" c:\\dir");
}

static void undo_stops_at_the_patch_that_was_loaded(void **state)
{
	static char a[STATE_BYTES], b[STATE_BYTES];
	(void)state;
	struct rig *r = load("osc = sine\nosc -> out\n");
	us_commander_begin_history(r->commander);
	say(r, "/undo", "");
	expect_answer(r, "/error /undo", "nothing to take back");
	forget(r);
	say(r, "/mod/osc/freq", "d", 100.0);
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	compile("two = saw\ntwo -> out\n", true, take_well, r);
	say(r, "/patch/commit", "");
	quiet(r);
	describe(r, a);
	go_to(r, 2000);
	say(r, "/mod/two/freq", "d", 100.0);
	say(r, "/undo", "");
	forget(r);
	describe(r, b);
	assert_string_equal(a, b);
	say(r, "/undo", "");
	expect_answer(r, "/error /undo", "nothing to take back");
	describe(r, b);
	assert_string_equal(a, b);
	forget(r);
	say(r, "/patch/clear", ""); /* by hand it is an edit like any other */
	say(r, "/undo", "");
	describe(r, b);
	assert_int_equal(strlen(a), strlen(b));
	close_rig(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_sentence_means_the_same_by_every_door),
	                                   cmocka_unit_test(nothing_is_lost_by_saving),
	                                   cmocka_unit_test(undo_stops_at_the_patch_that_was_loaded)};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
