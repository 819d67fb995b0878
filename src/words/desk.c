/* desk.c — what is said at a mixing desk: mute, unmute, solo, fades, pan, a tempo, decibels, a side chain, more bass. A
 * clause is taken apart: how long it takes, whom it is about, and what is left must be one of the phrases below. What
 * is not is somebody else's (sentence.c). */
#include "desk.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum desk_verb verb;
	const char *phrases[40];
} verbs[] = {
    {DESK_MUTE,
     {"mute",    "muted",      "silence", "kill",     "off",      "turn off",  "switch off", "drop",      "drop out",
      "cut",     "cut out",    "stop",    "lose",     "take out", "take away", "out",        "leave out", "pause",
      "get rid", "get rid of", "shut up", "shut off", "mute out", "remove",    "without",    "no",        "rest",
      "goes",    "go away",    "away",    "no more",  "minus",    "hush"}},
    {DESK_UNMUTE,
     {"unmute",     "unmuted",    "on",           "turn on",       "switch on", "back",   "back in", "bring in",
      "bring back", "comes back", "come back",    "come in",       "comes in",  "in",     "drop in", "drop back in",
      "put back",   "resume",     "un mute",      "back on",       "return",    "start",  "again",   "enter",
      "enters",     "returns",    "turn back on", "bring back in", "kick in",   "let in", "play",    "restart"}},
    {DESK_SOLO,
     {"solo",       "soloed",      "only",      "alone",      "just",      "isolate",           "on own",
      "by itself",  "nothing but", "solo on",   "hear only",  "only hear", "let hear only",     "play only",
      "only play",  "hear just",   "listen to", "on its own", "keep only", "nothing else than", "listen only",
      "only listen"}},
    {DESK_UNSOLO,
     {"unsolo", "solo off", "end solo", "no solo", "stop solo", "un solo", "un-solo", "not solo", "clear solo",
      "remove solo"}},
    {DESK_FADE_OUT,
     {"fade out", "fade", "fade down", "fade to silence", "fade away", "fade to nothing", "die away", "fades out",
      "fade to zero", "fade silence", "fade nothing", "slowly out", "fade out to silence"}},
    {DESK_FADE_IN, {"fade in", "fade up", "fade back in", "fades in", "fade back", "fade from silence", "slowly in"}},
};

/* --- mute, solo, fades -----------------------------------------------------------------------------------------------
 */

static int add_names(struct desk *d, const char *word, const struct crowd *crowd, const char *over)
{
	char line[1024];
	size_t used = (size_t)snprintf(line, sizeof line, "%s", word);
	for (uint32_t i = 0; i < crowd->count && used < sizeof line - US_NAME_BYTES - 1; i++)
		used +=
		    (size_t)snprintf(line + used, sizeof line - used, " %s", d->s->band->player[crowd->player[i]].name);
	return us_sentence_add(d->s, "%s%s%s", line, over[0] ? " over " : "", over);
}

static void find_sinks(const struct band *b, struct crowd *crowd)
{
	for (uint32_t i = 0; i < b->players; i++)
		if (us_desk_is_sink(b, i))
			us_crowd_add(crowd, (int)i);
}

/* What goes in comes out: taken out it leaves its sound. */
static bool is_effect(const struct band *b, uint32_t player)
{
	for (uint32_t i = 0; i < b->wires; i++)
		if (b->wire[i].to == player && (!b->wire[i].input[0] || strcmp(b->wire[i].input, "in") == 0) &&
		    us_band_sounds(b, &b->wire[i]))
			return us_desk_sounds_out(b, player) &&
			       !(b->player[player].module && strcmp(b->player[player].module->name, "mixer") == 0);
	return false;
}

static bool takes_effect_out(const struct desk *d)
{
	static const char *const removing[] = {"remove",     "without",  "no",   "get rid",
	                                       "get rid of", "take out", "lose", NULL};
	return d->meant.count == 1 && us_words_is_one_of(d->phrase, removing) &&
	       is_effect(d->s->band, d->meant.player[0]);
}

