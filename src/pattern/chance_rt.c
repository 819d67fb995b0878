/* chance_rt.c — dice, signals and Bjorklund's rhythms: the same numbers in every replica. See query.h. */
#include "query.h"

#include <string.h>

static uint64_t mixed(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* A quotient of two whole numbers depends on nothing but their ratio, so more ticks in a cycle throw the same dice. */
float us_chance(const struct query *q, uint32_t place, int64_t at, int64_t length)
{
	const int64_t cycle = us_floor_div(at, length);
	const double within = (double)(at - cycle * length) / (double)length;
	uint64_t bits;
	memcpy(&bits, &within, sizeof bits);
	const uint64_t h = mixed(((uint64_t)cycle * 0x9e3779b97f4a7c15u) ^ ((uint64_t)q->seed << 32 | place));
	return (float)(mixed(h ^ bits) >> 40) * 0x1p-24f;
}

/* Of 2 pi x, for x from 0 to 1, to some 1e-9: Taylor's series over a quarter. */
static double sine(double x)
{
	double sign = 1;
	if (x >= 0.5) {
		x -= 0.5;
		sign = -1;
	}
	if (x > 0.25)
		x = 0.5 - x;
	if (x == 0.25) /* so that 0 and 1 are exactly that */
		return sign;
	const double a = 6.28318530717958647692 * x, b = a * a;
	const double series =
	    1 - b / 6 * (1 - b / 20 * (1 - b / 42 * (1 - b / 72 * (1 - b / 110 * (1 - b / 156 * (1 - b / 210))))));
	return sign * a * series;
}

static double perlin(const struct query *q, uint32_t place, int64_t cycle, double x)
{
	const double a = (double)us_chance(q, place, cycle, 1), b = (double)us_chance(q, place, cycle + 1, 1);
	return a + (b - a) * x * x * (3 - 2 * x);
}

/* Its value in the middle of what is asked for. */
void us_answer_signal(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	struct us_hap *h = us_hap_add(q);
	if (!h)
		return;
	/* In halves of a tick, so that the middle is a whole number of them. */
	const int64_t middle = s.from + s.to, cycle = us_floor_div(middle, 2 * s.length);
	const double t = (double)(middle - 2 * cycle * s.length) / (double)(2 * s.length);
	double value = 0;
	switch ((enum us_pattern_signal)n->kind) {
	case US_SIG_SINE:
		value = 0.5 + 0.5 * sine(t);
		break;
	case US_SIG_COSINE:
		value = 0.5 + 0.5 * sine(t < 0.75 ? t + 0.25 : t - 0.75);
		break;
	case US_SIG_SAW:
		value = t;
		break;
	case US_SIG_ISAW:
		value = 1 - t;
		break;
	case US_SIG_TRI:
		value = t < 0.5 ? 2 * t : 2 - 2 * t;
		break;
	case US_SIG_SQUARE:
		value = t < 0.5 ? 0 : 1;
		break;
	case US_SIG_RAND:
		value = (double)us_chance(q, n->place, s.from, s.length);
		break;
	case US_SIG_PERLIN:
		value = perlin(q, n->place, cycle, t);
		break;
	case US_SIG_IRAND:
		value = (double)(int64_t)((double)us_chance(q, n->place, s.from, s.length) * (double)x->num /
		                          (double)(x->den > 0 ? x->den : 1));
		break;
	}
	*h = (struct us_hap){.begin = s.from,
	                     .end = s.to,
	                     .from = s.from,
	                     .to = s.to,
	                     .value = (float)value,
	                     .velocity = 0.8f,
	                     .stop = 1,
	                     .speed = 1,
	                     .place = n->place,
	                     .flags = US_HAP_ANALOG};
}

/* Bjorklund's algorithm (The Theory of Rep-Rate Pattern Generation, 2003) as Tidal plays it: two kinds of words, so
 * many of each; the rarer are hung behind the others until one kind is left over. */
void us_bjorklund(int hits, int steps, bool on[static US_PATTERN_EUCLID])
{
	bool word[2][US_PATTERN_EUCLID] = {{true}, {false}}, joined[US_PATTERN_EUCLID];
	const bool inverse = hits < 0;
	hits = hits < 0 ? -hits : hits;
	hits = hits > steps ? steps : hits;
	int count[2] = {hits, steps - hits}, bytes[2] = {1, 1};
	while (count[0] > 1 && count[1] > 1) {
		const int pairs = count[0] < count[1] ? count[0] : count[1];
		const int rest = count[0] < count[1] ? 1 : 0, left = count[rest] - pairs;
		const int n = bytes[0] + bytes[1];
		memcpy(joined, word[0], (size_t)bytes[0]);
		memcpy(joined + bytes[0], word[1], (size_t)bytes[1]);
		if (rest == 0) { /* the first kind is left over: it becomes the second */
			memcpy(word[1], word[0], (size_t)bytes[0]);
			bytes[1] = bytes[0];
		}
		memcpy(word[0], joined, (size_t)n);
		bytes[0] = n;
		count[0] = pairs;
		count[1] = left;
	}
	int n = 0;
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < count[k]; c++)
			for (int i = 0; i < bytes[k] && n < US_PATTERN_EUCLID; i++)
				on[n++] = word[k][i] != inverse;
}
