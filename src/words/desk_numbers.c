/* desk_numbers.c — numbers with a unit: a tempo, decibels, semitones; and a key. */
#include "desk.h"

#include "lang/song_key.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers ---------------------------------------------------------------------------------------------------------
 */

/* 140 bpm, 140bpm, tempo to 140. */
static bool take_tempo(const struct clause *c, double *bpm)
{
	static const char *const others[] = {"set",  "the",   "tempo", "bpm",   "to",     "at",   "go",
	                                     "make", "it",    "beats", "per",   "minute", "a",    "please",
	                                     "now",  "slow",  "song",  "speed", "change", "play", "up",
	                                     "down", "bring", "of",    "let",   "let's",  "lets", NULL};
	bool number = false, said = false;
	const char *rest;
	double count;
	for (uint32_t i = 0; i < c->count; i++) {
		const char *word = c->token[i];
		said |= strcmp(word, "tempo") == 0 || strcmp(word, "bpm") == 0 || strcmp(word, "minute") == 0 ||
		        (strcmp(word, "to") == 0 && i > 1 &&
		         (strcmp(c->token[i - 2], "speed") == 0 || strcmp(c->token[i - 2], "slow") == 0));
		if (us_words_is_one_of(word, others))
			continue;
		if (number || !us_desk_count(word, &count, &rest) || (*rest && strcmp(rest, "bpm") != 0))
			return false;
		said |= *rest != 0;
		number = true;
		*bpm = count;
	}
	return number && said && *bpm >= 1 && *bpm <= 999;
}

/* In d minor, key d dorian, change to e flat major: the line that says so. */
static bool take_key(const struct clause *c, char line[static 64])
{
	static const char *const others[] = {"set",  "the",        "key",  "to",    "in",       "of",     "play",
	                                     "go",   "change",     "it",   "all",   "switch",   "please", "song",
	                                     "now",  "everything", "let",  "let's", "lets",     "a",      "be",
	                                     "make", "us",         "move", "into",  "modulate", NULL};
	uint32_t root, scale, at = 1, first;
	while (at < c->count && us_song_key_scale(c->token[at], &scale, NULL))
		at++;
	if (at >= c->count)
		return false;
	const bool flat = strcmp(c->token[at - 1], "flat") == 0, sharp = strcmp(c->token[at - 1], "sharp") == 0;
	first = at - 1 - (flat || sharp);
	if (at < 1u + (flat || sharp) || us_song_key_root(c->token[first], &root, NULL))
		return false;
	for (uint32_t i = 0; i < c->count; i++)
		if ((i < first || i > at) && !us_words_is_one_of(c->token[i], others))
			return false;
	snprintf(line, 64, "key %.20s%s %.20s", c->token[first], flat ? "b" : sharp ? "#" : "", c->token[at]);
	return true;
}

/* "+3db", "3 db": taken out. 0: none. */
static double take_number(struct clause *c, const char *const units[], bool *found)
{
	const char *rest;
	double count;
	*found = false;
	for (uint32_t i = 0; i < c->count; i++) {
		if (!us_desk_count(c->token[i], &count, &rest))
			continue;
		const bool apart = !*rest && i + 1 < c->count && us_words_is_one_of(c->token[i + 1], units);
		if (!apart && !us_words_is_one_of(rest, units))
			continue;
		if (apart)
			us_clause_drop(c, i + 1);
		us_clause_drop(c, i);
		*found = true;
		return count;
	}
	return 0;
}

static bool goes_down(const char *phrase)
{
	static const char *const words[] = {"down", "quieter",   "lower",     "softer", "reduce", "less",
	                                    "cut",  "turn down", "attenuate", "minus",  NULL};
	return us_words_is_one_of(phrase, words);
}

static bool goes_up(const char *phrase)
{
	static const char *const words[] = {"up",       "louder", "boost", "raise", "higher", "more", "turn up",
	                                    "increase", "",       "plus",  "gain",  "lift",   NULL};
	return us_words_is_one_of(phrase, words);
}

static int change_loudness(struct desk *d, double db)
{
	struct entry e = {.kind = WORD_CHANGES, .name = "louder", .changes = 1, .change = {{.module = "gain"}}};
	struct crowd sounding;
	snprintf(e.change[0].step, sizeof e.change[0].step, "%+.4gdb", db);
	us_crowd_sounding(d->s->band, &d->meant, &sounding);
	d->s->target = -1;
	if (!sounding.count)
		return us_words_change(d->s, &e);
	for (uint32_t i = 0; i < sounding.count; i++) {
		d->s->target = sounding.player[i];
		if (us_words_change(d->s, &e))
			return US_FAILED;
	}
	return US_OK;
}

static int transpose(struct desk *d, double semitones)
{
	const struct entry *higher = us_words_find(d->s->words, "higher", WORD_CHANGES, WORD_CHANGES);
	if (!higher)
		return us_fail(d->s->err, "the table of words has no 'higher', which says what can be transposed");
	struct entry *e = malloc(sizeof *e);
	if (!e)
		return us_fail(d->s->err, "no memory to transpose");
	*e = *higher;
	for (uint32_t i = 0; i < e->changes; i++)
		snprintf(e->change[i].step, sizeof e->change[i].step, "%+.4gst", semitones);
	d->s->target = d->meant.count ? d->meant.player[0] : -1;
	const int failed = us_words_change(d->s, e);
	free(e);
	return failed;
}

int us_desk_numbers(struct desk *d, struct clause *left, double *percent)
{
	static const char *const decibels[] = {"db", "decibel", "decibels", NULL};
	static const char *const steps[] = {"semitone", "semitones", "st", "halftones", "half-steps", NULL};
	static const char *const percents[] = {"%", "percent", NULL};
	double number = 0;
	bool db, st, share;
	char key[64];
	if (take_key(left, key))
		return us_sentence_add(d->s, "%s", key);
	if (take_tempo(left, &number))
		return us_sentence_add(d->s, "tempo %.6g%s%s", number, d->s->over[0] ? " over " : "", d->s->over);
	const double decibel = take_number(left, decibels, &db), step = take_number(left, steps, &st);
	*percent = take_number(left, percents, &share);
	us_desk_take_apart(d, left);
	if (d->meant.count)
		d->s->target = d->meant.player[0];
	if (db && (goes_up(d->phrase) || goes_down(d->phrase)))
		return change_loudness(d, goes_down(d->phrase) ? -fabs(decibel) : decibel);
	if (st && (goes_up(d->phrase) || goes_down(d->phrase) || strstr(d->phrase, "transpose")))
		return transpose(d, goes_down(d->phrase) || strstr(d->phrase, "down") ? -fabs(step) : step);
	if (db || st) /* what is left is not all that was said */
		d->phrase[0] = 0, d->meant.count = 0, d->all = false;
	return WORDS_NOT_MINE;
}
