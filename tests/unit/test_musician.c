/* test_musician.c — what a musician says is understood: each sentence of the table below is said to a patch, carried
 * out, and judged by what the engine holds then, not by the lines that it became. Of each kind three wordings, and
 * forty things that tutorials of live coding do; nine in ten must do what they say. */
#include "spoken_rig.h"

#include "words/words.h"

#include <understudy/names.h>
#include <understudy/pattern.h>

static struct us_words *words;
static uint32_t said, understood;

static int open_words(void **state)
{
	struct us_err err;
	return open_library(state) || us_words_open(&words, &err) ||
	       us_words_read(words, "words/words.txt", NULL, NULL, &err);
}

static int close_words(void **state)
{
	us_words_close(words);
	return close_library(state);
}

/* A set as tutorials have it: drums by a pattern, a bass and a lead, through a mixer. */
static const char set[] =
    "tempo 120\ndrums = pattern play=\"bd*4 sn hh*8\"\nkick = kick\nsnare = snare\nhat = hat\n"
    "drums.bd -> kick.trigger\ndrums.sn -> snare.trigger\ndrums.hh -> hat.trigger\n"
    "line = pattern play=\"c3 e3 g3\"\nbass = saw freq=110hz\nvcf = ladder cutoff=800hz\nenv = adsr\n"
    "line.pitch -> bass.pitch\nline.gate -> env.gate\nbass -> vcf -> env\nlead = pulse freq=440hz\n"
    "tone = filter cutoff=2khz\nlead -> tone\nmix = mixer\nkick -> mix.in1 *0.5\nsnare -> mix.in2 *0.5\n"
    "hat -> mix.in3 *0.3\nenv -> mix.in4 *0.4\ntone -> mix.in5 *0.3\nmix -> out *0.6\n";

/* --- the engine's state ------------------------------------------------------------------------------------------- */

static int compile(struct rig *r, const char *text, bool whole, struct us_err *err)
{
	return compile_text(text, "p.us", whole, take, r, err);
}

static const struct us_engine *engine(struct rig *r)
{
	return us_commander_model(r->commander);
}

static float stands(struct rig *r, const char *name, const char *input)
{
	const uint16_t i = find(r, name);
	struct us_instance_view v;
	return i != US_NOBODY && us_engine_instance(engine(r), i, &v) && us_input_named(v.module, input) >= 0
	           ? us_engine_knob(engine(r), i, (uint16_t)us_input_named(v.module, input))
	           : NAN;
}

/* Of the only cable between two, whatever their ports; NAN: there is none. */
static float cable(struct rig *r, const char *from, const char *to)
{
	struct us_cable_view c;
	for (uint32_t place = 0; us_engine_next_cable(engine(r), &place, &c);)
		if (c.source == find(r, from) && c.instance == find(r, to))
			return c.amount;
	return NAN;
}

/* Does the sound of one go through a new instance of a module, before it comes to the mixer or out? */
static bool goes_through(struct rig *r, const char *name, const char *module)
{
	uint16_t at = find(r, name);
	struct us_instance_view v;
	struct us_cable_view c;
	for (int steps = 0; at != US_NOBODY && steps < 12; steps++) {
		if (us_engine_instance(engine(r), at, &v) && strcmp(v.module->name, module) == 0)
			return true;
		uint16_t next = US_NOBODY;
		for (uint32_t place = 0; us_engine_next_cable(engine(r), &place, &c);)
			if (c.source == at && us_engine_instance(engine(r), c.instance, &v) &&
			    v.module->inputs[c.input].unit == US_SIGNAL &&
			    strcmp(v.module->inputs[c.input].name, "side") != 0)
				next = c.instance;
		at = next;
	}
	return false;
}

static bool is_fed(struct rig *r, const char *from, const char *module, const char *input)
{
	struct us_instance_view v;
	struct us_cable_view c;
	for (uint32_t place = 0; us_engine_next_cable(engine(r), &place, &c);)
		if (c.source == find(r, from) && us_engine_instance(engine(r), c.instance, &v) &&
		    strcmp(v.module->name, module) == 0 && strcmp(v.module->inputs[c.input].name, input) == 0)
			return true;
	return false;
}

/* Silent by a mark of its own, of what drives it, or of the loudspeakers. */
static bool is_silent(struct rig *r, const char *name)
{
	return view_of(r, name).muted;
}

static bool plays(struct rig *r, const char *name, const char *part)
{
	const struct us_pattern *p = us_engine_next_pattern(engine(r), find(r, name));
	return p && strstr(us_pattern_text(p), part);
}

static float panned(struct rig *r, const char *name)
{
	struct us_instance_view v;
	float side = NAN;
	if (!goes_through(r, name, "pan"))
		return NAN;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(engine(r), i, &v) && strcmp(v.module->name, "pan") == 0)
			side = stands(r, v.name, "pan");
	return side;
}

