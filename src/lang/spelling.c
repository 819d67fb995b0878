/* spelling.c — see spelling.h. The distance is Damerau and Levenshtein's, three rows at a time; what is longer than any
 * name of ours is nobody's misspelling. */
#include "spelling.h"

#include <string.h>

enum { LONGEST = 48 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][LONGEST + 1];
	size_t m = strlen(a), n = strlen(b);
	for (unsigned j = 0; j <= n; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= m; i++) {
		unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		now[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			now[j] = least(least(above[j], now[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[m % 3][n];
}

/* A word that stops short is the beginning of a name: mix is mixer, however many letters are missing. */
static unsigned slips_to(const char *wanted, const char *name)
{
	const size_t letters = strlen(wanted);
	return letters > 2 && strncmp(wanted, name, letters) == 0 && name[letters] ? 1 : distance(wanted, name);
}

void us_spelling_offer(struct us_spelling *s, const char *name)
{
	if (strlen(s->wanted) > LONGEST || strlen(name) > LONGEST)
		return;
	const unsigned slips = slips_to(s->wanted, name);
	if (s->best && slips >= s->slips)
		return;
	s->best = name;
	s->slips = slips;
}

const char *us_spelling_best(const struct us_spelling *s)
{
	size_t letters = strlen(s->wanted);
	return s->best && s->slips < letters && s->slips <= 1 + (letters - 1) / 4 ? s->best : NULL;
}
