/* test_tables.c — files for modules, from the bytes of the file to what is heard: tunings are read, shelves filled,
 * records refused or carried out, checkpoints kept; the sampler plays what lies there. */
#include "engine_kit.h"
#include "lang/scala.h"
#include "module_harness.h"
#include "shelf/shelve.h"

#include <sndfile.h>
#include <unistd.h>

/* --- tunings ------------------------------------------------------------------------------------------- */

static int read_scala(const char *text, float octave[US_SCALA_DEGREES], uint32_t *degrees, struct us_err *err)
{
	return us_scala_read(text, strlen(text), octave, degrees, err);
}

static void scala_files_give_octaves(void **state)
{
	(void)state;
	float octave[US_SCALA_DEGREES];
	uint32_t n;
	struct us_err err = {""};
	assert_int_equal(read_scala("! just.scl\n!\nfive limit\n 4\n!\n 386.313714 cents\n 3/2 a fifth\n7/4\n2/1\n",
	                            octave, &n, &err),
	                 US_OK);
	assert_int_equal(n, 4);
	const double wanted[] = {386.313714 / 1200, 0.5849625007, 0.8073549221, 1};
	for (int i = 0; i < 4; i++)
		assert_true(fabs((double)octave[i] - wanted[i]) < 1e-6);
	assert_int_equal(read_scala("no line's end\n1\n1902.", octave, &n, &err), US_OK);
	assert_true(fabsf(octave[0] - 1902.f / 1200) < 1e-6f);
}

static void broken_tunings_are_refused_with_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *words;
	} bad[] = {{"", "empty"},
	           {"name\n", "line 2"},
	           {"name\ntwelve\n", "line 2: expected"},
	           {"name\n0\n", "line 2"},
	           {"name\n99999\n", "line 2"},
	           {"name\n2\n100.\n", "after 1 of 2"},
	           {"name\n1\nx\n", "line 3: expected"},
	           {"name\n1\n3/0\n", "line 3"},
	           {"name\n1\n1e9\n", "line 3"},
	           {"name\n1\n-3/2\n", "line 3"},
	           {"name\n1\n0.\n", "period"},
	           {"name\n2\n1300.\n2\n", "period"}};
	float octave[US_SCALA_DEGREES];
	uint32_t n;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct us_err err = {""};
		assert_int_equal(read_scala(bad[i].text, octave, &n, &err), US_FAILED);
		if (!strstr(err.text, bad[i].words))
			fail_msg("\"%s\" is refused with \"%s\"", bad[i].text, err.text);
		if (strstr(err.text, "twelve") || strstr(err.text, "1e9")) /* whoever names a file has not read it */
			fail_msg("\"%s\" stands in \"%s\"", bad[i].text, err.text);
	}
}

/* --- shelf and engine ----------------------------------------------------------------------------------- */

static uint32_t put(struct us_shelf *shelf, const char *name, uint32_t frames, float first)
{
	float value[4096];
	uint32_t number;
	struct us_err err;
	for (uint32_t i = 0; i < frames; i++)
		value[i] = first + (float)i;
	const struct us_goods goods = {.name = name, .value = value, .frames = frames, .channels = 1, .rate = 48000};
	if (us_shelf_add(shelf, &goods, &number, &err))
		fail_msg("%s", err.text);
	return number;
}

static void a_shelf_gives_back_what_was_put_there(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_table t;
	assert_false(us_shelf_table(shelf, 1, &t));
	const uint32_t a = put(shelf, "a", 100, 0), b = put(shelf, "b", 4096, 7);
	assert_true(a != US_NO_TABLE && b != US_NO_TABLE && a != b);
	assert_int_equal(put(shelf, "again", 100, 0), a); /* the very same lies there already */
	assert_true(us_shelf_table(shelf, b, &t));
	assert_true(t.frames == 4096 && t.channels == 1 && t.value[4095] == 7 + 4095);
	assert_false(us_shelf_table(shelf, 0, &t));
	assert_false(us_shelf_table(shelf, b + 1, &t));
	assert_false(us_shelf_table(shelf, b + US_TABLES, &t)); /* what will lie in its place one day */
	shelf->entry[b % US_TABLES].frames = 0x7fffffff;        /* nothing in there is trusted */
	assert_false(us_shelf_table(shelf, b, &t));
	us_shelf_close(shelf);
}

