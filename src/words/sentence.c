/* sentence.c — the grammar. A sentence is cut into clauses at "and" and commas; each is a target, an amount, and one
 * thing that is known from the table. */
#include "inside.h"

#include "lang/spelling.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/letters.h>

int us_sentence_add_over(struct sentence *s, const char *line)
{
	return us_sentence_add(s, "%s%s%s", line, s->over[0] ? " over " : "", s->over);
}

int us_sentence_add(struct sentence *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const size_t room = US_WORDS_LINES_BYTES - s->used;
	const int n = vsnprintf(s->lines + s->used, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n + 2 > room)
		return us_fail(s->err, "that would take more than %d letters of commands; say it about less",
		               US_WORDS_LINES_BYTES);
	s->used += (size_t)n;
	s->lines[s->used++] = '\n';
	s->lines[s->used] = 0;
	return US_OK;
}

/* --- words
 * ------------------------------------------------------------------------------------------------------------- */

static void drop_fillers(struct clause *c)
{
	static const char *const fillers[] = {
	    "make",  "the",   "please", "sound", "sounds", "should", "be",  "is",        "with",  "by",
	    "a",     "an",    "some",   "of",    "now",    "to",     "get", "me",        "more",  "would",
	    "you",   "can",   "set",    "turn",  "its",    "on",     "in",  "transpose", "bring", "volume",
	    "level", "notch", "bump",   "feel",  "at",     "play",   NULL};
	for (uint32_t i = 0; i < c->count;)
		if (us_words_is_one_of(c->token[i], fillers))
			us_clause_drop(c, i);
		else
			i++;
}

/* "a bit", "by a lot", "less", "not so", "too", "twice as", "20%": taken out, and into the sentence. */
static void take_amount(struct sentence *s, struct clause *c)
{
	static const char *const little[] = {"bit", "little", "slightly", "touch", "somewhat", NULL};
	static const char *const much[] = {"lot", "much", "very", "way", "far", "really", NULL};
	static const char *const opposite[] = {"less", "not", NULL};
	static const char *const hollow[] = {"so", "as", "that", NULL};
	bool negated = false;
	for (uint32_t i = 0; i < c->count;) {
		char *end;
		const double number = strtod(c->token[i], &end);
		if (us_words_is_one_of(c->token[i], little))
			s->amount *= 0.5f;
		else if (us_words_is_one_of(c->token[i], much))
			s->amount *= 2;
		else if (us_words_is_one_of(c->token[i], opposite)) {
			s->amount *= -1;
			negated = true;
		} else if (strcmp(c->token[i], "too") == 0) /* too bright: less of it; and so is "not too bright" */
			s->amount *= negated ? 1 : -1;
		else if (strcmp(c->token[i], "twice") == 0)
			s->percent = 100;
		else if (strcmp(c->token[i], "half") == 0 && i + 1 < c->count && strcmp(c->token[i + 1], "as") == 0) {
			s->percent = 50;
			s->amount *= -1;
		} else if (end > c->token[i] && *end == '%' && number > 0 && number <= 1000)
			s->percent = (float)number;
		else if (!us_words_is_one_of(c->token[i], hollow)) {
			i++;
			continue;
		}
		us_clause_drop(c, i);
	}
}

/* hats for hat */
static int find_player(const struct band *band, const char *word)
{
	char one[WORD_BYTES];
	const size_t n = strlen(word);
	int player = us_band_find(band, word);
	for (uint32_t k = 0; player < 0 && k < band->players; k++)
		if (band->player[k].module && strcmp(band->player[k].module->name, word) == 0)
			player = (int)k;
	if (player >= 0 || n < 3 || n >= sizeof one || word[n - 1] != 's')
		return player;
	snprintf(one, sizeof one, "%.*s", (int)n - 1, word);
	return find_player(band, one);
}

/* An instance, one of a module, or `it`. A name that is a word of the table as well is the word. */
static int take_target(struct sentence *s, struct clause *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const char *word = c->token[i];
		int player = -1;
		if (strcmp(word, "it") == 0 || strcmp(word, "that") == 0) {
			player = us_band_find(s->band, s->words->it);
			s->by_it = true;
			if (player < 0 && s->words->it[0])
				return us_fail(s->err, "%s, which was meant last, is not there any more", s->words->it);
			us_clause_drop(c, i);
			s->target = player; /* nothing was meant yet: all of it */
			return US_OK;
		}
		if (strcmp(word, "everything") == 0 || strcmp(word, "all") == 0) {
			us_clause_drop(c, i);
			s->target = -1;
			return US_OK;
		}
		if (us_words_find(s->words, word, WORD_CHANGES, WORD_ALIAS))
			continue;
		/* Whatever its module: open the filter of the bass. */
		if ((strcmp(word, "filter") == 0 || strcmp(word, "filters") == 0) && us_band_find(s->band, word) < 0 &&
		    c->count > 1) {
			us_clause_drop(c, i--);
			continue;
		}
		if ((player = find_player(s->band, word)) >= 0) {
			us_clause_drop(c, i);
			s->target = player;
			return US_OK;
		}
	}
	return US_OK;
}

