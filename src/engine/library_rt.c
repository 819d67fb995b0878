/* library_rt.c — looking things up in a library. Nothing here allocates: a record may ask for any module at any time.
 */
#include "library.h"

#include "descriptor.h"

#include <understudy/names.h>

#include <string.h>

const struct us_module *us_library_find(const struct us_library *library, const char *name)
{
	uint32_t low = 0, high = library->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(name, library->entry[middle].module->name);
		if (order == 0)
			return library->entry[middle].module;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (uint32_t i = 0; i < library->count; i++)
		if (us_also_has(library->entry[i].module->also, name, NULL, NULL))
			return library->entry[i].module;
	return NULL;
}

const struct us_module *us_library_at(const struct us_library *library, uint32_t n)
{
	return n < library->count ? library->entry[n].module : NULL;
}

uint64_t us_library_id(const struct us_library *library)
{
	return library->id;
}

/* Edit distance, with neighbours swapped counting as one edit. */
static uint32_t distance(const char *a, const char *b)
{
	enum { LONGEST = 48 };
	uint32_t row[3][LONGEST + 1];
	uint32_t m = (uint32_t)strnlen(a, LONGEST), n = (uint32_t)strnlen(b, LONGEST);
	for (uint32_t j = 0; j <= n; j++)
		row[0][j] = j;
	for (uint32_t i = 1; i <= m; i++) {
		uint32_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		now[0] = i;
		for (uint32_t j = 1; j <= n; j++) {
			uint32_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[m % 3][n];
}

const char *us_library_nearest(const struct us_library *library, const char *name)
{
	const char *nearest = NULL;
	const size_t letters = strlen(name);
	uint32_t least = (uint32_t)letters / 2 + 1; /* half of it wrong is another word */
	for (uint32_t i = 0; i < library->count; i++) {
		const char *candidate = library->entry[i].module->name;
		const bool stops_short = letters > 2 && strncmp(name, candidate, letters) == 0;
		const uint32_t d = stops_short ? candidate[letters] != 0 : distance(name, candidate);
		if (d < least) {
			least = d;
			nearest = candidate;
		}
	}
	return nearest;
}