/* A place is filled again and again; a number means the same for ever, or nothing. */
static void what_goes_makes_room_and_its_number_means_nothing_any_more(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_table t, stays;
	const uint32_t kept = put(shelf, "kept", 3000, -1);
	uint32_t last = US_NO_TABLE;
	for (uint32_t i = 0; i < 5 * US_TABLES; i++) {
		const uint32_t number = put(shelf, "edited", 1 + i % 4096, (float)i);
		assert_true(us_shelf_table(shelf, number, &t) && t.value[0] == (float)i);
		if (last != US_NO_TABLE)
			us_shelf_free(shelf, last);
		assert_false(us_shelf_table(shelf, last, &t));
		last = number;
	}
	assert_true(us_shelf_table(shelf, kept, &stays) && stays.value[2999] == 2998);
	assert_int_equal(us_shelf_load(shelf, 0).tables, 2);
	/* Two of the largest, and what stays, side by side: the rest was given back. */
	assert_true(atomic_load(&shelf->used) <= us_shelf_begin() + 3 * 5 * US_SHELF_PAGE);
	us_shelf_close(shelf);
}

/* Until it is free nothing is written where it lay: somebody may still read it. */
static void what_is_only_retired_keeps_its_memory(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_table old, t;
	const uint32_t number = put(shelf, "old", 10, 1);
	assert_true(us_shelf_table(shelf, number, &old));
	us_shelf_retire(shelf, number);
	assert_false(us_shelf_table(shelf, number, &t));
	assert_true(us_shelf_table(shelf, put(shelf, "new", 10, 2), &t) && t.value != old.value);
	assert_true(old.value[9] == 10);
	us_shelf_free(shelf, number);
	assert_true(us_shelf_table(shelf, put(shelf, "newer", 10, 3), &t) && t.value == old.value);
	us_shelf_close(shelf);
}

static void a_table_is_put_back_where_it_lay(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL), *other = us_shelf_open(NULL);
	struct us_shelf_entry first, second;
	struct us_table t;
	put(shelf, "before", 9, 0);
	const uint32_t number = put(shelf, "a", 10, 5);
	assert_true(us_shelf_entry(shelf, number, &first));
	assert_true(us_shelf_table(shelf, number, &t));
	assert_int_equal(us_shelf_put_back(other, &first, t.value, NULL), US_OK);
	assert_true(us_shelf_table(other, number, &t) && t.value[9] == 14);
	us_shelf_free(shelf, number);
	const uint32_t later = put(shelf, "b", 10, 6);
	assert_true(us_shelf_entry(shelf, later, &second) && us_shelf_table(shelf, later, &t));
	assert_true(second.offset == first.offset && later != number);
	assert_int_equal(us_shelf_put_back(other, &second, t.value, NULL), US_OK);
	assert_true(us_shelf_table(other, later, &t) && t.value[9] == 15);
	const float *value = t.value;
	assert_false(us_shelf_table(other, number, &t)); /* what lay there has gone */
	const struct us_shelf_entry bad[] = {
	    {.offset = 64, .frames = 10, .channels = 1, .number = later, .mark = second.mark},
	    {.offset = second.offset, .frames = 0x40000000, .channels = 4, .number = later, .mark = second.mark},
	    {.offset = second.offset, .frames = 10, .channels = 1, .number = later, .mark = second.mark + 1},
	    {.offset = UINT64_MAX / 4096 * 4096, .frames = 10, .channels = 1, .number = later, .mark = second.mark}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(us_shelf_put_back(other, &bad[i], value, NULL), US_FAILED);
	us_shelf_close(shelf);
	us_shelf_close(other);
}

static void a_full_shelf_says_how_full(void **state)
{
	(void)state;
	static float value[1 << 16];
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_err err;
	uint32_t number, n = 0;
	struct us_goods goods = {.name = "big.wav", .value = value, .frames = 1 << 16, .channels = 1, .rate = 48000};
	shelf->bytes = 1 << 20; /* as if there were no more */
	while (value[0] = (float)++n, us_shelf_add(shelf, &goods, &number, &err) == US_OK)
		;
	assert_int_equal(n, 4); /* what the entries leave of a megabyte */
	assert_non_null(strstr(err.text, "256 kB"));
	value[0] = NAN;
	assert_int_equal(us_shelf_add(shelf, &goods, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "finite"));
	shelf->bytes = US_SHELF_BYTES;
	us_shelf_close(shelf);
}

/* reader: gives the table's first value, or -1. */
static void reader_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)in;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = (us_vec){0} + (b->table ? b->table->value[0] / 8 : -1.f / 8);
}
static const struct us_module reader_module = {.abi = US_ABI,
                                               .version = 1,
                                               .name = "reader",
                                               .doc = "reads",
                                               .flags = US_TABLE | US_SINK,
                                               .process = reader_process,
                                               .outputs = {{"out", ""}}};