static int carry_out(struct desk *d, enum desk_verb verb)
{
	struct crowd crowd = d->meant, sounding;
	const char *over = d->s->over;
	const bool nobody = !crowd.count;
	if (nobody && (verb == DESK_MUTE || verb == DESK_FADE_OUT || verb == DESK_FADE_IN))
		find_sinks(d->s->band, &crowd);
	us_crowd_sounding(d->s->band, &d->meant, &sounding);
	switch (verb) {
	case DESK_MUTE:
		return add_names(d, "mute", &crowd, over);
	case DESK_UNMUTE:
		if (nobody && us_sentence_add(d->s, "unsolo%s%s", over[0] ? " over " : "", over))
			return US_FAILED;
		return add_names(d, "unmute", &crowd, over);
	case DESK_SOLO:
		if (nobody)
			return us_fail(d->s->err, "who shall be heard alone? As in solo the bass");
		return add_names(d, "solo", &crowd, over);
	case DESK_UNSOLO:
		return add_names(d, "unsolo", &crowd, over);
	case DESK_FADE_OUT:
		return add_names(d, "mute", nobody ? &crowd : &sounding, over[0] ? over : "4 bars");
	default:
		return add_names(d, "unmute", nobody ? &crowd : &sounding, over[0] ? over : "4 bars");
	}
}

/* --- all of it -------------------------------------------------------------------------------------------------------
 */

static bool find_verb(const char *phrase, enum desk_verb *verb)
{
	for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++)
		for (size_t i = 0; i < sizeof verbs[v].phrases / sizeof verbs[v].phrases[0] && verbs[v].phrases[i]; i++)
			if (strcmp(verbs[v].phrases[i], phrase) == 0) {
				*verb = verbs[v].verb;
				return true;
			}
	return false;
}

/* "mute except", "but off", "apart": what is left of "mute everything except the kick". */
static bool leaves_out(const char *phrase)
{
	static const char *const out[] = {"except", "but", "besides", "apart", NULL};
	char copy[PHRASE_BYTES], *rest = copy, others[PHRASE_BYTES] = "";
	enum desk_verb verb;
	bool said = false;
	snprintf(copy, sizeof copy, "%s", phrase);
	for (char *word; (word = strsep(&rest, " "));)
		if (us_words_is_one_of(word, out))
			said = true;
		else
			us_desk_add_word(others, word);
	return said && find_verb(others, &verb) && verb == DESK_MUTE;
}

bool us_words_only_names(const struct sentence *s, const struct clause *c)
{
	struct desk d = {.s = (struct sentence *)(uintptr_t)s};
	us_desk_take_apart(&d, c);
	return d.meant.count && !d.phrase[0];
}

int us_words_desk(struct sentence *s, struct clause *c)
{
	struct clause left = *c;
	struct desk d = {.s = s};
	enum desk_verb verb;
	const char *knob;
	double percent = 0, side, db;
	const int said = us_desk_numbers(&d, &left, &percent);
	if (said != WORDS_NOT_MINE)
		return said;
	if (us_desk_read_side(d.phrase, percent, &side))
		return us_desk_pan(&d, side);
	if (percent > 0)
		return WORDS_NOT_MINE;
	if (us_desk_is_sidechain(d.phrase))
		return us_desk_sidechain(&d);
	if (!d.meant.count && us_desk_read_tone(d.phrase, &knob, &db))
		return us_desk_tone(s, knob, db);
	if (!d.phrase[0] && d.meant.count && s->carry)
		return carry_out(&d, s->carry);
	const struct entry *change =
	    d.meant.count ? us_words_find(s->words, d.phrase, WORD_PATTERN, WORD_PATTERN) : NULL;
	if (change)
		return us_words_pattern(s, change, s->every);
	if (s->every)
		return WORDS_NOT_MINE;
	if (d.all && d.meant.count && leaves_out(d.phrase)) { /* mute everything but the kick */
		s->carry = DESK_SOLO;
		return carry_out(&d, DESK_SOLO);
	}
	if (takes_effect_out(&d) || !find_verb(d.phrase, &verb))
		return WORDS_NOT_MINE;
	/* "no echo", "out" and the like alone are nobody's. */
	static const char *const alone[] = {"mute",  "unmute", "stop",    "silence", "hush",
	                                    "start", "resume", "restart", "back in", NULL};
	if (!d.meant.count && !d.all && verb < DESK_UNSOLO && !us_words_is_one_of(d.phrase, alone))
		return WORDS_NOT_MINE;
	s->carry = verb;
	return carry_out(&d, verb);
}
