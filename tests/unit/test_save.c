/* test_save.c — promises of /patch/text: what plays, written as text, loads to the same text and to the same sound. */
#include "spoken_rig.h"

#include "shelf/shelve.h"

#include <dirent.h>
#include <unistd.h>

enum { TEXT_BYTES = 1 << 19, BLOCKS = 200, MOST_LINES = 8192 };

static struct us_shelf *shelf; /* for all of them: tables are only ever added */

static int shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	(void)host;
	return us_shelve_file(&(struct us_shelve){.shelf = shelf}, path, number, err);
}

static int open_shelf(void **state)
{
	struct us_err err = {""};
	shelf = us_shelf_open(&err);
	return shelf ? open_library(state) : -1;
}

static int close_shelf(void **state)
{
	us_shelf_close(shelf);
	return close_library(state);
}

static struct rig *open_at_the_start(void)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	const struct us_commander_config config = {.rate = 48000,
	                                           .library = library,
	                                           .shelf = shelf,
	                                           .shelve = shelve,
	                                           .tape_bytes = us_tape_bytes(200, 48000)};
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

static int take_well(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	take(r, command, err);
	return r->answers ? us_fail(err, "%.200s", r->answer[0]) : US_OK;
}

static struct rig *load(const char *text, const char *name)
{
	const struct us_lang_catalogue catalogue = catalogue_of_files();
	const struct us_lang_text patch = {.text = text, .bytes = strlen(text), .file = name, .whole = true};
	struct us_err err = {""};
	struct rig *r = open_at_the_start();
	say(r, "/patch/begin", "");
	if (us_lang_compile(&patch, &catalogue, take_well, r, &err))
		fail_msg("%s\n%s", err.text, text);
	say(r, "/patch/commit", "");
	forget_unheard(r);
	expect_silence(r);
	forget(r);
	return r;
}

/* Page by page, as the command line asks for it. */
struct saved {
	char *text;
	size_t used;
	int64_t next, lines;
};

static int take_line(void *context, const struct us_command *answer, struct us_err *err)
{
	struct saved *s = context;
	(void)err;
	assert_string_equal(answer->address, "/patch/text");
	if (answer->argc == 3) {
		assert_int_equal(s->next, answer->arg[0].i);
		s->lines = answer->arg[1].i;
		return US_OK;
	}
	assert_int_equal(answer->arg[0].i, s->next);
	s->next++;
	s->used += (size_t)snprintf(s->text + s->used, TEXT_BYTES - s->used, "%s\n", answer->arg[1].s);
	assert_true(s->used < TEXT_BYTES);
	return US_OK;
}

static char *save(struct rig *r)
{
	struct saved s = {.text = calloc(1, TEXT_BYTES), .lines = 1};
	assert_non_null(s.text);
	while (s.next < s.lines) {
		const struct us_command ask = {
		    .address = "/patch/text", .argc = 1, .arg = {{.type = 'i', .i = s.next}}};
		const struct us_message m = {.client = r->client,
		                             .from = US_FROM_OWNER,
		                             .command = &ask,
		                             .out = &r->out,
		                             .reply = take_line,
		                             .reply_context = &s};
		us_commander_take(r->commander, &m);
		assert_true(s.lines < MOST_LINES);
	}
	assert_int_equal(r->out.count, 0); /* a question */
	return s.text;
}

/* Both from their first block on. Returns how loud they are. */
static float sound_alike(struct rig *a, struct rig *b, const char *name)
{
	float left[US_BLOCK * US_CHANNELS], right[US_BLOCK * US_CHANNELS], peak = 0;
	for (uint32_t n = 0; n < BLOCKS; n++) {
		us_engine_render(us_commander_model(a->commander), left);
		us_engine_render(us_commander_model(b->commander), right);
		if (memcmp(left, right, sizeof left) != 0)
			fail_msg("%s: block %u differs", name, n);
		for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
			peak = fmaxf(peak, fabsf(left[i]));
	}
	return peak;
}

/* Saves what `r` plays, loads it, saves that. */
static float check(struct rig *r, const char *name)
{
	char *once = save(r);
	struct rig *again = load(once, "saved.us"); /* its files' paths count from here */
	char *twice = save(again);
	assert_string_equal(once, twice);
	const float peak = sound_alike(r, again, name);
	close_rig(again);
	free(once);
	free(twice);
	return peak;
}

/* What is saved must load: also where the text of a pattern has lost a name that has a cable, has the names in another
 * order than they came, or has more than there are outputs. After the same edit both play the same again. */
