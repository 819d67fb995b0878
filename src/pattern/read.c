/* read.c — us_pattern_read: a parser by recursive descent over a bounded text, into a tree of twigs, which is measured
 * and laid flat. See read.h and parse.h. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

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

static struct parse *begin(const char *text, struct us_err *err)
{
	struct parse *m = malloc(sizeof *m);
	if (!m) {
		us_fail(err, "no memory to read a pattern");
		return NULL;
	}
	memset(m, 0, offsetof(struct parse, twig));
	m->text = m->at = m->token = text;
	m->err = err;
	return m;
}

int us_pattern_read(struct us_pattern *p, const char *text, const struct us_pattern *before, uint64_t held,
                    uint32_t *column, struct us_err *err)
{
	struct us_err unread;
	const size_t bytes = strlen(text);
	err = err ? err : &unread;
	*column = 1;
	if (bytes >= US_PATTERN_TEXT)
		return us_fail(err, "a pattern of %zu letters; the longest has %d", bytes, US_PATTERN_TEXT - 1);
	struct parse *m = begin(text, err), *again = NULL;
	memset(p, 0, US_PATTERN_HEAD);
	int failed = !m || read_text(m, p, column);
	/* Which names it says is known by now: with their numbers it is read once more. */
	if (!failed && (m->listed || (before && before->names))) {
		again = begin(text, err);
		memset(p, 0, US_PATTERN_HEAD);
		failed = !again || us_names_settle(again, m, before, held) || read_text(again, p, column);
	}
	if (!failed)
		finish(again ? again : m, p);
	free(again);
	free(m);
	return failed ? US_FAILED : US_OK;
}

struct us_pattern *us_pattern_next(const char *text, const struct us_pattern *before, uint64_t held, uint32_t *column,
                                   struct us_err *err)
{
	struct us_pattern *p = malloc(US_PATTERN_BYTES);
	*column = 1;
	if (!p) {
		us_fail(err, "no memory to read a pattern");
		return NULL;
	}
	if (us_pattern_read(p, text, before, held, column, err)) {
		free(p);
		return NULL;
	}
	return p;
}

struct us_pattern *us_pattern_new(const char *text, uint32_t *column, struct us_err *err)
{
	return us_pattern_next(text, NULL, 0, column, err);
}
