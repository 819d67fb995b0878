/* add.c — words that build: an effect put in the way, a modulation plugged in, what was added taken out again, a
 * rhythm. */
#include "inside.h"

#include <stdio.h>
#include <string.h>

/* Neither in the patch nor in what the sentence has said so far. */
static bool is_taken(const struct sentence *s, const char *name)
{
	char made[US_NAME_BYTES + 8];
	const size_t n = (size_t)snprintf(made, sizeof made, "%s = ", name);
	for (const char *at = s->lines; s->used && (at = strstr(at, made)); at += n)
		if (at == s->lines || at[-1] == '\n')
			return true;
	return us_band_find(s->band, name) >= 0;
}

void us_words_free_name(const struct sentence *s, const char *wanted, char name[static US_NAME_BYTES])
{
	char plain[32];
	snprintf(plain, sizeof plain, "%.30s", wanted);
	for (char *p = plain; *p; p++)
		if (*p == ' ')
			*p = '_';
	snprintf(name, US_NAME_BYTES, "%.30s", plain);
	for (uint32_t n = 2; is_taken(s, name); n++)
		snprintf(name, US_NAME_BYTES, "%.28s%u", plain, (unsigned)n % 1000);
}

static int add_wire(struct sentence *s, const struct wire *w, const char *from, const char *to, bool amount)
{
	return us_sentence_add(s, "%s%s%s -> %s%s%s%s%s", from, w->output[0] ? "." : "", w->output, to,
	                       w->input[0] ? "." : "", w->input, amount && w->amount[0] ? " *" : "",
	                       amount ? w->amount : "");
}

/* The cables that the effect is put into: at the end of what makes the meant one's sound, or all that go to the
 * loudspeakers. */
static uint32_t choose_wires(const struct sentence *s, bool chosen[BAND_CABLES])
{
	const struct band *c = s->band;
	const int out = us_band_find(c, "out");
	int last = -1;
	const int end = s->target >= 0 ? us_band_end(c, s->target, &last) : -1;
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->wires; i++) {
		const struct wire *w = &c->wire[i];
		chosen[i] = s->target < 0 ? out >= 0 && w->to == out
		            : end >= 0    ? (int)i == end
		                          : w->from == last && us_band_sounds(c, w);
		count += chosen[i];
	}
	return count;
}

/* What goes through the chosen cables goes through the new one. */
static int insert(struct sentence *s, const struct entry *e, const char *name)
{
	const struct band *c = s->band;
	bool chosen[BAND_CABLES], led[US_MAX_INSTANCES] = {false};
	if (!choose_wires(s, chosen))
		return us_fail(s->err, "nothing is plugged into %s: there is no place for %s",
		               s->target >= 0 ? "anything behind it" : "out", e->name);
	if (us_sentence_add(s, "%s = %s", name, e->text))
		return US_FAILED;
	for (uint32_t i = 0; i < c->wires; i++) {
		const struct wire *w = &c->wire[i];
		const char *from = c->player[w->from].name, *to = c->player[w->to].name;
		if (!chosen[i])
			continue;
		struct wire in = *w, behind = *w;
		in.input[0] = behind.output[0] = 0;
		if (us_sentence_add(s, "%s%s%s -/> %s%s%s", from, w->output[0] ? "." : "", w->output, to,
		                    w->input[0] ? "." : "", w->input))
			return US_FAILED;
		/* To the loudspeakers many may go, and one way leads from the new one; behind the meant one it is the
		 * other way round. */
		if (s->target < 0 || !led[w->from])
			if (add_wire(s, &in, from, name, s->target < 0))
				return US_FAILED;
		if (s->target >= 0 || !led[w->to])
			if (add_wire(s, &behind, name, to, s->target >= 0))
				return US_FAILED;
		led[s->target >= 0 ? w->from : w->to] = true;
	}
	return US_OK;
}

static bool can_be_modulated(const struct us_module *m, const char *input)
{
	bool found = false, sounds = false;
	for (uint32_t k = 0; m && m->inputs[k].name; k++) {
		found |= strcmp(m->inputs[k].name, input) == 0;
		sounds |= strcmp(input, "pitch") != 0 || strcmp(m->inputs[k].name, "freq") == 0;
	}
	return found && sounds && strcmp(m->name, "lfo") != 0;
}

/* The meant one, or the first behind it that can be. */
static int modulated(const struct sentence *s, const char *input)
{
	int at = s->target;
	for (uint32_t steps = 0; at >= 0 && steps < s->band->players; steps++) {
		if (can_be_modulated(s->band->player[at].module, input))
			return at;
		int next = -1;
		for (uint32_t i = 0; next < 0 && i < s->band->wires; i++)
			if (s->band->wire[i].from == at && us_band_sounds(s->band, &s->band->wire[i]))
				next = s->band->wire[i].to;
		at = next;
	}
	return s->target;
}

static int modulate(struct sentence *s, const struct entry *e, const char *name)
{
	bool made = false;
	s->target = modulated(s, e->input);
	for (uint32_t i = 0; i < s->band->players; i++) {
		const struct player *p = &s->band->player[i];
		if ((s->target >= 0 && s->target != (int)i) || !can_be_modulated(p->module, e->input))
			continue;
		if (!made && us_sentence_add(s, "%s = %s", name, e->text))
			return US_FAILED;
		made = true;
		if (us_sentence_add(s, "%s -> %s.%s *%s", name, p->name, e->input, e->amount))
			return US_FAILED;
	}
	if (made)
		return US_OK;
	if (s->target >= 0)
		return us_fail(s->err, "%s has no %s for %s", s->band->player[s->target].name, e->input, e->name);
	return us_fail(s->err, "nothing here has a %s for %s", e->input, e->name);
}