/* --- sentences -----------------------------------------------------------------------------------------------------
 */

typedef bool judge_fn(struct rig *r);

static void say_sentence(const char *sentence, const char *before, judge_fn *judge)
{
	char lines[US_WORDS_LINES_BYTES];
	struct us_err err = {""};
	struct rig *r = open_rig(false);
	char patch[4096];
	snprintf(patch, sizeof patch, "%s%s", set, before);
	said++;
	say(r, "/patch/begin", "");
	assert_int_equal(compile(r, patch, true, &err), US_OK);
	say(r, "/patch/commit", "");
	go_to(r, 3000);
	forget(r);
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	const struct us_lang_text text = {.text = patch, .bytes = strlen(patch), .file = "p.us", .whole = true};
	bool good = us_words_say(words, sentence, &text, &catalogue, lines, &err) == US_OK;
	if (!good)
		print_error("not understood: %s (%s)\n", sentence, err.text);
	else if (compile(r, lines, false, &err) || (r->answers && strstr(r->answer[0], "/error")))
		print_error("cannot be carried out: %s\n%s(%s)\n", sentence, lines,
		            r->answers ? r->answer[0] : err.text),
		    good = false;
	else if (!judge(r))
		print_error("means something else: %s\n%s", sentence, lines), good = false;
	understood += good;
	us_commander_close(r->commander);
	free(r);
}

#define JUDGE(name, expression)                                                                                        \
	static bool name(struct rig *r)                                                                                \
	{                                                                                                              \
		(void)r;                                                                                               \
		return expression;                                                                                     \
	}
JUDGE(kick_muted, is_silent(r, "kick") && !is_silent(r, "hat"))
JUDGE(kick_and_hat_muted, is_silent(r, "kick") && is_silent(r, "hat") && !is_silent(r, "lead"))
JUDGE(kick_heard, !is_silent(r, "kick"))
JUDGE(all_heard, !is_silent(r, "kick") && !is_silent(r, "drums") && !is_silent(r, "out") && !view_of(r, "bass").solo)
JUDGE(drums_muted, is_silent(r, "drums") && !is_silent(r, "line"))
JUDGE(drums_heard, !is_silent(r, "drums"))
JUDGE(bass_muted, is_silent(r, "bass"))
JUDGE(bass_solo, view_of(r, "bass").solo && !view_of(r, "lead").solo)
JUDGE(drums_solo, view_of(r, "drums").solo)
JUDGE(no_solo, !view_of(r, "bass").solo)
JUDGE(out_muted, is_silent(r, "out"))
JUDGE(out_heard, !is_silent(r, "out"))
JUDGE(bass_louder, cable(r, "env", "mix") > 0.41f)
JUDGE(bass_quieter, cable(r, "env", "mix") < 0.39f)
JUDGE(kick_louder, cable(r, "kick", "mix") > 0.51f && cable(r, "hat", "mix") == 0.3f)
JUDGE(kick_up_3db, fabsf(cable(r, "kick", "mix") - 0.5f * 1.4125f) < 0.002f)
JUDGE(drums_louder, cable(r, "kick", "mix") > 0.51f && cable(r, "hat", "mix") > 0.31f)
JUDGE(all_louder, us_engine_gain(engine(r)) > 1.05f)
JUDGE(all_quieter, us_engine_gain(engine(r)) < 0.95f)
JUDGE(half_time, us_engine_tempo(engine(r)) == 60)
JUDGE(double_time, us_engine_tempo(engine(r)) == 240)
JUDGE(drums_half, plays(r, "drums", "slow 2") && us_engine_tempo(engine(r)) == 120)
JUDGE(drums_double, plays(r, "drums", "fast 2") && us_engine_tempo(engine(r)) == 120)
JUDGE(bpm_140, us_engine_tempo(engine(r)) == 140)
JUDGE(faster, us_engine_tempo(engine(r)) > 121)
JUDGE(slower, us_engine_tempo(engine(r)) < 119)
JUDGE(kick_left, panned(r, "kick") < -0.1f && !goes_through(r, "hat", "pan"))
JUDGE(hat_right, panned(r, "hat") > 0.1f)
JUDGE(lead_hard_right, panned(r, "lead") == 1)
JUDGE(bass_middle, panned(r, "bass") == 0)
JUDGE(ducked, goes_through(r, "bass", "compressor") && is_fed(r, "kick", "compressor", "side") &&
                  !goes_through(r, "kick", "compressor"))