static struct us_library *reader_library(void)
{
	static const struct us_module *const modules[] = {&reader_module, &wire_module};
	struct us_library *library;
	struct us_err err;
	if (us_library_of(&library, modules, 2, &err))
		fail_msg("%s", err.text);
	return library;
}

static struct us_engine *open_reader(const struct us_shelf *shelf, struct us_library *library)
{
	struct us_engine *e;
	struct us_err err;
	const struct us_engine_config config = {.rate = RATE, .shelf = shelf};
	if (us_engine_open(&e, &config, library, &err))
		fail_msg("%s", err.text);
	return e;
}

static struct us_record table_record(const struct us_shelf *shelf, uint32_t number, uint8_t flags)
{
	return (struct us_record){.type = US_REC_TABLE,
	                          .flags = flags,
	                          .instance = 0,
	                          .table = {.number = number, .mark = us_shelf_mark(shelf, number)}};
}

static float hear(struct us_engine *e)
{
	float out[FRAMES];
	us_engine_render(e, out);
	return out[FRAMES - 1] * 8;
}

static void an_instance_reads_the_table_that_it_is_given(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_library *library = reader_library();
	struct us_engine *e = open_reader(shelf, library), *copy = open_reader(shelf, library);
	struct us_record create = {.type = US_REC_CREATE, .instance = 0, .create = {.module = "reader"}};
	struct us_record r;
	const uint32_t a = put(shelf, "a", 10, 3), b = put(shelf, "b", 10, 5);
	assert_int_equal(us_engine_apply(e, &create, NULL), US_OK);
	assert_true(hear(e) == -1);
	r = table_record(shelf, a, 0);
	assert_int_equal(us_engine_apply(e, &r, NULL), US_OK);
	assert_true(hear(e) == 3);
	r.table.mark++; /* another table than the one that was meant */
	assert_int_equal(us_engine_apply(e, &r, NULL), US_FAILED);
	r = table_record(shelf, b + 1, 0);
	assert_int_equal(us_engine_apply(e, &r, NULL), US_FAILED);
	r = table_record(shelf, b, US_STAGED); /* it sounds already */
	assert_int_equal(us_engine_apply(e, &r, NULL), US_FAILED);
	assert_true(hear(e) == 3);
	r = table_record(shelf, b, 0);
	assert_int_equal(us_engine_apply(e, &r, NULL), US_OK);

	void *bytes = malloc(us_engine_save_max(e));
	const size_t n = us_engine_save(e, bytes);
	assert_int_equal(us_engine_load(copy, bytes, n, NULL), US_OK);
	assert_true(hear(copy) == 5 && hear(e) == 5);
	shelf->entry[b % US_TABLES].mark++; /* a checkpoint of another session's shelf */
	assert_int_equal(us_engine_load(copy, bytes, n, NULL), US_FAILED);
	free(bytes);
	us_engine_close(e);
	us_engine_close(copy);
	us_library_close(library);
	us_shelf_close(shelf);
}

static void staged_instances_come_with_their_table(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	struct us_library *library = reader_library();
	struct us_engine *e = open_reader(shelf, library);
	const struct us_record create = {
	    .type = US_REC_CREATE, .flags = US_STAGED, .instance = 0, .create = {.module = "reader"}};
	const struct us_record wire = {.type = US_REC_CREATE, .instance = 1, .create = {.module = "wire"}};
	const struct us_record commit = {.type = US_REC_COMMIT, .instance = US_NOBODY};
	const uint32_t a = put(shelf, "a", 10, 2);
	struct us_record r = table_record(shelf, a, US_STAGED);
	assert_int_equal(us_engine_apply(e, &create, NULL), US_OK);
	assert_int_equal(us_engine_apply(e, &r, NULL), US_OK);
	assert_true(hear(e) == 0);
	assert_int_equal(us_engine_apply(e, &commit, NULL), US_OK);
	hear(e);
	assert_true(hear(e) == 2);
	assert_int_equal(us_engine_apply(e, &wire, NULL), US_OK);
	r = table_record(shelf, a, 0);
	r.instance = 1;
	struct us_err err;
	assert_int_equal(us_engine_apply(e, &r, &err), US_FAILED);
	assert_non_null(strstr(err.text, "reads no file"));
	us_engine_close(e);
	us_library_close(library);
	us_shelf_close(shelf);
}