static void join(const struct clause *c, uint32_t from, char to[static WORD_BYTES * 2])
{
	to[0] = 0;
	for (uint32_t i = from; i < c->count; i++)
		snprintf(to + strlen(to), WORD_BYTES * 2 - strlen(to), "%s%s", i > from ? " " : "", c->token[i]);
}

/* dark, bright, wide, calm, noisy: "less dark" means less darker. */
static const struct entry *find_word(const struct us_words *w, const char *word)
{
	char other[WORD_BYTES + 4];
	const struct entry *e = us_words_find(w, word, WORD_CHANGES, WORD_ALIAS);
	const size_t n = strlen(word);
	if (e || n + 4 > sizeof other || n == 0)
		return e;
	snprintf(other, sizeof other, "%ser", word);
	if (!(e = us_words_find(w, other, WORD_CHANGES, WORD_ALIAS)) && word[n - 1] == 'e') {
		snprintf(other, sizeof other, "%sr", word);
		e = us_words_find(w, other, WORD_CHANGES, WORD_ALIAS);
	}
	if (!e && word[n - 1] == 'y') {
		snprintf(other, sizeof other, "%.*sier", (int)n - 1, word);
		e = us_words_find(w, other, WORD_CHANGES, WORD_ALIAS);
	}
	return e;
}

/* "warmer pad": the one is understood, the other is nobody. */
static int refuse_stranger(struct sentence *s, const struct clause *c)
{
	char others[80] = "";
	int known = -1;
	static const char *const desk[] = {"sidechain", "duck",   "pan",  "fade", "drop", "kill", "silence",
	                                   "mute",      "unmute", "solo", "cut",  "up",   "down", NULL};
	for (uint32_t i = 0; i < c->count && c->count == 2; i++)
		if (find_word(s->words, c->token[i]) || us_words_is_one_of(c->token[i], desk))
			known = (int)i;
	if (known < 0)
		return US_OK;
	for (uint32_t i = 0; i < s->band->players && strlen(others) < 50; i++)
		snprintf(others + strlen(others), sizeof others - strlen(others), "%s%.16s", i ? ", " : "",
		         s->band->player[i].name);
	return us_fail(s->err, "nothing is called '%.40s' here; there are %s", c->token[1 - known], others);
}

static int refuse(struct sentence *s, const char *what)
{
	struct us_spelling spelling = {.wanted = what};
	for (uint32_t i = 0; i < s->words->entries; i++)
		us_spelling_offer(&spelling, s->words->entry[i].name);
	for (uint32_t i = 0; i < s->band->players; i++)
		us_spelling_offer(&spelling, s->band->player[i].name);
	const char *near = us_spelling_best(&spelling);
	if (near && strcmp(near, what) == 0)
		return us_fail(s->err, "'%.40s' cannot stand there; say what to do, and to whom: darker bass, add echo",
		               what);
	if (near)
		return us_fail(s->err, "'%.40s' is no word that I know; did you mean '%s'", what, near);
	return us_fail(s->err,
	               "'%.40s' is no word that I know; I know such as darker, louder, add echo, more like a flute; "
	               "understudy say --list has all",
	               what);
}

static int change(struct sentence *s, const struct entry *e)
{
	for (int depth = 0; e && e->kind == WORD_ALIAS && depth < 8; depth++) {
		if (e->less)
			s->amount *= -1;
		const struct entry *other = find_word(s->words, e->text);
		if (!other)
			return us_fail(s->err, "'%s' means '%s', which is no word that I know", e->name, e->text);
		e = other;
	}
	if (!e || e->kind == WORD_ALIAS)
		return us_fail(s->err, "'%s' means itself, by way of others", e ? e->name : "");
	return us_words_change(s, e);
}

