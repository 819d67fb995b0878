/* desk_parts.c — what a mixing desk puts into the way of a sound: pan, a side chain, more bass. */
#include "desk.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- pan -------------------------------------------------------------------------------------------------------------
 */

bool us_desk_read_side(const char *phrase, double percent, double *side)
{
	static const char *const words[] = {
	    "pan",    "panned", "hard",   "far",  "move",  "more", "slightly", "bit",     "little",  "left", "right",
	    "center", "centre", "middle", "hand", "side",  "put",  "in",       "half",    "halfway", "on",   "way",
	    "turn",   "go",     "goes",   "sits", "fully", "all",  "toward",   "towards", "back",    NULL};
	char copy[PHRASE_BYTES], *rest = copy;
	double turn = 0, by = 0.5;
	bool said = false, middle = false;
	snprintf(copy, sizeof copy, "%s", phrase);
	for (char *word; (word = strsep(&rest, " "));) {
		if (!us_words_is_one_of(word, words))
			return false;
		middle |= word[0] == 'c' || strcmp(word, "middle") == 0;
		turn = strcmp(word, "left") == 0 ? -1 : strcmp(word, "right") == 0 ? 1 : turn;
		by = strcmp(word, "hard") == 0 || strcmp(word, "far") == 0 || strcmp(word, "fully") == 0 ||
		             strcmp(word, "way") == 0
		         ? 1
		     : strcmp(word, "bit") == 0 || strcmp(word, "slightly") == 0 || strcmp(word, "little") == 0 ? 0.25
		                                                                                                : by;
		said |= turn != 0 || middle;
	}
	*side = middle ? 0 : turn * (percent > 0 ? percent / 100 : by);
	return said;
}

int us_desk_pan(struct desk *d, double side)
{
	struct sentence *s = d->s;
	struct crowd sounding;
	char text[KNOB_BYTES];
	us_crowd_sounding(s->band, &d->meant, &sounding);
	const int before = s->target;
	const uint32_t count = sounding.count ? sounding.count : 1;
	for (uint32_t i = 0; i < count; i++) {
		s->target = sounding.count ? sounding.player[i] : -1;
		int last = -1;
		const int end = s->target >= 0 ? us_band_end(s->band, s->target, &last) : -1;
		int there = end >= 0 && us_desk_is_module(s->band, s->band->wire[end].from, "pan")
		                ? s->band->wire[end].from
		                : -1;
		for (uint32_t w = 0; there < 0 && s->target < 0 && w < s->band->wires; w++)
			if (us_desk_is_sink(s->band, s->band->wire[w].to) &&
			    us_desk_is_module(s->band, s->band->wire[w].from, "pan"))
				there = s->band->wire[w].from;
		if (there >= 0) {
			if (us_sentence_add(s, "%s.pan %.3g%s%s", s->band->player[there].name, side,
			                    s->over[0] ? " over " : "", s->over))
				return US_FAILED;
			continue;
		}
		struct entry e = {.kind = WORD_INSERT, .name = "pan"};
		snprintf(text, sizeof text, "pan pan=%.3g", side);
		snprintf(e.text, sizeof e.text, "%.100s", text);
		if (us_words_add(s, &e))
			return US_FAILED;
	}
	if (!sounding.count)
		s->target = before;
	return US_OK;
}

/* --- a side chain ----------------------------------------------------------------------------------------------------
 */

/* Where the kick goes: the first cable of its sound. */
static int sound_wire(const struct band *b, int player)
{
	for (uint32_t i = 0; i < b->wires; i++)
		if (b->wire[i].from == player && us_band_sounds(b, &b->wire[i]))
			return (int)i;
	return -1;
}

static int duck(struct sentence *s, int target, int trigger)
{
	const struct band *b = s->band;
	struct entry e = {.kind = WORD_INSERT, .name = "duck"};
	char name[US_NAME_BYTES];
	strcpy(e.text, "compressor threshold=-36db ratio=8 attack=2ms release=180ms knee=6db");
	us_words_free_name(s, e.name, name);
	s->target = target;
	return us_words_add(s, &e) || us_sentence_add(s, "%s -> %s.side", b->player[trigger].name, name) ? US_FAILED
	                                                                                                 : US_OK;
}

/* All but the kick that goes where it goes, each by itself. */
static int duck_others(struct sentence *s, int trigger)
{
	const struct band *b = s->band;
	const int out = sound_wire(b, trigger);
	struct crowd others = {.count = 0};
	for (uint32_t i = 0; out >= 0 && i < b->wires; i++)
		if (b->wire[i].to == b->wire[out].to && b->wire[i].from != trigger && us_band_sounds(b, &b->wire[i]) &&
		    !(b->player[b->wire[i].from].module && us_desk_is_drum(b, b->wire[i].from)))
			us_crowd_add(&others, b->wire[i].from);
	if (!others.count)
		return us_fail(s->err, "nothing is mixed with %s that could be ducked", b->player[trigger].name);
	for (uint32_t i = 0; i < others.count; i++)
		if (duck(s, others.player[i], trigger))
			return US_FAILED;
	return US_OK;
}

