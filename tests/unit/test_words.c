/* test_words.c — promises of words: what a sentence becomes, and what is not understood is said so. Over the table that
 * is installed, and real modules. */
#include "spoken_rig.h"

#include "words/inside.h"

#include <unistd.h>

static struct us_words *words;
static char complaint[8][256];
static int complaints;

static void complain(void *context, const char *text)
{
	(void)context;
	if (complaints < 8)
		snprintf(complaint[complaints], sizeof complaint[0], "%s", text);
	complaints++;
}

static int open_words(void **state)
{
	struct us_err err;
	complaints = 0;
	return open_library(state) || us_words_open(&words, &err) ||
	       us_words_read(words, "words/words.txt", complain, NULL, &err);
}

static int close_words(void **state)
{
	us_words_close(words);
	return close_library(state);
}

static int understand(const char *patch, const char *sentence, char lines[static US_WORDS_LINES_BYTES],
                      struct us_err *err)
{
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	const struct us_lang_text text = {.text = patch, .bytes = strlen(patch), .file = "p.us", .whole = true};
	return us_words_say(words, sentence, &text, &catalogue, lines, err);
}

static const char two_voices[] = "bass = saw\nlow = ladder\nlead = pulse\ntop = filter\nbass -> low -> out *0.5\n"
				 "lead -> top -> out\n";

static void means(const char *patch, const char *sentence, const char *wanted)
{
	char lines[US_WORDS_LINES_BYTES];
	struct us_err err = {""};
	if (understand(patch, sentence, lines, &err))
		fail_msg("\"%s\" is not understood: %s", sentence, err.text);
	if (strcmp(lines, wanted) != 0)
		fail_msg("\"%s\" is\n%sinstead of\n%s", sentence, lines, wanted);
}

static void is_refused(const char *patch, const char *sentence, const char *part)
{
	char lines[US_WORDS_LINES_BYTES];
	struct us_err err = {""};
	if (understand(patch, sentence, lines, &err) == US_OK)
		fail_msg("\"%s\" is understood as\n%s", sentence, lines);
	if (!strstr(err.text, part))
		fail_msg("\"%s\": %s", sentence, err.text);
}

static void the_table_that_is_installed_is_right(void **state)
{
	(void)state;
	for (int i = 0; i < complaints && i < 8; i++)
		print_error("%s\n", complaint[i]);
	assert_int_equal(complaints, 0);
}

static int hear_nothing(void *context, const struct us_command *command, struct us_err *err)
{
	(void)context, (void)command, (void)err;
	return US_OK;
}

static void compiles(const char *name, const char *line)
{
	struct us_err err;
	if (compile_text(line, NULL, true, hear_nothing, NULL, &err))
		fail_msg("%s: %s: %s", name, line, err.text);
}

/* Modules, inputs, values and patterns that there are. */
static void each_of_its_words_can_be_carried_out(void **state)
{
	char line[512];
	(void)state;
	for (uint32_t i = 0; i < words->entries; i++) {
		const struct entry *e = &words->entry[i];
		for (uint32_t k = 0; k < e->changes; k++) {
			const struct change *c = &e->change[k];
			const struct us_module *m = us_library_find(library, c->module);
			if (c->input[0] && (!m || us_module_input(m, c->input) < 0))
				fail_msg("%s: there is no %s.%s", e->name, c->module, c->input);
			if (!strchr("*/+-", c->step[0])) {
				snprintf(line, sizeof line, "x = %s\nx.%s %s", c->module, c->input, c->step);
				compiles(e->name, line);
			}
		}
		if (e->kind == WORD_INSERT || e->kind == WORD_MODULATE) {
			snprintf(line, sizeof line, "x = %s", e->text);
			compiles(e->name, line);
		} else if (e->kind == WORD_RHYTHM) {
			snprintf(line, sizeof line, "x = pattern play=\"%s\"", e->text);
			compiles(e->name, line);
		}
	}
}

static void a_word_turns_what_it_can(void **state)
{
	(void)state;
	means(two_voices, "darker", "top.cutoff *0.7\nlow.cutoff *0.7\n");
	means(two_voices, "louder", "gain +2db\n");
	means(two_voices, "Slower!", "tempo *0.9259\n");
	means(two_voices, "make the sound brighter, please", "top.cutoff *1.429\nlow.cutoff *1.429\n");
	means(two_voices, "make it bright", "top.cutoff *1.429\nlow.cutoff *1.429\n");
}

