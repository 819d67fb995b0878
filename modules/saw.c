/* saw — band-limited sawtooth. The phase is an integer; where it overflows is the step. */
#include <understudy/dsp.h>

enum { FREQ, PITCH };

struct saw {
	us_uvec phase; /* as a signed number: -2^31 to 2^31 is one rise */
	us_vec tail[US_CORNER_FRAMES];
};

US_REALTIME static us_uvec step(const us_vec *const in[], int i, const struct us_block *b)
{
	return us_phase_step(us_max(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, us_splat(0)));
}

US_REALTIME static us_uvec frame(us_uvec phase, us_uvec step, us_vec *line)
{
	const us_uvec next = phase + step;
	const us_ivec fell = (us_ivec)(next & ~phase) >> 31; /* from positive to negative: over the top */
	line[US_CORNER_DELAY] += us_to_float((us_ivec)next) * 0x1p-31f;
	if (us_any(fell)) {
		const us_vec since = us_to_float((us_ivec)(next ^ 0x80000000u)) / us_to_float((us_ivec)step);
		us_add_step(line, us_select(fell, since, us_splat(0)), us_select(fell, us_splat(-2), us_splat(0)));
	}
	return next;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct saw *s = state;
	us_vec line[US_BLOCK + US_CORNER_FRAMES];
	us_corners_begin(line, s->tail);
	us_uvec phase = s->phase;
	const us_uvec steady = step(in, 0, b);
	if (us_is_constant(b, FREQ) && us_is_constant(b, PITCH))
		for (int i = 0; i < US_BLOCK; i++)
			phase = frame(phase, steady, &line[i]);
	else
		for (int i = 0; i < US_BLOCK; i++)
			phase = frame(phase, step(in, i, b), &line[i]);
	s->phase = phase;
	us_corners_end(line, s->tail, out[0]);
}

US_MODULE(
    saw, "band-limited sawtooth oscillator",
    .help =
	"All harmonics: the raw material of basses, leads, strings and brass. Put a filter or ladder behind it, or\n"
	"two of them a few cents apart. Plug a melody into pitch. freq takes audio-rate modulation, but not through\n"
	"zero. Aliasing is below -80 dB at 1.2 kHz. Comes 4 frames late. Source: band-limited steps after Brandt,\n"
	"ICMC 2001 (see blep.h).",
    .state_size = sizeof(struct saw), .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, 440, 0.01f, 20000, US_EXP, "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"}},
    .outputs = {{"out", "audio, -1 to 1; the edges overshoot by a tenth"}});
