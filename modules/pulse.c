/* pulse — band-limited pulse wave with variable width. */
#include <understudy/dsp.h>

enum { FREQ, PITCH, WIDTH };

struct pulse {
	us_uvec phase;
	us_vec from_edge; /* phase - width at the last frame, in cycles: negative while high */
	us_vec tail[US_CORNER_FRAMES];
};

US_REALTIME static us_uvec step(const us_vec *const in[], int i, const struct us_block *b)
{
	return us_phase_step(us_max(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, us_splat(0)));
}

/* Goes up where the phase wraps, and down or up where the phase crosses the width, whichever of the two moved. */
US_REALTIME static void frame(struct pulse *s, us_uvec step, us_vec width, us_vec *line)
{
	const us_uvec next = s->phase + step;
	const us_ivec wrapped = (us_ivec)(s->phase & ~next) >> 31; /* the highest bit went off */
	const us_vec phase = us_to_float((us_ivec)(next >> 1)) * 0x1p-31f,
		     per_frame = us_to_float((us_ivec)step) * 0x1p-32f;
	const us_vec from_edge = phase - width;
	const us_ivec was_high = s->from_edge < 0, high = from_edge < 0;
	line[US_CORNER_DELAY] += us_select(high, us_splat(1), us_splat(-1)) - (2 * width - 1);

	const us_ivec up = wrapped & ~was_high;
	if (us_any(up))
		us_add_step(line, us_select(up, us_min(phase / per_frame, us_splat(1)), us_splat(0)),
		            us_select(up, us_splat(2), us_splat(0)));
	/* after a wrap it is high, and comes from one step before the edge */
	const us_vec before = us_select(wrapped, from_edge - per_frame, s->from_edge);
	const us_ivec crossed = (was_high | wrapped) ^ high;
	if (us_any(crossed)) {
		const us_vec late = us_clamp(from_edge / (from_edge - before), 0, 1);
		const us_vec height = us_select(high, us_splat(2), us_splat(-2));
		us_add_step(line, us_select(crossed, late, us_splat(0)), us_select(crossed, height, us_splat(0)));
	}
	s->phase = next;
	s->from_edge = from_edge;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct pulse s = *(struct pulse *)state;
	us_vec line[US_BLOCK + US_CORNER_FRAMES];
	us_corners_begin(line, s.tail);
	us_uvec now = step(in, 0, b);
	const int steady = us_is_constant(b, FREQ) && us_is_constant(b, PITCH);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			now = step(in, i, b);
		frame(&s, now, us_clamp(in[WIDTH][i], 0.01f, 0.99f), &line[i]);
	}
	us_corners_end(line, s.tail, out[0]);
	*(struct pulse *)state = s;
}

US_MODULE(
    pulse, "band-limited pulse oscillator with variable width", .also = "square|rect|lfpulse|osc_pulse",
    .help =
	"At width 0.5 a square: odd harmonics, hollow like a clarinet. Towards 0 or 1 thinner and nasal. A slow lfo\n"
	"on width with an amount of 0.3 is the classic string machine. There is no DC at any width. Comes 4 frames\n"
	"late. Source: band-limited steps after Brandt, ICMC 2001 (see blep.h).",
    .state_size = sizeof(struct pulse), .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency", .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [WIDTH] = {"width", US_RATIO, 0.5f, 0.01f, 0.99f, US_LIN, "share of the cycle that is high",
                          .also = "pw|pulsewidth|duty"}},
    .outputs = {{"out", "audio, 2 from top to bottom"}});
