/* sound_rt.c — us_pattern_is_sound: what a journal or a checkpoint says is a pattern, and asking it does no harm.
 * Whether its times are whole is not asked again: with wrong ones it plays wrongly, and that is all. See query.h. */
#include "query.h"

#include <string.h>

static bool node_is_sound(const struct us_pattern *p, uint32_t index)
{
	const struct us_pattern_node *n = &p->node[index];
	const uint32_t least = n->op == US_PAT_WHEN || n->op == US_PAT_CHUNK || n->op == US_PAT_STRUCT ||
	                               n->op == US_PAT_MASK || n->op == US_PAT_BITE || n->op == US_PAT_PICK ||
	                               n->flags & US_PAT_BY_VALUE
	                           ? 2
	                       : n->op == US_PAT_IF     ? 3
	                       : n->op <= US_PAT_SIGNAL ? 0
	                                                : 1;
	if (n->op >= US_PAT_OPS || n->children < least + n->arguments || n->arguments > 3)
		return false;
	if (n->op == US_PAT_NUMBER && n->den <= 0)
		return false;
	return !n->children || (n->first > index && n->first + (uint32_t)n->children <= p->nodes);
}

bool us_pattern_is_sound(const struct us_pattern *p, size_t room)
{
	if (room < US_PATTERN_HEAD || p->bytes < US_PATTERN_HEAD || p->bytes > room || p->bytes > US_PATTERN_BYTES ||
	    p->nodes > US_PATTERN_NODES || p->names > US_PATTERN_NAMES || p->start > US_START_LAST || p->ticks <= 0 ||
	    p->ticks > US_PATTERN_TICKS)
		return false;
	const size_t names = US_PATTERN_HEAD + p->nodes * sizeof *p->node;
	const size_t text = 4u * p->text_at;
	if (text < names || text >= p->bytes)
		return false;
	const char *bytes = (const char *)p;
	uint32_t ends = 0;
	for (size_t at = names, last = names; at < text; at++)
		if (!bytes[at]) {
			if (at - last >= US_PATTERN_NAME_BYTES)
				return false;
			ends++;
			last = at + 1;
		}
	if (ends < p->names)
		return false;
	if (bytes[p->bytes - 1] || memchr(bytes + text, 0, p->bytes - text) == NULL ||
	    p->bytes - text > US_PATTERN_TEXT + 7)
		return false;
	for (uint32_t i = 0; i < p->nodes; i++)
		if (!node_is_sound(p, i))
			return false;
	return true;
}