/* "echo" in "some echo to the lead": taken out of the clause. */
static const struct entry *take_thing(struct sentence *s, struct clause *c)
{
	char text[WORD_BYTES * 2];
	for (uint32_t from = 0; from < c->count; from++)
		for (uint32_t to = c->count; to > from; to--) {
			struct clause part = {.count = 0};
			for (uint32_t i = from; i < to; i++)
				part.token[part.count++] = c->token[i];
			join(&part, 0, text);
			const struct entry *e = us_words_find(s->words, text, WORD_INSERT, WORD_MODULATE);
			while (e && to-- > from)
				us_clause_drop(c, from);
			if (e)
				return e;
		}
	return NULL;
}

/* add some echo to the lead */
static int add(struct sentence *s, struct clause *c)
{
	char text[WORD_BYTES * 2];
	take_amount(s, c); /* a bit of it is it */
	const struct entry *e = take_thing(s, c);
	if (take_target(s, c))
		return US_FAILED;
	join(c, 0, text);
	const struct entry *word = e ? NULL : find_word(s->words, text); /* add some swing */
	return e && !c->count ? us_words_add(s, e) : word ? change(s, word) : refuse(s, text[0] ? text : "add");
}

/* more reverb, less echo: of that which is there; more of what is not there adds it. */
static int more(struct sentence *s, const struct entry *e)
{
	char module[US_MODULE_NAME_BYTES];
	snprintf(module, sizeof module, "%.*s", (int)strcspn(e->text, " "), e->text);
	int player = us_band_find(s->band, e->name);
	if (player < 0 && s->target >= 0)
		player = us_band_near(s->band, s->target, module);
	if (player < 0)
		player = find_player(s->band, module);
	if (player < 0 && s->amount > 0)
		return us_words_add(s, e);
	if (player < 0)
		return us_fail(s->err, "there is no %s that could be less", e->name);
	const double by = 0.1 * (double)s->amount * (s->percent > 0 ? (double)s->percent / 20 : 1);
	for (const struct us_input *in = s->band->player[player].module->inputs; in->name; in++)
		if (strcmp(in->name, "mix") == 0)
			return us_sentence_add(s, by < 0 ? "%s.mix -= %.3g" : "%s.mix +%.3g",
			                       s->band->player[player].name, by < 0 ? -by : by);
	return us_fail(s->err, "%s has no mix that could be more or less", s->band->player[player].name);
}

/* "every 4 bars", taken out; 0: not said. */
static uint32_t take_every(struct clause *c)
{
	for (uint32_t i = 0; i + 1 < c->count; i++) {
		const long n = strcmp(c->token[i], "every") == 0 ? strtol(c->token[i + 1], NULL, 10) : 0;
		if (n < 2 || n > 64)
			continue;
		us_clause_drop(c, i);
		us_clause_drop(c, i);
		if (i < c->count && (strncmp(c->token[i], "bar", 3) == 0 || strncmp(c->token[i], "cycle", 5) == 0))
			us_clause_drop(c, i);
		return (uint32_t)n;
	}
	return 0;
}

static int understand(struct sentence *s, struct clause *c)
{
	static const char *const adding[] = {"add", "give", "put", NULL};
	static const char *const removing[] = {"remove", "without", "no", NULL};
	char text[WORD_BYTES * 2];
	const struct entry *e;
	for (uint32_t i = 0; i < c->count; i++) { /* (give me) four on the floor: here the article counts */
		join(c, i, text);
		if ((e = us_words_find(s->words, text, WORD_RHYTHM, WORD_RHYTHM)))
			return us_words_rhythm(s, e);
	}
	const int before = s->target;
	const uint32_t every = s->every = take_every(c);
	us_clause_take_over(c, s->over);
	const int desk = us_words_desk(s, c);
	if (desk != WORDS_NOT_MINE)
		return desk;
	s->target = before;
	s->carry = DESK_NONE;
	if (c->count && (strcmp(c->token[0], "undo") == 0 || strcmp(c->token[0], "redo") == 0))
		return us_sentence_add(s, "%s", c->token[0]);
	bool asks_more = false, says_it = false;
	for (uint32_t i = 0; i < c->count; i++) {
		asks_more |= strcmp(c->token[i], "more") == 0 || strcmp(c->token[i], "less") == 0;
		says_it |= strcmp(c->token[i], "it") == 0;
	}
	drop_fillers(c);
	if (!c->count)
		return US_OK; /* please */
	const bool adds = us_words_is_one_of(c->token[0], adding), removes = us_words_is_one_of(c->token[0], removing);
	if (adds || removes)
		us_clause_drop(c, 0);
	join(c, 0, text);
	if ((e = us_words_find(s->words, text, WORD_RHYTHM, WORD_RHYTHM)) && !removes)
		return us_words_rhythm(s, e);
	if (removes)
		return us_words_remove(s, text);
	if (adds)
		return add(s, c);
	take_amount(s, c);
	if (asks_more && (e = take_thing(s, c)))
		return take_target(s, c) ? US_FAILED : c->count ? refuse(s, c->token[0]) : more(s, e);
	if (take_target(s, c))
		return US_FAILED;
	join(c, 0, text);
	e = us_words_find(s->words, text, WORD_PATTERN, WORD_PATTERN);
	if (e && (s->target >= 0 || every || !find_word(s->words, text)))
		return us_words_pattern(s, e, every);
	if (every)
		return us_fail(s->err, "every %u cycles what? As in every 4 bars reverse", every);
	if (!c->count && asks_more && !says_it && s->target >= 0) /* more bass */
		return change(s, us_words_find(s->words, "louder", WORD_CHANGES, WORD_ALIAS));
	if (!c->count)
		return us_fail(s->err, "and what about it? Say what should be done, such as darker or add echo");
	join(c, 0, text);
	if (c->count >= 2 && strcmp(c->token[0], "like") == 0) {
		join(c, 1, text);
		e = us_words_find(s->words, text, WORD_LIKE, WORD_LIKE);
		return e ? us_words_change(s, e) : refuse(s, text);
	}
	if ((e = us_words_find(s->words, text, WORD_RHYTHM, WORD_RHYTHM)))
		return us_words_rhythm(s, e);
	e = find_word(s->words, text);
	const struct entry *thing = e ? NULL : us_words_find(s->words, text, WORD_INSERT, WORD_MODULATE);
	if (thing) /* reverb on the snare, distort the bass */
		return us_words_add(s, thing);
	return e ? change(s, e) : refuse_stranger(s, c) ? US_FAILED : refuse(s, text);
}