JUDGE(more_bass_tone, goes_through(r, "mix", "eq") && stands(r, "eq", "low") > 1)
JUDGE(more_treble, goes_through(r, "mix", "eq") && stands(r, "eq", "high") > 1)
JUDGE(less_low, goes_through(r, "mix", "eq") && stands(r, "eq", "low") < -1)
JUDGE(lead_reverb, goes_through(r, "lead", "reverb") && !goes_through(r, "kick", "reverb"))
JUDGE(all_reverb, goes_through(r, "mix", "reverb"))
JUDGE(snare_reverb, goes_through(r, "snare", "reverb") && !goes_through(r, "kick", "reverb"))
JUDGE(lead_echo, goes_through(r, "lead", "delay"))
JUDGE(lead_chorus, goes_through(r, "lead", "chorus"))
JUDGE(bass_drive, goes_through(r, "bass", "drive"))
JUDGE(drums_crush, goes_through(r, "kick", "crush") || goes_through(r, "mix", "crush"))
JUDGE(bass_darker, stands(r, "vcf", "cutoff") < 790 && stands(r, "tone", "cutoff") == 2000)
JUDGE(bass_brighter, stands(r, "vcf", "cutoff") > 810)
JUDGE(filters_open, stands(r, "vcf", "cutoff") > 810 && stands(r, "tone", "cutoff") > 2010)
JUDGE(lead_darker, stands(r, "tone", "cutoff") < 1990)
JUDGE(lead_low_passed, stands(r, "tone", "cutoff") < 1990 || cable(r, "tone", "lowpass") == 1)
JUDGE(bass_high_passed, goes_through(r, "bass", "filter"))
JUDGE(lead_octave, fabsf(stands(r, "lead", "freq") - 880) < 1)
JUDGE(bass_octave_down, fabsf(stands(r, "bass", "freq") - 55) < 1)
JUDGE(all_up_5,
      fabsf(stands(r, "lead", "freq") - 440 * 1.33484f) < 1 && fabsf(stands(r, "bass", "freq") - 110 * 1.33484f) < 1)
JUDGE(drums_reversed, plays(r, "drums", "; rev") && !plays(r, "line", "rev"))
JUDGE(every_4_reversed, plays(r, "drums", "every 4 (rev)"))
JUDGE(drums_stutter, plays(r, "drums", "ply"))
JUDGE(drums_sparser, plays(r, "drums", "degradeBy"))
JUDGE(drums_shuffled, plays(r, "drums", "shuffle"))
JUDGE(swung, stands(r, "drums", "swing") > 0.1f)
JUDGE(four_floor, plays(r, "drums", "bd*4") && !plays(r, "drums", "sn"))
JUDGE(vibrato, is_fed(r, "vibrato", "pulse", "pitch"))
JUDGE(wobble, is_fed(r, "wobble", "ladder", "cutoff"))
JUDGE(longer_release, stands(r, "env", "release") > 205)
JUDGE(sharper_attack, stands(r, "env", "attack") < 9)
JUDGE(pad_like, stands(r, "env", "attack") > 500)
JUDGE(staccato, stands(r, "line", "legato") < 0.5f)
JUDGE(resonant, stands(r, "vcf", "res") > 0.05f)
JUDGE(arp, plays(r, "line", "arp up"))

/* --- the tables -----------------------------------------------------------------------------------------------------
 */

struct row {
	const char *before; /* in the patch, beside the set */
	judge_fn *judge;
	const char *wording[4];
};

static const struct row kinds[] = {
    {"", kick_muted, {"mute the kick", "turn the kick off", "silence the kick", "kill the kick please"}},
    {"",
     kick_and_hat_muted,
     {"mute kick and hat", "drop the kick and the hats", "kick and hat off", "cut the kick, hat"}},
    {"mute kick\n", kick_heard, {"unmute the kick", "bring back the kick", "kick on", "turn the kick back on"}},
    {"mute kick drums\nsolo bass\n",
     all_heard,
     {"unmute everything", "bring everything back", "all back in", "unmute"}},
    {"", bass_solo, {"solo bass", "only the bass", "let me hear just the bass", "bass alone"}},
    {"", drums_solo, {"solo the drums", "just the drums", "nothing but the drums", "drums solo"}},
    {"solo bass\n", no_solo, {"unsolo", "unsolo the bass", "solo off", "end solo"}},
    {"", bass_louder, {"more bass", "turn up the bass", "bass up", "make the bass louder"}},
    {"", bass_quieter, {"less bass", "turn down the bass", "bass down a bit", "bass -3db"}},
    {"", kick_louder, {"kick up", "boost the kick", "louder kick", "turn the kick up a bit"}},
    {"", kick_up_3db, {"kick up 3db", "kick +3db", "turn up the kick by 3 db", "raise the kick by 3 decibels"}},
    {"",
     out_muted,
     {"fade out over 4 bars", "fade out in 8 seconds", "slowly fade to silence", "fade everything out over four bars"}},
    {"mute out\n", out_heard, {"fade in over 4 bars", "fade back in", "fade up in 2 seconds", "fade everything in"}},
    {"", half_time, {"half-time", "half time", "half the tempo", "halftime please"}},
    {"", drums_half, {"drums half-time", "the drums in half time", "make the drums half as fast", "half speed drums"}},
    {"", bpm_140, {"140 bpm", "set the tempo to 140", "tempo 140 over 4 bars", "go to 140bpm"}},
    {"", kick_left, {"pan the kick left", "kick to the left", "move the kick a bit to the left", "kick 40% left"}},
    {"",
     lead_hard_right,
     {"pan the lead hard right", "lead hard right", "lead 100% right", "put the lead all the way to the right"}},
    {"", drums_muted, {"drop the drums", "drums out", "no drums", "take the drums out"}},
    {"mute drums\n",
     drums_heard,
     {"drop the drums back in", "drums back in", "bring the drums in", "let the drums in"}},
    {"",
     ducked,
     {"sidechain the bass to the kick", "duck the bass under the kick", "side-chain bass with the kick",
      "let the kick duck the bass"}},
};

