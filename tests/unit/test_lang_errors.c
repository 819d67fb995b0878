/* test_lang_errors.c — promises of the patch language about what is wrong: where it is, what it is, what would be
 * right; and that no text, however bad or large, does more harm than that. */
#include "lang_rig.h"

#include <understudy/pattern.h>

#include <stdio.h>

static const struct {
	const char *text, *message;
} bad_patches[] = {
    /* modules and names */
    {"scene", "p.us:1:6: something is missing here; right would be scene save verse, scene verse at bar or scene verse "
              "vcf.cutoff=800hz"},
    {"scene verse", "p.us:1:7: that is for a running synth; a patch says what is in a scene, as in scene verse "
                    "vcf.cutoff=800hz"},
    {"a = osc\nscene verse b.freq=1",
     "p.us:2:13: there is no 'b'; define it on a line before this one, as in osc = sine"},
    {"a = osc\nscene verse a.freg=1",
     "p.us:2:15: osc has no input 'freg'; did you mean 'freq'? It has freq, pitch, phase"},
    {"a = osc\nscene verse a.freq=1ms",
     "p.us:2:20: '1ms' is no value for freq; right would be 440, 440hz, 2.5khz or a4"},
    {"a = osc\nscene verse a.play=\"bd\"", "p.us:2:13: a osc plays no patterns; a pattern does"},
    {"a = osc\nscene verse a.freq",
     "p.us:2:19: something is missing here; right would be scene verse vcf.cutoff=800hz"},
    {"scene verse tempo=5000", "p.us:1:19: 5000 is out of range for tempo: right would be 1bpm to 999bpm"},
    {"a = osk", "p.us:1:5: there is no module 'osk'; did you mean 'osc'"},
    {"a = zzzzzzzz", "p.us:1:5: there is no module 'zzzzzzzz'; `understudy modules` lists them"},
    {"a =", "p.us:1:4: something is missing here; the name of a module would be right, such as sine"},
    {"a = = osc", "p.us:1:5: '=' cannot stand here; the name of a module would be right, such as sine"},
    {"a = osc\n a = filter", "p.us:2:2: there is a 'a' already; choose another name"},
    {"a = osc\na -> out\nout = out", "p.us:3:1: there is a 'out' already; choose another name, or define it before "
                                     "the first cable to it"},
    {"1a = osc", "p.us:1:1: '1a' is no name for an instance: 1 to 39 letters, digits, - and _, a letter or _ first"},
    {"ä = osc", "p.us:1:1: 'ä' is no name for an instance: 1 to 39 letters, digits, - and _, a letter or _ first"},
    {"a/b = osc", "p.us:1:1: 'a/b' is no name for an instance: 1 to 39 letters, digits, - and _, a letter or _ first"},
    /* inputs and values */
    {"a = osc freg=1", "p.us:1:9: osc has no input 'freg'; did you mean 'freq'? It has freq, pitch, phase"},
    {"a = osc colour=1", "p.us:1:9: osc has no input 'colour'; it has freq, pitch, phase"},
    {"a = deaf in=1", "p.us:1:10: deaf has no input 'in'; it has none"},
    {"a = osc freq", "p.us:1:13: something is missing here; right would be input=value, as in freq=440"},
    {"a = osc freq 440", "p.us:1:14: '440' cannot stand here; right would be input=value, as in freq=440"},
    {"a = osc freq=", "p.us:1:14: something is missing here; a value would be right, such as 440, 5ms or 0.5"},
    {"a = osc freq=fast", "p.us:1:14: 'fast' is no value for freq; right would be 440, 440hz, 2.5khz or a4"},
    {"a = osc freq=5ms", "p.us:1:14: '5ms' is no value for freq; right would be 440, 440hz, 2.5khz or a4"},
    {"a = osc freq=nan", "p.us:1:14: 'nan' is no value for freq; right would be 440, 440hz, 2.5khz or a4"},
    {"a = osc freq=1e99", "p.us:1:14: '1e99' is too large a number"},
    {"a = osc freq=30khz", "p.us:1:14: 30khz is out of range for freq: right would be 0.01hz to 20000hz"},
    {"a = osc phase=-1.5", "p.us:1:15: -1.5 is out of range for phase: right would be -1 to 1"},
    {"f = filter mode=notch", "p.us:1:17: 'notch' is no choice of mode; right would be low|high|band"},
    {"f = filter mode=3", "p.us:1:17: 3 is out of range for mode: right would be low to band"},
    {"f = filter mode=0.5", "p.us:1:17: mode takes whole numbers, not 0.5"},
    {"e = adsr steps=1.5", "p.us:1:16: steps takes whole numbers, not 1.5"},
    {"a = osc voices=0", "p.us:1:16: 0 is out of range for voices: right would be 1 to 1024"},
    {"a = osc voices=1025", "p.us:1:16: 1025 is out of range for voices: right would be 1 to 1024"},
    {"a = out voices=3", "p.us:1:16: out runs after the mixdown, so it cannot have 3 voices"},
    {"a = osc voices=2.5", "p.us:1:16: voices takes whole numbers, not 2.5"},
    {"a = osc\na.freq", "p.us:2:7: something is missing here; a value would be right, such as 440, 5ms or 0.5"},
    {"a = osc\na.freq 1 2", "p.us:2:10: '2' cannot stand here; one value would be right, as in vcf.cutoff 800hz"},
    {"a = osc\na.sub 1", "p.us:2:3: 'sub' is an output of osc, no input; it has the inputs freq, pitch, phase"},
    {"a = osc\na.b.c 1", "p.us:2:1: 'a.b.c' is no place in a patch; right would be osc, vcf.cutoff or vcf.band"},
    {"a = osc\na. 1", "p.us:2:1: 'a.' is no place in a patch; right would be osc, vcf.cutoff or vcf.band"},
    {"b.freq 1", "p.us:1:1: there is no 'b'; define it on a line before this one, as in osc = sine"},
    /* cables */
    {"lead = osc\nleda -> out", "p.us:2:1: there is no 'leda'; did you mean 'lead'"},
    {"a = osc\na -> vcf", "p.us:2:6: there is no 'vcf'; define it on a line before this one, as in osc = sine"},
    {"a = osc\nf = filter\na.top -> f", "p.us:3:3: osc has no output 'top'; it has out, sub"},
    {"a = osc\nf = filter\na -> f.cutof", "p.us:3:8: filter has no input 'cutof'; did you mean 'cutoff'? It has "
                                          "cutoff, in, res, mode"},
    {"a = osc\nf = filter\na -> f.low", "p.us:3:8: 'low' is an output of filter, no input; it has the inputs cutoff, "
                                        "in, res, mode"},
    {"d = deaf\nd -> d", "p.us:2:6: deaf has no input at all"},
    {"m = mute\nm -> out", "p.us:2:1: mute has no output; nothing can be plugged into it"},
    {"a = osc\na ->", "p.us:2:5: something is missing here; right would be where the cable goes, as in osc -> "
                      "vcf.cutoff"},
    {"a = osc\n-> a", "p.us:2:1: '->' cannot stand here; a statement begins with a name, as in osc = sine"},
    {"a = osc\na -> out out", "p.us:2:10: 'out' cannot stand here; an arrow would be right, as in osc -> out"},
    {"a = osc\na -> out *", "p.us:2:11: something is missing here; an amount would be right after *, such as *0.5 or "
                            "*4khz"},
    {"a = osc\na -> a.freq *5ms", "p.us:2:14: '5ms' is no value for freq; right would be 440, 440hz, 2.5khz or a4"},
    {"a = osc\na -> out\na -/> out *2", "p.us:3:11: '*' cannot stand here; a cable that is taken out has no amount"},
    {"a = osc\na -/> out", "p.us:2:7: there is no 'out'; define it on a line before this one, as in osc = sine"},
    {"disconnect", "p.us:1:11: something is missing here; right would be disconnect osc -> vcf"},
    /* words */
    {"tempp 128", "p.us:1:1: 'tempp' is no statement; did you mean 'tempo'"},
    {"make noise",
     "p.us:1:1: 'make' is no statement; right would be osc = sine, osc -> out, osc.freq 440, tempo 128 or "
     "gate env on"},
    {"a = osc\na", "p.us:2:1: 'a' alone says nothing; right would be a -> out or a.input value"},
    {"tempo", "p.us:1:6: something is missing here; right would be tempo 128"},
    {"tempo fast", "p.us:1:7: 'fast' is no value for tempo; right would be 128 or 128bpm"},
    {"tempo 0", "p.us:1:7: 0 is out of range for tempo: right would be 1bpm to 999bpm"},
    {"tempo 120 4/4", "p.us:1:11: '4/4' cannot stand here; the statement ends before it; begin a new line"},
    {"gain 3", "p.us:1:6: 3 is out of range for gain: right would be 0 to 2"},
    {"gain 5ms", "p.us:1:6: '5ms' is no value for gain; right would be a number such as 0.5"},
    {"e = adsr\ngate e maybe", "p.us:2:8: 'maybe' is no value for a gate; right would be on, off, 1 or 0"},
    {"gate", "p.us:1:5: something is missing here; right would be gate env on"},
    {"gate e", "p.us:1:6: there is no 'e'; define it on a line before this one, as in osc = sine"},
    {"e = adsr\ngate e.gate on", "p.us:2:6: 'e.gate' cannot stand here; the name of an instance alone would be right"},
    {"a = osc\nnote a", "p.us:2:7: something is missing here; right would be note osc c4 100 0.5s"},
    {"a = osc\nnote a h4", "p.us:2:8: 'h4' is no value for a pitch; right would be 7, -12, 7st, 50c or c4"},
    {"a = osc\nnote a 200", "p.us:2:8: 200 is out of range for a pitch: right would be 0st to 127st"},
    {"a = osc\nnote a 60 200", "p.us:2:11: 200 is out of range for a velocity: right would be 0 to 127"},
    {"a = osc\nnote a 60 100 0s", "p.us:2:15: a note of 0s; more than 0 s and at most an hour would be right"},
    {"a = osc\nnote a 60 100 -1", "p.us:2:15: a note of -1; more than 0 s and at most an hour would be right"},
    {"delete", "p.us:1:7: something is missing here; right would be delete osc"},
    {"delete a", "p.us:1:8: there is no 'a'; define it on a line before this one, as in osc = sine"},
    {"panic", "p.us:1:1: 'panic' is for a running synth, not for a patch; understudy eval 'panic' does it"},
    {"tempo 100\n\n  begin", "p.us:3:3: 'begin' is for a running synth, not for a patch; understudy eval 'begin' does "
                             "it"},
    {"* 4", "p.us:1:1: '*' cannot stand here; a statement begins with a name, as in osc = sine"},
    {"a = osc\001", "p.us:1:5: a control character (code 1); a patch is plain text"},
};

