/* change.c — what is done to a pattern that has been read, each behind a semicolon: "bd*2 sn; every 4 (fast 2); rev".
 * Names and meanings are Tidal's (McLean, TidalCycles documentation); what takes another change takes it in brackets,
 * or as all that follows up to the next semicolon. See parse.h. */
#include "parse.h"

#include "lang/spelling.h"

#include <string.h>

enum { WORD_BYTES = 20, MOST = 1024 };

static const struct change changes[] = {
    /* time */
    {"fast", us_make_time, US_PAT_FAST, 0, 1. / MOST, MOST, 0},
    {"slow", us_make_time, US_PAT_FAST, 1, 1. / MOST, MOST, 0},
    {"rev", us_make_plain, US_PAT_REST, 0, 0, 0, 0},
    {"palindrome", us_make_palindrome, 0, 0, 0, 0, 0},
    {"late", us_make_time, US_PAT_LATE, 0, -MOST, MOST, 0},
    {"early", us_make_time, US_PAT_LATE, 1, -MOST, MOST, 0},
    {"nudge", us_make_nudge, 0, 0, -1, 1, 0},
    {"off", us_make_off, 0, 0, -64, 64, 0},
    {"iter", us_make_time, US_PAT_ITER, 0, 1, 64, 0},
    {"ply", us_make_time, US_PAT_PLY, 0, 1. / 64, 64, 0},
    {"plywith", us_make_ply_with, 0, 0, 1, 16, 0},
    {"press", us_make_press, 0, 0, 0, 0, 0},
    {"pressby", us_make_press, 1, 0, 0, 0.999, 0},
    {"linger", us_make_time, US_PAT_LINGER, 0, -1, 1, 0},
    {"brak", us_make_brak, 0, 0, 0, 0, 0},
    {"inside", us_make_inside, 0, 0, 1. / 64, 64, 0},
    {"outside", us_make_inside, 0, 1, 1. / 64, 64, 0},
    {"shuffle", us_make_time, US_PAT_SHUFFLE, 0, 1, 64, 0},
    {"scramble", us_make_time, US_PAT_SHUFFLE, 1, 1, 64, 0},
    {"rot", us_make_time, US_PAT_ROT, 0, -256, 256, 0},
    {"bite", us_make_bite, 0, 0, 1, 64, 0},
    {"segment", us_make_segment, 0, 0, 1. / 64, 256, 0},
    {"euclid", us_make_euclid, 0, 0, 0, 0, 0},
    {"euclidinv", us_make_euclid, 0, 1, 0, 0, 0},
    {"arp", us_make_arp, 0, 0, 0, 0, 0},
    {"chop", us_make_time, US_PAT_CHOP, 0, 1, 64, 0},
    {"striate", us_make_striate, 0, 0, 1, 64, 0},
    {"hurry", us_make_hurry, 0, 0, 1. / 64, 64, 0},
    {"stut", us_make_echo, 0, 0, 1, 16, 0},
    {"echo", us_make_echo, 1, 0, 1, 16, 0},
    {"stutwith", us_make_echo, 2, 0, 1, 16, 0},
    {"echowith", us_make_echo, 2, 0, 1, 16, 0},
    /* values */
    {"add", us_make_value, US_CHANGE_ADD, 0, 0, 0, 0},
    {"sub", us_make_value, US_CHANGE_SUB, 0, 0, 0, 0},
    {"mul", us_make_value, US_CHANGE_MUL, 0, 0, 0, 0},
    {"div", us_make_value, US_CHANGE_DIV, 0, 0, 0, 0},
    {"vel", us_make_value, US_CHANGE_VELOCITY, 0, 0, 0, 0},
    {"speed", us_make_value, US_CHANGE_SPEED, 0, 0, 0, 0},
    {"begin", us_make_value, US_CHANGE_BEGIN, 0, 0, 0, 0},
    {"end", us_make_value, US_CHANGE_END, 0, 0, 0, 0},
    {"range", us_make_range, 0, 0, 0, 0, 0},
    {"inv", us_make_plain, US_PAT_VALUE, US_CHANGE_INVERT, 0, 0, 0},
    {"struct", us_make_struct, US_PAT_STRUCT, 0, 0, 0, 0},
    {"mask", us_make_struct, US_PAT_MASK, 0, 0, 0, 0},
    {"fix", us_make_fix, 0, 0, 0, 0, 0},
    {"pick", us_make_pick, 0, 0, 0, 0, 0},
    {"degrade", us_make_degrade, 0, 0, 0, 0, 0.5f},
    {"degradeby", us_make_degrade, 1, 0, 0, 1, 0},
    {"undegradeby", us_make_degrade, 1, 1, 0, 1, 0},
    {"names", us_make_names, 0, 0, 0, 0, 0},
    /* changes that take another one */
    {"every", us_make_every, 0, 0, 0, MOST, 0},
    {"firstof", us_make_every, 0, 0, 0, MOST, 0},
    {"lastof", us_make_every, 0, -1, 0, MOST, 0},
    {"every'", us_make_every_turn, 0, 0, 0, MOST, 0},
    {"foldevery", us_make_fold, 0, 0, 1, MOST, 0},
    {"whenmod", us_make_whenmod, 0, 0, 1, MOST, 0},
    {"when", us_make_when, 0, 0, 0, 0, 0},
    {"somecycles", us_make_somecycles, 0, 0, 0, 0, 0.5f},
    {"somecyclesby", us_make_somecycles, 1, 0, 0, 1, 0},
    {"always", us_make_always, 0, 0, 0, 0, 1},
    {"almostalways", us_make_sometimes, 0, 0, 0, 0, 0.9f},
    {"often", us_make_sometimes, 0, 0, 0, 0, 0.75f},
    {"sometimes", us_make_sometimes, 0, 0, 0, 0, 0.5f},
    {"rarely", us_make_sometimes, 0, 0, 0, 0, 0.25f},
    {"almostnever", us_make_sometimes, 0, 0, 0, 0, 0.1f},
    {"never", us_make_always, 0, 0, 0, 0, 0},
    {"sometimesby", us_make_sometimes, 1, 0, 0, 1, 0},
    {"superimpose", us_make_superimpose, 0, 0, 0, 0, 0},
    {"layer", us_make_layer, 0, 0, 0, 0, 0},
    {"jux", us_make_jux, 0, 0, 0, 0, 1},
    {"juxby", us_make_jux, 1, 0, 0, 1, 0},
    {"within", us_make_within, 0, 0, 0, 1, 0},
    {"chunk", us_make_chunk, 0, 0, -64, 64, 0},
    {"chunk'", us_make_chunk, 0, 1, 1, 64, 0},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

/* Words of other languages, and what they are here. */
static const struct {
	const char *word, *here;
} elsewhere[] = {
    {"density", "it is fast"},
    {"sparsity", "it is slow"},
    {"stack", "rows with a comma between them, as in bd*2, hh*8, or layer (rev) (+7)"},
    {"cat", "it is <a b>"},
    {"slowcat", "it is <a b>"},
    {"fastcat", "it is [a b]"},
    {"ncat", "it is <a!2 b>"},
    {"randcat", "it is a | b"},
    {"timecat", "it is a@3 b"},
    {"discretise", "it is segment"},
    {"discretize", "it is segment"},
    {"note", "it is add, and numbers are notes"},
    {"up", "it is add"},
    {"transpose", "it is add"},
    {"scaletranspose", "it is add, and the knob scale"},
    {"gain", "it is vel"},
    {"velocity", "it is vel"},
    {"amp", "it is vel"},
    {"scale", "it is a knob of the pattern, scale=minor"},
    {"toscale", "it is a knob of the pattern, scale=minor"},
    {"legato", "it is a knob of the pattern, legato=0.5"},
    {"clip", "it is a knob of the pattern, legato=0.5"},
    {"sustain", "it is a knob of the pattern, legato=0.5"},
    {"swing", "it is a knob of the pattern, swing=0.3"},
    {"swingby", "it is a knob of the pattern, swing=0.3"},
    {"cps", "it is tempo, of the whole song"},
    {"pan", "it is juxby, or a pan module"},
    {"rolledby", "it is arp"},
    {"arpeggiate", "it is arp up"},
    {"randsample", "it is choose"},
    {"ghost", "it is off 1/8 (vel 0.4)"},
    {"repeatcycles", "it is <a!2>"},
    {"echotimes", "it is echo"},
    {"squeeze", "it is bite"},
    {"silence", "it is ~"},
    {"hush", "it is the statement hush"},
};

const char *us_pattern_word(uint32_t n)
{
	return n < CHANGES ? changes[n].word : NULL;
}

static uint16_t refuse_change(struct parse *m, const char *word)
{
	struct us_spelling s = {.wanted = word};
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		if (strcmp(elsewhere[i].word, word) == 0) {
			us_fail(m->err, "%s: here %s", word, elsewhere[i].here);
			return NONE;
		}
	for (int i = 0; i < CHANGES; i++)
		us_spelling_offer(&s, changes[i].word);
	const char *near = us_spelling_best(&s);
	if (!word[0])
		us_refuse(m, "a change, such as rev or every 4 (fast 2)");
	else if (near)
		us_fail(m->err, "there is no change '%s'; did you mean '%s'", word, near);
	else
		us_fail(m->err,
		        "there is no change '%s'; there are fast, slow, rev, every, sometimes, off, jux, iter and more",
		        word);
	return NONE;
}

static uint16_t change_one(struct parse *m, uint16_t pattern)
{
	static const struct change plus = {"add", us_make_value, US_CHANGE_ADD, 0, 0, 0, 0};
	char word[WORD_BYTES] = "";
	size_t n = 0;
	us_skip_blanks(m);
	if (pattern == NONE)
		return NONE;
	if (m->depth >= DEPTH) {
		us_fail(m->err, "changes within changes, more than %d deep", DEPTH);
		return NONE;
	}
	uint16_t t;
	m->depth++;
	m->token = m->at;
	if (*m->at == '+' || *m->at == '-') {
		m->at += *m->at == '+' && !us_is_digit(m->at[1]) && m->at[1] != '.';
		t = us_make_value(m, pattern, &plus);
	} else {
		const char *begin = m->at;
		for (; (us_is_letter(*m->at) || (n && *m->at == '\'')) && n + 1 < sizeof word; m->at++)
			word[n++] = *m->at == '\'' ? '\'' : (char)(*m->at | 0x20);
		const struct change *c = changes;
		while (c < changes + CHANGES && strcmp(c->word, word) != 0)
			c++;
		if (c == changes + CHANGES) {
			m->at = begin;
			return refuse_change(m, word);
		}
		t = c->make(m, pattern, c);
	}
	m->depth--;
	us_skip_blanks(m);
	return t;
}

uint16_t us_change(struct parse *m, uint16_t pattern)
{
	return change_one(m, pattern);
}

uint16_t us_change_within(struct parse *m, uint16_t pattern)
{
	us_skip_blanks(m);
	if (*m->at != '(')
		return change_one(m, pattern);
	do {
		m->at++;
		pattern = change_one(m, pattern);
	} while (pattern != NONE && *m->at == ';');
	if (pattern != NONE && *m->at != ')') {
		us_refuse(m, "a ), as in every 4 (fast 2)");
		return NONE;
	}
	if (pattern != NONE)
		m->at++;
	return pattern;
}

uint16_t us_whole(struct parse *m, char close)
{
	if (++m->depth > DEPTH) {
		us_fail(m->err, "brackets within brackets, more than %d deep", DEPTH);
		return NONE;
	}
	uint16_t t = us_rows(m, close);
	while (t != NONE && *m->at == ';') {
		m->at++;
		t = change_one(m, t);
	}
	if (t != NONE && *m->at != close) {
		us_refuse(m, close ? "a ; before the next change, or a )" : "a ; before the next change");
		return NONE;
	}
	m->at += close && t != NONE;
	m->depth--;
	return t;
}
