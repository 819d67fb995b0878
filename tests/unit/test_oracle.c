/* test_oracle.c — random patterns with random chains of changes, against oracle/: the same events in the same order,
 * however the time is cut into questions. With chance in them, too, they are the same however it is cut. PATTERNS of
 * them (5000) from SEED (1) on; `make oracle` runs 100,000. */
#include "oracle/oracle.h"
#include "pattern/read.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CYCLES = 3, TEXT = 1 << 16 };

struct product {
	const struct us_pattern *p;
	struct us_hap *hap;
	size_t count, room;
};

static uint64_t cut_dice = 1;
static int64_t random_below(int64_t n)
{
	cut_dice = cut_dice * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((cut_dice >> 20) % (uint64_t)n);
}

/* All that begins in a span, asked for in pieces of at most so many ticks, at random shorter ones; of 1 tick if need
 * be. False: even that is too much. */
static bool ask_pieces(struct product *x, int64_t from, int64_t to, int64_t most, bool random)
{
	static struct us_hap hap[US_PATTERN_HAPS];
	x->count = 0;
	for (int64_t at = from; at < to;) {
		int64_t span = random ? 1 + random_below(most) : most;
		span = span < to - at ? span : to - at;
		int n = us_pattern_onsets(x->p, at, at + span, hap, US_PATTERN_HAPS);
		for (; n < 0 && span > 1; n = us_pattern_onsets(x->p, at, at + span, hap, US_PATTERN_HAPS))
			span = (span + 1) / 2;
		if (n < 0)
			return false;
		for (int i = 0; i < n; i++) {
			if (x->count == x->room) {
				x->room = x->room ? 2 * x->room : 256;
				x->hap = realloc(x->hap, x->room * sizeof *x->hap);
				assert_non_null(x->hap);
			}
			x->hap[x->count++] = hap[i];
		}
		at += span;
	}
	return true;
}

static bool ask(struct product *x, int64_t from, int64_t to)
{
	return ask_pieces(x, from, to, x->p->ticks, true);
}

static bool near(float a, float b)
{
	return fabsf(a - b) <= 1e-4f * (1 + fabsf(a) + fabsf(b));
}

static bool same(const struct product *x, const struct us_hap *h, const struct event *e)
{
	const char *name = h->name ? us_pattern_name(x->p, h->name) : NULL;
	return !frac_compare(frac_of(h->begin, x->p->ticks), e->begin) &&
	       !frac_compare(frac_of(h->end, x->p->ticks), e->end) && near(h->value, e->value) &&
	       near(h->velocity, e->velocity) && near(h->side, e->side) && near(h->start, e->start) &&
	       near(h->stop, e->stop) && near(h->speed, e->speed) && h->sharp == e->sharp && !name == !e->name &&
	       (!name || strcmp(name, e->name) == 0);
}

static void show(const struct product *x, const struct events *all)
{
	for (size_t i = 0; i < x->count || i < all->count; i++) {
		if (i < x->count && i < all->count && same(x, &x->hap[i], &all->at[i]))
			continue;
		if (i < x->count) {
			const struct us_hap *h = &x->hap[i];
			const struct frac b = frac_of(h->begin, x->p->ticks), e = frac_of(h->end, x->p->ticks);
			printf("# %zu: %lld/%lld to %lld/%lld %s %g vel %g begin %g speed %g\n", i, (long long)b.num,
			       (long long)b.den, (long long)e.num, (long long)e.den,
			       h->name ? us_pattern_name(x->p, h->name) : "", (double)h->value, (double)h->velocity,
			       (double)h->start, (double)h->speed);
		}
		if (i < all->count) {
			const struct event *e = &all->at[i];
			printf("#    expected %lld/%lld to %lld/%lld %s %g vel %g begin %g speed %g\n",
			       (long long)e->begin.num, (long long)e->begin.den, (long long)e->end.num,
			       (long long)e->end.den, e->name ? e->name : "", (double)e->value, (double)e->velocity,
			       (double)e->start, (double)e->speed);
		}
		return;
	}
}

static bool is_bound(const char *why)
{
	static const char *const bounds[] = {"2^40",     "events; at most", "at one moment", "steps of work",
	                                     "deep; at", "more than",       "cannot hold"};
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		if (strstr(why, bounds[i]))
			return true;
	return false;
}