static void every_error_says_where_what_and_what_would_be_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_patches / sizeof bad_patches[0]; i++)
		refused(bad_patches[i].text, true, bad_patches[i].message);
}

static void a_typed_line_says_only_the_column(void **state)
{
	(void)state;
	refused("a = osk", false, "column 5: there is no module 'osk'; did you mean 'osc'");
	refused("panick", false, "column 1: 'panick' is no statement; did you mean 'panic'");
	refused("panic now", false,
	        "column 7: 'now' cannot stand here; the statement ends before it; begin a new line");
	refused("a/b.freq 1", false,
	        "column 1: 'a/b' is no name for an instance: 1 to 39 letters, digits, - and _, a letter or _ first");
}

/* Nothing may be given of a line that turns out to be wrong further on. */
static void a_wrong_line_gives_nothing(void **state)
{
	(void)state;
	static const char *const lines[] = {"a = osc freq=1 colour=2", "a = osc voices=0",  "tempo 100 200",
	                                    "gate e on off",           "delete a b",        "panic now",
	                                    "note a 60 100 1s now",    "a = osc freq=1 hz", "a.freq 100 200"};
	static struct rig r;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(rig_compile(&r, lines[i], strlen(lines[i]), NULL, false), US_FAILED);
		assert_string_equal(r.said, "");
	}
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	(void)state;
	static char text[US_LANG_LINE_BYTES + 2];
	static struct rig r;
	memset(text, ' ', sizeof text);
	text[0] = '#';
	assert_int_equal(rig_compile(&r, text, US_LANG_LINE_BYTES, "p.us", true), US_OK);
	assert_int_equal(rig_compile(&r, text, US_LANG_LINE_BYTES + 1, "p.us", true), US_FAILED);
	assert_string_equal(r.err.text, "p.us:1:1: a line of 65537 bytes; the longest may have 65536");
}