static void cables_of_lost_names_are_saved_so_that_they_load(void **state)
{
	(void)state;
	static const char *const edits[] = {"hh bd", "cp bd", "~", "one two three; rev; names cp one",
	                                    "x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 "
	                                    "y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 z0 z1 z2 z3 z4 z5 z6 z7 z8 z9 bd sn"};
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		struct rig *r = load("drums = pattern play=\"bd sn hh\"\na = clap\nb = clap\ndrums.bd -> a\n"
		                     "drums.sn -> b\ndrums.9 -> b *0.5\na -> out\nb -> out\n",
		                     "x.us");
		say(r, "/pattern", "sss", "drums", edits[i], "now");
		forget(r);
		char *once = save(r);
		assert_non_null(strstr(once, "drums.sn -> b"));
		struct rig *again = load(once, "saved.us");
		char *twice = save(again);
		assert_string_equal(once, twice);
		free(twice);
		say(r, "/pattern", "sss", "drums", "sn bd*2 cp", "now");
		say(again, "/pattern", "sss", "drums", "sn bd*2 cp", "now");
		assert_true(sound_alike(r, again, edits[i]) > 0);
		free(once);
		close_rig(again);
		close_rig(r);
	}
}

static void every_patch_that_comes_along_loads_to_the_same_sound(void **state)
{
	static char text[1 << 16];
	char path[512];
	float loudest = 0;
	(void)state;
	DIR *directory = opendir("patches");
	assert_non_null(directory);
	for (const struct dirent *d; (d = readdir(directory));) {
		if (!strstr(d->d_name, ".us"))
			continue;
		snprintf(path, sizeof path, "patches/%.200s", d->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
		if (strstr(text, "file=")) /* its sounds may be elsewhere; a patch with a file is tried below */
			continue;
		struct rig *r = load(text, path);
		loudest = fmaxf(loudest, check(r, path));
		close_rig(r);
	}
	closedir(directory);
	assert_true(loudest > 0.01f);
}

static void a_file_is_named_by_its_path(void **state)
{
	char directory[] = "/tmp/understudy-save-XXXXXX", path[64], text[256], line[160];
	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/fifths and.scl", directory);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("fifths\n2\n701.955\n2/1\n", f);
	fclose(f);
	snprintf(text, sizeof text,
	         "understudy 2\nwob = lfo freq=3\nq = quantize file=\"%s\"\nosc = sine\nwob -> q.in *1\nq -> "
	         "osc.pitch\nosc -> "
	         "out\n",
	         path);
	snprintf(line, sizeof line, "\nq = quantize file=\"%s\"\n", path);
	struct rig *r = load(text, "p.us");
	char *saved = save(r);
	assert_non_null(strstr(saved, line));
	free(saved);
	assert_true(check(r, "a patch with a file") > 0.01f);
	close_rig(r);
	unlink(path);
	rmdir(directory);
}

static void it_reads_as_somebody_would_write_it(void **state)
{
	(void)state;
	struct rig *r = load("understudy 2\ntempo 96\ngain 0.5\nosc = sine freq=220\nenv = adsr attack=5 gate=on\n"
	                     "vcf = filter cutoff=2khz\nlfo = lfo voices=4\nosc -> vcf -> out\n"
	                     "env -> vcf.cutoff *0.5khz\nlfo.positive -> osc.pitch *0.1\n",
	                     "p.us");
	char *text = save(r);
	assert_string_equal(text,
	                    "understudy 2\ntempo 96\ngain 0.5\n\nosc = sine freq=220hz\nenv = adsr gate=1 attack=5ms\n"
	                    "vcf = filter cutoff=2000hz\nlfo = lfo voices=4\nout = out\n\nosc -> vcf\n"
	                    "vcf -> out\nenv -> vcf.cutoff *500hz\nlfo.positive -> osc.pitch *0.1\n");
	free(text);
	close_rig(r);
}

/* --- the reference ----------------------------------------------------------------------------------------------- */

static int hear_nothing(void *context, const struct us_command *command, struct us_err *err)
{
	(void)command, (void)err;
	++*(uint32_t *)context;
	return US_OK;
}

static void every_example_of_the_reference_is_what_it_says(void **state)
{
	static char page[1 << 16];
	const struct us_lang_catalogue catalogue = catalogue_of_files();
	uint32_t patches = 0, lines = 0, commands = 0;
	(void)state;
	FILE *f = fopen("docs/patch-language.md", "r");
	assert_non_null(f);
	page[fread(page, 1, sizeof page - 1, f)] = 0;
	fclose(f);
	for (char *at = page, *end; (at = strstr(at, "\n```")); at = end + 2) {
		char *begin = strchr(at + 1, '\n') + 1;
		const bool whole = strncmp(at + 4, "us\n", 3) == 0;
		struct us_err err = {""};
		end = strstr(begin, "\n```");
		assert_non_null(end);
		end[1] = 0;
		const struct us_lang_text text = {
		    .text = begin, .bytes = strlen(begin), .file = "patches/patch-language.md", .whole = whole};
		if (us_lang_compile(&text, &catalogue, hear_nothing, &commands, &err))
			fail_msg("%s\n%s", err.text, begin);
		if (whole) {
			struct rig *r = load(begin, "patches/patch-language.md");
			check(r, "patch-language.md");
			close_rig(r);
		}
		patches += whole;
		lines += !whole;
	}
	assert_true(patches >= 3 && lines >= 1 && commands > 20);
}

/* --- random patches ---------------------------------------------------------------------------------------------- */

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static float draw_value(uint32_t *seed, const struct us_input *input)
{
	const float value = input->min + (input->max - input->min) * ((float)draw(seed, 1 << 20) / (1 << 20));
	return input->curve == US_STEP || input->unit == US_CHOICE || input->unit == US_COUNT ? roundf(value) : value;
}

static void create_random(struct rig *r, uint32_t *seed, uint32_t n, const char **module)
{
	char name[32];
	const struct us_module *m;
	uint32_t modules = 0;
	while (us_library_at(library, modules))
		modules++;
	do
		m = us_library_at(library, draw(seed, modules));
	while (strcmp(m->name, "fault") == 0 || strcmp(m->name, "looper") == 0); /* one has faults, one needs tape */
	*module = m->name;
	snprintf(name, sizeof name, "i-%u", n);
	if (draw(seed, 4) || m->flags & (US_MIXDOWN | US_SINK))
		say(r, "/patch/create", "ss", name, m->name);
	else
		say(r, "/patch/create", "ssi", name, m->name, 1 + (int)draw(seed, 24));
	for (uint32_t i = 0; m->inputs[i].name; i++) {
		char address[96];
		snprintf(address, sizeof address, "/mod/%s/%s", name, m->inputs[i].name);
		if (draw(seed, 2))
			say(r, address, "d", (double)draw_value(seed, &m->inputs[i]));
	}
}

static void connect_random(struct rig *r, uint32_t *seed, const char *const module[], uint32_t instances)
{
	char from[64], to[64];
	const uint32_t a = draw(seed, instances), b = draw(seed, instances);
	const struct us_module *source = us_library_find(library, module[a]),
			       *sink = us_library_find(library, module[b]);
	const uint32_t outputs = us_module_output_count(source), inputs = us_module_input_count(sink);
	if (!outputs || !inputs)
		return;
	snprintf(from, sizeof from, "i-%u.%s", a, source->outputs[draw(seed, outputs)].name);
	snprintf(to, sizeof to, "i-%u.%s", b, sink->inputs[draw(seed, inputs)].name);
	say(r, "/patch/connect", "ssd", from, to, (double)draw(seed, 2000) / 700 - 1);
}

static void a_random_patch_loads_to_the_same_sound(void **state)
{
	enum { MOST = 24 };
	const char *module[MOST];
	uint32_t heard = 0;
	(void)state;
	for (uint32_t seed = 1; seed <= 40; seed++) {
		uint32_t s = seed * 7919;
		const uint32_t instances = 4 + draw(&s, MOST - 4);
		struct rig *r = open_at_the_start();
		say(r, "/patch/begin", "");
		for (uint32_t n = 0; n < instances; n++)
			create_random(r, &s, n, &module[n]);
		say(r, "/patch/create", "ss", "out", "out");
		for (uint32_t n = 0; n < 3 * instances; n++)
			connect_random(r, &s, module, instances);
		for (uint32_t n = 0; n < instances; n++)
			if (us_module_output_count(us_library_find(library, module[n]))) {
				char name[32];
				snprintf(name, sizeof name, "i-%u", n);
				say(r, "/patch/connect", "ssd", name, "out", 0.1);
			}
		say(r, "/patch/commit", "");
		forget_unheard(r);
		if (r->answers && !strstr(r->answer[0], "do not fit"))
			fail_msg("%s", r->answer[0]);
		forget(r);
		heard += check(r, "a random patch") > 0;
		close_rig(r);
	}
	assert_true(heard > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_reads_as_somebody_would_write_it),
	    cmocka_unit_test(a_file_is_named_by_its_path),
	    cmocka_unit_test(cables_of_lost_names_are_saved_so_that_they_load),
	    cmocka_unit_test(every_patch_that_comes_along_loads_to_the_same_sound),
	    cmocka_unit_test(every_example_of_the_reference_is_what_it_says),
	    cmocka_unit_test(a_random_patch_loads_to_the_same_sound),
	};
	return cmocka_run_group_tests(tests, open_shelf, close_shelf);
}
