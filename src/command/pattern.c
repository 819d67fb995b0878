/* pattern.c — /pattern: an instance plays another pattern. The notation is read here; what goes to the journal is the
 * tree, in as many records as it takes. A pattern that cannot be read changes nothing: the old one plays on. */
#include "internal.h"

#include "pattern/read.h"

#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>

/* What an instance plays that has been given nothing. */
static const struct us_pattern *nothing(void)
{
	static _Alignas(struct us_pattern) uint8_t silence[US_PATTERN_HEAD + 8];
	struct us_pattern *p = (struct us_pattern *)silence;
	p->bytes = sizeof silence;
	p->text_at = US_PATTERN_HEAD / 4;
	p->ticks = 1;
	return p;
}

uint32_t us_pattern_parts(const struct us_pattern *p)
{
	p = p->bytes ? p : nothing();
	return (p->bytes + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES;
}

void us_pattern_part(struct us_record *r, uint16_t instance, const struct us_pattern *p, uint32_t part)
{
	p = p->bytes ? p : nothing();
	const uint32_t at = part * US_PATTERN_PART_BYTES, left = p->bytes - at;
	*r = (struct us_record){.type = US_REC_PATTERN, .instance = instance};
	r->pattern.part = (uint16_t)part;
	r->pattern.parts = (uint16_t)us_pattern_parts(p);
	memcpy(r->pattern.bytes, (const uint8_t *)p + at, left < US_PATTERN_PART_BYTES ? left : US_PATTERN_PART_BYTES);
}

/* A pattern of what sounds cannot be rolled back: all of it must fit before any of it is sent. */
static int emit_pattern(struct us_turn *turn, uint16_t instance, const struct us_pattern *p)
{
	const struct us_outbox *out = turn->message->out;
	struct us_record r;
	if (out->room - out->count < us_pattern_parts(p))
		return us_turn_busy(turn);
	for (uint32_t i = 0; i < us_pattern_parts(p); i++) {
		us_pattern_part(&r, instance, p, i);
		if (us_turn_emit(turn, &r))
			return US_FAILED;
	}
	return US_OK;
}

static int read_start(struct us_turn *turn, uint8_t *start)
{
	static const char *const words[] = {
	    [US_START_NOW] = "now", [US_START_CYCLE] = "cycle", [US_START_BEAT] = "beat", [US_START_BAR] = "bar"};
	const char *word;
	*start = US_START_CYCLE;
	if (turn->command->argc < 3)
		return US_OK;
	if (us_turn_text(turn, 2, &word))
		return US_FAILED;
	for (uint8_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0) {
			*start = i;
			return US_OK;
		}
	return us_fail(&turn->err, "'%.20s' is no time to begin; right are now, beat, bar and cycle", word);
}

/* Every pattern rests, now. What sounds rings on, and /undo brings them back. */
int us_act_hush(struct us_turn *turn)
{
	struct us_instance_view view;
	bool on = true;
	if (turn->command->argc > 0 && us_turn_switch(turn, 0, &on))
		return US_FAILED;
	for (uint16_t i = 0; on && i < US_INDICES; i++) {
		const struct us_pattern *now = us_engine_pattern(turn->commander->model, i);
		uint32_t column;
		if (!now || !now->nodes || !us_engine_instance(turn->commander->model, i, &view))
			continue;
		struct us_pattern *rest =
		    us_pattern_next("~", now, us_outputs_held(turn->commander->model, &view), &column, &turn->err);
		if (!rest)
			return US_FAILED;
		rest->seed = us_seed_of(view.name);
		rest->start = US_START_NOW;
		const int failed = emit_pattern(turn, i, rest);
		free(rest);
		if (failed)
			return US_FAILED;
	}
	return US_OK;
}

int us_act_play(struct us_turn *turn)
{
	const char *name, *text;
	struct us_instance_view view;
	struct us_err why;
	uint8_t start;
	uint32_t column;
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	const struct us_pattern *now = us_turn_pattern(turn, view.index);
	if (!now)
		return us_fail(&turn->err, "'%s' is a %s, which plays no patterns; a pattern does", view.name,
		               view.module->name);
	if (turn->command->argc == 1) {
		us_turn_reply(turn, "/pattern", "ss", view.name, us_pattern_text(now));
		return US_OK;
	}
	if (us_turn_text(turn, 1, &text) || read_start(turn, &start))
		return US_FAILED;
	struct us_pattern *p =
	    us_pattern_next(text, now, us_outputs_held(turn->commander->model, &view), &column, &why);
	if (!p)
		return us_fail(&turn->err, "column %u: %s", us_column_of(text, column), why.text);
	p->start = start;
	p->seed = us_seed_of(view.name); /* the same name, the same chances: from one run to the next */
	const int failed = emit_pattern(turn, view.index, p);
	us_unheard_mark(turn->commander, view.index);
	free(p);
	return failed;
}