static void words_that_are_too_long_or_too_many_are_refused(void **state)
{
	(void)state;
	static char text[2 * US_PATTERN_TEXT];
	static struct rig r;
	char longest[120];
	const size_t word = US_PATTERN_TEXT + 8; /* a pattern fits, however it is written */
	memset(text, 'x', word);
	assert_int_equal(rig_compile(&r, text, word, "p.us", true), US_FAILED);
	snprintf(longest, sizeof longest, "p.us:1:1: a word of %zu characters; the longest may have %zu", word,
	         word - 1);
	assert_string_equal(r.err.text, longest);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i % 2 ? ' ' : 'a';
	assert_int_equal(rig_compile(&r, text, sizeof text, "p.us", true), US_FAILED);
	assert_string_equal(r.err.text, "p.us:1:257: more than 128 words; put the rest on a line of its own");
}

/* COUNT lines, each made by a format with the line's number in it. */
static char *repeat(const char *format, uint32_t count, size_t *bytes)
{
	size_t room = (size_t)count * 64 + 1;
	char *text = malloc(room);
	assert_non_null(text);
	*bytes = 0;
	for (uint32_t i = 0; i < count; i++)
		*bytes += (size_t)snprintf(text + *bytes, room - *bytes, format, i);
	return text;
}

static void expect_bomb(const char *format, uint32_t count, const char *message)
{
	static struct rig r;
	size_t bytes;
	char *text = repeat(format, count, &bytes);
	assert_int_equal(rig_compile(&r, text, bytes, "p.us", true), US_FAILED);
	assert_string_equal(r.err.text, message);
	free(text);
}

