/* supersaw — seven band-limited saws, out of tune with each other. */
#include <understudy/dsp.h>

enum { FREQ, PITCH, DETUNE, MIX };
enum { SAWS = 7, MIDDLE = SAWS / 2 };

/* How far each saw is off, as a share of `detune`. Uneven, so that no two beat together. */
static const float offset[SAWS] = {-1, -0.571f, -0.177f, 0, 0.181f, 0.565f, 0.976f};

struct supersaw {
	us_uvec phase[SAWS];
	us_vec tail[US_CORNER_FRAMES];
};

struct steps {
	us_uvec step[SAWS];
	us_vec middle, sides; /* levels */
};

US_REALTIME static struct steps steps(const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec base = us_max(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, us_splat(0));
	const us_vec semitone = 0.0594631f * us_clamp(in[DETUNE][i], 0, 1), mix = us_clamp(in[MIX][i], 0, 1);
	struct steps t;
	for (int k = 0; k < SAWS; k++)
		t.step[k] = us_phase_step(base * (1 + offset[k] * semitone));
	/* the power stays the same */
	t.middle = 1 / us_sqrt(1 + (SAWS - 1) * mix * mix);
	t.sides = mix * t.middle;
	return t;
}

US_REALTIME static void frame(struct supersaw *s, const struct steps *t, us_vec *line)
{
	us_vec sum = us_splat(0);
	for (int k = 0; k < SAWS; k++) {
		const us_uvec next = s->phase[k] + t->step[k];
		const us_ivec fell = (us_ivec)(next & ~s->phase[k]) >> 31;
		const us_vec level = k == MIDDLE ? t->middle : t->sides;
		sum += level * (us_to_float((us_ivec)next) * 0x1p-31f);
		if (us_any(fell)) {
			const us_vec since =
			    us_to_float((us_ivec)(next ^ 0x80000000u)) / us_to_float((us_ivec)t->step[k]);
			us_add_step(line, us_select(fell, since, us_splat(0)),
			            us_select(fell, -2 * level, us_splat(0)));
		}
		s->phase[k] = next;
	}
	line[US_CORNER_DELAY] += sum;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct supersaw *s = state;
	us_vec line[US_BLOCK + US_CORNER_FRAMES];
	us_corners_begin(line, s->tail);
	const uint64_t knobs = 1ull << FREQ | 1ull << PITCH | 1ull << DETUNE | 1ull << MIX;
	struct steps t = steps(in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if ((b->constant & knobs) != knobs)
			t = steps(in, i, b);
		frame(s, &t, &line[i]);
	}
	us_corners_end(line, s->tail, out[0]);
}

static void init(void *state, const struct us_setup *setup)
{
	struct supersaw *s = state;
	for (int k = 0; k < SAWS; k++)
		s->phase[k] = us_seed_lanes(setup->seed + 0x51ed270bu * (uint32_t)k);
}

US_MODULE(supersaw, "seven saws out of tune with each other", .also = "hypersaw",
          .help = "The wide lead and pad of trance and after. detune 0.2 is rich, 0.5 wild; mix brings in the six "
                  "around the one\n"
                  "in the middle. Every voice starts its saws at other places, so chords shimmer. As loud at any mix.\n"
                  "Aliasing is as low as in saw. After the oscillator of Roland's JP-8000, 1996.",
          .flags = US_STEREO, .state_size = sizeof(struct supersaw), .init = init, .process = process,
          .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency of the saw in the middle",
                               .also = "frequency"},
                     [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
                     [DETUNE] = {"detune", US_RATIO, 0.2f, 0, 1, US_LIN, "distance of the outermost, in semitones",
                                 .also = "spread"},
                     [MIX] = {"mix", US_RATIO, 0.6f, 0, 1, US_LIN, "level of the six others", .also = "wet"}},
          .outputs = {{"out", "audio; where its saws meet, peaks of 2.5"}});
