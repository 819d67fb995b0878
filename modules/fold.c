/* fold — a wave that is too tall for the room is folded back from the ceiling, again and again: Buchla's timbre
 * modulator of 1967 and Serge's wave multipliers. At four times the sample rate and averaged along the curve, as
 * drive.c. */
#include <understudy/dsp.h>
#include <understudy/oversample.h>

enum { IN, FOLD, SHAPE, BIAS, LEVEL };
enum { SINE, TRIANGLE };

struct fold {
	struct us_oversample oversample;
	struct us_choice shape;
	us_vec before; /* what was folded last, in cycles */
};

/* Both give 1 for a quarter of a cycle and turn round there. */
US_REALTIME static us_vec bend(us_vec cycles, int shape)
{
	return shape == SINE ? us_sin_cycles(cycles) : 1 - 4 * us_abs(us_wrap(cycles + 0.25f) - 0.5f);
}

/* Of a sine the mean between two places is the sine between them, less by sin h / h of half the way. */
US_REALTIME static us_vec mean_sine(us_vec from, us_vec to)
{
	const us_vec half = 0.5f * (to - from), tiny = us_splat(1e-6f);
	const us_vec h = us_select(us_abs(half) < tiny, tiny, half);
	return us_sin_cycles(0.5f * (from + to)) * us_sin_cycles(h) / (6.28318527f * h);
}

/* The integral of the triangle: two parabolas. */
US_REALTIME static us_vec area(us_vec cycles)
{
	const us_vec t = us_wrap(cycles + 0.25f), m = us_min(t, 1 - t), a = (2 * m - 1) * m;
	return us_select(t < 0.5f, a, -a);
}

US_REALTIME static us_vec mean_triangle(us_vec from, us_vec to)
{
	const us_vec way = to - from;
	const us_ivec near = us_abs(way) < 1e-3f;
	const us_vec far = (area(to) - area(from)) / us_select(near, us_splat(1), way);
	return us_any(near) ? us_select(near, bend(0.5f * (from + to), TRIANGLE), far) : far;
}

US_REALTIME static us_vec mean(us_vec from, us_vec to, int shape)
{
	return shape == SINE ? mean_sine(from, to) : mean_triangle(from, to);
}

/* The shape that all lanes have in the whole block, or -1. */
US_REALTIME static int lone_shape(const struct fold *s, const us_vec *choice, const struct us_block *b)
{
	const us_vec first = choice[0];
	if (!us_is_constant(b, SHAPE) || us_any(first != first[0]) || !us_is_chosen(&s->shape, first))
		return -1;
	return first[0] < 0.5f ? SINE : TRIANGLE;
}

/* In place: frames of the higher rate, in cycles. */
US_REALTIME static void bend_all(struct fold *s, us_vec y[US_OVERSAMPLE], const us_vec rest[2], int lone)
{
	for (int n = 0; n < US_OVERSAMPLE; n++) {
		const us_vec now = y[n];
		if (lone >= 0) {
			y[n] = mean(s->before, now, lone) - rest[lone];
		} else {
			const us_vec both[US_CHOICES] = {mean(s->before, now, SINE) - rest[SINE],
			                                 mean(s->before, now, TRIANGLE) - rest[TRIANGLE]};
			y[n] = us_chosen(&s->shape, both);
		}
		s->before = now;
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct fold s = *(struct fold *)state;
	us_vec level = us_db_to_gain(in[LEVEL][0]), rest[2];
	const int lone = lone_shape(&s, in[SHAPE], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, LEVEL))
			level = us_db_to_gain(in[LEVEL][i]);
		if (lone < 0)
			us_choose(&s.shape, in[SHAPE][i], b);
		const us_vec bias = 0.25f * us_clamp(in[BIAS][i], -8, 8);
		us_vec y[US_OVERSAMPLE];
		us_oversample_up(&s.oversample, us_bound(in[IN][i] * us_clamp(in[FOLD][i], 0, 100)), y);
		for (int n = 0; n < US_OVERSAMPLE; n++)
			y[n] = us_clamp(0.25f * y[n], -2500, 2500) + bias;
		if (i == 0 || !us_is_constant(b, BIAS))
			rest[SINE] = bend(bias, SINE), rest[TRIANGLE] = bend(bias, TRIANGLE);
		bend_all(&s, y, rest, lone);
		out[0][i] = us_bound(us_oversample_down(&s.oversample, y) * level);
	}
	*(struct fold *)state = s;
}

US_MODULE(
    fold, "wave folder: too tall a wave is folded back again and again", .also = "wavefolder|folder",
    .help =
	"The west-coast way to a timbre: not taking away from a saw, but adding to a sine. Plug a sine in and an\n"
	"envelope into fold: at 1 it is the sine, at 5 it is metal, and every value between sounds different.\n"
	"bias makes it lopsided: even harmonics, or with an lfo something like pulse width. sine folds roundly,\n"
	"triangle with corners, and with more treble than fits: of a sine at 5 kHz folded 16 times no alias is above\n"
	"-60 dB with sine, folded 8 times none above -40 dB with triangle. shape changes without a click. A dcblock\n"
	"after it does no harm. After Buchla's timbre modulator, 1967.",
    .version = 2, .flags = US_THROUGH, .state_size = sizeof(struct fold), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio, best a sine or triangle", .also = "input"},
               [FOLD] = {"fold", US_RATIO, 2, 0, 16, US_LIN, "how tall the wave is; the room is 1",
                         .also = "amount|gain|drive"},
               [SHAPE] = {"shape", US_CHOICE, 0, 0, 1, US_STEP, "what it is folded by", "sine|triangle",
                          .also = "curve"},
               [BIAS] = {"bias", US_RATIO, 0, -2, 2, US_LIN, "off centre: even harmonics"},
               [LEVEL] = {"level", US_DB, -6, -48, 12, US_LIN, "after it", .also = "output"}},
    .outputs = {{"out", "folded"}});
