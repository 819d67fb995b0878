/* test_midi_map.c — promises of the map file and of knobs: what a rule says, what is wrong with one, and that nothing
 * jumps. */
#include "midi/knobs.h"
#include "midi_rig.h"

#include <math.h>
#include <unistd.h>

static const struct us_input cutoff = {"cutoff", US_HZ, 1000, 20, 20000, US_EXP, "", NULL},
			     res = {"res", US_RATIO, 0, 0, 1, US_LIN, "", NULL},
			     mode = {"mode", US_CHOICE, 0, 0, 2, US_STEP, "", "low|high|band"};

/* --- rules ---------------------------------------------------------------------------------------------------------
 */

static struct us_map map_of(const char *line)
{
	struct us_map map;
	struct us_err err;
	const char *where;
	us_map_clear(&map);
	if (us_map_line(&map, line, &where, &err))
		fail_msg("%s: %s", line, err.text);
	return map;
}

static void comes_back(const char *line, const char *printed)
{
	char text[160];
	const struct us_map map = map_of(line);
	assert_int_equal(map.knobs, 1);
	us_map_print(&map.knob[0], text);
	assert_string_equal(text, printed);
}

static void a_rule_says_what_it_was_read_from(void **state)
{
	(void)state;
	comes_back("cc 74 -> vcf.cutoff", "cc 74 -> vcf.cutoff");
	comes_back("  cc 74 -> vcf.cutoff 200hz..8khz log pickup # the brightness",
	           "cc 74 -> vcf.cutoff 200hz..8khz log");
	comes_back("cc 1/33 channel 3 -> vcf.res 0..0.8 lin jump", "cc 1/33 channel 3 -> vcf.res 0..0.8 lin jump");
	comes_back("nrpn 1234 -> osc.pitch -1..1", "nrpn 1234 -> osc.pitch -1..1");
	comes_back("cc 20 -> vcf.cutoff relative", "cc 20 -> vcf.cutoff relative twos");
	comes_back("cc 20 -> vcf.cutoff relative offset", "cc 20 -> vcf.cutoff relative offset");
	comes_back("pressure -> vcf.cutoff", "pressure -> vcf.cutoff");
	comes_back("bend channel 1 -> osc.pitch", "bend channel 1 -> osc.pitch");
}

static void keys_channels_and_patches_are_rules(void **state)
{
	(void)state;
	struct us_map map = map_of("channel 10 -> drums");
	assert_string_equal(us_map_player(&map, 9, 60), "drums");
	assert_null(us_map_player(&map, 8, 60));
	map = map_of("key c2..b3 -> bass");
	assert_string_equal(us_map_player(&map, 5, 36), "bass");
	assert_string_equal(us_map_player(&map, 5, 59), "bass");
	assert_null(us_map_player(&map, 5, 60));
	const char *where;
	us_map_line(&map, "channel 6 -> lead", &where, NULL);
	assert_string_equal(us_map_player(&map, 5, 36), "bass"); /* a key counts more */
	assert_string_equal(us_map_player(&map, 5, 60), "lead");
	map = map_of("key 36 -> kick");
	assert_string_equal(us_map_player(&map, 0, 36), "kick");
	map = map_of("patch drone.us");
	assert_string_equal(map.patch[0], "drone.us");
	map = map_of("bend 12");
	assert_true(map.bend == 12 && map.knobs == 0);
	map = map_of("  # nothing");
	assert_int_equal(map.knobs + map.zones + map.patches, 0);
}

