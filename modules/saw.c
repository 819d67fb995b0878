/* saw — band-limited sawtooth. The phase is an integer; where it overflows is the step. */
#include <understudy/dsp.h>

enum { FREQ, PITCH };
enum { BUNCH = 4 }; /* frames that are looked at together for corners */
_Static_assert((int)BUNCH == (int)US_CORNER_DELAY, "the last bunch belongs to the next block");

struct saw {
	us_uvec phase; /* as a signed number: -2^31 to 2^31 is one rise */
	us_vec tail[US_CORNER_FRAMES];
};

/* How the phase went through a block: by one step all along, or as it was noted frame by frame. */
struct path {
	us_uvec start, steady;
	const us_uvec *before, *step; /* NULL: steady */
};

US_REALTIME static us_uvec step(const us_vec *const in[], int i, const struct us_block *b)
{
	return us_phase_step(us_max(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, us_splat(0)));
}

/* The phase before frame i, and its step. */
US_REALTIME static us_uvec before(const struct path *p, int i)
{
	return p->before ? p->before[i] : p->start + p->steady * (uint32_t)i;
}

US_REALTIME static us_uvec step_at(const struct path *p, int i)
{
	return p->before ? p->step[i] : p->steady;
}

US_REALTIME static void add_corner(us_vec *line, us_uvec before, us_uvec step)
{
	const us_uvec next = before + step;
	const us_ivec fell = (us_ivec)(next & ~before) >> 31; /* from positive to negative: over the top */
	const us_vec since = us_to_float((us_ivec)(next ^ 0x80000000u)) / us_to_float((us_ivec)step);
	us_add_step(line, us_select(fell, since, us_splat(0)), us_select(fell, us_splat(-2), us_splat(0)));
}

/* A bit for each frame with a corner, from a bit for each bunch that has some. */
US_REALTIME static uint64_t find_corners(uint32_t bunches, const struct path *p)
{
	uint64_t fell = 0;
	for (; bunches; bunches &= bunches - 1)
		for (int k = 0; k < BUNCH; k++) {
			const int i = __builtin_ctz(bunches) * BUNCH + k;
			const us_uvec at = before(p, i);
			fell |= (uint64_t)us_any((us_ivec)((at + step_at(p, i)) & ~at)) << i;
		}
	return fell;
}

/* Adds the corners of the frames in `fell` to a line that begins with frame `first`. */
US_REALTIME static void add_corners(us_vec *line, uint64_t fell, int first, const struct path *p)
{
	for (; fell; fell &= fell - 1) {
		const int i = __builtin_ctzll(fell);
		add_corner(line + (i - first), before(p, i), step_at(p, i));
	}
}

/* Goes on by one frame; negative where a lane went over the top. */
US_REALTIME static us_ivec advance(us_uvec *phase, us_uvec step, us_vec *to)
{
	const us_uvec before = *phase, next = before + step;
	*phase = next;
	*to = us_to_float((us_ivec)next) * 0x1p-31f;
	return (us_ivec)(next & ~before);
}

/* The ramps lie where they belong; the corners are few. */
US_REALTIME static void finish(struct saw *s, us_vec *out, const us_vec *ramp, uint64_t fell, const struct path *p)
{
	enum { SAFE = US_BLOCK - US_CORNER_FRAMES }; /* a corner before it lies within the block */
	us_vec edge[2 * US_CORNER_FRAMES];
	for (int i = 0; i < US_CORNER_FRAMES; i++)
		out[i] = i < US_CORNER_DELAY ? s->tail[i] : out[i] + s->tail[i];
	const uint64_t late = fell >> SAFE << SAFE;
	add_corners(out, fell ^ late, 0, p);
	for (int i = 0; i < US_CORNER_FRAMES; i++)
		s->tail[i] = i < US_CORNER_DELAY ? ramp[i] : us_splat(0);
	if (!late)
		return;
	for (int i = 0; i < US_CORNER_FRAMES; i++) {
		edge[i] = out[SAFE + i];
		edge[US_CORNER_FRAMES + i] = s->tail[i];
	}
	add_corners(edge, late, SAFE, p);
	for (int i = 0; i < US_CORNER_FRAMES; i++) {
		out[SAFE + i] = edge[i];
		s->tail[i] = edge[US_CORNER_FRAMES + i];
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct saw *s = state;
	us_uvec phase = s->phase, phases[US_BLOCK], steps[US_BLOCK];
	us_vec ramp[US_CORNER_DELAY];
	struct path path = {phase, step(in, 0, b), NULL, NULL};
	const int steady = us_is_constant(b, FREQ) && us_is_constant(b, PITCH);
	uint32_t bunches = 0;
	for (int i = 0; i < US_BLOCK && !steady; i++) {
		phases[i] = i ? phases[i - 1] + steps[i - 1] : phase;
		steps[i] = step(in, i, b);
	}
	if (!steady)
		path.before = phases, path.step = steps;
	for (int i = 0; i < US_BLOCK; i += BUNCH) {
		us_vec *to = i < US_BLOCK - US_CORNER_DELAY ? &out[0][i + US_CORNER_DELAY] : ramp;
		us_ivec over = {0};
		for (int k = 0; k < BUNCH; k++)
			over |= advance(&phase, steady ? path.steady : steps[i + k], &to[k]);
		bunches |= (uint32_t)us_any(over) << i / BUNCH;
	}
	s->phase = phase;
	finish(s, out[0], ramp, find_corners(bunches, &path), &path);
}

US_MODULE(
    saw, "band-limited sawtooth oscillator", .also = "simple_saw|sawtooth|osc_saw|lfsaw|vco",
    .help =
	"All harmonics: the raw material of basses, leads, strings and brass. Put a filter or ladder behind it, or\n"
	"two of them a few cents apart. Plug a melody into pitch. freq takes audio-rate modulation, but not through\n"
	"zero. Aliasing is below -80 dB at 1.2 kHz. Comes 4 frames late. Source: band-limited steps after Brandt,\n"
	"ICMC 2001 (see blep.h).",
    .state_size = sizeof(struct saw), .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency", .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"}},
    .outputs = {{"out", "audio, -1 to 1; the edges overshoot by a tenth"}});
