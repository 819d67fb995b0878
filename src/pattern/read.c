/* read.c — us_pattern_read: a parser by recursive descent over a bounded text, into a tree of twigs, which is measured
 * and laid flat. See read.h and parse.h. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

/* Names of the pattern before keep their numbers. */
static void take_names(struct parse *m, const struct us_pattern *before)
{
	for (uint32_t i = 1; before && i <= before->names && i <= US_PATTERN_NAMES; i++)
		strncpy(m->name[m->names++], us_pattern_name(before, i), US_PATTERN_NAME_BYTES - 1);
}

/* Names and text behind the nodes. */
static void finish(const struct parse *m, struct us_pattern *p)
{
	const size_t names = US_PATTERN_HEAD + p->nodes * sizeof *p->node, bytes = strlen(m->text) + 1;
	char *at = (char *)p;
	size_t text = names;
	for (uint32_t i = 0; i < m->names; i++) {
		strcpy(at + text, m->name[i]);
		text += strlen(m->name[i]) + 1;
	}
	for (; text % 4; text++)
		at[text] = 0;
	p->bytes = (uint32_t)((text + bytes + 7) / 8 * 8);
	memset(at + text, 0, p->bytes - text);
	memcpy(at + text, m->text, bytes);
	p->names = (uint16_t)m->names;
	p->text_at = (uint16_t)(text / 4);
}

static int read_text(struct parse *m, struct us_pattern *p, uint32_t *column)
{
	uint32_t place = 0;
	m->signals = strchr(m->text, ';') != NULL;
	const uint16_t root = us_whole(m, 0);
	*column = (uint32_t)(m->at - m->text) + 1;
	if (root == NONE || us_twig_lay(m, root, p))
		return US_FAILED;
	if (us_measure(p, &place, m->err)) {
		*column = place ? place : 1;
		return US_FAILED;
	}
	return US_OK;
}

int us_pattern_read(struct us_pattern *pattern, const char *text, const struct us_pattern *before, uint32_t *column,
                    struct us_err *err)
{
	struct us_err unread;
	struct us_pattern *p = pattern;
	const size_t bytes = strlen(text);
	*column = 1;
	if (bytes >= US_PATTERN_TEXT)
		return us_fail(err, "a pattern of %zu letters; the longest has %d", bytes, US_PATTERN_TEXT - 1);
	struct parse *m = calloc(1, sizeof *m);
	if (!m)
		return us_fail(err, "no memory to read a pattern");
	m->text = m->at = m->token = text;
	m->err = err ? err : &unread;
	take_names(m, before);
	memset(p, 0, US_PATTERN_HEAD);
	const int failed = read_text(m, p, column);
	if (!failed)
		finish(m, p);
	free(m);
	return failed ? US_FAILED : US_OK;
}

struct us_pattern *us_pattern_new(const char *text, const struct us_pattern *before, uint32_t *column,
                                  struct us_err *err)
{
	struct us_pattern *p = malloc(US_PATTERN_BYTES);
	*column = 1;
	if (!p) {
		us_fail(err, "no memory to read a pattern");
		return NULL;
	}
	if (us_pattern_read(p, text, before, column, err)) {
		free(p);
		return NULL;
	}
	return p;
}
