/* oversample.h — four frames for one, and back: for modules that bend a signal, and for their tests.
 *
 * What a shaper adds above half the sample rate comes back as tones that do not belong to the note. At four times the
 * rate there is room for most of it, and on the way back it is filtered away. The filters are half-bands made of two
 * chains of all-passes: Regalia, Mitra and Vaidyanathan, The Digital All-Pass Filter, Proc. IEEE 76(1), 1988, with
 * coefficients from the elliptic design of Gazsi, Explicit Formulas for Lattice Wave Digital Filters, IEEE Trans. CAS
 * 32(1), 1985. First stage: flat to 0.46 of the sample rate, 99 dB down from 0.54; second: 82 dB. A few frames late;
 * what was low stays in phase. All-passes cannot become unstable, whatever goes through them. */
#ifndef UNDERSTUDY_OVERSAMPLE_H
#define UNDERSTUDY_OVERSAMPLE_H

#include <understudy/module.h>

enum { US_OVERSAMPLE = 4, US_STEEP = 4, US_GENTLE = 2 }; /* all-passes in each chain */

/* One chain: z[0] is what came in a frame ago, z[n] what all-pass n gave. */
struct us_steep_chain {
	us_vec z[US_STEEP + 1];
};
struct us_gentle_chain {
	us_vec z[US_GENTLE + 1];
};
struct us_oversample {
	struct us_steep_chain up[2], down[2];
	struct us_gentle_chain up_again[2], down_again[2];
};

static const float us_steep[2][US_STEEP] = {{0.04063346f, 0.30075706f, 0.60952431f, 0.84922381f},
                                            {0.15050513f, 0.46077450f, 0.73850384f, 0.94974278f}};
static const float us_gentle[2][US_GENTLE] = {{0.06367614f, 0.48622908f}, {0.23697887f, 0.80236191f}};

static inline us_vec us_allpasses(const float *c, int count, us_vec *z, us_vec x)
{
	for (int n = 0; n < count; n++) {
		const us_vec y = z[n] + c[n] * (x - z[n + 1]);
		z[n] = x;
		x = y;
	}
	z[count] = x;
	return x;
}

static inline void us_oversample_up(struct us_oversample *s, us_vec x, us_vec y[US_OVERSAMPLE])
{
	for (int half = 0; half < 2; half++) {
		const us_vec twice = us_allpasses(us_steep[half], US_STEEP, s->up[half].z, x);
		for (int quarter = 0; quarter < 2; quarter++)
			y[2 * half + quarter] =
			    us_allpasses(us_gentle[quarter], US_GENTLE, s->up_again[quarter].z, twice);
	}
}

static inline us_vec us_oversample_down(struct us_oversample *s, const us_vec y[US_OVERSAMPLE])
{
	us_vec twice[2];
	for (int half = 0; half < 2; half++)
		twice[half] = 0.5f * (us_allpasses(us_gentle[0], US_GENTLE, s->down_again[0].z, y[2 * half + 1]) +
		                      us_allpasses(us_gentle[1], US_GENTLE, s->down_again[1].z, y[2 * half]));
	return 0.5f * (us_allpasses(us_steep[0], US_STEEP, s->down[0].z, twice[1]) +
	               us_allpasses(us_steep[1], US_STEEP, s->down[1].z, twice[0]));
}

#endif
