/* pattern.c — /pattern: an instance plays another pattern. The notation is read here; what goes to the journal is the
 * tree, in as many records as it takes. A pattern that cannot be read changes nothing: the old one plays on. */
#include "internal.h"

#include "lang/mini.h"

#include <string.h>

/* Lays a pattern out as a letter; returns its bytes. */
static size_t write_letter(const struct us_pattern *p, uint8_t letter[static US_PATTERN_LETTER])
{
	const size_t text = strlen(p->text), nodes = p->nodes * sizeof p->node[0];
	const struct us_pattern_letter head = {
	    .seed = p->seed, .start = p->start, .nodes = p->nodes, .text_bytes = (uint16_t)text};
	memcpy(letter, &head, sizeof head);
	memcpy(letter + sizeof head, p->text, text);
	memcpy(letter + sizeof head + text, p->node, nodes);
	return sizeof head + text + nodes;
}

static int emit_letter(struct us_turn *turn, uint16_t instance, const uint8_t *letter, size_t bytes)
{
	const size_t parts = (bytes + US_PATTERN_PART_BYTES - 1) / US_PATTERN_PART_BYTES;
	for (size_t i = 0; i < parts; i++) {
		struct us_record r = {.type = US_REC_PATTERN, .instance = instance};
		const size_t at = i * US_PATTERN_PART_BYTES,
			     n = bytes - at < US_PATTERN_PART_BYTES ? bytes - at : US_PATTERN_PART_BYTES;
		r.pattern.part = (uint16_t)i;
		r.pattern.parts = (uint16_t)parts;
		memcpy(r.pattern.bytes, letter + at, n);
		if (us_turn_emit(turn, &r))
			return US_FAILED;
	}
	return US_OK;
}

static int read_start(struct us_turn *turn, uint8_t *start)
{
	static const char *const words[] = {
	    [US_START_NOW] = "now", [US_START_BEAT] = "beat", [US_START_CYCLE] = "cycle"};
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
	return us_fail(&turn->err, "'%.20s' is no time to begin; right are now, beat and cycle", word);
}

/* The same name, the same chances: from one run to the next. */
static uint32_t seed_of(const char *name)
{
	uint32_t h = 2166136261u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
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
	p.seed = seed_of(view.name);
	const size_t bytes = write_letter(&p, letter);
	struct us_group group = us_turn_begin(turn);
	return us_turn_end(turn, group, emit_letter(turn, view.index, letter, bytes));
}