/* --- files ------------------------------------------------------------------------------------------------ */

static void files_that_are_none_are_refused(void **state)
{
	(void)state;
	struct us_shelf *shelf = us_shelf_open(NULL);
	char directory[] = "/tmp/understudy-tables-XXXXXX", path[64];
	struct us_err err = {""};
	uint32_t number;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/no.wav", directory);
	const struct us_shelve to = {.shelf = shelf};
	assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(us_shelve_file(&to, directory, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "no ordinary file"));
	FILE *f = fopen(path, "w");
	fputs("RIFF and then nothing", f);
	fclose(f);
	assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "as a sound file"));
	unlink(path);
	snprintf(path, sizeof path, "%s/bad.scl", directory);
	f = fopen(path, "w");
	fputs("bad\n2\n100.\nhm\n", f);
	fclose(f);
	assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "line 4: expected a pitch"));
	unlink(path);
	rmdir(directory);
	us_shelf_close(shelf);
}

/* Two channels of a slow wave, written as a file of any kind. */
static void write_sound(const char *path, int format, int frames, int channels, const float *value)
{
	SF_INFO info = {.samplerate = 48000, .channels = channels, .format = format};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	assert_non_null(file);
	assert_int_equal(sf_writef_float(file, value, frames), frames);
	sf_close(file);
}

static void sounds_of_every_kind_are_read(void **state)
{
	(void)state;
	enum { LENGTH = 9600 };
	static const struct {
		const char *ending;
		int format;
		float off;
	} kinds[] = {{"wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0},
	             {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 1e-6f},
	             {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6f},
	             {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.05f}};
	static float value[LENGTH * 2];
	char directory[] = "/tmp/understudy-tables-XXXXXX", path[64];
	struct us_shelf *shelf = us_shelf_open(NULL);
	const struct us_shelve to = {.shelf = shelf};
	for (int i = 0; i < LENGTH; i++) {
		value[2 * i] = 0.5f * sinf(0.02f * (float)i);
		value[2 * i + 1] = 0.5f * cosf(0.03f * (float)i);
	}
	assert_non_null(mkdtemp(directory));
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		struct us_err err = {""};
		uint32_t number;
		snprintf(path, sizeof path, "%s/wave.%s", directory, kinds[k].ending);
		write_sound(path, kinds[k].format, LENGTH, 2, value);
		if (us_shelve_file(&to, path, &number, &err))
			fail_msg("%s", err.text);
		struct us_table t;
		assert_true(us_shelf_table(shelf, number, &t));
		assert_true(t.frames == LENGTH && t.channels == 2 && t.rate == 48000);
		for (int i = 0; i < LENGTH * 2; i++)
			if (fabsf(t.value[i] - value[i]) > kinds[k].off)
				fail_msg("%s: %g instead of %g in frame %d", kinds[k].ending, (double)t.value[i],
				         (double)value[i], i / 2);
		unlink(path);
	}
	rmdir(directory);
	us_shelf_close(shelf);
}

static void sounds_that_would_do_harm_are_refused(void **state)
{
	(void)state;
	char directory[] = "/tmp/understudy-tables-XXXXXX", path[64];
	struct us_shelf *shelf = us_shelf_open(NULL);
	const struct us_shelve to = {.shelf = shelf};
	struct us_err err = {""};
	uint32_t number;
	float value[300] = {0};
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/a.wav", directory);
	write_sound(path, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 100, 3, value);
	assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "3 channels; expected 1 or 2"));
	/* an hour: a hole in a file, behind the head of a short one, whose sizes are stretched to match */
	write_sound(path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 100, 1, value);
	const uint32_t bytes = 0x7ffffff0u, riff = bytes + 36;
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, 4, SEEK_SET);
	fwrite(&riff, 4, 1, f);
	fseek(f, 40, SEEK_SET);
	fwrite(&bytes, 4, 1, f);
	fclose(f);
	assert_int_equal(truncate(path, (off_t)bytes + 44), 0);
	assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
	assert_non_null(strstr(err.text, "kB are free"));
	/* what is no number may not come in by a file either */
	for (int k = 0; k < 2; k++) {
		value[77] = k ? INFINITY : NAN;
		write_sound(path, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 300, 1, value);
		assert_int_equal(us_shelve_file(&to, path, &number, &err), US_FAILED);
		assert_non_null(strstr(err.text, "no finite numbers"));
	}
	unlink(path);
	rmdir(directory);
	us_shelf_close(shelf);
}

