/* fused — the limit: the bench voice written out by hand as one loop, no modules, no engine, no rules about equal bits.
 * Built with -ffast-math and -march=native, LANES 8 or 16. usage: fused VOICES SECONDS */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef LANES
#define LANES 8
#endif
enum { RATE = 48000, BLOCK = 64, BEAT = RATE / 2 / BLOCK, OPEN = BEAT * 6 / 10 };

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int ivec __attribute__((vector_size(4 * LANES)));

static inline vec all(float x)
{
	return (vec){0} + x;
}
static inline vec choose(ivec mask, vec yes, vec no)
{
	return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

struct saw {
	ivec phase, step;
	vec per_step;
};

/* A two-sample polynomial edge on a naive saw. */
static inline vec saw(struct saw *s)
{
	s->phase += s->step;
	const vec p = __builtin_convertvector(s->phase, vec), k = s->per_step * 0x1p-32f, half = s->per_step * 0.5f;
	vec after = 1 - half - p * k, before = 1 - half + p * k;
	after = choose(after > 0, after, all(0));
	before = choose(before > 0, before, all(0));
	return p * 0x1p-31f + after * after - before * before;
}

struct envelope {
	vec level, factor, add, then_factor, then_add; /* the attack turns into the decay at 1 */
};

static inline vec envelope(struct envelope *e)
{
	const vec level = e->level * e->factor + e->add;
	const ivec top = level >= 1;
	e->factor = choose(top, e->then_factor, e->factor);
	e->add = choose(top, e->then_add, e->add);
	return e->level = choose(top, all(1), level);
}

struct filter {
	vec band, low;
};

static inline vec filter(struct filter *f, vec in, vec w)
{
	const vec q = w * w, g = w * (1 + q * (1 / 3.f + q * (2 / 15.f + q * (17 / 315.f))));
	const vec band = (f->band + g * (in - f->low)) / (1 + g * (g + 0.4f)), low = f->low + g * band;
	f->band = 2 * band - f->band;
	f->low = 2 * low - f->low;
	return low;
}

struct voices {
	struct saw saw[2];
	struct envelope sweep, shape;
	struct filter filter;
	vec left, right;
};

static __attribute__((noinline)) void render(struct voices *to, vec *left, vec *right)
{
	struct voices v = *to;
	for (int i = 0; i < BLOCK; i++) {
		const vec x = saw(&v.saw[0]) + saw(&v.saw[1]);
		const vec w = (200 + 4000 * envelope(&v.sweep)) * (float)(M_PI / RATE);
		const vec y = filter(&v.filter, x, w) * envelope(&v.shape);
		left[i] += y * v.left;
		right[i] += y * v.right;
	}
	*to = v;
}

static void head_for(struct envelope *e, float level, float seconds)
{
	const float factor = expf(-1 / (seconds * RATE));
	e->factor = all(factor);
	e->add = all(level * (1 - factor));
}

static void turn(struct envelope *e, int open, float decay, float sustain)
{
	const float factor = expf(-1 / (decay * RATE));
	e->then_factor = all(factor);
	e->then_add = all(sustain * (1 - factor));
	head_for(e, open ? 1.2f : 0, open ? 0.003f : 0.022f);
}

static void tune(struct voices *v, int group, int count)
{
	for (int l = 0; l < LANES; l++) {
		const int id = group * LANES + l;
		const float hz = 55 * powf(1.01f, (float)(id % 200)), angle = (float)(id % 17) / 16 * (float)M_PI / 2;
		for (int s = 0; s < 2; s++) {
			const float step = hz * (s ? 1.006f : 1) / RATE;
			v->saw[s].step[l] = (int)(step * 0x1p32f);
			v->saw[s].per_step[l] = 1 / step;
		}
		v->left[l] = id < count ? cosf(angle) / (float)count : 0;
		v->right[l] = id < count ? sinf(angle) / (float)count : 0;
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	const int count = atoi(argv[1]), groups = (count + LANES - 1) / LANES;
	const long blocks = atol(argv[2]) * RATE / BLOCK;
	struct voices *v = aligned_alloc(64, (size_t)(groups + 1) * sizeof *v);
	memset(v, 0, (size_t)(groups + 1) * sizeof *v);
	for (int g = 0; g < groups; g++)
		tune(&v[g], g, count);
	static vec left[BLOCK], right[BLOCK];
	float sum = 0;
	for (long n = 0; n < blocks; n++) {
		memset(left, 0, sizeof left);
		memset(right, 0, sizeof right);
		for (int g = 0; g < groups; g++) {
			if (n % BEAT == 0 || n % BEAT == OPEN) {
				turn(&v[g].sweep, n % BEAT == 0, 0.043f, 0.3f);
				turn(&v[g].shape, n % BEAT == 0, 0.022f, 0.7f);
			}
			render(&v[g], left, right);
		}
		for (int l = 0; l < LANES; l++)
			sum += left[0][l] * left[0][l] + right[0][l] * right[0][l];
	}
	fprintf(stderr, "sum of squares %g\n", (double)sum);
	free(v);
	return 0;
}
