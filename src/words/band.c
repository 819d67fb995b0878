/* band.c — the patch that plays, as far as words need it: who is there, and who is plugged into whom. */
#include "inside.h"

#include "lang/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int us_band_find(const struct band *s, const char *name)
{
	for (uint32_t i = 0; i < s->players; i++)
		if (strcmp(s->player[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int split(const struct band *s, const char *endpoint, uint16_t *player, char port[US_MODULE_NAME_BYTES])
{
	char name[US_NAME_BYTES];
	snprintf(name, sizeof name, "%.*s", (int)strcspn(endpoint, "."), endpoint);
	const int n = us_band_find(s, name);
	const char *dot = strchr(endpoint, '.');
	snprintf(port, US_MODULE_NAME_BYTES, "%.15s", dot ? dot + 1 : "");
	*player = (uint16_t)n;
	return n < 0 ? US_FAILED : US_OK;
}

/* As somebody would write it. */
static void print_number(char to[static STEP_BYTES], double number)
{
	char text[48];
	snprintf(to, STEP_BYTES, "%.*s", STEP_BYTES - 1, us_value_print(text, (float)number, NULL));
}

static int note(void *context, const struct us_command *c, struct us_err *err)
{
	struct band *s = context;
	(void)err;
	if (strcmp(c->address, "/patch/create") == 0 && c->argc >= 2 && s->players < US_MAX_INSTANCES) {
		struct player *p = &s->player[s->players++];
		*p = (struct player){.module = s->catalogue->find(s->catalogue->context, c->arg[1].s),
		                     .poly = c->argc > 2 && c->arg[2].type == 'i' && c->arg[2].i > 1};
		snprintf(p->name, sizeof p->name, "%s", c->arg[0].s);
	} else if (strcmp(c->address, "/pattern") == 0 && c->argc >= 2 && us_band_find(s, c->arg[0].s) >= 0) {
		struct player *p = &s->player[us_band_find(s, c->arg[0].s)];
		free(p->play);
		p->play = strdup(c->arg[1].s);
	} else if (strcmp(c->address, "/patch/connect") == 0 && c->argc >= 2 && s->wires < BAND_CABLES) {
		struct wire *w = &s->wire[s->wires];
		*w = (struct wire){0};
		if (c->argc > 2 && c->arg[2].type == 's')
			snprintf(w->amount, sizeof w->amount, "%s", c->arg[2].s);
		else if (c->argc > 2)
			print_number(w->amount, c->arg[2].type == 'i' ? (double)c->arg[2].i : c->arg[2].d);
		if (split(s, c->arg[0].s, &w->from, w->output) == US_OK &&
		    split(s, c->arg[1].s, &w->to, w->input) == US_OK)
			s->wires++;
	}
	return US_OK;
}

void us_band_free(struct band *s)
{
	for (uint32_t i = 0; s && i < s->players; i++)
		free(s->player[i].play);
	free(s);
}

static bool is_after_voices(const struct player *p)
{
	return p->module && p->module->flags & (US_MIXDOWN | US_SINK);
}

/* What voices are plugged into has them, too, up to where they are summed. */
static void spread_voices(struct band *s)
{
	for (bool more = true; more;) {
		more = false;
		for (uint32_t i = 0; i < s->wires; i++) {
			struct player *from = &s->player[s->wire[i].from], *to = &s->player[s->wire[i].to];
			if (from->poly && !to->poly && !is_after_voices(to))
				to->poly = more = true;
		}
	}
}

int us_band_read(struct band *s, const struct us_lang_text *patch, const struct us_lang_catalogue *catalogue,
                 struct us_err *err)
{
	s->players = s->wires = 0;
	s->catalogue = catalogue;
	if (us_lang_compile(patch, catalogue, note, s, err))
		return US_FAILED;
	spread_voices(s);
	return US_OK;
}

static bool is(const struct band *s, int player, const char *module)
{
	return s->player[player].module && strcmp(s->player[player].module->name, module) == 0;
}

/* Breadth first, so the nearest is found first. */
static int walk(const struct band *s, int from, const char *module, bool down)
{
	uint16_t queue[US_MAX_INSTANCES];
	bool seen[US_MAX_INSTANCES] = {false};
	uint32_t head = 0, tail = 0;
	queue[tail++] = (uint16_t)from;
	seen[from] = true;
	while (head < tail) {
		const uint16_t at = queue[head++];
		if (is(s, at, module))
			return at;
		for (uint32_t i = 0; i < s->wires; i++) {
			const uint16_t here = down ? s->wire[i].from : s->wire[i].to;
			const uint16_t there = down ? s->wire[i].to : s->wire[i].from;
			if (here == at && !seen[there]) {
				seen[there] = true;
				queue[tail++] = there;
			}
		}
	}
	return -1;
}

int us_band_near(const struct band *s, int from, const char *module)
{
	const int below = walk(s, from, module, true);
	return below >= 0 ? below : walk(s, from, module, false);
}

bool us_band_sounds(const struct band *s, const struct wire *w)
{
	const struct us_module *to = s->player[w->to].module;
	for (uint32_t k = 0; to && to->inputs[k].name; k++)
		if (w->input[0] ? strcmp(to->inputs[k].name, w->input) == 0
		                : k == 0 || strcmp(to->inputs[k].name, "in") == 0)
			return to->inputs[k].unit == US_SIGNAL;
	return false;
}

static uint32_t sounds(const struct band *s, int player, bool out, uint32_t *last)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->wires; i++)
		if ((out ? s->wire[i].from : s->wire[i].to) == player && us_band_sounds(s, &s->wire[i])) {
			*last = i;
			n++;
		}
	return n;
}

int us_band_fader(const struct band *s, int player)
{
	uint32_t wire = 0, other;
	for (uint32_t steps = 0; steps <= s->players; steps++) {
		if (sounds(s, player, true, &wire) != 1)
			return -1;
		const int to = s->wire[wire].to;
		if (sounds(s, to, true, &other) == 0 || sounds(s, to, false, &other) > 1)
			return (int)wire;
		player = to;
	}
	return -1; /* it goes round in circles */
}

static bool is_envelope(const struct band *s, int player)
{
	return is(s, player, "adsr") || is(s, player, "ad") || is(s, player, "ramp") || is(s, player, "vca");
}

/* Is the sound mixed with another's where this cable goes? */
static bool is_mixed(const struct band *s, const struct wire *w)
{
	uint32_t other;
	return is_after_voices(&s->player[w->to]) || sounds(s, w->to, false, &other) > 1;
}

int us_band_end(const struct band *s, int player, int *last)
{
	uint16_t path[US_MAX_INSTANCES];
	uint32_t length = 0, wire = 0, after = 0;
	const bool poly = s->player[player].poly;
	*last = player;
	while (length < US_MAX_INSTANCES && sounds(s, *last, true, &wire) == 1) {
		path[length++] = (uint16_t)wire;
		*last = s->wire[wire].to;
		if (is_after_voices(&s->player[*last]))
			break;
	}
	/* No envelope may follow, and no part of the same voices. */
	for (uint32_t i = 0; i < length; i++)
		if (is_envelope(s, s->wire[path[i]].from) || (poly && s->player[s->wire[path[i]].from].poly))
			after = i;
	for (uint32_t i = after; i < length; i++)
		if (is_mixed(s, &s->wire[path[i]]) || i + 1 == length)
			if (!is_envelope(s, s->wire[path[i]].to) && !(poly && s->player[s->wire[path[i]].to].poly))
				return path[i];
	return -1;
}

static bool strikes(const struct band *s, const struct wire *w)
{
	const struct us_module *to = s->player[w->to].module;
	for (uint32_t k = 0; to && to->inputs[k].name; k++)
		if (w->input[0] ? strcmp(to->inputs[k].name, w->input) == 0 : k == 0)
			return to->inputs[k].unit == US_GATE || to->inputs[k].unit == US_TRIGGER;
	return false;
}

static bool strikes_any(const struct band *s, int player)
{
	bool any = false;
	for (uint32_t i = 0; i < s->wires; i++)
		any |= s->wire[i].from == player && strikes(s, &s->wire[i]);
	return any;
}

uint32_t us_band_sounding(const struct band *s, int player, uint16_t sounding[static FADERS])
{
	bool seen[US_MAX_INSTANCES] = {false};
	uint16_t queue[US_MAX_INSTANCES];
	uint32_t head = 0, tail = 0, count = 0, other;
	queue[tail++] = (uint16_t)player;
	seen[player] = true;
	while (head < tail) {
		const uint16_t at = queue[head++];
		const bool struck = strikes_any(s, at);
		if (sounds(s, at, true, &other)) {
			if (count < FADERS)
				sounding[count++] = at;
			continue;
		}
		for (uint32_t i = 0; i < s->wires; i++)
			if (s->wire[i].from == at && !seen[s->wire[i].to] && (!struck || strikes(s, &s->wire[i]))) {
				seen[s->wire[i].to] = true;
				queue[tail++] = s->wire[i].to;
			}
	}
	return count;
}

uint32_t us_band_faders(const struct band *s, int player, uint16_t wire[static FADERS])
{
	uint16_t sounding[FADERS];
	uint32_t count = 0, other;
	const int fader = us_band_fader(s, player);
	if (fader >= 0) {
		wire[0] = (uint16_t)fader;
		return 1;
	}
	const uint32_t outs = sounds(s, player, true, &other);
	for (uint32_t i = 0; outs > 1 && i < s->wires && count < FADERS; i++)
		if (s->wire[i].from == player && us_band_sounds(s, &s->wire[i]))
			wire[count++] = (uint16_t)i;
	const uint32_t driven = outs ? 0 : us_band_sounding(s, player, sounding);
	for (uint32_t i = 0; i < driven && count < FADERS; i++) {
		const int one = us_band_fader(s, sounding[i]);
		bool new = one >= 0;
		for (uint32_t k = 0; k < count; k++)
			new &= wire[k] != one;
		if (new)
			wire[count++] = (uint16_t)one;
	}
	return count;
}
