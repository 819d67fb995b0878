/* sinc.h — reads a sound between its frames, for modules of eight lanes: a sinc under a window, eight crossings to
 * either side, stretched where it is read faster than it was recorded, so that what would come back as another tone is
 * left out (Smith and Gossett, A Flexible Sampling-Rate Conversion Method, ICASSP 1984). The window is Kaiser's for 80
 * dB (beta 8.2), brought down to 0 at its ends. Taps go eight at a time, their sums in a fixed order. */
#ifndef UNDERSTUDY_SINC_H
#define UNDERSTUDY_SINC_H

#include <understudy/dsp.h>

#if US_FORM_LANES != 8
#error "sinc.h sums over eight lanes: US_NARROW or US_MIXDOWN"
#endif

enum { US_SINC_SIDE = 8 };  /* crossings */
#define US_SINC_FASTEST 8.f /* from three octaves up on, it is stretched no further */

/* Frames × channels. Beyond its ends: the first and last frame held, or, going round, the other end. */
struct us_reel {
	const float *value;
	int32_t frames;
	uint32_t channels;
	int round;
};

/* Of x in crossings, not 0. */
static inline us_vec us_sinc(us_vec x)
{
	const us_vec u = x * (1.f / US_SINC_SIDE), v = us_max(1 - u * u, us_splat(0));
	const us_vec window =
	    v * (0.032636883f +
	         v * (0.13951333f + v * (0.23086389f + v * (0.374832f + v * (-0.0094194158f + v * 0.23157332f)))));
	const us_vec shift = us_splat(0x1.8p23f), whole = x + shift, r = 0.5f * (x - (whole - shift));
	const us_vec sine = (us_vec)((us_uvec)us_sin_quarter(r) ^ (us_uvec)whole << 31);
	return window * sine / (3.14159265f * x);
}

/* The same for all sixteen frames around a place that is `part` of the way from one frame to the next: `after` begins
 * with the next frame, `before` ends with the one before it. A polynomial for each tap in its distance from the middle,
 * near-minimax fits; the other side is their mirror. Error below 2e-5. */
struct us_sinc_taps {
	us_vec before, after;
};
static inline struct us_sinc_taps us_sinc_around(float part)
{
	static const us_vec c[] = {{0.62711826f, -0.18515237f, 0.086647781f, -0.041959056f, 0.018768229f,
	                            -0.0071445024f, 0.0020361841f, -0.00027539863f},
	                           {1.2918322f, -0.15726543f, 0.061922135f, -0.031469336f, 0.016308661f, -0.0077052395f,
	                            0.0030146928f, -0.00082491028f},
	                           {-0.54748051f, 0.81736023f, -0.40450179f, 0.1969237f, -0.086996198f, 0.032072718f,
	                            -0.008425795f, 0.00070358726f},
	                           {-1.2780763f, 0.70995621f, -0.29507863f, 0.15158842f, -0.078669095f, 0.037042859f,
	                            -0.014357286f, 0.0038255712f},
	                           {0.16110718f, -0.31791458f, 0.24092939f, -0.12090017f, 0.048689253f, -0.013451546f,
	                            0.00037126867f, 0.0020463668f},
	                           {0.44334619f, -0.32386895f, 0.18975978f, -0.10296353f, 0.053800528f, -0.024915242f,
	                            0.0092028267f, -0.0021045484f},
	                           {-0.020312363f, 0.043652344f, -0.0371488f, 0.018196481f, -0.0039762938f,
	                            -0.0021169235f, 0.0030170163f, -0.0018196295f}};
	const float g = part - 0.5f, q = g * g;
	const us_vec even = c[0] + q * (c[2] + q * (c[4] + q * c[6])), odd = g * (c[1] + q * (c[3] + q * c[5]));
	const us_vec mirrored = even - odd;
	return (struct us_sinc_taps){__builtin_shufflevector(mirrored, mirrored, 7, 6, 5, 4, 3, 2, 1, 0), even + odd};
}

static inline int32_t us_reel_frame(const struct us_reel *r, int32_t n)
{
	if (!r->round)
		return n < 0 ? 0 : n < r->frames ? n : r->frames - 1;
	n %= r->frames;
	return n < 0 ? n + r->frames : n;
}

/* Eight frames in a row. */
static inline void us_reel_fetch(const struct us_reel *r, int32_t from, us_vec *left, us_vec *right)
{
	if (from >= 0 && from <= r->frames - US_LANES && r->channels == 1) {
		__builtin_memcpy(left, r->value + from, sizeof *left);
		*right = *left;
	} else if (from >= 0 && from <= r->frames - US_LANES && r->channels == 2) {
		us_vec a, b;
		__builtin_memcpy(&a, r->value + 2 * (size_t)from, sizeof a);
		__builtin_memcpy(&b, r->value + 2 * (size_t)from + US_LANES, sizeof b);
		*left = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
		*right = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
	} else {
		float l[US_LANES], c[US_LANES];
		for (int32_t k = 0; k < US_LANES; k++) {
			const float *v = r->value + (size_t)us_reel_frame(r, from + k) * r->channels;
			l[k] = v[0], c[k] = v[r->channels > 1];
		}
		*left = us_gathered(l), *right = us_gathered(c);
	}
}

static inline float us_lane_sum(us_vec x)
{
	x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
	return (x[0] + x[2]) + (x[1] + x[3]);
}

/* Both channels, `part` of the way from a frame to the next one, read `step` frames per frame, either way. Between no
 * frames, and not faster, it is the very frame. */
static inline void us_sinc_read(const struct us_reel *r, int32_t frame, float part, float step, float pair[US_CHANNELS])
{
	const float speed = step < 0 ? -step : step;
	const float stretch = speed < 1.001f ? 1 : speed < US_SINC_FASTEST ? speed : US_SINC_FASTEST;
	if (part == 0 && stretch == 1) {
		const float *v = r->value + (size_t)us_reel_frame(r, frame) * r->channels;
		pair[0] = v[0], pair[1] = v[r->channels > 1];
		return;
	}
	us_vec left, right, l, c;
	if (stretch == 1) {
		const struct us_sinc_taps taps = us_sinc_around(part);
		us_reel_fetch(r, frame + 1 - US_SINC_SIDE, &left, &right);
		us_reel_fetch(r, frame + 1, &l, &c);
		pair[0] = us_lane_sum(taps.before * left + taps.after * l);
		pair[1] = us_lane_sum(taps.before * right + taps.after * c);
		return;
	}
	const float narrow = 1 / stretch, off = part < 1e-4f ? 1e-4f : part < 0.9999f ? part : 0.9999f;
	const int32_t side = ((int32_t)(US_SINC_SIDE * stretch) + 3) / 4 * 4;
	us_vec x = us_lane_numbers() + ((float)(1 - side) - off);
	left = right = us_splat(0);
	for (int32_t k = 1 - side; k <= side; k += US_LANES, x += US_LANES) {
		const us_vec weight = us_sinc(x * narrow);
		us_reel_fetch(r, frame + k, &l, &c);
		left += weight * l;
		right += weight * c;
	}
	pair[0] = narrow * us_lane_sum(left);
	pair[1] = narrow * us_lane_sum(right);
}

#endif
