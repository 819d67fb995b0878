/* pattern.c — /pattern: an instance plays another pattern. The notation is read here; what goes to the journal is the
 * tree, in as many records as it takes. A pattern that cannot be read changes nothing: the old one plays on. */
#include "internal.h"

#include "lang/mini.h"

#include <string.h>

size_t us_pattern_letter(const struct us_pattern *p, uint8_t letter[static US_PATTERN_LETTER])
{
	const size_t text = strlen(p->text), nodes = p->nodes * sizeof p->node[0];
	const struct us_pattern_letter head = {
	    .seed = p->seed, .start = p->start, .nodes = p->nodes, .text_bytes = (uint16_t)text, .beat = p->beat};
	memcpy(letter, &head, sizeof head);
	memcpy(letter + sizeof head, p->text, text);
	memcpy(letter + sizeof head + text, p->node, nodes);
	return sizeof head + text + nodes;
}

size_t us_pattern_parts(size_t bytes)
{
	return (bytes + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES;
}

void us_pattern_part(struct us_record *r, uint16_t instance, const uint8_t *letter, size_t bytes, size_t part)
{
	const size_t at = part * US_PATTERN_PART_BYTES, left = bytes - at;
	*r = (struct us_record){.type = US_REC_PATTERN, .instance = instance};
	r->pattern.part = (uint16_t)part;
	r->pattern.parts = (uint16_t)us_pattern_parts(bytes);
	memcpy(r->pattern.bytes, letter + at, left < US_PATTERN_PART_BYTES ? left : US_PATTERN_PART_BYTES);
}

/* A pattern of what sounds cannot be rolled back: all of it must fit before any of it is sent. */
static int emit_letter(struct us_turn *turn, uint16_t instance, const uint8_t *letter, size_t bytes)
{
	const struct us_outbox *out = turn->message->out;
	struct us_record r;
	if (out->room - out->count < us_pattern_parts(bytes))
		return us_turn_busy(turn);
	for (size_t i = 0; i < us_pattern_parts(bytes); i++) {
		us_pattern_part(&r, instance, letter, bytes, i);
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
	uint8_t letter[US_PATTERN_LETTER];
	bool on = true;
	if (turn->command->argc > 0 && us_turn_switch(turn, 0, &on))
		return US_FAILED;
	for (uint16_t i = 0; on && i < US_INDICES; i++) {
		const struct us_pattern *now = us_engine_pattern(turn->commander->model, i);
		struct us_pattern rest = {.nodes = 0};
		uint32_t column;
		if (!now || !now->nodes || !us_engine_instance(turn->commander->model, i, &view) ||
		    us_mini_read(&rest, "~", &column, NULL))
			continue;
		rest.seed = us_seed_of(view.name);
		if (emit_letter(turn, i, letter, us_pattern_letter(&rest, letter)))
			return US_FAILED;
	}
	return US_OK;
}

int us_act_play(struct us_turn *turn)
{
	const char *name, *text;
	struct us_instance_view view;
	uint8_t letter[US_PATTERN_LETTER];
	struct us_pattern p = {.nodes = 0};
	struct us_err why;
	uint32_t column;
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	const struct us_pattern *now = us_engine_pattern(turn->commander->model, view.index);
	if (!now)
		return us_fail(&turn->err, "'%s' is a %s, which plays no patterns; a pattern does", view.name,
		               view.module->name);
	if (turn->command->argc == 1) {
		us_turn_reply(turn, "/pattern", "ss", view.name, now->text);
		return US_OK;
	}
	if (us_turn_text(turn, 1, &text) || read_start(turn, &p.start))
		return US_FAILED;
	if (us_mini_read(&p, text, &column, &why))
		return us_fail(&turn->err, "column %u: %s", column, why.text);
	p.seed = us_seed_of(view.name); /* the same name, the same chances: from one run to the next */
	return emit_letter(turn, view.index, letter, us_pattern_letter(&p, letter));
}
