/* table.c — reading a table of words. One entry a line:
 *
 *   darker = filter.cutoff *0.7, ladder.cutoff *0.7        steps, for whichever of these modules are there
 *   brighter = less darker                                 the opposite of another word, or (without less) the same
 *   like flute = adsr.attack 80ms, filter.cutoff 1.6khz    a character: values
 *   add echo = delay beats=0.75 mix=0.3                    an effect, put in the way
 *   add vibrato = lfo freq=5.5hz -> pitch *0.015           a modulation, plugged into that input
 *   rhythm four on the floor = bd*4                        a pattern
 *   change reverse = rev                                   what is done to a pattern */
#include "inside.h"

#include "lang/plain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/letters.h>

int us_words_open(struct us_words **result, struct us_err *err)
{
	struct us_words *w = calloc(1, sizeof *w);
	if (w)
		w->entry = calloc(ENTRIES, sizeof *w->entry);
	if (!w || !w->entry) {
		free(w);
		return us_fail(err, "no memory for words");
	}
	*result = w;
	return US_OK;
}

void us_words_close(struct us_words *w)
{
	if (w)
		free(w->entry);
	free(w);
}

const struct entry *us_words_find(const struct us_words *w, const char *name, enum entry_kind least,
                                  enum entry_kind most)
{
	for (uint32_t i = 0; i < w->entries; i++)
		if (w->entry[i].kind >= least && w->entry[i].kind <= most && strcmp(w->entry[i].name, name) == 0)
			return &w->entry[i];
	return NULL;
}

const char *us_words_name(const struct us_words *w, uint32_t n)
{
	return n < w->entries ? w->entry[n].name : NULL;
}

/* As the lines of the table: one for each kind of thing that is called so. */
bool us_words_describe(const struct us_words *w, const char *name, char text[static US_WORDS_LINES_BYTES])
{
	static const char *const kind[] = {[WORD_LIKE] = "like ",
	                                   [WORD_INSERT] = "add ",
	                                   [WORD_MODULATE] = "add ",
	                                   [WORD_RHYTHM] = "rhythm ",
	                                   [WORD_PATTERN] = "change "};
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; i < w->entries; i++) {
		const struct entry *e = &w->entry[i];
		if (strcmp(e->name, name) != 0 || US_WORDS_LINES_BYTES - used < 2048)
			continue;
		used += (size_t)sprintf(text + used, "%s%s = %s%s", e->kind >= WORD_LIKE ? kind[e->kind] : "", e->name,
		                        e->less ? "less " : "", e->text);
		if (e->kind == WORD_MODULATE)
			used += (size_t)sprintf(text + used, " -> %s *%s", e->input, e->amount);
		for (uint32_t k = 0; k < e->changes; k++)
			used +=
			    (size_t)sprintf(text + used, "%s%s%s%s %s", k ? ", " : "", e->change[k].module,
			                    e->change[k].input[0] ? "." : "", e->change[k].input, e->change[k].step);
		used += (size_t)sprintf(text + used, "\n");
	}
	return used > 0;
}

/* --- one line ------------------------------------------------------------------------------------------------------
 */

struct reader {
	const char *begin, *at;
	struct us_err err;
};

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
}

static int refuse(struct reader *r, const char *right)
{
	return *r->at ? us_fail(&r->err, "'%.12s' cannot stand here; %s", r->at, right)
	              : us_fail(&r->err, "the line ends too soon; %s", right);
}

/* Up to one of `stops`, without the blanks around it. */
static int take(struct reader *r, const char *stops, char *to, size_t room, const char *right)
{
	skip_blanks(r);
	size_t n = strcspn(r->at, stops), bytes = n;
	while (bytes && (r->at[bytes - 1] == ' ' || r->at[bytes - 1] == '\t'))
		bytes--;
	if (!bytes)
		return refuse(r, right);
	if (bytes >= room)
		return us_fail(&r->err, "'%.20s…' is too long; at most %zu letters would be right", r->at, room - 1);
	memcpy(to, r->at, bytes);
	to[bytes] = 0;
	r->at += n;
	skip_blanks(r);
	return US_OK;
}

static bool is_name(const char *text)
{
	for (const char *p = text; *p; p++)
		if (!islower((unsigned char)*p) && !(p > text && (isdigit((unsigned char)*p) || *p == '_')))
			return false;
	return *text != 0;
}

/* filter.cutoff *0.7; gain +2db */
static int read_change(struct reader *r, struct change *c)
{
	static const char right[] = "right would be filter.cutoff *0.7 or gain +2db";
	char place[2 * US_MODULE_NAME_BYTES];
	skip_blanks(r);
	const char *begin = r->at;
	if (take(r, " \t,", place, sizeof place, right))
		return US_FAILED;
	char *dot = strchr(place, '.');
	if (dot)
		*dot++ = 0;
	if (!is_name(place) || (dot && !is_name(dot)) || strlen(place) >= sizeof c->module ||
	    (dot && strlen(dot) >= sizeof c->input) ||
	    (!dot && strcmp(place, "gain") != 0 && strcmp(place, "tempo") != 0)) {
		r->at = begin;
		return refuse(r, right);
	}
	strcpy(c->module, place);
	strcpy(c->input, dot ? dot : "");
	return take(r, ",", c->step, sizeof c->step, "a step such as *0.7 or +2st, or a value, would be right");
}

static int read_changes(struct reader *r, struct entry *e)
{
	do {
		if (*r->at == ',')
			r->at++;
		if (e->changes == CHANGES)
			return us_fail(&r->err, "more than %d changes of one word", CHANGES);
		if (read_change(r, &e->change[e->changes++]))
			return US_FAILED;
	} while (*r->at == ',');
	return US_OK;
}

