/* test_pattern.c — mini-notation, event by event. The table follows Tidal's and Strudel's own documentation of each
 * operator; what depends on chance is tested for what it promises, not for its stream. */
#include "module_harness.h"
#include "pattern/read.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = US_PATTERN_EVENTS };

struct event {
	double at, span; /* in cycles, from the beginning of the cycle that was asked for */
	float value, velocity, side;
	uint16_t name, column;
};

/* A pattern that the next one overwrites. */
static struct us_pattern *room_of_one(void)
{
	static uint64_t room[(US_PATTERN_BYTES + 7) / 8];
	return (struct us_pattern *)room;
}

static int read_into(struct us_pattern *p, const char *text, uint32_t *column, struct us_err *err)
{
	const uint32_t seed = p->seed, serial = p->serial;
	const uint8_t start = p->start;
	const int failed = us_pattern_read(p, text, NULL, 0, column, err);
	p->seed = seed;
	p->serial = serial;
	p->start = start;
	return failed;
}

/* All that begins in one cycle, asked for in pieces where it is much at once. */
static uint32_t events_of(const struct us_pattern *p, int64_t cycle, struct event *event, uint32_t room)
{
	static struct us_hap hap[US_PATTERN_HAPS];
	uint32_t count = 0;
	int64_t at = cycle * p->ticks, span = p->ticks;
	while (at < (cycle + 1) * p->ticks) {
		span = span < (cycle + 1) * p->ticks - at ? span : (cycle + 1) * p->ticks - at;
		const int n = us_pattern_onsets(p, at, at + span, hap, US_PATTERN_HAPS);
		if (n < 0 && span == 1)
			fail_msg("\"%s\": %d", us_pattern_text(p), n);
		if (n < 0) {
			span = (span + 1) / 2;
			continue;
		}
		for (int i = 0; i < n && count < room; i++)
			event[count++] = (struct event){(double)(hap[i].begin - cycle * p->ticks) / (double)p->ticks,
			                                (double)(hap[i].end - hap[i].begin) / (double)p->ticks,
			                                hap[i].value,
			                                hap[i].velocity,
			                                hap[i].side,
			                                hap[i].name,
			                                hap[i].place};
		at += span;
	}
	return count;
}

/* Reads "name-or-value@at+span …" of one cycle. Names are written as in the pattern; times as fractions. */
static char *describe(const struct us_pattern *p, const char *const names[], int64_t cycle, char *text)
{
	static struct event event[EVENTS];
	const uint32_t count = events_of(p, cycle, event, EVENTS);
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; i < count; i++) {
		int below = 1;
		while (below < 200 && (fabs(event[i].at * below - round(event[i].at * below)) > 1e-6 ||
		                       fabs(event[i].span * below - round(event[i].span * below)) > 1e-6))
			below++;
		used += (size_t)sprintf(text + used, "%s", i ? " " : "");
		if (event[i].name)
			used += (size_t)sprintf(text + used, "%s", names[event[i].name - 1]);
		if (!event[i].name || event[i].value != 0)
			used += (size_t)sprintf(text + used, "%s%g", event[i].name ? ":" : "", (double)event[i].value);
		used +=
		    (size_t)sprintf(text + used, "@%.0f+%.0f/%d", event[i].at * below, event[i].span * below, below);
	}
	return text;
}