static void refused(const char *line, int column, const char *words)
{
	struct us_map map;
	struct us_err err;
	const char *where;
	us_map_clear(&map);
	if (!us_map_line(&map, line, &where, &err))
		fail_msg("taken: %s", line);
	if (!strstr(err.text, words) || where - line + 1 != column)
		fail_msg("%s: column %d: %s", line, (int)(where - line + 1), err.text);
	assert_int_equal(map.knobs + map.zones + map.patches, 0);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	refused("c 74 -> vcf.cutoff", 1, "right would be cc, nrpn, pressure");
	refused("cc 128 -> vcf.cutoff", 4, "a controller from 0 to 127");
	refused("cc -> vcf.cutoff", 4, "a controller from 0 to 127");
	refused("cc 74 vcf.cutoff", 7, "-> and what it turns");
	refused("cc 74", 6, "-> and what it turns");
	refused("cc 74 -> cutoff", 10, "as in vcf.cutoff");
	refused("cc 74 ->", 9, "as in vcf.cutoff");
	refused("cc 74 -> vcf.cutoff 200..", 21, "is no value");
	refused("cc 74 -> vcf.cutoff fast", 21, "right would be a range");
	refused("cc 74 -> vcf.cutoff 2x..3", 21, "");
	refused("cc 74 channel 17 -> vcf.cutoff", 15, "a channel from 1 to 16");
	refused("cc 1/200 -> vcf.res", 4, "two as in cc 1/33");
	refused("cc 1/33 -> vcf.res relative", 20, "only a cc of 7 bits");
	refused("nrpn 20000 -> vcf.res", 6, "a parameter from 0 to 16383");
	refused("channel 0 -> drums", 9, "a channel from 1 to 16");
	refused("key h2 -> bass", 5, "a key from 0 to 127");
	refused("key b3..c2 -> bass", 5, "the lower key first");
	refused("key c2 -> 2bass", 11, "the name of an instance");
	refused("bend 99", 6, "0 to 48 semitones");
	refused("patch", 6, "a file");
}

static void count_complaints(void *context, const char *text)
{
	char *all = context;
	strcat(strcat(all, text), "\n");
}

static void one_bad_line_leaves_the_others(void **state)
{
	(void)state;
	char path[] = "/tmp/midi-map-XXXXXX", complaints[2048] = "", wanted[128];
	struct us_map map;
	struct us_err err;
	FILE *f = fdopen(mkstemp(path), "w");
	fprintf(
	    f, "# mine\ncc 74 -> vcf.cutoff\ncc what -> vcf.res\npatch drone.us\npatch /abs/acid.us\ncc 71 -> vcf.res");
	fclose(f);
	assert_int_equal(us_map_read(&map, path, count_complaints, complaints, &err), US_OK);
	snprintf(wanted, sizeof wanted, "%s:3:4: 'what' cannot stand here", path);
	assert_ptr_equal(strstr(complaints, wanted), complaints);
	assert_int_equal(map.knobs, 2);
	assert_string_equal(map.patch[0], "/tmp/drone.us"); /* beside the map */
	assert_string_equal(map.patch[1], "/abs/acid.us");
	unlink(path);
	assert_int_equal(us_map_read(&map, path, count_complaints, complaints, &err), US_FAILED);
}

static void what_is_learnt_takes_the_place_of_what_was(void **state)
{
	(void)state;
	char directory[] = "/tmp/midi-learn-XXXXXX", path[64], text[512];
	struct us_err err;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/deep/midi.txt", directory);
	struct us_map one = map_of("cc 74 -> vcf.cutoff"), two = map_of("cc 71 -> vcf.res"),
		      other = map_of("cc 74 -> vcf.res");
	assert_int_equal(us_map_write(path, &one.knob[0], &err), US_OK);
	FILE *f = fopen(path, "a");
	fputs("# a comment, and no end of line", f);
	fclose(f);
	assert_int_equal(us_map_write(path, &two.knob[0], &err), US_OK);
	assert_int_equal(us_map_write(path, &other.knob[0], &err), US_OK);
	f = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	assert_string_equal(text, "# a comment, and no end of line\ncc 71 -> vcf.res\ncc 74 -> vcf.res\n");
	unlink(path);
	snprintf(path, sizeof path, "%s/deep", directory);
	rmdir(path);
	rmdir(directory);
}