/* --- clauses ---------------------------------------------------------------------------------------------------------
 */

static int each_clause(struct sentence *s, char *text)
{
	struct clause c = {.count = 0};
	bool said = false;
	for (char *word = strtok(text, " \t");; word = strtok(NULL, " \t")) {
		const bool ends =
		    !word || strcmp(word, "and") == 0 || strcmp(word, "then") == 0 || strcmp(word, ",") == 0;
		if (!ends || (word && c.count && us_words_only_names(s, &c) && !s->carry)) {
			if (ends) /* kick and hat off */
				continue;
			if (c.count == TOKENS)
				return us_fail(s->err, "more than %d words at once", TOKENS);
			c.token[c.count++] = word;
			continue;
		}
		if (c.count || !said) {
			s->amount = 1;
			s->percent = 0;
			if (understand(s, &c))
				return US_FAILED;
		}
		said = true;
		c.count = 0;
		if (!word)
			return US_OK;
	}
}

int us_words_say(struct us_words *words, const char *sentence, const struct us_lang_text *patch,
                 const struct us_lang_catalogue *catalogue, char lines[static US_WORDS_LINES_BYTES], struct us_err *err)
{
	char text[2 * US_SENTENCE_BYTES];
	size_t n = 0;
	lines[0] = 0;
	while (isspace((unsigned char)*sentence))
		sentence++;
	if (strcmp(sentence, "again") == 0)
		sentence = words->before;
	if (!*sentence)
		return us_fail(err, "nothing was said; try darker, louder or add echo");
	if (strlen(sentence) >= US_SENTENCE_BYTES)
		return us_fail(err, "a sentence of %zu letters; the longest has %d", strlen(sentence),
		               US_SENTENCE_BYTES - 1);
	for (const char *p = sentence; *p; p++) { /* commas and full stops are words of their own, or none */
		if (*p == ',')
			text[n++] = ' ';
		if (!strchr(".!?\"'", *p) || (*p == '.' && isdigit((unsigned char)p[1])))
			text[n++] = us_lower(*p);
		if (*p == ',')
			text[n++] = ' ';
	}
	text[n] = 0;
	struct band *band = calloc(1, sizeof *band);
	if (!band)
		return us_fail(err, "no memory to look at the patch");
	struct sentence s = {.words = words, .band = band, .target = -1, .lines = lines, .err = err};
	const int failed = us_band_read(band, patch, catalogue, err) || each_clause(&s, text) ||
	                   (!s.used && us_fail(err, "nothing was said; try darker, louder or add echo"));
	if (!failed) {
		if (sentence != words->before)
			snprintf(words->before, sizeof words->before, "%s", sentence);
		if (s.target >= 0)
			snprintf(words->it, sizeof words->it, "%s", band->player[s.target].name);
	}
	us_band_free(band);
	return failed ? US_FAILED : US_OK;
}