static const struct {
	const char *text;
	const char *cycles[4]; /* from cycle 0; NULL: not looked at */
} table[] = {
    {"a", {"a@0+1/1", "a@0+1/1"}},
    {"", {"", ""}},
    {"~", {"", ""}},
    {"a b", {"a@0+1/2 b@1+1/2"}},
    {"a b c", {"a@0+1/3 b@1+1/3 c@2+1/3"}},
    {"a ~ b -", {"a@0+1/4 b@2+1/4"}},
    {"[a b] c", {"a@0+1/4 b@1+1/4 c@1+1/2"}},
    {"a [b c [d e]]", {"a@0+1/2 b@3+1/6 c@4+1/6 d@10+1/12 e@11+1/12"}},
    {"<a b c>", {"a@0+1/1", "b@0+1/1", "c@0+1/1", "a@0+1/1"}},
    {"<a b> c", {"a@0+1/2 c@1+1/2", "b@0+1/2 c@1+1/2"}},
    {"<a <b c>>", {"a@0+1/1", "b@0+1/1", "a@0+1/1", "c@0+1/1"}},
    {"<a b>*2", {"a@0+1/2 b@1+1/2", "a@0+1/2 b@1+1/2"}},
    {"<a b c>*2", {"a@0+1/2 b@1+1/2", "c@0+1/2 a@1+1/2", "b@0+1/2 c@1+1/2"}},
    {"a*2", {"a@0+1/2 a@1+1/2"}},
    {"cosine; segment 1; inv", {"1@0+1/1"}},
    {"a*3 b", {"a@0+1/6 a@1+1/6 a@2+1/6 b@1+1/2"}},
    {"[a b]*2", {"a@0+1/4 b@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a/2", {"a@0+2/1", "", "a@0+2/1", ""}},
    {"[a b]/2", {"a@0+1/1", "b@0+1/1", "a@0+1/1"}},
    {"[a b c]/2", {"a@0+2/3 b@2+2/3", "c@1+2/3", "a@0+2/3 b@2+2/3"}},
    {"a*1.5", {"a@0+2/3 a@2+2/3", "a@1+2/3", "a@0+2/3 a@2+2/3"}},
    {"a@3 b", {"a@0+3/4 b@3+1/4"}},
    {"a@1.5 b", {"a@0+3/5 b@3+2/5"}},
    {"a _ b", {"a@0+2/3 b@2+1/3"}},
    {"a _ _ b", {"a@0+3/4 b@3+1/4"}},
    {"<a@3 b>", {"a@0+3/1", "", "", "b@0+1/1"}},
    {"a!3", {"a@0+1/3 a@1+1/3 a@2+1/3"}},
    {"a!3 b", {"a@0+1/4 a@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a ! b", {"a@0+1/3 a@1+1/3 b@2+1/3"}},
    {"a! b", {"a@0+1/3 a@1+1/3 b@2+1/3"}},
    {"[a b]!2 c", {"a@0+1/6 b@1+1/6 a@2+1/6 b@3+1/6 c@2+1/3"}},
    {"a*2!2", {"a@0+1/4 a@1+1/4 a@2+1/4 a@3+1/4"}},
    {"<a b>!2 c", {"a@0+1/3 a@1+1/3 c@2+1/3", "b@0+1/3 b@1+1/3 c@2+1/3"}},
    {"a b, c d e", {"a@0+1/2 c@0+1/3 d@1+1/3 b@1+1/2 e@2+1/3"}},
    {"[a, b c] d", {"a@0+1/2 b@0+1/4 c@1+1/4 d@1+1/2"}},
    {"<a b, c d e>", {"a@0+1/1 c@0+1/1", "b@0+1/1 d@0+1/1", "a@0+1/1 e@0+1/1"}},
    {"a(3,8)", {"a@0+1/8 a@3+1/8 a@6+1/8"}},
    {"a(5,8)", {"a@0+1/8 a@2+1/8 a@3+1/8 a@5+1/8 a@6+1/8"}},
    {"a(3,8,2)", {"a@1+1/8 a@4+1/8 a@6+1/8"}},
    {"a(4,12)", {"a@0+1/12 a@3+1/12 a@6+1/12 a@9+1/12"}},
    {"a(2,5)", {"a@0+1/5 a@2+1/5"}},
    {"a(3,4)", {"a@0+1/4 a@1+1/4 a@2+1/4"}},
    {"a(5,12)", {"a@0+1/12 a@3+1/12 a@5+1/12 a@8+1/12 a@10+1/12"}},
    {"a(7,16)", {"a@0+1/16 a@3+1/16 a@5+1/16 a@7+1/16 a@10+1/16 a@12+1/16 a@14+1/16"}},
    {"a(-3,8)", {"a@1+1/8 a@2+1/8 a@4+1/8 a@5+1/8 a@7+1/8"}},
    {"a(0,4)", {""}},
    {"a(1,3) b", {"a@0+1/6 b@1+1/2"}},
    {"<a b>(2,4)", {"a@0+1/4 a@2+1/4", "b@0+1/4 b@2+1/4"}},
    {"{a b c}%4", {"a@0+1/4 b@1+1/4 c@2+1/4 a@3+1/4", "b@0+1/4 c@1+1/4 a@2+1/4 b@3+1/4"}},
    {"{a b, c d e}", {"a@0+1/2 c@0+1/2 b@1+1/2 d@1+1/2", "a@0+1/2 e@0+1/2 b@1+1/2 c@1+1/2"}},
    {"0 .. 3", {"0@0+1/4 1@1+1/4 2@2+1/4 3@3+1/4"}},
    {"3 .. 1", {"3@0+1/3 2@1+1/3 1@2+1/3"}},
    {"a:3 a", {"a:3@0+1/2 a@1+1/2"}},
    {"-7 0.5", {"-7@0+1/2 0.5@1+1/2"}},
    {"c4 e4 g4", {"0@0+1/3 4@1+1/3 7@2+1/3"}},
    {"c5 a3 f#4 eb4", {"12@0+1/4 -3@1+1/4 6@2+1/4 3@3+1/4"}},
    {"c e g", {"0@0+1/3 4@1+1/3 7@2+1/3"}},
    {"c4'maj", {"0@0+1/1 4@0+1/1 7@0+1/1"}},
    {"<c4'min7 f3'maj>", {"0@0+1/1 3@0+1/1 7@0+1/1 10@0+1/1", "-7@0+1/1 -3@0+1/1 0@0+1/1"}},
    {"X.x.", {"x@0+1/4 x@2+1/4"}},
    {"x..x..x.", {"x@0+1/8 x@3+1/8 x@6+1/8"}},
    {"a b; rev", {"b@0+1/2 a@1+1/2"}},
    {"a b c d; rev; rev", {"a@0+1/4 b@1+1/4 c@2+1/4 d@3+1/4"}},
    {"a@3 b; rev", {"b@0+1/4 a@1+3/4"}},
    {"a b; fast 2", {"a@0+1/4 b@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a b; slow 2", {"a@0+1/1", "b@0+1/1", "a@0+1/1"}},
    {"a b; fast 3/2", {"a@0+1/3 b@1+1/3 a@2+1/3", "b@0+1/3 a@1+1/3 b@2+1/3"}},
    {"a b; every 3 (fast 2)",
     {"a@0+1/4 b@1+1/4 a@2+1/4 b@3+1/4", "a@0+1/2 b@1+1/2", "a@0+1/2 b@1+1/2", "a@0+1/4 b@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a b; every 2 rev", {"b@0+1/2 a@1+1/2", "a@0+1/2 b@1+1/2", "b@0+1/2 a@1+1/2"}},
    {"a b; every 2 (rev; fast 2)", {"b@0+1/4 a@1+1/4 b@2+1/4 a@3+1/4", "a@0+1/2 b@1+1/2"}},
    {"a b; every 2 (every 2 rev)", {"b@0+1/2 a@1+1/2", "a@0+1/2 b@1+1/2", "b@0+1/2 a@1+1/2"}},
    {"a b; palindrome", {"a@0+1/2 b@1+1/2", "b@0+1/2 a@1+1/2", "a@0+1/2 b@1+1/2"}},
    {"<a b> c; palindrome", {"a@0+1/2 c@1+1/2", "c@0+1/2 a@1+1/2", "b@0+1/2 c@1+1/2", "c@0+1/2 b@1+1/2"}},
    {"a b c d; iter 4",
     {"a@0+1/4 b@1+1/4 c@2+1/4 d@3+1/4", "b@0+1/4 c@1+1/4 d@2+1/4 a@3+1/4", "c@0+1/4 d@1+1/4 a@2+1/4 b@3+1/4",
      "d@0+1/4 a@1+1/4 b@2+1/4 c@3+1/4"}},
    {"a b; ply 2", {"a@0+1/4 a@1+1/4 b@2+1/4 b@3+1/4"}},
    {"0 4; add 7", {"7@0+1/2 11@1+1/2"}},
    {"0 a; +7", {"7@0+1/2 a@1+1/2"}},
    {"c4 e4; -12", {"-12@0+1/2 -8@1+1/2"}},
    {"a b; late 1/4", {"a@1+2/4 b@3+2/4"}},
    {"a b; early 0.25", {"b@1+2/4 a@3+2/4"}},
    {"0 4; off 1/8 (+12)", {"0@0+1/2 12@1+4/8 4@1+1/2 16@5+4/8"}},
    {"a a a a; degradeBy 1", {""}},
    {"a a; degradeBy 0", {"a@0+1/2 a@1+1/2"}},
    {"0 1; sometimesBy 1 (+7)", {"7@0+1/2 8@1+1/2"}},
    {"0 1; sometimesBy 0 (+7)", {"0@0+1/2 1@1+1/2"}},
    {"~ ~", {"", ""}},
    {"<~ a>", {"", "a@0+1/1", ""}},
    {"<[a b] c>", {"a@0+1/2 b@1+1/2", "c@0+1/1"}},
    {"<a b>/2", {"a@0+2/1", "", "b@0+2/1", ""}},
    {"a*0.5", {"a@0+2/1", "", "a@0+2/1"}},
    {"[a ~]*2", {"a@0+1/4 a@2+1/4"}},
    {"[a b c]*1.5", {"a@0+2/9 b@2+2/9 c@4+2/9 a@6+2/9 b@8+2/9", "c@1+2/9 a@3+2/9 b@5+2/9 c@7+2/9"}},
    {"a <b*2 c(3,8)>", {"a@0+1/2 b@2+1/4 b@3+1/4", "a@0+1/2 c@8+1/16 c@11+1/16 c@14+1/16"}},
    {"[a b]@3 c", {"a@0+3/8 b@3+3/8 c@3+1/4"}},
    {"<a b>@2 c", {"a@0+2/3 c@2+1/3", "b@0+2/3 c@2+1/3"}},
    {"a@3 b@2 c", {"a@0+1/2 b@3+2/6 c@5+1/6"}},
    {"a _ _ b _", {"a@0+3/5 b@3+2/5"}},
    {"[a _ b] c", {"a@0+1/3 b@2+1/6 c@1+1/2"}},
    {"<a _ b>", {"a@0+2/1", "", "b@0+1/1"}},
    {"a!2 b!3", {"a@0+1/5 a@1+1/5 b@2+1/5 b@3+1/5 b@4+1/5"}},
    {"[a!2]!2 b", {"a@0+1/6 a@1+1/6 a@2+1/6 a@3+1/6 b@2+1/3"}},
    {"[a!2] _ b", {"a@0+1/3 a@1+1/3 b@2+1/3"}},
    {"a b ! ! c", {"a@0+1/5 b@1+1/5 b@2+1/5 b@3+1/5 c@4+1/5"}},
    {"<a!2 b>", {"a@0+1/1", "a@0+1/1", "b@0+1/1", "a@0+1/1"}},
    {"[a, b c]*2", {"a@0+1/2 b@0+1/4 c@1+1/4 a@1+1/2 b@2+1/4 c@3+1/4"}},
    {"[a, [b, c] d]", {"a@0+1/1 b@0+1/2 c@0+1/2 d@1+1/2"}},
    {"a(1,8)", {"a@0+1/8"}},
    {"a(4,4)", {"a@0+1/4 a@1+1/4 a@2+1/4 a@3+1/4"}},
    {"a(3,8,-1)", {"a@1+1/8 a@4+1/8 a@7+1/8"}},
    {"a(-3,8,2)", {"a@0+1/8 a@2+1/8 a@3+1/8 a@5+1/8 a@7+1/8"}},
    {"a(3,8)*2", {"a@0+1/16 a@3+1/16 a@6+1/16 a@8+1/16 a@11+1/16 a@14+1/16"}},
    {"[a b](3,8)", {"a@0+1/16 b@1+1/16 a@6+1/16 b@7+1/16 a@12+1/16 b@13+1/16"}},
    {"{a b}%3", {"a@0+1/3 b@1+1/3 a@2+1/3", "b@0+1/3 a@1+1/3 b@2+1/3", "a@0+1/3 b@1+1/3 a@2+1/3"}},
    {"{a b c d}%3",
     {"a@0+1/3 b@1+1/3 c@2+1/3", "d@0+1/3 a@1+1/3 b@2+1/3", "c@0+1/3 d@1+1/3 a@2+1/3", "b@0+1/3 c@1+1/3 d@2+1/3"}},
    {"{a ~ b}%2", {"a@0+1/2", "b@0+1/2 a@1+1/2", "b@1+1/2", "a@0+1/2"}},
    {"{a b c, d e}%4",
     {"a@0+1/4 d@0+1/4 b@1+1/4 e@1+1/4 c@2+1/4 d@2+1/4 a@3+1/4 e@3+1/4",
      "b@0+1/4 d@0+1/4 c@1+1/4 e@1+1/4 a@2+1/4 d@2+1/4 b@3+1/4 e@3+1/4"}},
    {"{a [b c]}%1", {"a@0+1/1", "b@0+1/2 c@1+1/2", "a@0+1/1"}},
    {"0 .. 3 7", {"0@0+1/8 1@1+1/8 2@2+1/8 3@3+1/8 7@1+1/2"}},
    /* patterns where a number would stand */
    {"a*<2 3>", {"a@0+1/2 a@1+1/2", "a@0+1/3 a@1+1/3 a@2+1/3", "a@0+1/2 a@1+1/2"}},
    {"a*<2@2 3>", {"a@0+1/2 a@1+1/2", "a@0+1/2 a@1+1/2", "a@0+1/3 a@1+1/3 a@2+1/3"}},
    {"a*<2 ~>", {"a@0+1/2 a@1+1/2", "", "a@0+1/2 a@1+1/2"}},
    {"a*[2 4]", {"a@0+1/2 a@2+1/4 a@3+1/4"}},
    {"a*<2 3> b", {"a@0+1/4 a@1+1/4 b@1+1/2", "a@0+1/6 a@1+1/6 a@2+1/6 b@1+1/2"}},
    {"a/<1 2>", {"a@0+1/1", "", "a@0+1/1", ""}},
    {"<a b>*<1 2>", {"a@0+1/1", "a@0+1/2 b@1+1/2", "a@0+1/1"}},
    {"a(<3 5>,8)", {"a@0+1/8 a@3+1/8 a@6+1/8", "a@0+1/8 a@2+1/8 a@3+1/8 a@5+1/8 a@6+1/8", "a@0+1/8 a@3+1/8 a@6+1/8"}},
    {"a(3,8,<0 2>)", {"a@0+1/8 a@3+1/8 a@6+1/8", "a@1+1/8 a@4+1/8 a@6+1/8"}},
    {"a(<3 2>,<8 6>)", {"a@0+1/8 a@3+1/8 a@6+1/8", "a@0+1/6 a@3+1/6"}},
    {"a([4 8],8)", {"a@0+1/8 a@2+1/8 a@4+1/8 a@5+1/8 a@6+1/8 a@7+1/8"}},
    {"{a b c}%<2 4>", {"a@0+1/2 b@1+1/2", "b@0+1/4 c@1+1/4 a@2+1/4 b@3+1/4"}},
    {"0 4; +<0 12>", {"0@0+1/2 4@1+1/2", "12@0+1/2 16@1+1/2", "0@0+1/2 4@1+1/2"}},
    {"0*4; add [0 7]", {"0@0+1/4 0@1+1/4 7@2+1/4 7@3+1/4"}},
    {"a b; fast <1 2>", {"a@0+1/2 b@1+1/2", "a@0+1/4 b@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a b; late <0 1/4>", {"a@0+1/2 b@1+1/2", "a@1+2/4 b@3+2/4"}},
    /* changes, alone and one upon another */
    {"a [b c]; rev", {"c@0+1/4 b@1+1/4 a@1+1/2"}},
    {"a ~ b c; rev", {"c@0+1/4 b@1+1/4 a@3+1/4"}},
    {"<a b> c; rev", {"c@0+1/2 a@1+1/2", "c@0+1/2 b@1+1/2"}},
    {"a b; slow 2; rev", {"a@0+1/1", "b@0+1/1"}},
    {"a b; fast 2; slow 2", {"a@0+1/2 b@1+1/2", "a@0+1/2 b@1+1/2"}},
    {"a b c d; late 1/4; rev", {"c@0+1/4 b@1+1/4 a@2+1/4 d@3+1/4"}},
    {"a b c d; iter 2", {"a@0+1/4 b@1+1/4 c@2+1/4 d@3+1/4", "c@0+1/4 d@1+1/4 a@2+1/4 b@3+1/4"}},
    {"a; every 3 (fast 3)", {"a@0+1/3 a@1+1/3 a@2+1/3", "a@0+1/1", "a@0+1/1", "a@0+1/3 a@1+1/3 a@2+1/3"}},
    {"a b; every 2 (late 1/4)", {"a@1+2/4 b@3+2/4", "a@0+1/2 b@1+1/2", "a@1+2/4 b@3+2/4"}},
    {"a b; off 1/4 (fast 2)", {"a@0+1/2 a@1+2/8 b@3+2/8 b@1+1/2 a@5+2/8 b@7+2/8"}},
    {"a b; superimpose (fast 2)", {"a@0+1/2 a@0+1/4 b@1+1/4 b@1+1/2 a@2+1/4 b@3+1/4"}},
    {"a b; jux rev", {"a@0+1/2 b@0+1/2 b@1+1/2 a@1+1/2"}},
    {"bd [~ sn] bd*2 <hh oh>",
     {"bd@0+1/4 sn@3+1/8 bd@4+1/8 bd@5+1/8 hh@3+1/4", "bd@0+1/4 sn@3+1/8 bd@4+1/8 bd@5+1/8 oh@3+1/4"}},
};

/* The names of a pattern in the order in which they come, as the parser counts them. */
static void list_names(const char *text, const char *names[32])
{
	static char store[32][24];
	uint32_t count = 0;
	for (const char *p = text; *p && *p != ';';) {
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (!n) {
			p++;
			continue;
		}
		uint32_t i = 0;
		while (i < count && (strlen(store[i]) != n || strncmp(store[i], p, n)))
			i++;
		if (i == count) {
			snprintf(store[count], sizeof store[0], "%.*s", (int)n, p);
			names[count] = store[count];
			count++;
		}
		p += n;
	}
}

/* "a" is a note, too: in the table it is meant as a name, so it gets a k behind it before the pattern is read. */
static char *as_names(const char *text, char *to)
{
	char *out = to;
	for (const char *p = text; *p; p++) {
		const bool letter = *p >= 'a' && *p <= 'e',
			   single = letter && !(p > text && strchr("abcdefghijklmnopqrstuvwxyz'", p[-1])) &&
		                    !(p[1] && strchr("abcdefghijklmnopqrstuvwxyz#0123456789'", p[1]));
		*out++ = *p;
		if (single && !strstr(text, "e g"))
			*out++ = 'k';
	}
	*out = 0;
	return to;
}

static void mini_notation_gives_the_events_that_are_documented(void **state)
{
	(void)state;
	struct us_pattern *p = room_of_one();
	char text[512], wanted[2048], got[8192];
	const char *names[32] = {0};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		uint32_t column;
		struct us_err err = {""};
		as_names(table[i].text, text);
		if (read_into(p, text, &column, &err))
			fail_msg("\"%s\": column %u: %s", text, column, err.text);
		list_names(text, names);
		names[0] = strchr(text, 'X') || !strncmp(text, "x.", 2) ? "x" : names[0];
		for (int c = 0; c < 4 && table[i].cycles[c]; c++) {
			as_names(table[i].cycles[c], wanted);
			describe(p, names, c, got);
			if (strcmp(got, wanted))
				fail_msg("\"%s\", cycle %d: wanted %s, got %s", table[i].text, c, wanted, got);
		}
	}
}

static void events_know_where_they_stand_in_the_text(void **state)
{
	(void)state;
	struct us_pattern *p = room_of_one();
	static struct event event[EVENTS];
	static const struct {
		const char *text;
		uint32_t count, column[8];
	} known[] = {{"bd [sn sn]", 3, {1, 5, 8}},
	             {"X.x.", 2, {1, 3}},
	             {"a*2 <b c>", 3, {1, 1, 6}},
	             {"c4'maj 7", 4, {1, 1, 1, 8}},
	             {"a b; rev", 2, {3, 1}}};
	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
		uint32_t column;
		assert_int_equal(read_into(p, known[k].text, &column, NULL), US_OK);
		assert_int_equal(events_of(p, 0, event, EVENTS), known[k].count);
		for (uint32_t i = 0; i < known[k].count; i++)
			assert_int_equal(event[i].column, known[k].column[i]);
	}
}

static void malformed_patterns_say_where_and_what_would_be_right(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t column;
		const char *words;
	} bad[] = {
	    {"bd [sn", 7, "not closed"},
	    {"bd ]", 4, "cannot stand here"},
	    {"bd*", 4, "a number"},
	    {"bd*x", 4, "a number"},
	    {"bd(3", 5, "hits and steps"},
	    {"bd(3,8", 7, "a )"},
	    {"bd(3,999)", 6, "whole number"},
	    {"bd@0", 4, "a weight above 0"},
	    {"! bd", 1, "before it"},
	    {"bd .. 3", 4, "a number before"},
	    {"c4'foo", 4, "no chord 'foo'"},
	    {"a, b | c", 6, "not both"},
	    {"bd*2000", 4, "from 0.000976562 to 1024"},
	    {"$", 1, "expected a step"},
	    {"[bd sn]:2", 9, "only behind a name"},
	    {"{a b}%0", 7, "expected a number"},
	    {"bd; evry 4 rev", 5, "did you mean 'every'"},
	    {"bd; every rev", 11, "a number"},
	    {"bd; every 4", 12, "expected a change"},
	    {"bd; every 4 (fast 2", 20, "a )"},
	    {"bd; fast 0", 10, "from 0.000976562 to 1024"},
	    {"bd; rev fast 2", 9, "expected a ;"},
	    {"bd;", 4, "expected a change"},
	    {"bd; off 1/0 rev", 9, "a number such as 1/8"},
	    {"bd; iter 1.5", 10, "whole number"},
	    {"[bd; rev] sn", 4, "expected a step"},
	    {"bd; jux", 8, "expected a change"},
	    {"bd; juxby 2 rev", 11, "from 0 to 1"},
	    {"bd*<2 x>", 7, "expected numbers"},
	    {"bd*<2 2000>", 7, "numbers from 0.000976562 to 1024"},
	    {"bd(<3 bd>,8)", 7, "expected numbers"},
	    {"bd(3,<8 0>)", 9, "whole numbers from 1 to 256"},
	    {"bd*<2 3", 8, "not closed"},
	    {"bd; +<1 a", 10, "not closed"},
	    {"bd; +<1 sn>", 9, "expected numbers"},
	    {"0*64*64*64", 1, "262144 events; at most 4096"},
	    {"bd:", 4, "a number behind the :"},
	    {"7:x", 3, "a number behind the :"},
	    {"7:0x9", 3, "a number behind the :"},
	    {"bd sn, <hh 0*64*64*64>", 12, "262147 events; at most 4096"},
	    {"bd; off 1/8 (+7); fast 1024; ply 8", 30, "16384 events; at most 4096"},
	    {"bd sn*2; layer (rev) (sine; fast 2)", 23, "no change 'sine'"},
	    {"0 [1 2] 3 [4, sine]; rev", 15, "expected segment 8"},
	    {"bd [a*1.0001 b*1.0003 c*1.0007 d*1.0009]", 5, "more than 2^40 parts"},
	    {"0; chunk 0 (rev)", 10, "0 parts"},
	    {"[0,1,2,3,4,5,6,7]*1; superimpose (+1); superimpose (+2); superimpose (+3); superimpose (+4)", 2,
	     "128 events at one moment; at most 64"},
	    {"a*1.0001 b*1.0003 c*1.0007 d*1.0009", 1, "more than 2^40 parts"},
	    {"gate", 1, "an output of every pattern"},
	    {"0 1; density 2", 6, "density: here it is fast"},
	    {"sine; fast 2", 1, "expected segment 8"},
	    {"0; mask bd [", 13, "not closed"},
	    {"0; range 1", 11, "expected a number"},
	    {"0; chunk <2 3> (fast 2)", 16, "not a pattern"},
	    {"0; every' 3 <1 2> rev", 19, "not patterns"},
	    {"c'foo", 3, "no chord 'foo'"},
	    {"0; linger 0", 11, "a part of 0"},
	    {"0; arp sideways", 8, "expected up, down"},
	    {"0; bite 4 x", 11, "expected a number"},
	};
	struct us_pattern *p = room_of_one();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint32_t column;
		struct us_err err = {""};
		if (read_into(p, bad[i].text, &column, &err) == US_OK)
			fail_msg("\"%s\" is accepted", bad[i].text);
		if (!strstr(err.text, bad[i].words) || column != bad[i].column)
			fail_msg("\"%s\": column %u: %s", bad[i].text, column, err.text);
	}
}

static void chance_is_fair_and_the_same_for_everybody(void **state)
{
	(void)state;
	struct us_pattern *p = room_of_one();
	static struct event a[EVENTS], b[EVENTS];
	uint32_t column, played = 0, first = 0;
	p->seed = 9;
	assert_int_equal(read_into(p, "bd*16?0.25", &column, NULL), US_OK);
	for (int64_t c = 0; c < 500; c++) {
		const uint32_t n = events_of(p, c, a, EVENTS);
		assert_int_equal(events_of(p, c, b, EVENTS), n);
		assert_memory_equal(a, b, n * sizeof *a);
		played += n;
	}
	assert_in_range(played, 8000 * 72 / 100, 8000 * 78 / 100);
	assert_int_equal(read_into(p, "bd | sn | hh", &column, NULL), US_OK);
	for (int64_t c = 0; c < 3000; c++) {
		assert_int_equal(events_of(p, c, a, EVENTS), 1);
		first += a[0].name == 1;
	}
	assert_in_range(first, 850, 1150);
}

/* The plain steps are on the left, the changed ones on the right; a jux within another has the last word. */
static void jux_tells_left_from_right(void **state)
{
	(void)state;
	struct us_pattern *p = room_of_one();
	static struct event event[EVENTS];
	static const struct {
		const char *text;
		uint32_t count;
		float at[8], value[8], side[8];
	} known[] = {
	    {"1 2", 2, {0, .5f}, {1, 2}, {0, 0}},
	    {"1 2; jux rev", 4, {0, 0, .5f, .5f}, {1, 2, 2, 1}, {-1, 1, -1, 1}},
	    {"1 2; juxBy 0.5 (+7)", 4, {0, 0, .5f, .5f}, {1, 8, 2, 9}, {-.5f, .5f, -.5f, .5f}},
	    {"1 2; jux (fast 2)", 6, {0, 0, .25f, .5f, .5f, .75f}, {1, 1, 2, 2, 1, 2}, {-1, 1, 1, -1, 1, 1}},
	    {"1; jux (+1; juxBy 0.5 (+1))", 3, {0, 0, 0}, {1, 2, 3}, {-1, -.5f, .5f}},
	    {"1; every 2 (jux (+1))", 2, {0, 0}, {1, 2}, {-1, 1}},
	};
	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
		uint32_t column;
		assert_int_equal(read_into(p, known[k].text, &column, NULL), US_OK);
		assert_int_equal(events_of(p, 0, event, EVENTS), known[k].count);
		for (uint32_t i = 0; i < known[k].count; i++) {
			assert_true(fabs(event[i].at - (double)known[k].at[i]) < 1e-9);
			assert_true(event[i].value == known[k].value[i]);
			assert_true(event[i].side == known[k].side[i]);
		}
	}
}

