/* change.c — words that turn knobs: a step, as far as the sentence says, for each of the word's modules that is there.
 */
#include "inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "*0.7" a bit: *0.84; "+2st" less: -= 2st; a value stays what it is. */
static void scale_step(const struct sentence *s, const char *step, char to[static STEP_BYTES + 8])
{
	char *unit;
	if (step[0] == '*' || step[0] == '/') {
		double factor = strtod(step + 1, &unit);
		factor = step[0] == '/' ? 1 / factor : factor;
		if (s->percent > 0)
			factor = (factor > 1) == (s->amount > 0) ? 1 + (double)s->percent / 100
			                                         : 1 - fmin((double)s->percent, 95) / 100;
		else
			factor = pow(factor, (double)s->amount);
		snprintf(to, STEP_BYTES + 8, " *%.4g", factor);
	} else if (step[0] == '+' || step[0] == '-') {
		double by = strtod(step, &unit) * (double)s->amount;
		if (s->percent > 0)
			by *= (double)s->percent / 20;
		snprintf(to, STEP_BYTES + 8, by < 0 ? " -= %.4g%s" : " +%.4g%s", fabs(by), unit);
	} else {
		snprintf(to, STEP_BYTES + 8, " %s", step);
	}
}

static bool has_input(const struct us_module *m, const char *input)
{
	for (uint32_t k = 0; m && m->inputs[k].name; k++)
		if (strcmp(m->inputs[k].name, input) == 0)
			return true;
	return false;
}

static int change_player(struct sentence *s, int player, const struct change *c, bool *done)
{
	char step[STEP_BYTES + 8];
	if (player < 0 || !has_input(s->band->player[player].module, c->input))
		return US_OK;
	scale_step(s, c->step, step);
	*done = true;
	char line[US_NAME_BYTES + US_MODULE_NAME_BYTES + STEP_BYTES + 16];
	snprintf(line, sizeof line, "%s.%s%s", s->band->player[player].name, c->input, step);
	return us_sentence_add_over(s, line);
}

static int change_all(struct sentence *s, const struct change *c, bool *done)
{
	for (uint32_t i = 0; i < s->band->players; i++)
		if (s->band->player[i].module && strcmp(s->band->player[i].module->name, c->module) == 0 &&
		    change_player(s, (int)i, c, done))
			return US_FAILED;
	return US_OK;
}

/* The kick louder: by the cable that leads to the mix. A cable has no steps, so its new amount is said. */
static int change_fader(struct sentence *s, const char *step, bool *done)
{
	uint16_t wire[FADERS];
	const uint32_t count = us_band_faders(s->band, s->target, wire);
	double by = strtod(step, NULL) * (double)s->amount, factor = pow(10, by / 20);
	if (s->percent > 0)
		factor = by > 0 ? 1 + (double)s->percent / 100 : 1 - fmin((double)s->percent, 95) / 100;
	for (uint32_t i = 0; i < count; i++) {
		const struct wire *w = &s->band->wire[wire[i]];
		*done = true;
		if (us_sentence_add(s, "%s%s%s -> %s%s%s *%.3g", s->band->player[w->from].name, w->output[0] ? "." : "",
		                    w->output, s->band->player[w->to].name, w->input[0] ? "." : "", w->input,
		                    factor * (w->amount[0] ? strtod(w->amount, NULL) : 1)))
			return US_FAILED;
	}
	return US_OK;
}

static int refuse(struct sentence *s, const struct entry *e)
{
	char modules[120] = "";
	for (uint32_t i = 0; i < e->changes && strlen(modules) < 80; i++)
		if (!strstr(modules, e->change[i].module))
			snprintf(modules + strlen(modules), sizeof modules - strlen(modules), "%s%s", i ? ", " : "",
			         e->change[i].module);
	if (s->target >= 0)
		return us_fail(s->err, "nothing about %s can be made '%s': it would take one of %s",
		               s->band->player[s->target].name, e->name, modules);
	return us_fail(s->err, "nothing here can be made '%s': it would take one of %s", e->name, modules);
}

int us_words_change(struct sentence *s, const struct entry *e)
{
	bool done = false;
	for (uint32_t i = 0; i < e->changes; i++) {
		const struct change *c = &e->change[i];
		char step[STEP_BYTES + 8];
		if (!c->input[0]) { /* gain, tempo: there is one of each */
			if (s->target >= 0 && strcmp(c->module, "gain") == 0 && change_fader(s, c->step, &done))
				return US_FAILED;
			if (s->target >= 0)
				continue;
			scale_step(s, c->step, step);
			done = true;
			char line[US_MODULE_NAME_BYTES + STEP_BYTES + 16];
			snprintf(line, sizeof line, "%s%s", c->module, step);
			if (us_sentence_add_over(s, line))
				return US_FAILED;
		} else if (s->target >= 0 ? change_player(s, us_band_near(s->band, s->target, c->module), c, &done)
		                          : change_all(s, c, &done)) {
			return US_FAILED;
		}
	}
	if (!done && s->by_it && s->target >= 0) { /* slow it down: all of it */
		s->target = -1;
		return us_words_change(s, e);
	}
	return done ? US_OK : refuse(s, e);
}