/* Returns 1 equal, 0 beyond a bound, -1 different. */
static int compare(uint64_t seed, struct product *x, struct events *all)
{
	static char text[TEXT];
	static uint64_t room[(US_PATTERN_BYTES + 7) / 8];
	struct us_pattern *p = (struct us_pattern *)room;
	struct us_err err = {""};
	uint32_t column;
	const struct tree *t = oracle_draw(seed, text, TEXT);
	if (us_pattern_read(p, text, NULL, 0, &column, &err)) {
		if (is_bound(err.text))
			return 0;
		printf("# %llu: \"%s\": column %u: %s\n", (unsigned long long)seed, text, column, err.text);
		return -1;
	}
	x->p = p;
	oracle_spoilt = false;
	/* Now and then far away, where a counter could run over. */
	const int64_t first = seed % 4 ? 0 : (int64_t)(seed % 1009);
	oracle_onsets(t, frac_of(first, 1), frac_of(first + CYCLES, 1), all);
	if (oracle_spoilt)
		return 0;
	bool equal = ask(x, first * p->ticks, (first + CYCLES) * p->ticks);
	if (!equal)
		printf("# %llu: \"%s\": a moment that cannot be asked for\n", (unsigned long long)seed, text);
	bool same_all = equal && x->count == all->count;
	for (size_t i = 0; same_all && i < all->count; i++)
		same_all = same(x, &x->hap[i], &all->at[i]);
	if (equal && !same_all) {
		printf("# %llu: \"%s\": %zu events, expected %zu\n", (unsigned long long)seed, text, x->count,
		       all->count);
		show(x, all);
	}
	return same_all ? 1 : -1;
}

static uint64_t number_of(const char *name, uint64_t given)
{
	const char *text = getenv(name);
	return text && *text ? strtoull(text, NULL, 10) : given;
}

static void test_random_patterns_are_as_the_oracle_says(void **state)
{
	(void)state;
	const uint64_t count = number_of("PATTERNS", 5000), seed = number_of("SEED", 1);
	struct product x = {NULL, NULL, 0, 0};
	struct events all = {NULL, 0, 0};
	uint64_t equal = 0, beyond = 0, different = 0, events = 0;
	for (uint64_t i = 0; i < count; i++) {
		const int found = compare(seed + i, &x, &all);
		equal += found > 0;
		beyond += found == 0;
		different += found < 0;
		events += found > 0 ? all.count : 0;
	}
	printf("# %llu equal (%llu events), %llu beyond a bound, %llu different\n", (unsigned long long)equal,
	       (unsigned long long)events, (unsigned long long)beyond, (unsigned long long)different);
	free(x.hap);
	free(all.at);
	assert_int_equal(different, 0);
	assert_true(equal >= count / 10 * 8);
	assert_true(events >= count * 4);
}

static bool is_equal(const struct us_hap *a, const struct us_hap *b)
{
	return a->begin == b->begin && a->end == b->end && a->name == b->name && a->sharp == b->sharp &&
	       a->value == b->value && a->velocity == b->velocity && a->side == b->side && a->start == b->start &&
	       a->stop == b->stop && a->speed == b->speed;
}

/* As compare. */
static int compare_cuts(uint64_t seed, struct product *whole, struct product *cut, uint64_t *events)
{
	static char text[TEXT];
	static uint64_t room[(US_PATTERN_BYTES + 7) / 8];
	struct us_pattern *p = (struct us_pattern *)room;
	struct us_err err = {""};
	uint32_t column;
	oracle_draw_chance(seed, text, TEXT);
	if (us_pattern_read(p, text, NULL, 0, &column, &err)) {
		if (is_bound(err.text))
			return 0;
		printf("# %llu: \"%s\": column %u: %s\n", (unsigned long long)seed, text, column, err.text);
		return -1;
	}
	p->seed = (uint32_t)seed;
	whole->p = cut->p = p;
	const int64_t from = seed % 4 ? 0 : (int64_t)(seed % 1009) * p->ticks, to = from + CYCLES * p->ticks;
	bool equal = ask_pieces(whole, from, to, p->ticks, false);
	*events += whole->count;
	for (int way = 0; equal && way < 2; way++) {
		equal = ask_pieces(cut, from, to, way ? (p->ticks + 22) / 23 : p->ticks, !way) &&
		        cut->count == whole->count;
		for (size_t i = 0; equal && i < whole->count; i++)
			equal = is_equal(&whole->hap[i], &cut->hap[i]);
	}
	if (!equal)
		printf("# %llu: \"%s\": %zu events, %zu when cut\n", (unsigned long long)seed, text, whole->count,
		       cut->count);
	return equal ? 1 : -1;
}

static void test_chance_is_the_same_however_time_is_cut(void **state)
{
	(void)state;
	const uint64_t count = number_of("PATTERNS", 5000) / 4, seed = number_of("SEED", 1);
	struct product whole = {NULL, NULL, 0, 0}, cut = {NULL, NULL, 0, 0};
	uint64_t equal = 0, beyond = 0, different = 0, events = 0;
	for (uint64_t i = 0; i < count; i++) {
		const int found = compare_cuts(seed + i, &whole, &cut, &events);
		equal += found > 0;
		beyond += found == 0;
		different += found < 0;
	}
	printf("# with chance: %llu equal (%llu events), %llu beyond a bound, %llu different\n",
	       (unsigned long long)equal, (unsigned long long)events, (unsigned long long)beyond,
	       (unsigned long long)different);
	free(whole.hap);
	free(cut.hap);
	assert_int_equal(different, 0);
	assert_true(equal >= count / 10 * 6);
	assert_true(events >= count * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_patterns_are_as_the_oracle_says),
	    cmocka_unit_test(test_chance_is_the_same_however_time_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