/* Each event is either changed or not, never both, never none. */
static void sometimes_changes_as_many_as_it_says(void **state)
{
	(void)state;
	struct us_pattern *p = room_of_one();
	static struct event a[EVENTS];
	static const struct {
		const char *text;
		int least, most; /* of 1,600 */
	} some[] = {{"0*16; sometimes (+7)", 700, 900},
	            {"0*16; often (+7)", 1120, 1280},
	            {"0*16; rarely (+7)", 320, 480},
	            {"0*16; sometimesBy 0.1 (+7)", 100, 220}};
	p->seed = 5;
	for (size_t k = 0; k < sizeof some / sizeof some[0]; k++) {
		uint32_t column;
		int changed = 0;
		assert_int_equal(read_into(p, some[k].text, &column, NULL), US_OK);
		for (int64_t c = 0; c < 100; c++) {
			assert_int_equal(events_of(p, c, a, EVENTS), 16);
			for (int i = 0; i < 16; i++) {
				assert_true(fabs(a[i].at - i / 16.0) < 1e-9 && (a[i].value == 0 || a[i].value == 7));
				changed += a[i].value == 7;
			}
		}
		assert_in_range(changed, some[k].least, some[k].most);
	}
}

/* Whatever the bytes say: it ends, within bounds. */
static void a_tree_of_rubbish_harms_nobody(void **state)
{
	(void)state;
	enum { NODES = 300 };
	struct us_pattern *p = room_of_one();
	static struct us_hap hap[US_PATTERN_HAPS];
	uint32_t random = 1, sound = 0;
	for (int n = 0; n < 2000; n++) {
		for (size_t i = 0; i < US_PATTERN_BYTES; i++)
			((unsigned char *)p)[i] = (unsigned char)((random = random * 1664525 + 1013904223) >> 24);
		p->nodes %= NODES;
		p->ticks = p->ticks < 0 ? -(p->ticks + 1) % (1 << 20) : p->ticks % (1 << 20);
		for (uint32_t i = 0; i < p->nodes; i++) {
			struct us_pattern_node *node = &p->node[i];
			node->op %= US_PAT_OPS + 1;
			node->first = (uint16_t)(i + 1 + node->first % 8);
			node->children %= 6;
			node->arguments = node->arguments % 8 == 7 ? 1 : 0;
			node->num %= 64;
			node->den %= 64;
			node->from %= 8;
			node->weight %= 8;
		}
		sound += us_pattern_is_sound(p, US_PATTERN_BYTES);
		const int64_t from = ((int64_t)n * 7919 - 5000) * (p->ticks + 1);
		const int count = us_pattern_query(p, from, from + p->ticks, hap, US_PATTERN_HAPS);
		assert_true(count <= US_PATTERN_HAPS && count >= US_PATTERN_TIRED);
	}
	assert_true(sound < 20);
}