static void amounts_are_heard(void **state)
{
	(void)state;
	means(two_voices, "a bit louder", "gain +1db\n");
	means(two_voices, "much louder", "gain +4db\n");
	means(two_voices, "louder by a lot", "gain +4db\n");
	means(two_voices, "less loud", "gain -= 2db\n");
	means(two_voices, "not so loud", "gain -= 2db\n");
	means(two_voices, "20% faster", "tempo *1.2\n");
	means(two_voices, "slower by 20%", "tempo *0.8\n");
	means(two_voices, "less quiet", "gain +2db\n");
}

static void a_target_is_an_instance_or_a_module_and_what_follows_it(void **state)
{
	(void)state;
	means(two_voices, "the bass darker", "low.cutoff *0.7\n");
	means(two_voices, "the lead a bit brighter", "top.cutoff *1.195\n");
	means(two_voices, "ladder darker", "low.cutoff *0.7\n");
	means(two_voices, "the lead darker and sharper", "top.cutoff *0.7\ntop.res +0.12\n");
}

static void it_is_the_one_that_was_meant_last(void **state)
{
	(void)state;
	means(two_voices, "the lead darker", "top.cutoff *0.7\n");
	means(two_voices, "make it brighter", "top.cutoff *1.429\n");
	means(two_voices, "everything darker", "top.cutoff *0.7\nlow.cutoff *0.7\n");
	means(two_voices, "again", "top.cutoff *0.7\nlow.cutoff *0.7\n");
	means("bass = saw\nbass -> out\n", "louder and faster", "gain +2db\ntempo *1.08\n");
}

static const char band[] =
    "drums = pattern\nkick = kick\nhat = hat\ndrums.a -> kick.trigger\nbass = saw\nvcf = filter\n"
    "mix = mixer\nroom = reverb mix=0.2\nbass -> vcf -> mix.in2 *0.5\nkick -> mix\nhat -> mix.in3\n"
    "drums.value -> vcf.cutoff *100\nmix -> room -> out\n";

/* What follows it up to where others join it is its own; there is its fader. */
static void one_of_many_has_its_loudness_where_it_is_mixed(void **state)
{
	(void)state;
	means(band, "make the kick louder", "kick -> mix *1.26\n");
	means(band, "turn down the bass a bit", "vcf -> mix.in2 *0.446\n");
	means(band, "the hats up", "hat -> mix.in3 *1.26\n");
	means(band, "the bass louder by 50%", "vcf -> mix.in2 *0.75\n");
	means(band, "more bass", "vcf -> mix.in2 *0.629\n");
	means(band, "mix louder", "room -> out *1.26\n");
	means(band, "the drums louder", "kick -> mix *1.26\n");
	is_refused("x = vca\ny = vca\nx -> y -> x\n", "x louder", "nothing about x can be made 'louder'");
}

static void who_says_too_much_wants_less(void **state)
{
	(void)state;
	means(band, "too loud", "gain -= 2db\n");
	means(band, "the bass is much too bright", "vcf.cutoff *0.49\n");
	means(band, "not too bright", "vcf.cutoff *0.7\n");
	means(band, "too dark", "vcf.cutoff *1.429\n");
	means(band, "twice as fast", "tempo *2\n");
	means(band, "half as fast", "tempo *0.5\n");
	means(band, "twice as loud", "gain +10db\n");
}

static void more_of_an_effect_is_its_mix_or_the_effect_itself(void **state)
{
	(void)state;
	means(band, "more reverb", "room.mix +0.1\n");
	means(band, "a bit less reverb", "room.mix -= 0.05\n");
	means("o = saw\no -> out\n", "more chorus", "chorus = chorus mix=0.5\no -/> out\no -> chorus\nchorus -> out\n");
	is_refused(band, "less chorus", "there is no chorus that could be less");
	means(band, "put some chorus on the kick",
	      "chorus = chorus mix=0.5\nkick -/> mix\nkick -> chorus\nchorus -> mix\n");
	means(band, "add a bit of reverb to the hats",
	      "reverb = reverb size=0.6 decay=2500ms mix=0.3\nhat -/> mix.in3\n"
	      "hat -> reverb\nreverb -> mix.in3\n");
}