static const struct row tutorials[] = {
    {"", faster, {"faster"}},
    {"", slower, {"slow it down a little"}},
    {"", double_time, {"double time"}},
    {"", drums_double, {"drums twice as fast"}},
    {"", drums_reversed, {"reverse the drums"}},
    {"", every_4_reversed, {"every 4 bars reverse the drums"}},
    {"", drums_stutter, {"stutter the drums"}},
    {"", drums_sparser, {"thin out the drums"}},
    {"", drums_shuffled, {"shuffle the drums"}},
    {"", swung, {"add some swing"}},
    {"", four_floor, {"drums four on the floor"}},
    {"", all_reverb, {"more reverb"}},
    {"", snare_reverb, {"reverb on the snare"}},
    {"", lead_reverb, {"put some reverb on the lead"}},
    {"", lead_echo, {"add delay to the lead"}},
    {"", lead_echo, {"echo the lead"}},
    {"", lead_chorus, {"chorus on the lead"}},
    {"", bass_drive, {"distort the bass"}},
    {"", drums_crush, {"crush the drums"}},
    {"", filters_open, {"open the filters"}},
    {"", bass_darker, {"close the filter of the bass"}},
    {"", bass_brighter, {"sweep the bass up over 8 bars"}},
    {"", lead_low_passed, {"lowpass the lead"}},
    {"", bass_high_passed, {"high pass on the bass"}},
    {"", less_low, {"cut the lows"}},
    {"", more_treble, {"more treble"}},
    {"", lead_octave, {"lead up an octave"}},
    {"", bass_octave_down, {"bass down an octave"}},
    {"", all_up_5, {"transpose up 5 semitones"}},
    {"", vibrato, {"vibrato on the lead"}},
    {"", wobble, {"wobble the bass"}},
    {"", longer_release, {"longer release"}},
    {"", sharper_attack, {"shorter attack on the bass"}},
    {"", pad_like, {"more like a pad"}},
    {"", staccato, {"play the line staccato"}},
    {"", resonant, {"more resonance on the bass"}},
    {"", arp, {"arpeggiate the line"}},
    {"", out_muted, {"stop everything"}},
    {"", drums_louder, {"drums louder"}},
    {"", bass_muted, {"the bass out"}},
    {"", hat_right, {"hats to the right"}},
    {"", bass_middle, {"bass in the middle"}},
    {"", all_louder, {"louder"}},
    {"", all_quieter, {"too loud"}},
    {"", ducked, {"sidechain everything to the kick"}},
    {"", lead_darker, {"the lead is too bright"}},
};

static void say_all(const struct row *rows, size_t count)
{
	said = understood = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < 4 && rows[i].wording[k]; k++)
			say_sentence(rows[i].wording[k], rows[i].before, rows[i].judge);
	print_message("%u of %u understood\n", understood, said);
}

static void what_is_said_at_a_desk_is_done(void **state)
{
	(void)state;
	say_all(kinds, sizeof kinds / sizeof kinds[0]);
	assert_true(understood * 10 >= said * 9);
}

static void what_tutorials_do_is_done(void **state)
{
	(void)state;
	say_all(tutorials, sizeof tutorials / sizeof tutorials[0]);
	assert_true(said >= 40 && understood * 10 >= said * 9);
}

/* With no instance that is called so, bass is a part of the sound. */
static void without_a_bass_it_is_the_low_end(void **state)
{
	(void)state;
	said = understood = 0;
	say_sentence("more low end", "", more_bass_tone);
	assert_int_equal(understood, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_said_at_a_desk_is_done),
	    cmocka_unit_test(what_tutorials_do_is_done),
	    cmocka_unit_test(without_a_bass_it_is_the_low_end),
	};
	return cmocka_run_group_tests(tests, open_words, close_words);
}