/* --- names ----------------------------------------------------------------------------------------------- */

static uint32_t number_of(const struct us_pattern *p, const char *name)
{
	for (uint32_t n = 1; n <= p->names; n++)
		if (strcmp(us_pattern_name(p, n), name) == 0)
			return n;
	return 0;
}

static struct us_pattern *follow(struct us_pattern *before, const char *text, uint64_t held)
{
	uint32_t column;
	struct us_err err;
	struct us_pattern *p = us_pattern_next(text, before, held, &column, &err);
	if (!p)
		fail_msg("%s: %s", text, err.text);
	assert_true(us_pattern_is_sound(p, p->bytes));
	free(before);
	return p;
}

/* A set in which the text is edited all night: names come and go, more than there are numbers for. */
static void names_that_left_the_text_give_their_outputs_back(void **state)
{
	(void)state;
	char text[64];
	const uint64_t held = 1 << 0 | 1 << 2; /* cables leave from the outputs of kick and gone */
	struct us_pattern *p = follow(NULL, "kick hat gone", 0);
	for (uint32_t i = 0; i < 5 * US_PATTERN_NAMES; i++) {
		snprintf(text, sizeof text, "kick new%u [old%u hat]*2", i, i / 3);
		p = follow(p, text, held);
		snprintf(text, sizeof text, "new%u", i);
		assert_in_range(number_of(p, text), 1, US_PATTERN_OUTPUTS);
		snprintf(text, sizeof text, "old%u", i / 3);
		assert_in_range(number_of(p, text), 1, US_PATTERN_OUTPUTS);
		assert_int_equal(number_of(p, "kick"), 1);
		assert_int_equal(number_of(p, "hat"), 2);
		assert_int_equal(number_of(p, "gone"), 3);
	}
	free(p);
}