/* --- knobs ----------------------------------------------------------------------------------------------------------
 */

struct synth {
	struct said said; /* first: the sink's context is this */
	float cutoff, res, mode;
	uint32_t complaints;
	char complaint[US_ERROR_BYTES];
};

static bool look(void *context, const char *instance, const char *input, const struct us_input **row, float *value)
{
	struct synth *s = context;
	if (strcmp(instance, "vcf") != 0)
		return false;
	*row = strcmp(input, "cutoff") == 0 ? &cutoff : strcmp(input, "res") == 0 ? &res : &mode;
	*value = *row == &cutoff ? s->cutoff : *row == &res ? s->res : s->mode;
	return true;
}

static void complain(void *context, const char *text)
{
	struct synth *s = context;
	s->complaints++;
	snprintf(s->complaint, sizeof s->complaint, "%s", text);
}

static struct us_midi_knobs knobs;
static uint64_t now = 1;

static void begin(struct synth *s, const struct us_map *map)
{
	knobs = (struct us_midi_knobs){.look = {look, s}, .sink = hear, .context = s, .complain = complain};
	us_midi_knobs_begin(&knobs, map);
}

/* A second later, so that what was sent has arrived. */
static bool move(const char *hex)
{
	const struct us_midi_message m = message(hex);
	now += 1000000000;
	return us_midi_knobs_take(&knobs, &m, now);
}

static void a_knob_takes_hold_where_it_meets_the_value(void **state)
{
	(void)state;
	struct synth s = {.res = 0.5f};
	const struct us_map map = map_of("cc 71 -> vcf.res");
	begin(&s, &map);
	assert_true(move("b0 47 0a")); /* far below */
	assert_true(move("b0 47 20"));
	assert_int_equal(s.said.count, 0);
	move("b0 47 50"); /* past it */
	said_is(&s.said, "/mod/vcf/res 0.629921; ");
	s.res = 0.629921f;
	move("b0 47 7f"); /* and it goes on to hold it, however fast */
	said_is(&s.said, "/mod/vcf/res 1; ");
}

static void it_lets_go_when_somebody_else_turns_the_value(void **state)
{
	(void)state;
	struct synth s = {.res = 0.5f};
	const struct us_map map = map_of("cc 71 -> vcf.res");
	begin(&s, &map);
	move("b0 47 40");
	said_is(&s.said, "/mod/vcf/res 0.503937; ");
	s.res = 0.1f; /* a patch was loaded, or a hand on the REPL */
	move("b0 47 42");
	assert_int_equal(s.said.count, 0);
	move("b0 47 0d");
	said_is(&s.said, "/mod/vcf/res 0.102362; ");
}

static void what_was_sent_counts_until_the_synth_knows_it(void **state)
{
	(void)state;
	struct synth s = {.res = 0};
	const struct us_map map = map_of("cc 71 -> vcf.res");
	begin(&s, &map);
	move("b0 47 00");
	for (int i = 1; i < 128; i += 6) { /* a fast turn: nothing of it has arrived yet */
		char hex[16];
		snprintf(hex, sizeof hex, "b0 47 %02x", i);
		const struct us_midi_message m = message(hex);
		now += 1000000;
		us_midi_knobs_take(&knobs, &m, now);
	}
	assert_int_equal(s.said.count, 23);
	assert_true(fabs(s.said.last - 127 / 127.0) < 1e-6);
}

static void a_value_beyond_the_range_is_met_at_its_end(void **state)
{
	(void)state;
	struct synth s = {.cutoff = 15000};
	const struct us_map map = map_of("cc 74 -> vcf.cutoff 200hz..8khz log");
	begin(&s, &map);
	move("b0 4a 40");
	assert_int_equal(s.said.count, 0);
	move("b0 4a 7f");
	said_is(&s.said, "/mod/vcf/cutoff 8000; ");
	s.cutoff = 8000;
	move("b0 4a 00");
	said_is(&s.said, "/mod/vcf/cutoff 200; ");
}