/* A pattern makes no sound: meant are those that it drives. */
static int add_to_driven(struct sentence *s, const struct entry *e, const uint16_t sounding[], uint32_t count)
{
	const int meant = s->target;
	for (uint32_t i = 0; i < count; i++) {
		s->target = sounding[i];
		if (us_words_add(s, e))
			return US_FAILED;
	}
	s->target = meant;
	return US_OK;
}

int us_words_add(struct sentence *s, const struct entry *e)
{
	char name[US_NAME_BYTES];
	uint16_t sounding[FADERS];
	const uint32_t count = s->target >= 0 ? us_band_sounding(s->band, s->target, sounding) : 0;
	if (e->kind == WORD_INSERT && count && sounding[0] != s->target)
		return add_to_driven(s, e, sounding, count);
	us_words_free_name(s, e->name, name);
	return e->kind == WORD_MODULATE ? modulate(s, e, name) : insert(s, e, name);
}

/* What went in goes where it came out. */
int us_words_remove(struct sentence *s, const char *what)
{
	const struct band *c = s->band;
	char name[US_NAME_BYTES];
	int player = -1;
	snprintf(name, sizeof name, "%.30s", what);
	for (char *p = name; *p; p++)
		if (*p == ' ')
			*p = '_';
	for (uint32_t n = 2; us_band_find(c, name) >= 0; n++) { /* the one that was added last */
		player = us_band_find(c, name);
		snprintf(name, sizeof name, "%.28s%u", what, n % 1000);
	}
	for (uint32_t i = 0; player < 0 && i < c->players; i++)
		if (c->player[i].module && strcmp(c->player[i].module->name, what) == 0)
			player = (int)i;
	if (player < 0)
		return us_fail(s->err, "there is no %s to take out", what);
	if (us_sentence_add(s, "delete %s", c->player[player].name))
		return US_FAILED;
	for (uint32_t i = 0; i < c->wires; i++) {
		if (c->wire[i].to != player || (c->wire[i].input[0] && strcmp(c->wire[i].input, "in") != 0))
			continue;
		for (uint32_t k = 0; k < c->wires; k++) {
			if (c->wire[k].from != player)
				continue;
			struct wire w = c->wire[k];
			memcpy(w.output, c->wire[i].output, sizeof w.output);
			if (!w.amount[0])
				memcpy(w.amount, c->wire[i].amount, sizeof w.amount);
			if (add_wire(s, &w, c->player[c->wire[i].from].name, c->player[w.to].name, true))
				return US_FAILED;
		}
	}
	return US_OK;
}

/* The pattern that is meant, or the first one, plays it; where there is none, a kick drum gets one. */
int us_words_rhythm(struct sentence *s, const struct entry *e)
{
	const struct band *c = s->band;
	char beat[US_NAME_BYTES], drum[US_NAME_BYTES];
	int pattern = s->target >= 0 ? us_band_near(c, s->target, "pattern") : -1;
	for (uint32_t i = 0; pattern < 0 && i < c->players; i++)
		if (c->player[i].module && strcmp(c->player[i].module->name, "pattern") == 0)
			pattern = (int)i;
	if (pattern >= 0)
		return us_sentence_add(s, "play %s \"%s\"", c->player[pattern].name, e->text);
	us_words_free_name(s, "beat", beat);
	us_words_free_name(s, "kick", drum);
	return us_sentence_add(s, "%s = pattern play=\"%s\"", beat, e->text) || us_sentence_add(s, "%s = kick", drum) ||
	               us_sentence_add(s, "%s.trigger -> %s.trigger", beat, drum) ||
	               (us_band_find(c, "out") < 0 && us_sentence_add(s, "out = out")) ||
	               us_sentence_add(s, "%s -> out", drum)
	           ? US_FAILED
	           : US_OK;
}

static int change_pattern(struct sentence *s, const struct player *p, const struct entry *e, uint32_t every)
{
	if (!p->play || !*p->play)
		return us_fail(s->err, "%s plays no pattern yet that could be made '%s'", p->name, e->name);
	if (strpbrk(p->play, "\"\\\n\t"))
		return us_fail(s->err, "the pattern of %s is too much for words; say play %s \"…\"", p->name, p->name);
	return every ? us_sentence_add(s, "play %s \"%s; every %u (%s)\"", p->name, p->play, every, e->text)
	             : us_sentence_add(s, "play %s \"%s; %s\"", p->name, p->play, e->text);
}

int us_words_pattern(struct sentence *s, const struct entry *e, uint32_t every)
{
	const struct band *c = s->band;
	bool found = false;
	if (s->target >= 0) {
		const int pattern = us_band_near(c, s->target, "pattern");
		return pattern >= 0 ? change_pattern(s, &c->player[pattern], e, every)
		                    : us_fail(s->err, "no pattern plays %s", c->player[s->target].name);
	}
	for (uint32_t i = 0; i < c->players; i++)
		if (c->player[i].play && *c->player[i].play) {
			found = true;
			if (change_pattern(s, &c->player[i], e, every))
				return US_FAILED;
		}
	return found ? US_OK : us_fail(s->err, "no pattern plays that could be made '%s'", e->name);
}