/* Whatever is edited: who is in both texts keeps its number, and no two have one. */
static void a_name_that_stays_keeps_its_number(void **state)
{
	(void)state;
	struct us_pattern *p = NULL;
	uint32_t seed = 7, was[200] = {0};
	for (int round = 0; round < 400; round++) {
		char text[400] = "", name[16];
		uint32_t now[200] = {0}, taken[US_PATTERN_NAMES + 1] = {0};
		for (int k = 0; k < 20; k++) {
			seed = seed * 1664525u + 1013904223u;
			now[seed >> 8 & 127] = 1;
		}
		for (int i = 0; i < 200; i++)
			if (now[i])
				sprintf(text + strlen(text), "n%d ", i);
		p = follow(p, text, 0);
		for (int i = 0; i < 200; i++) {
			if (!now[i])
				continue;
			sprintf(name, "n%d", i);
			now[i] = number_of(p, name);
			assert_in_range(now[i], 1, US_PATTERN_OUTPUTS);
			assert_int_equal(taken[now[i]]++, 0);
			if (was[i])
				assert_int_equal(now[i], was[i]);
		}
		memcpy(was, now, sizeof was);
	}
	free(p);
}

static void names_may_be_told_their_order(void **state)
{
	(void)state;
	uint32_t column;
	struct us_err err;
	struct us_pattern *p = follow(NULL, "hh bd; rev; names bd ~ hh gone bd:3", 0);
	assert_int_equal(number_of(p, "bd"), 1);
	assert_int_equal(number_of(p, "hh"), 3);
	assert_int_equal(number_of(p, "gone"), 4);
	assert_string_equal(us_pattern_name(p, 2), "");
	p = follow(p, "hh cp", 0); /* of what plays it moves nothing */
	assert_int_equal(number_of(p, "hh"), 3);
	free(p);
	static const struct {
		const char *text, *words;
	} bad[] = {{"bd; names", "names"},
	           {"bd; names 3", "a name"},
	           {"bd; names gate", "gate"},
	           {"bd; names (sn)", "a name"}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err.text[0] = 0;
		assert_null(us_pattern_new(bad[i].text, &column, &err));
		if (!strstr(err.text, bad[i].words) || column < 4)
			fail_msg("%s: column %u: %s", bad[i].text, column, err.text);
	}
}