static void bombs_are_refused_with_words(void **state)
{
	(void)state;
	expect_bomb("a%u = osc\n", 1025, "p.us:1025:1: more than 1024 instances; no patch can have more");
	expect_bomb("\n", 20001, "p.us:20001:1: more than 20000 lines; no patch needs so many");
	expect_bomb("out=out\ndelete out#%u\n", 10001, "p.us:20001:1: more than 20000 lines; no patch needs so many");
}

static void more_commands_than_any_patch_needs_are_refused(void **state)
{
	(void)state;
	static struct rig r;
	size_t bytes;
	char *text = repeat("a->b->c->d->e->f->g->h#%u\n", 10000, &bytes); /* seven cables a line */
	assert_int_equal(rig_compile(&r, text, bytes, NULL, false), US_FAILED);
	assert_string_equal(r.err.text, "column 10: more than 65536 commands in one text; no patch needs so many");
	assert_int_equal(r.commands, US_LANG_COMMANDS);
	free(text);
}

/* The largest that is allowed still compiles. */
static void a_patch_of_1024_instances_is_good(void **state)
{
	(void)state;
	static struct rig r;
	size_t bytes;
	char *text = repeat("a%u = osc freq=100 pitch=1 phase=0.5 voices=8\n", 1024, &bytes);
	assert_int_equal(rig_compile(&r, text, bytes, "p.us", true), US_OK);
	assert_int_equal(r.commands, 4 * 1024);
	free(text);
}

/* Any bytes: no crash, and a message with a place in it, or none. */
static void random_bytes_do_no_harm(void **state)
{
	(void)state;
	static const char *const crumbs[] = {"a",      "b.freq", "=",    "->",     "-/>",   "*",    " ",  "\n",
	                                     "#",      "osc",    "out",  "440",    "tempo", "c#4",  "-1", ".",
	                                     "filter", "voices", "note", "\t",     "\r",    "gate", "on", "1/8",
	                                     "2e9",    "\0",     "\x80", "delete", "in",    "100ms"};
	enum { CRUMBS = sizeof crumbs / sizeof crumbs[0] };
	static struct rig r;
	char text[512];
	uint32_t seed = 1, accepted = 0;
	for (uint32_t round = 0; round < 20000; round++) {
		size_t used = 0;
		for (uint32_t i = 0; i < 24; i++) {
			seed = seed * 1664525u + 1013904223u;
			const char *crumb = crumbs[seed >> 16 & 0xffff ? (seed >> 16) % CRUMBS : 0];
			size_t n = *crumb ? strlen(crumb) : 1;
			memcpy(text + used, crumb, n);
			used += n;
		}
		if (rig_compile(&r, text, used, "p.us", seed & 1) == US_OK)
			accepted++;
		else
			assert_int_equal(strncmp(r.err.text, "p.us:", 5), 0);
	}
	assert_true(accepted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_says_where_what_and_what_would_be_right),
	    cmocka_unit_test(a_typed_line_says_only_the_column),
	    cmocka_unit_test(a_wrong_line_gives_nothing),
	    cmocka_unit_test(a_line_that_is_too_long_is_refused),
	    cmocka_unit_test(words_that_are_too_long_or_too_many_are_refused),
	    cmocka_unit_test(bombs_are_refused_with_words),
	    cmocka_unit_test(more_commands_than_any_patch_needs_are_refused),
	    cmocka_unit_test(a_patch_of_1024_instances_is_good),
	    cmocka_unit_test(random_bytes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