static void a_log_knob_moves_by_ratios(void **state)
{
	(void)state;
	struct synth s = {0};
	const struct us_map map = map_of("cc 1/33 -> vcf.cutoff 100..10000 jump");
	begin(&s, &map);
	move("b0 01 40");
	move("b0 21 00");
	assert_true(fabs(s.said.last - 100 * pow(100, 8192 / 16383.0)) < 0.01);
	move("b0 21 7f"); /* the low part is finer than any knob */
	assert_true(fabs(s.said.last - 100 * pow(100, 8319 / 16383.0)) < 0.01);
	move("b0 01 7f");
	move("b0 21 7f");
	assert_true(fabs(s.said.last - 10000) < 0.01);
}

/* Two halves in either order, as a controller and as an NRPN's data entry: what is said in the end is exact, and on the
 * way there it is never further away than the coarse half: no low half of before with a high half of now. */
static void both_halves_count_in_either_order(void **state)
{
	static const struct {
		const char *rule, *name;
		uint8_t high, low;
	} kinds[] = {{"cc 1/33 -> vcf.res jump", NULL, 1, 33},
	             {"cc 31/63 -> vcf.res jump", NULL, 31, 63},
	             {"cc 0/32 channel 1 -> vcf.res jump", NULL, 0, 32},
	             {"nrpn 1234 -> vcf.res jump", "b0 63 09, b0 62 52", 6, 38}};
	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		for (int low_first = 0; low_first < 2; low_first++) {
			struct synth s = {0};
			const struct us_map map = map_of(kinds[k].rule);
			double before = 0;
			begin(&s, &map);
			for (const char *m = kinds[k].name; m; m = strchr(m, ',') ? strchr(m, ',') + 2 : NULL)
				move(m);
			for (uint32_t value = 5; value < 16384; value += 1201) {
				const double to = value / 16383.0, near = 128 / 16383.0;
				char high[16], low[16];
				snprintf(high, sizeof high, "b0 %02x %02x", kinds[k].high, value >> 7);
				snprintf(low, sizeof low, "b0 %02x %02x", kinds[k].low, value & 127);
				s.said.count = 0;
				assert_true(move(low_first ? low : high) || low_first);
				if (s.said.count && fabs(s.said.last - to) > near && fabs(s.said.last - before) > near)
					fail_msg("%s, %s first: on the way to %u it says %g", kinds[k].rule,
					         low_first ? "low" : "high", value, s.said.last * 16383);
				if (low_first)
					assert_int_equal(s.said.count, 0);
				assert_true(move(low_first ? high : low));
				assert_true(fabs(s.said.last - to) < 1e-6);
				before = to;
			}
		}
}

static void an_nrpn_is_told_from_data_entry(void **state)
{
	(void)state;
	struct synth s = {0};
	const struct us_map map = map_of("nrpn 1234 -> vcf.res jump");
	begin(&s, &map);
	assert_false(move("b0 06 40")); /* of no parameter */
	move("b0 63 09");
	move("b0 62 52"); /* 9 * 128 + 82 */
	assert_true(move("b0 06 7f"));
	assert_true(move("b0 26 7f"));
	assert_true(fabs(s.said.last - 1) < 1e-6);
	move("b0 62 53"); /* another parameter */
	assert_false(move("b0 06 00"));
	move("b0 62 52");
	move("b0 65 00"); /* a registered parameter: bend range */
	assert_false(move("b0 06 02"));
}