int us_desk_sidechain(struct desk *d)
{
	const struct band *b = d->s->band;
	struct crowd sounding;
	int trigger = -1, target = -1;
	us_crowd_sounding(b, &d->meant, &sounding);
	/* "the kick ducks the bass": who does it stands in front. */
	const bool turned = sounding.count > 1 && d->first == 0 && strncmp(d->phrase, "duck", 4) == 0 &&
	                    strcmp(d->phrase, "ducked") != 0 && strncmp(d->phrase, "ducked ", 7) != 0;
	for (uint32_t i = 0; i < sounding.count; i++)
		if (sounding.count == 1 && b->player[sounding.player[i]].module &&
		    us_desk_is_drum(b, sounding.player[i]))
			trigger = sounding.player[i];
		else if ((i == 0) != turned)
			target = sounding.player[i];
		else if (trigger < 0 || turned)
			trigger = sounding.player[i];
	for (uint32_t i = 0; trigger < 0 && i < b->players; i++)
		if (us_desk_is_module(b, i, "kick"))
			trigger = (int)i;
	if (trigger < 0)
		return us_fail(d->s->err, "by whom? There is no kick here; say sidechain the bass to NAME");
	return target >= 0 && target != trigger ? duck(d->s, target, trigger) : duck_others(d->s, trigger);
}

bool us_desk_is_sidechain(const char *phrase)
{
	static const char *const words[] = {"sidechain", "side-chain", "sidechained", "duck",  "ducks", "ducked",
	                                    "ducking",   "pump",       "pumping",     "pumps", NULL};
	static const char *const others[] = {"side",   "chain",    "under", "against",  "on",          "around", "when",
	                                     "hits",   "add",      "plays", "compress", "compression", "off",    "key",
	                                     "behind", "compress", "as",    "through",  NULL};
	char copy[PHRASE_BYTES], *rest = copy;
	bool said = strstr(phrase, "side chain") != NULL;
	snprintf(copy, sizeof copy, "%s", phrase);
	for (char *word; (word = strsep(&rest, " "));) {
		if (us_words_is_one_of(word, words))
			said = true;
		else if (!us_words_is_one_of(word, others))
			return false;
	}
	return said;
}

/* --- more bass -------------------------------------------------------------------------------------------------------
 */

int us_desk_tone(struct sentence *s, const char *knob, double db)
{
	const struct band *b = s->band;
	for (uint32_t i = 0; i < b->wires; i++)
		if (us_desk_is_sink(b, b->wire[i].to) && us_desk_is_module(b, b->wire[i].from, "eq"))
			return us_sentence_add(s, db < 0 ? "%s.%s -= %.3gdb" : "%s.%s +%.3gdb",
			                       b->player[b->wire[i].from].name, knob, fabs(db));
	struct entry e = {.kind = WORD_INSERT, .name = "eq"};
	snprintf(e.text, sizeof e.text, "eq %s=%.3gdb", knob, db);
	s->target = -1;
	return us_words_add(s, &e);
}

bool us_desk_read_tone(const char *phrase, const char **knob, double *db)
{
	static const struct {
		const char *word, *knob;
	} bands[] = {{"bass", "low"},       {"low end", "low"},   {"lows", "low"},      {"low", "low"},
	             {"sub", "low"},        {"bottom", "low"},    {"treble", "high"},   {"highs", "high"},
	             {"top", "high"},       {"high end", "high"}, {"air", "high"},      {"mids", "gain1"},
	             {"midrange", "gain1"}, {"mid", "gain1"},     {"presence", "gain2"}};
	static const struct {
		const char *word;
		double db;
	} verb[] = {{"more ", 4}, {"less ", -4},  {"cut ", -6},    {"boost ", 4},      {"too much ", -4},
	            {"add ", 4},  {"kill ", -18}, {"reduce ", -4}, {"not enough ", 4}, {"give ", 4}};
	for (size_t v = 0; v < sizeof verb / sizeof verb[0]; v++)
		for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++)
			if (strncmp(phrase, verb[v].word, strlen(verb[v].word)) == 0 &&
			    strcmp(phrase + strlen(verb[v].word), bands[i].word) == 0) {
				*knob = bands[i].knob;
				*db = verb[v].db;
				return true;
			}
	return false;
}
