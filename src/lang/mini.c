/* mini.c — see mini.h. A parser by recursive descent over a bounded text, into a tree of twigs, which is then laid
 * flat. */
#include "mini_tree.h"

#include <stdlib.h>
#include <string.h>

int us_mini_read(struct us_pattern *pattern, const char *text, uint32_t *column, struct us_err *err)
{
	struct us_err unread;
	struct mini *m = calloc(1, sizeof *m);
	struct us_pattern *p = calloc(1, sizeof *p);
	int failed = !m || !p ? us_fail(err, "no memory to read a pattern") : US_OK;
	*column = 1;
	if (!failed) {
		m->text = m->at = m->token = text;
		m->err = err ? err : &unread;
		failed = strlen(text) >= US_PATTERN_TEXT ? us_fail(err, "a pattern of %zu letters; the longest has %d",
		                                                   strlen(text), US_PATTERN_TEXT - 1)
		                                         : US_OK;
	}
	if (!failed) {
		uint16_t root = us_mini_rows(m, 0);
		while (root != NONE && *m->at == ';') {
			m->at++;
			root = us_mini_change(m, root);
		}
		if (root != NONE && *m->at) {
			us_mini_refuse(m, "a ; would be right before the next change");
			root = NONE;
		}
		failed = root == NONE || us_twig_lay(m, root, p);
		*column = (uint32_t)(m->at - text) + 1;
	}
	if (!failed) {
		memcpy(pattern->node, p->node, sizeof p->node);
		memset(pattern->text, 0, sizeof pattern->text);
		strcpy(pattern->text, text);
		pattern->nodes = p->nodes;
	}
	free(m);
	free(p);
	return failed ? US_FAILED : US_OK;
}