/* --- modules ---------------------------------------------------------------------------------------------- */

static void sampler_plays_the_very_frames_of_its_file(void **state)
{
	(void)state;
	static float value[200];
	for (int i = 0; i < 200; i++)
		value[i] = sinf((float)i);
	const struct us_table t = {.value = value, .frames = 100, .channels = 2, .rate = 48000};
	struct rig *r = rig_open("sampler");
	r->block.table = &t;
	r->block.lanes = 1;
	rig_set(r, "gate", 1);
	rig_set(r, "fade", 0);
	const int left = rig_output(r, "left"), right = rig_output(r, "right");
	for (int block = 0; block < 3; block++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			const int frame = block * US_BLOCK + i;
			const float l = frame < 100 ? value[2 * frame] : 0, c = frame < 100 ? value[2 * frame + 1] : 0;
			if (r->out[left][i][0] != l || r->out[right][i][US_LANES - 1] != c)
				fail_msg("frame %d is %g, %g and not %g, %g", frame, (double)r->out[left][i][0],
				         (double)r->out[right][i][0], (double)l, (double)c);
		}
	}
	rig_close(r);
}

static void sampler_loops_and_turns_without_leaving_its_part(void **state)
{
	(void)state;
	static float value[1000];
	for (int i = 0; i < 1000; i++)
		value[i] = (float)i / 1000;
	const struct us_table t = {.value = value, .frames = 1000, .channels = 1, .rate = 48000};
	static const float speeds[] = {1, -1, 3.7f, -0.3f};
	for (int mode = 2; mode <= 3; mode++)
		for (int s = 0; s < 4; s++) {
			struct rig *r = rig_open("sampler");
			r->block.table = &t;
			rig_set(r, "gate", 1);
			rig_set(r, "mode", (float)mode);
			rig_set(r, "start", 0.25f);
			rig_set(r, "end", 0.5f);
			rig_set(r, "fade", 0);
			rig_set(r, "speed", speeds[s]);
			const int out = rig_output(r, "out");
			rig_run(r);
			for (int block = 0; block < 50; block++) {
				rig_run(r);
				for (int i = 0; i < US_BLOCK; i++)
					if (!(r->out[out][i][0] > 0.24f && r->out[out][i][0] < 0.51f))
						fail_msg("mode %d at speed %g gives %g", mode, (double)speeds[s],
						         (double)r->out[out][i][0]);
			}
			rig_close(r);
		}
}

static void quantize_moves_to_the_pitches_of_a_tuning(void **state)
{
	(void)state;
	static const float just[] = {0.3219281f, 0.5849625f, 1};
	const struct us_table t = {.value = just, .frames = 3, .channels = 1};
	struct rig *r = rig_open("quantize");
	r->block.table = &t;
	static const float pitch[][2] = {{0.1f, 0},   {0.3f, 0.3219281f},    {0.55f, 0.5849625f}, {0.9f, 1},
	                                 {-0.05f, 0}, {-0.45f, -0.4150375f}, {2.31f, 2.3219281f}};
	for (size_t i = 0; i < sizeof pitch / sizeof pitch[0]; i++) {
		rig_set(r, "in", pitch[i][0]);
		rig_run(r);
		if (!(fabsf(r->out[0][0][0] - pitch[i][1]) < 1e-5f))
			fail_msg("%g becomes %g", (double)pitch[i][0], (double)r->out[0][0][0]);
	}
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scala_files_give_octaves),
	    cmocka_unit_test(broken_tunings_are_refused_with_their_line),
	    cmocka_unit_test(a_shelf_gives_back_what_was_put_there),
	    cmocka_unit_test(what_goes_makes_room_and_its_number_means_nothing_any_more),
	    cmocka_unit_test(what_is_only_retired_keeps_its_memory),
	    cmocka_unit_test(a_table_is_put_back_where_it_lay),
	    cmocka_unit_test(a_full_shelf_says_how_full),
	    cmocka_unit_test(an_instance_reads_the_table_that_it_is_given),
	    cmocka_unit_test(staged_instances_come_with_their_table),
	    cmocka_unit_test(files_that_are_none_are_refused),
	    cmocka_unit_test(sounds_of_every_kind_are_read),
	    cmocka_unit_test(sounds_that_would_do_harm_are_refused),
	    cmocka_unit_test(sampler_plays_the_very_frames_of_its_file),
	    cmocka_unit_test(sampler_loops_and_turns_without_leaving_its_part),
	    cmocka_unit_test(quantize_moves_to_the_pitches_of_a_tuning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
