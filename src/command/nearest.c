/* nearest.c — which of the names that exist is spelled most like the one that was said. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = sizeof((struct us_nearest *)0)->best };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[LONGEST + 1];
	size_t n = strlen(b);
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

void us_nearest_offer(struct us_nearest *nearest, const char *candidate)
{
	if (strlen(nearest->wanted) >= LONGEST || strlen(candidate) >= LONGEST)
		return;
	unsigned d = distance(nearest->wanted, candidate);
	if (nearest->best[0] && d >= nearest->distance)
		return;
	nearest->distance = d;
	strcpy(nearest->best, candidate);
}

/* Two slips in a word of six are a misspelling, four are another word. */
bool us_nearest_found(const struct us_nearest *nearest)
{
	return nearest->best[0] && nearest->distance <= 1 + strlen(nearest->wanted) / 4;
}