/* --- the player ------------------------------------------------------------------------------------------ */

static struct us_pattern *playing;

static struct rig *rig_of(const char *text, float bpm)
{
	struct rig *r = rig_open("pattern");
	uint32_t column;
	struct us_err err;
	static uint32_t serial;
	free(playing);
	playing = us_pattern_new(text, &column, &err);
	if (!playing)
		fail_msg("%s", err.text);
	playing->serial = ++serial;
	playing->start = US_START_NOW;
	r->block.pattern = playing;
	r->block.voices = 1;
	r->block.lanes = 1;
	r->block.beats_per_frame = bpm / 60 / r->block.rate;
	r->block.beat_step = (double)r->block.beats_per_frame;
	return r;
}

/* Ten minutes at a tempo that fits no block: every event at the very frame, the first that is not before its time. */
static void events_come_at_their_very_frame(void **state)
{
	(void)state;
	struct rig *r = rig_of("a(5,8) [b c]*3 <d e f>", 133.7f);
	const int trigger = rig_output(r, "trigger");
	static struct event event[EVENTS];
	const double frames_per_cycle = 4 / r->block.beat_step;
	int64_t cycle = -1;
	uint32_t count = 0, next = 0, seen = 0;
	for (uint64_t block = 0; block < 600u * 48000 / US_BLOCK; block++) {
		r->block.beat = (double)(block * US_BLOCK) * r->block.beat_step;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			while (next == count) {
				count = events_of(playing, ++cycle, event, EVENTS);
				next = 0;
			}
			const double due = ((double)cycle + event[next].at) * frames_per_cycle;
			const uint64_t frame = block * US_BLOCK + (uint64_t)i, wanted = (uint64_t)ceil(due - 1e-5);
			const bool hit = r->out[trigger][i][0] > 0.5f;
			if (hit != (frame == wanted))
				fail_msg("event %u, due at %.3f: %s at frame %llu", seen, due, hit ? "hit" : "nothing",
				         (unsigned long long)frame);
			seen += hit;
			while (hit && next < count &&
			       (uint64_t)ceil(((double)cycle + event[next].at) * frames_per_cycle - 1e-5) == frame)
				next++;
		}
	}
	assert_true(seen > 3000);
	rig_close(r);
}

