/* crowd.c — whom a clause is about: instances by name, by module, by a part of their names, the drums; and what is left
 * of it then. */
#include "desk.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const drum_modules[] = {"kick", "snare", "hat", "clap", "metal", NULL};
static const char *const drum_words[] = {"drums", "drum",   "beat",    "beats", "percussion",
                                         "kit",   "rhythm", "drumkit", NULL};
static const char *const all_words[] = {"everything", "all",   "everybody", "everyone", "music", "song",
                                        "mix",        "sound", "track",     "thing",    NULL};

void us_crowd_add(struct crowd *crowd, int player)
{
	for (uint32_t i = 0; i < crowd->count; i++)
		if (crowd->player[i] == player)
			return;
	if (player >= 0 && crowd->count < CROWD)
		crowd->player[crowd->count++] = (uint16_t)player;
}

bool us_desk_is_drum(const struct band *b, uint32_t player)
{
	return b->player[player].module && us_words_is_one_of(b->player[player].module->name, drum_modules);
}

/* --- whom ------------------------------------------------------------------------------------------------------------
 */

bool us_desk_is_module(const struct band *b, uint32_t player, const char *name)
{
	return b->player[player].module && strcmp(b->player[player].module->name, name) == 0;
}

bool us_desk_is_sink(const struct band *b, uint32_t player)
{
	return b->player[player].module && b->player[player].module->flags & US_SINK;
}

/* The parts of a part, lead_osc and lead_vcf; or names in which the word is: sub_bass, bassline. */
static bool is_of(const char *name, const char *word)
{
	const size_t n = strlen(word), m = strlen(name);
	return n >= 3 && m > n && (strncmp(name, word, n) == 0 || strcmp(name + m - n, word) == 0);
}

/* An instance, those of a module, those with such a name, the drums. */
static bool find_crowd(const struct band *b, const char *word, struct crowd *crowd)
{
	static const char *const verbs_too[] = {"out", "in", "pan", "gate", "switch", "gates", "delay", NULL};
	char one[WORD_BYTES];
	const uint32_t before = crowd->count;
	const int player = us_band_find(b, word);
	const size_t n = strlen(word);
	if (us_words_is_one_of(word, verbs_too) && (player < 0 || strcmp(word, "out") == 0 || strcmp(word, "in") == 0))
		return false;
	if (player >= 0) {
		us_crowd_add(crowd, player);
		return true;
	}
	for (uint32_t i = 0; i < b->players; i++)
		if (us_desk_is_module(b, i, word))
			us_crowd_add(crowd, (int)i);
	if (crowd->count > before)
		return true;
	if (n > 3 && n < sizeof one && word[n - 1] == 's') {
		snprintf(one, sizeof one, "%.*s", (int)n - 1, word);
		if (find_crowd(b, one, crowd))
			return true;
	}
	for (uint32_t i = 0; i < b->players; i++)
		if (is_of(b->player[i].name, word))
			us_crowd_add(crowd, (int)i);
	if (crowd->count > before)
		return true;
	for (uint32_t i = 0; us_words_is_one_of(word, drum_words) && i < b->players; i++)
		if (b->player[i].module && us_desk_is_drum(b, i))
			us_crowd_add(crowd, (int)i);
	return crowd->count > before;
}

bool us_desk_sounds_out(const struct band *b, uint32_t player)
{
	for (uint32_t i = 0; i < b->wires; i++)
		if (b->wire[i].from == player && us_band_sounds(b, &b->wire[i]))
			return true;
	return false;
}

/* A pattern makes no sound: meant are those that it drives. */
void us_crowd_sounding(const struct band *b, const struct crowd *meant, struct crowd *sounding)
{
	uint16_t found[FADERS];
	sounding->count = 0;
	for (uint32_t i = 0; i < meant->count; i++)
		for (uint32_t n = us_band_sounding(b, meant->player[i], found), k = 0; k < n; k++)
			us_crowd_add(sounding, found[k]);
}

/* --- a clause --------------------------------------------------------------------------------------------------------
 */

bool us_words_is_one_of(const char *word, const char *const list[])
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

void us_clause_drop(struct clause *c, uint32_t at)
{
	memmove(c->token + at, c->token + at + 1, (--c->count - at) * sizeof *c->token);
}

