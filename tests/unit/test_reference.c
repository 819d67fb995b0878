/* test_reference.c — a table of patterns and of what the reference implementation does in four cycles of each
 * (tests/conformance/cases, made by make conformance): src/pattern says the same events. */
#include "pattern/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST = 12, CYCLES = 4, EVENTS = 512, LINE = 1 << 14, WORDS = 96 };

struct events {
	char text[EVENTS][WORDS];
	size_t count;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "1/4" of a cycle. */
static void print_part(char *to, size_t room, int64_t ticks, int64_t cycle)
{
	int64_t a = ticks, b = cycle;
	while (b) {
		const int64_t rest = a % b;
		a = b;
		b = rest;
	}
	if (cycle == a)
		snprintf(to, room, "%lld", (long long)(ticks / a));
	else
		snprintf(to, room, "%lld/%lld", (long long)(ticks / a), (long long)(cycle / a));
}

/* bd, bd:3, bd:3:0.4, 7, 7:0.5 */
static void print_value(char *to, size_t room, const struct us_pattern *p, const struct us_hap *h)
{
	const double value = (double)h->value + h->sharp;
	const int loud = h->velocity < 0.7999f || h->velocity > 0.8001f;
	size_t n = 0;
	if (h->name)
		n += (size_t)snprintf(to, room, "%s", us_pattern_name(p, h->name));
	if (!h->name || value != 0 || loud)
		n += (size_t)snprintf(to + n, room - n, "%s%.5g", n ? ":" : "", value);
	if (loud)
		snprintf(to + n, room - n, ":%.5g", (double)h->velocity);
}

static void play_cycle(const struct us_pattern *p, int64_t cycle, struct events *to)
{
	static struct us_hap hap[US_PATTERN_HAPS];
	const int count = us_pattern_onsets(p, cycle * p->ticks, (cycle + 1) * p->ticks, hap, US_PATTERN_HAPS);
	to->count = 0;
	assert_in_range(count, 0, EVENTS);
	for (int i = 0; i < count; i++) {
		char onset[32], length[32], value[64] = "";
		print_part(onset, sizeof onset, hap[i].begin - cycle * p->ticks, p->ticks);
		print_part(length, sizeof length, hap[i].end - hap[i].begin, p->ticks);
		print_value(value, sizeof value, p, &hap[i]);
		snprintf(to->text[to->count++], WORDS, "%.30s %.30s %.30s", onset, length, value);
	}
	qsort(to->text, to->count, WORDS, compare);
}

static void read_cycle(char *line, struct events *to)
{
	char *rest = NULL;
	to->count = 0;
	for (char *e = strtok_r(line, ",\n", &rest); e; e = strtok_r(NULL, ",\n", &rest)) {
		e += strspn(e, " \t");
		assert_in_range(to->count, 0, EVENTS - 1);
		if (*e)
			snprintf(to->text[to->count++], WORDS, "%s", e);
	}
	qsort(to->text, to->count, WORDS, compare);
}

static void expect_cycle(const char *text, int64_t cycle, const struct events *got, const struct events *wanted)
{
	for (size_t i = 0; i < got->count || i < wanted->count; i++)
		if (i >= got->count || i >= wanted->count || strcmp(got->text[i], wanted->text[i]) != 0)
			fail_msg("\"%s\", cycle %d: %s; the reference says %s", text, (int)cycle,
			         i < got->count ? got->text[i] : "nothing more",
			         i < wanted->count ? wanted->text[i] : "nothing more");
}

static void the_same_happens_as_in_the_reference(void **state)
{
	static char line[LINE], text[LINE];
	static struct events got, wanted;
	struct us_pattern *p = NULL;
	struct us_err err = {""};
	int64_t cycle = FIRST + CYCLES;
	uint32_t column, patterns = 0;
	FILE *f = fopen("tests/conformance/cases", "r");
	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		assert_non_null(strchr(line, '\n'));
		if (line[0] == '#')
			continue;
		if (line[0] == '\t') {
			assert_in_range(cycle, FIRST, FIRST + CYCLES - 1);
			read_cycle(line, &wanted);
			play_cycle(p, cycle, &got);
			expect_cycle(text, cycle++, &got, &wanted);
			continue;
		}
		assert_int_equal(cycle, FIRST + CYCLES);
		free(p);
		strcpy(text, line);
		text[strcspn(text, "\n")] = 0;
		if (!(p = us_pattern_new(text, &column, &err)))
			fail_msg("\"%s\", column %u: %s", text, column, err.text);
		cycle = FIRST;
		patterns++;
	}
	assert_int_equal(cycle, FIRST + CYCLES);
	assert_in_range(patterns, 700, 10000);
	free(p);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_happens_as_in_the_reference)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
