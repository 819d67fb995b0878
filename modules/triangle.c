/* triangle — band-limited triangle wave. */
#include <understudy/dsp.h>

enum { FREQ, PITCH };

struct triangle {
	us_uvec phase; /* as a signed number: the peak is at 0, the trough at the overflow */
	us_vec tail[US_CORNER_FRAMES];
};

US_REALTIME static us_uvec step(const us_vec *const in[], int i, const struct us_block *b)
{
	return us_phase_step(us_max(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, us_splat(0)));
}

US_REALTIME static us_uvec frame(us_uvec phase, us_uvec step, us_vec *line)
{
	const us_uvec next = phase + step;
	const us_vec cycles = us_to_float((us_ivec)next) * 0x1p-32f;
	line[US_CORNER_DELAY] += 1 - 4 * us_abs(cycles);
	const us_ivec turned = (us_ivec)(next ^ phase) >> 31; /* the sign changed: at the peak or the trough */
	if (us_any(turned)) {
		const us_ivec trough = (us_ivec)next >> 31;
		const us_uvec past = next ^ ((us_uvec)trough & 0x80000000u);
		const us_vec per_frame = us_to_float((us_ivec)step), late = us_to_float((us_ivec)past) / per_frame;
		const us_vec bend = 8 * 0x1p-32f * per_frame;
		us_add_kink(line, us_select(turned, late, us_splat(0)),
		            us_select(turned, us_select(trough, bend, -bend), us_splat(0)));
	}
	return next;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct triangle *s = state;
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

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	struct triangle *s = state;
	s->phase = (us_uvec){0} + 0xc0000000u; /* on its way up through zero */
}

US_MODULE(triangle, "band-limited triangle oscillator", .also = "tri|lftri|osc_triangle",
          .help =
              "Odd harmonics that fade quickly: between a sine and a square, soft like a flute or a sub bass. Comes 4\n"
              "frames late. Source: band-limited ramps, the integral of Brandt's steps (ICMC 2001, see blep.h).",
          .state_size = sizeof(struct triangle), .init = init, .process = process,
          .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency", .also = "frequency"},
                     [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"}},
          .outputs = {{"out", "audio, -1 to 1"}});