static void it_is_said_in_many_ways(void **state)
{
	(void)state;
	means(band, "give me four on the floor", "play drums \"bd*4\"\n");
	means(band, "transpose the bass up an octave", "bass.freq *2\n");
	means(band, "an octave down", "bass.freq *0.5\n");
	means(band, "bass up a fifth", "bass.freq +7st\n");
	means(band, "close the filter", "vcf.cutoff *0.7\n");
	means(band, "less resonance on the bass", "vcf.res -= 0.12\n");
	means(band, "half time", "tempo *0.5\n");
	means(band, "key d dorian", "key d dorian\n");
	means(band, "d dorian", "key d dorian\n");
	means(band, "in d minor", "key d minor\n");
	means(band, "let's go to E flat major", "key eb major\n");
	means(band, "play everything in a minor, please", "key a minor\n");
	means(band, "change the key to f# blues", "key f# blues\n");
	means(band, "slow down a little", "tempo *0.9623\n");
	means(band, "more swing", "drums.swing +0.15\n");
	means(band, "undo that", "undo\n");
	is_refused(band, "warmer pad", "nothing is called 'pad' here; there are drums, kick, hat");
	means(band, "drop the bass", "mute bass\n");
}

static void characters_are_values(void **state)
{
	(void)state;
	means("e = adsr\ns = sine\ns -> e -> out\n", "more like a pluck",
	      "e.attack 1ms\ne.decay 250ms\ne.sustain 0\ne.release 200ms\n");
}

static void effects_go_in_the_way_and_come_out_again(void **state)
{
	(void)state;
	means(two_voices, "add reverb",
	      "reverb = reverb size=0.6 decay=2500ms mix=0.3\nlow -/> out\nlow -> reverb *0.5\nreverb -> out\n"
	      "top -/> out\ntop -> reverb\n");
	means(two_voices, "add chorus to the bass",
	      "chorus = chorus mix=0.5\nlow -/> out\nlow -> chorus\nchorus -> out *0.5\n");
	means("a = saw\nchorus = chorus mix=0.5\na -> chorus -> out *0.3\n", "without chorus",
	      "delete chorus\na -> out *0.3\n");
	means("o = saw\no -> out\n", "add vibrato", "vibrato = lfo freq=5.5hz\nvibrato -> o.pitch *0.015\n");
	is_refused("o = saw\n", "add echo", "nothing is plugged into out");
	is_refused(two_voices, "remove echo", "there is no echo");
}

/* Behind all that makes the voices of the one that is meant: never before an envelope, never among voices. */
static void an_effect_comes_behind_the_voices(void **state)
{
	static const char tutorial[] = "line = pattern\nosc = saw\nvcf = ladder\nenv = adsr\nline.pitch -> osc.pitch\n"
				       "line.gate -> env.gate\nosc -> vcf -> env -> out *0.6\n"
				       "env.env -> vcf.cutoff *1200hz\n";
	static const char behind_env[] =
	    "echo = delay beats=0.75 feedback=0.4 mix=0.3 high_cut=4khz\nenv -/> out\nenv -> echo\n"
	    "echo -> out *0.6\n";
	static const char desk[] = "one = saw\ntwo = saw\nm = mixer\ne = adsr\nd = mixer\nk = kick\none -> m.in1\n"
				   "two -> m.in2\nm -> e -> d.in1\nk -> d.in2\nd -> out\n";
	static const char poly[] =
	    "keys = keys voices=4\none = saw\ntwo = saw\nm = mixer\nf = filter\nkeys.pitch -> one.pitch\n"
	    "keys.pitch -> two.pitch\none -> m.in1\ntwo -> m.in2\nm -> f -> out *0.2\n";
	(void)state;
	means(tutorial, "add echo to vcf", behind_env);
	means(tutorial, "add echo to osc", behind_env);
	means(tutorial, "add echo to env", behind_env);
	means(desk, "add chorus to one", "chorus = chorus mix=0.5\ne -/> d.in1\ne -> chorus\nchorus -> d.in1\n");
	means(desk, "add chorus to k", "chorus = chorus mix=0.5\nk -/> d.in2\nk -> chorus\nchorus -> d.in2\n");
	means(poly, "add chorus to two", "chorus = chorus mix=0.5\nf -/> out\nf -> chorus\nchorus -> out *0.2\n");
	means(poly, "add chorus to m", "chorus = chorus mix=0.5\nf -/> out\nf -> chorus\nchorus -> out *0.2\n");
}