static void an_encoder_goes_on_from_the_value(void **state)
{
	(void)state;
	struct synth s = {.res = 0.5f};
	const struct {
		const char *rule, *up, *down;
	} rows[] = {{"cc 20 -> vcf.res relative", "b0 14 01", "b0 14 7f"},
	            {"cc 20 -> vcf.res offset", "b0 14 41", "b0 14 3f"},
	            {"cc 20 -> vcf.res sign", "b0 14 01", "b0 14 41"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct us_map map = map_of(rows[i].rule);
		begin(&s, &map);
		move(rows[i].up);
		assert_true(fabs(s.said.last - (0.5 + 1 / 127.0)) < 1e-6);
		move(rows[i].down);
		assert_true(fabs(s.said.last - (0.5 - 1 / 127.0)) < 1e-6);
	}
}

static void a_choice_is_a_whole_number(void **state)
{
	(void)state;
	struct synth s = {0};
	const struct us_map map = map_of("cc 3 -> vcf.mode jump");
	begin(&s, &map);
	move("b0 03 00");
	move("b0 03 40");
	move("b0 03 7f");
	said_is(&s.said, "/mod/vcf/mode 0; /mod/vcf/mode 1; /mod/vcf/mode 2; ");
}

static void what_does_not_fit_is_said_once(void **state)
{
	(void)state;
	struct synth s = {0};
	struct us_map map = map_of("cc 3 -> gone.res jump");
	begin(&s, &map);
	move("b0 03 00");
	move("b0 03 01");
	assert_int_equal(s.complaints, 1);
	assert_string_equal(s.complaint, "there is no gone.res in what plays");
	map = map_of("cc 3 -> vcf.cutoff 5ms..10ms jump");
	begin(&s, &map);
	move("b0 03 00");
	assert_int_equal(s.complaints, 2);
	map = map_of("cc 3 -> vcf.res 0..1 log jump");
	begin(&s, &map);
	move("b0 03 00");
	assert_int_equal(s.complaints, 3);
	assert_int_equal(s.said.count, 0);
}

static void what_moves_can_be_learnt(void **state)
{
	(void)state;
	struct synth s = {0};
	const struct us_map map = map_of("");
	struct us_map_knob k;
	begin(&s, &map);
	struct us_midi_message m = message("b2 4a 10");
	assert_true(us_midi_knobs_source(&knobs, &m, &k));
	assert_true(k.source == US_MAP_CC && k.number == 74 && k.channel == US_MAP_EVERY);
	m = message("b0 40 7f"); /* the pedal */
	assert_false(us_midi_knobs_source(&knobs, &m, &k));
	m = message("90 3c 7f");
	assert_false(us_midi_knobs_source(&knobs, &m, &k));
	m = message("b0 63 09");
	assert_false(us_midi_knobs_source(&knobs, &m, &k));
	m = message("b0 62 52");
	assert_false(us_midi_knobs_source(&knobs, &m, &k));
	m = message("b0 06 7f");
	assert_true(us_midi_knobs_source(&knobs, &m, &k));
	assert_true(k.source == US_MAP_NRPN && k.number == 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rule_says_what_it_was_read_from),
	    cmocka_unit_test(keys_channels_and_patches_are_rules),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_place),
	    cmocka_unit_test(one_bad_line_leaves_the_others),
	    cmocka_unit_test(what_is_learnt_takes_the_place_of_what_was),
	    cmocka_unit_test(a_knob_takes_hold_where_it_meets_the_value),
	    cmocka_unit_test(it_lets_go_when_somebody_else_turns_the_value),
	    cmocka_unit_test(what_was_sent_counts_until_the_synth_knows_it),
	    cmocka_unit_test(a_value_beyond_the_range_is_met_at_its_end),
	    cmocka_unit_test(a_log_knob_moves_by_ratios),
	    cmocka_unit_test(both_halves_count_in_either_order),
	    cmocka_unit_test(an_nrpn_is_told_from_data_entry),
	    cmocka_unit_test(an_encoder_goes_on_from_the_value),
	    cmocka_unit_test(a_choice_is_a_whole_number),
	    cmocka_unit_test(what_does_not_fit_is_said_once),
	    cmocka_unit_test(what_moves_can_be_learnt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