static int read_addition(struct reader *r, struct entry *e)
{
	const char *arrow = strstr(r->at, "->");
	e->kind = WORD_INSERT;
	if (!arrow)
		return take(r, "", e->text, sizeof e->text,
		            "a module and its knobs would be right, as in delay mix=0.3");
	e->kind = WORD_MODULATE;
	const size_t bytes = (size_t)(arrow - r->at);
	if (bytes >= sizeof e->text)
		return us_fail(&r->err, "more than %d letters of knobs", KNOB_BYTES - 1);
	memcpy(e->text, r->at, bytes);
	e->text[bytes] = 0;
	while (*e->text && e->text[strlen(e->text) - 1] == ' ')
		e->text[strlen(e->text) - 1] = 0;
	r->at = arrow + 2;
	if (take(r, "*", e->input, sizeof e->input, "an input would be right, as in -> pitch *0.015"))
		return US_FAILED;
	if (*r->at != '*')
		return refuse(r, "an amount would be right, as in -> pitch *0.015");
	r->at++;
	return take(r, "", e->amount, sizeof e->amount, "an amount would be right, as in -> pitch *0.015");
}

static bool begins_with(const char *text, const char *word, const char **rest)
{
	const size_t n = strlen(word);
	if (strncmp(text, word, n) != 0 || text[n] != ' ')
		return false;
	*rest = text + n + 1;
	return true;
}

/* An alias has neither a dot nor a sign in it. */
static bool is_alias(const char *text)
{
	return strcspn(text, ".*+/,0123456789") == strlen(text);
}

static int read_entry(struct reader *r, struct entry *e)
{
	char left[WORD_BYTES + 8];
	const char *rest;
	if (take(r, "=", left, sizeof left, "a word would be right, as in darker = filter.cutoff *0.7"))
		return US_FAILED;
	if (*r->at != '=')
		return refuse(r, "a = would be right, as in darker = filter.cutoff *0.7");
	r->at++;
	skip_blanks(r);
	for (char *p = left; *p; p++)
		*p = us_lower(*p);
	*e = (struct entry){.kind = WORD_CHANGES};
	if (begins_with(left, "add", &rest)) {
		snprintf(e->name, sizeof e->name, "%.39s", rest);
		return read_addition(r, e);
	}
	if (begins_with(left, "rhythm", &rest)) {
		e->kind = WORD_RHYTHM;
		snprintf(e->name, sizeof e->name, "%.39s", rest);
		return take(r, "", e->text, sizeof e->text, "a pattern would be right, as in bd*4");
	}
	if (begins_with(left, "change", &rest)) {
		e->kind = WORD_PATTERN;
		snprintf(e->name, sizeof e->name, "%.39s", rest);
		return take(r, "", e->text, sizeof e->text, "a change of a pattern would be right, as in rev");
	}
	if (begins_with(left, "like", &rest)) {
		e->kind = WORD_LIKE;
		snprintf(e->name, sizeof e->name, "%.39s", rest);
		return read_changes(r, e);
	}
	if (strlen(left) >= sizeof e->name)
		return us_fail(&r->err, "a word of %zu letters; the longest has %d", strlen(left), WORD_BYTES - 1);
	strcpy(e->name, left);
	if (*r->at && is_alias(r->at)) {
		e->kind = WORD_ALIAS;
		e->less = begins_with(r->at, "less", &rest);
		if (e->less)
			r->at = rest;
		return take(r, "", e->text, sizeof e->text, "another word would be right, as in less darker");
	}
	return read_changes(r, e);
}

static void put(struct us_words *w, const struct entry *e, struct reader *r)
{
	for (uint32_t i = 0; i < w->entries; i++)
		if (strcmp(w->entry[i].name, e->name) == 0 &&
		    (w->entry[i].kind == e->kind || (w->entry[i].kind <= WORD_ALIAS && e->kind <= WORD_ALIAS) ||
		     (w->entry[i].kind >= WORD_INSERT && e->kind >= WORD_INSERT && e->kind < WORD_RHYTHM &&
		      w->entry[i].kind < WORD_RHYTHM))) {
			w->entry[i] = *e;
			return;
		}
	if (w->entries == ENTRIES)
		us_fail(&r->err, "more than %d words", ENTRIES);
	else
		w->entry[w->entries++] = *e;
}

int us_words_read(struct us_words *w, const char *path, us_words_complaint *complain, void *context, struct us_err *err)
{
	char line[512], text[US_ERROR_BYTES + 128];
	FILE *f = us_plain_open(path);
	if (!f)
		return us_fail(err, "cannot read %s: %s", path, strerror(errno));
	for (uint32_t number = 1; fgets(line, sizeof line, f); number++) {
		const bool whole = strchr(line, '\n') || feof(f);
		line[strcspn(line, "\r\n")] = 0;
		struct reader r = {.begin = line, .at = line};
		struct entry e;
		skip_blanks(&r);
		if (whole && (!*r.at || *r.at == '#'))
			continue;
		if (!whole) {
			us_fail(&r.err, "a line of more than %zu letters", sizeof line - 1);
			for (int c; (c = fgetc(f)) != EOF && c != '\n';)
				;
		} else if (read_entry(&r, &e) == US_OK) {
			put(w, &e, &r);
		}
		if (r.err.text[0] && complain) {
			snprintf(text, sizeof text, "%s:%u:%u: %s", path, number, (unsigned)(r.at - r.begin) + 1,
			         r.err.text);
			complain(context, text);
		}
	}
	fclose(f);
	return US_OK;
}
