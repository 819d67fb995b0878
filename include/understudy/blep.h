/* blep.h — band-limited steps and kinks: what an oscillator adds to a naive waveform so that its corners do not alias.
 * For oscillator modules; included by dsp.h.
 *
 * A corner is spread over US_CORNER_FRAMES frames, four before it and four after, so the sound comes US_CORNER_DELAY
 * frames late: a naive frame i is added at line[i + US_CORNER_DELAY], a corner met on the way to frame i at &line[i].
 *
 *	us_vec line[US_BLOCK + US_CORNER_FRAMES];      what is being written; its head is the last block's tail
 *	us_corners_begin(line, s->tail);
 *	for each frame i: line[i + US_CORNER_DELAY] += naive; us_add_step(&line[i], late, height);
 *	us_corners_end(line, s->tail, out);
 *
 * The step is the integral of a sinc with cutoff 0.42 of the rate under a Kaiser window (beta 6, eight frames), after
 * Brandt, Hard Sync Without Aliasing, ICMC 2001; each frame of it is a polynomial of degree 5 with an error of 2e-5.
 *Partials that fold back below a third of the rate come out at least 64 dB weaker than they were. */
#ifndef UNDERSTUDY_BLEP_H
#define UNDERSTUDY_BLEP_H

#include <understudy/dsp.h>

enum { US_CORNER_FRAMES = 8, US_CORNER_DELAY = US_CORNER_FRAMES / 2 };

static inline void us_corners_begin(us_vec line[US_BLOCK + US_CORNER_FRAMES], const us_vec tail[US_CORNER_FRAMES])
{
	for (int i = 0; i < US_CORNER_FRAMES; i++)
		line[i] = tail[i];
	for (int i = US_CORNER_FRAMES; i < US_BLOCK + US_CORNER_FRAMES; i++)
		line[i] = us_splat(0);
}

static inline void us_corners_end(const us_vec line[US_BLOCK + US_CORNER_FRAMES], us_vec tail[US_CORNER_FRAMES],
                                  us_vec out[US_BLOCK])
{
	for (int i = 0; i < US_BLOCK; i++)
		out[i] = line[i];
	for (int i = 0; i < US_CORNER_FRAMES; i++)
		tail[i] = line[US_BLOCK + i];
}

/* The frames of a corner in pairs around it: even and odd part of one polynomial in time. mirror is -1 for a step,
 * whose correction is odd in time, and 1 for a kink, whose correction is even. */
static inline void us_add_corner(us_vec *line, us_vec late, us_vec size, const float poly[US_CORNER_DELAY][6],
                                 float mirror)
{
	const us_vec u = late - 0.5f, q = u * u;
	for (int j = 0; j < US_CORNER_DELAY; j++) {
		const float *c = poly[j];
		const us_vec even = c[0] + q * (c[2] + q * c[4]), odd = u * (c[1] + q * (c[3] + q * c[5]));
		line[US_CORNER_DELAY + j] += size * (even + odd);
		line[US_CORNER_DELAY - 1 - j] += mirror * size * (even - odd);
	}
}

/* A step of `height` that happened `late` frames ago, 0 <= late < 1. Lanes without a step have height 0. */
static inline void us_add_step(us_vec *line, us_vec late, us_vec height)
{
	static const float poly[US_CORNER_DELAY][6] = {
	    {-0.123768731f, 0.590348723f, -0.439783995f, -0.151214079f, 0.171684379f, 0.0231566891f},
	    {0.0460880434f, -0.103835386f, -0.0664435763f, 0.198501949f, -0.062550528f, -0.0418439925f},
	    {-0.0135344187f, 0.012015986f, 0.0404139297f, -0.0580872084f, 0.00208042113f, 0.0249431096f},
	    {0.000456645245f, 0.00114809402f, -0.0094671493f, 0.0123672866f, 0.000296011972f, -0.00736628f}};
	us_add_corner(line, late, height, poly, -1);
}

/* A kink: the slope changed by `bend` per frame, `late` frames ago. */
static inline void us_add_kink(us_vec *line, us_vec late, us_vec bend)
{
	static const float poly[US_CORNER_DELAY][6] = {
	    {-0.021653557f, -0.123765428f, 0.295045396f, -0.146651367f, -0.0363844102f, 0.034514133f},
	    {0.000568086346f, 0.0460862552f, -0.0516751053f, -0.0221201041f, 0.0470213403f, -0.0125999948f},
	    {0.00474151569f, -0.0135337113f, 0.0058631413f, 0.0134602235f, -0.0129681278f, 0.000452324756f},
	    {-0.000153825751f, 0.000456368433f, 0.000616720335f, -0.0031512619f, 0.00263338976f, 4.46534073e-05f}};
	us_add_corner(line, late, bend, poly, 1);
}

#endif