static void a_new_pattern_begins_when_it_is_told_to(void **state)
{
	(void)state;
	static const struct {
		enum us_pattern_start start;
		double beat, wanted;
	} starts[] = {{US_START_NOW, 0, 2.75}, {US_START_AT, 2.667, 2.75}, {US_START_AT, 2, 2.75}};
	for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
		struct rig *r = rig_of("1*8", 120);
		const int value = rig_output(r, "value"), trigger = rig_output(r, "trigger");
		const double per_block = US_BLOCK * r->block.beat_step;
		double first = -1;
		uint32_t column;
		struct us_pattern *next = NULL;
		for (int block = 0; block < 4000 && first < 0; block++) {
			r->block.beat = block * per_block;
			if (block == 1000) { /* a little after beat 2.66 */
				next = us_pattern_new("2*16", &column, NULL);
				next->serial = playing->serial + 1;
				next->start = (uint8_t)starts[k].start;
				next->beat = starts[k].beat;
				r->block.before = playing;
				r->block.pattern = next;
			}
			rig_run(r);
			r->block.before = NULL;
			for (int i = 0; i < US_BLOCK && first < 0; i++)
				if (r->out[trigger][i][0] > 0.5f && r->out[value][i][0] == 2)
					first = (block * US_BLOCK + i) * r->block.beat_step;
		}
		if (fabs(first - starts[k].wanted) > 0.001)
			fail_msg("start %zu: begins at beat %g, not %g", k, first, starts[k].wanted);
		rig_close(r);
		free(next);
	}
}