static void rhythms_go_to_a_pattern_or_make_one(void **state)
{
	(void)state;
	means("p = pattern\nk = kick\np.a -> k.trigger\nk -> out\n", "four on the floor", "play p \"bd*4\"\n");
	means("o = saw\no -> out\n", "tresillo",
	      "beat = pattern play=\"bd(3,8)\"\nkick = kick\nbeat.trigger -> kick.trigger\nkick -> out\n");
}

static void what_is_not_understood_is_said_so(void **state)
{
	(void)state;
	is_refused(two_voices, "darkr", "did you mean 'darker'");
	is_refused(two_voices, "fnord", "no word that I know");
	is_refused(two_voices, "", "nothing was said");
	is_refused(two_voices, "the lead wider", "nothing about lead can be made 'wider'");
	is_refused(two_voices, "make it", "and what about it");
	is_refused(two_voices, "make it more", "and what about it");
	is_refused(two_voices, "please", "nothing was said");
	is_refused(two_voices, "add fnord", "no word that I know");
	is_refused(two_voices, "more like a fnord", "no word that I know");
}

static void a_table_with_errors_says_where_and_the_rest_counts(void **state)
{
	char path[] = "/tmp/understudy-words-XXXXXX";
	struct us_err err;
	static const char table[] = "# mine\n"
				    "darker = ladder.cutoff *0.5\n"
				    "broken\n"
				    "empty =\n"
				    "odd = filter.Cutoff *2\n"
				    "add = delay\n"
				    "nice = filter.res +0.1, louder\n"
				    "mellow = less harder\n";
	const int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0 && write(fd, table, sizeof table - 1) == (ssize_t)sizeof table - 1);
	close(fd);
	complaints = 0;
	assert_int_equal(us_words_read(words, path, complain, NULL, &err), US_OK);
	unlink(path);
	static const char *const wanted[] = {":3:7: ", ":4:8: ", ":5:7: ", ":7:25: "};
	assert_int_equal(complaints, 4);
	for (int i = 0; i < 4; i++)
		if (!strstr(complaint[i], wanted[i]))
			fail_msg("%s, but at %s", complaint[i], wanted[i]);
	means(two_voices, "darker", "low.cutoff *0.5\n");
	is_refused(two_voices, "nice", "no word that I know");
	assert_int_equal(us_words_read(words, "/nonexistent/words", complain, NULL, &err), US_FAILED);
	assert_non_null(strstr(err.text, "cannot read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_that_is_installed_is_right),
	    cmocka_unit_test(each_of_its_words_can_be_carried_out),
	    cmocka_unit_test(a_word_turns_what_it_can),
	    cmocka_unit_test(amounts_are_heard),
	    cmocka_unit_test(a_target_is_an_instance_or_a_module_and_what_follows_it),
	    cmocka_unit_test(it_is_the_one_that_was_meant_last),
	    cmocka_unit_test(one_of_many_has_its_loudness_where_it_is_mixed),
	    cmocka_unit_test(who_says_too_much_wants_less),
	    cmocka_unit_test(more_of_an_effect_is_its_mix_or_the_effect_itself),
	    cmocka_unit_test(it_is_said_in_many_ways),
	    cmocka_unit_test(characters_are_values),
	    cmocka_unit_test(effects_go_in_the_way_and_come_out_again),
	    cmocka_unit_test(rhythms_go_to_a_pattern_or_make_one),
	    cmocka_unit_test(what_is_not_understood_is_said_so),
	    cmocka_unit_test(a_table_with_errors_says_where_and_the_rest_counts),
	    cmocka_unit_test(an_effect_comes_behind_the_voices),
	};
	return cmocka_run_group_tests(tests, open_words, close_words);
}