/* 4, four, 0.5; what follows the number is in *rest. */
bool us_desk_count(const char *word, double *count, const char **rest)
{
	static const char *const numbers[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
	                                      "seven", "eight", "nine", "ten",   "eleven", "twelve"};
	char *end;
	*count = strtod(word, &end);
	*rest = end;
	if (end > word)
		return isfinite(*count);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (strcmp(word, numbers[i]) == 0) {
			*count = (double)i;
			*rest = "";
			return true;
		}
	if (strcmp(word, "sixteen") == 0 || strcmp(word, "a") == 0 || strcmp(word, "an") == 0) {
		*count = word[0] == 's' ? 16 : 1;
		*rest = "";
		return true;
	}
	return false;
}

static const char *length_unit(const char *word)
{
	static const struct {
		const char *word, *unit;
	} units[] = {
	    {"bar", " bars"},    {"bars", " bars"}, {"measures", " bars"}, {"cycles", " bars"}, {"beat", " beats"},
	    {"beats", " beats"}, {"s", "s"},        {"sec", "s"},          {"secs", "s"},       {"second", "s"},
	    {"seconds", "s"},    {"ms", "ms"},      {"min", "min"},        {"minute", "min"},   {"minutes", "min"}};
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].word, word) == 0)
			return units[i].unit;
	return NULL;
}

void us_clause_take_over(struct clause *c, char over[static OVER_BYTES])
{
	static const char *const before[] = {"over", "in", "within", "during", "across", "after", NULL};
	static const char *const slow[] = {"slowly", "gradually", NULL};
	double count;
	const char *rest;
	over[0] = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		if (!us_desk_count(c->token[i], &count, &rest) || !(count > 0) || count > 999)
			continue;
		if (i > 0 && strcmp(c->token[i - 1], "for") == 0)
			continue; /* a while, and then back: that is another thing */
		const bool behind = i > 0 && us_words_is_one_of(c->token[i - 1], before);
		const bool apart = !*rest && i + 1 < c->count;
		const char *unit = length_unit(apart ? c->token[i + 1] : rest);
		if (!unit && !(behind && !*rest && !apart && strcmp(c->token[i - 1], "over") == 0))
			continue;
		snprintf(over, OVER_BYTES, "%.4g%s", count, unit ? unit : " bars");
		if (unit && apart)
			us_clause_drop(c, i + 1);
		us_clause_drop(c, i);
		if (behind)
			us_clause_drop(c, i - 1);
		break;
	}
	for (uint32_t i = 0; i < c->count;)
		if (us_words_is_one_of(c->token[i], slow)) {
			us_clause_drop(c, i);
			if (!over[0])
				strcpy(over, "4 bars");
		} else {
			i++;
		}
}

void us_desk_add_word(char phrase[static PHRASE_BYTES], const char *word)
{
	snprintf(phrase + strlen(phrase), PHRASE_BYTES - strlen(phrase), "%s%s", *phrase ? " " : "", word);
}

/* Takes out whom it is about, and what says nothing. */
void us_desk_take_apart(struct desk *d, const struct clause *c)
{
	static const char *const hollow[] = {"the", "a",          "an",    "please", "make",  "me",    "my",   "of",
	                                     "can", "you",        "let",   "lets",   "let's", "now",   "then", "with",
	                                     "and", "its",        "own",   "be",     "is",    "it",    "for",  "should",
	                                     "set", "some",       "us",    "want",   "i",     "to",    "into", "from",
	                                     "by",  "completely", "whole", "just",   "let",   "again", NULL};
	uint32_t words = 0;
	d->first = UINT32_MAX;
	for (uint32_t i = 0; i < c->count; i++) {
		const char *word = c->token[i];
		if (us_words_is_one_of(word, all_words) && us_band_find(d->s->band, word) < 0) {
			d->all = true;
		} else if (find_crowd(d->s->band, word, &d->meant)) {
			d->first = d->first == UINT32_MAX ? words : d->first;
		} else if (!us_words_is_one_of(word, hollow) ||
		           (c->count <= 2 && strcmp(word, "the") && strcmp(word, "it")) || strcmp(word, "just") == 0) {
			us_desk_add_word(d->phrase, word);
			words++;
		} else if (strcmp(word, "it") == 0 && d->s->words->it[0]) {
			find_crowd(d->s->band, d->s->words->it, &d->meant);
		}
	}
}