static void chords_take_a_voice_each_and_gates_fall_in_between(void **state)
{
	(void)state;
	struct rig *r = rig_of("c4'min7 ~", 120);
	const int gate = rig_output(r, "gate"), pitch = rig_output(r, "pitch");
	static const float tones[] = {0, 3, 7, 10};
	r->block.voices = r->block.lanes = 4;
	rig_set(r, "legato", 1);
	const double per_block = US_BLOCK * r->block.beat_step;
	uint32_t on = 0;
	for (int block = 0; block < 96000 / US_BLOCK; block++) { /* one cycle: two seconds */
		r->block.beat = block * per_block;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			on += r->out[gate][i][0] > 0.5f;
			for (int l = 0; l < 4 && block < 700; l++) {
				assert_true(fabsf(r->out[pitch][i][l] - tones[l] / 12) < 1e-6f);
				assert_true(r->out[gate][i][l] > 0.5f);
			}
			assert_true(r->out[gate][i][4] == 0);
		}
	}
	assert_int_equal(on, 48000 - 1);
	rig_close(r);
}

/* One voice on each side at once, and gates for 24 names. */
static void sides_and_24_names_come_out(void **state)
{
	(void)state;
	struct rig *r = rig_of("1; jux (+1)", 120);
	const int side = rig_output(r, "side"), value = rig_output(r, "value");
	r->block.voices = r->block.lanes = 2;
	rig_run(r);
	for (int i = 0; i < US_BLOCK; i++) {
		assert_true(r->out[side][i][0] == -1 && r->out[side][i][1] == 1);
		assert_true(r->out[value][i][0] == 1 && r->out[value][i][1] == 2);
	}
	rig_close(r);
	char name[8];
	r = rig_of(
	    "[n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17, n18, n19, n20, n21, n22, "
	    "n23, n24] ~",
	    120);
	rig_run(r);
	for (int n = 1; n <= US_PATTERN_OUTPUTS; n++) {
		snprintf(name, sizeof name, "n%d", n);
		assert_true(r->out[rig_output(r, name)][0][0] == 1);
	}
	rig_close(r);
}

/* What nobody reads is not written, and changes nothing of what somebody does. */
static void unread_outputs_cost_nothing_and_change_nothing(void **state)
{
	(void)state;
	static const char text[] = "<c4'min7 f3'maj7> bd(3,8) sn; jux rev";
	static us_vec gate[400][US_BLOCK];
	for (int round = 0; round < 2; round++) {
		struct rig *r = rig_of(text, 133.7f);
		const int out = rig_output(r, "gate"), pitch = rig_output(r, "pitch");
		r->block.voices = r->block.lanes = 4;
		r->block.unread = round ? ~(1ull << out) : 0;
		for (int block = 0; block < 400; block++) {
			r->block.beat = block * US_BLOCK * r->block.beat_step;
			rig_run(r);
			if (!round)
				memcpy(gate[block], r->out[out], sizeof gate[block]);
			else
				assert_memory_equal(gate[block], r->out[out], sizeof gate[block]);
			assert_true(!round == !isnan(r->out[pitch][0][0]));
		}
		rig_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mini_notation_gives_the_events_that_are_documented),
	    cmocka_unit_test(events_know_where_they_stand_in_the_text),
	    cmocka_unit_test(malformed_patterns_say_where_and_what_would_be_right),
	    cmocka_unit_test(chance_is_fair_and_the_same_for_everybody),
	    cmocka_unit_test(jux_tells_left_from_right),
	    cmocka_unit_test(sometimes_changes_as_many_as_it_says),
	    cmocka_unit_test(names_that_left_the_text_give_their_outputs_back),
	    cmocka_unit_test(a_name_that_stays_keeps_its_number),
	    cmocka_unit_test(names_may_be_told_their_order),
	    cmocka_unit_test(events_come_at_their_very_frame),
	    cmocka_unit_test(a_new_pattern_begins_when_it_is_told_to),
	    cmocka_unit_test(chords_take_a_voice_each_and_gates_fall_in_between),
	    cmocka_unit_test(sides_and_24_names_come_out),
	    cmocka_unit_test(unread_outputs_cost_nothing_and_change_nothing),
	    cmocka_unit_test(a_tree_of_rubbish_harms_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
