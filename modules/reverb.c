/* reverb — a hall: four allpass diffusers, then eight delay lines that feed each other through a Hadamard matrix. The
 * lanes are the lines. Jot and Chaigne, Digital Delay Networks for Designing Artificial Reverberators, AES 1991;
 * diffuser lengths after Dattorro, Effect Design 1, JAES 45(9), 1997.
 *
 * The matrix is orthogonal, the allpasses between two frames take nothing, and every line loses something: the energy
 * inside falls. */
#include <string.h>
#include <understudy/tap.h>

enum { IN, SIZE, DECAY, DAMP, LOW_CUT, PREDELAY, MIX };
enum { OUT, WET };
enum { DIFFUSERS = 4 };
enum { SPAN = 16 }; /* frames that pass a diffuser at once: the shortest has 29 at 8 kHz */
_Static_assert(US_BLOCK % SPAN == 0, "a block is whole spans");

#define LONGEST_LINE 0.0911f /* seconds, with what the modulation adds */
#define LONGEST_DIFFUSER 0.0131f
#define LONGEST_PREDELAY 0.25f
#define WANDER 0.0002f /* seconds by which a line's length wanders, so that no resonance stands */

static const float diffuser_seconds[DIFFUSERS] = {0.00477f, 0.00359f, 0.01273f, 0.00931f};
static const float diffuser_gain[DIFFUSERS] = {0.75f, 0.75f, 0.625f, 0.625f};

struct reverb {
	us_vec left;         /* each line, a frame ago */
	us_vec damped, bass; /* the losses in the lines */
	us_uvec phase;       /* of what makes them wander */
	uint32_t write;      /* counts frames; each line takes it modulo its length */
	struct us_tap predelay;
	uint32_t unused[4];
	us_vec memory[]; /* lines, then diffusers and predelay with two floats a frame */
};

/* Frames of each part of the memory. */
struct plan {
	uint32_t lines, diffuser, predelay;
};

US_REALTIME static uint32_t power_of_two(float frames)
{
	uint32_t n = 64;
	while ((float)n < frames + 4)
		n *= 2;
	return n;
}

US_REALTIME static struct plan plan(float rate)
{
	return (struct plan){power_of_two(LONGEST_LINE * rate), power_of_two(LONGEST_DIFFUSER * rate),
	                     power_of_two(LONGEST_PREDELAY * rate)};
}

static size_t state_size(float rate)
{
	const struct plan p = plan(rate);
	return sizeof(struct reverb) + p.lines * sizeof(us_vec) +
	       (p.diffuser * DIFFUSERS + p.predelay) * sizeof(float[US_CHANNELS]);
}

/* Upside down in the lanes that say TURN. */
enum { TURN = INT32_MIN };
US_REALTIME static us_vec turned(us_vec x, us_ivec lanes)
{
	return (us_vec)((us_ivec)x ^ lanes);
}

/* Eight numbers into eight sums with all patterns of signs: an orthogonal mix. */
US_REALTIME static us_vec hadamard(us_vec x)
{
	const us_ivec one = {0, TURN, 0, TURN, 0, TURN, 0, TURN}, two = {0, 0, TURN, TURN, 0, 0, TURN, TURN};
	const us_ivec four = {0, 0, 0, 0, TURN, TURN, TURN, TURN};
	x = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6) + turned(x, one);
	x = __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5) + turned(x, two);
	x = __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3) + turned(x, four);
	return x * 0.35355339f;
}

/* Where in each line to read in one frame: about half a frame to one and a half before `near`. */
struct place {
	us_uvec near, far; /* in floats */
	us_vec turn;       /* of the allpass that makes up for the part of a frame */
};

/* One lane after the other: sooner done than a gather instruction on the processors that we have met. */
US_REALTIME static us_vec pick(const float *from, const us_uvec *places)
{
	uint32_t at[US_LANES];
	memcpy(at, places, sizeof at);
	return (us_vec){from[at[0]], from[at[1]], from[at[2]], from[at[3]],
	                from[at[4]], from[at[5]], from[at[6]], from[at[7]]};
}

/* What left each line: between two frames, by an allpass, which takes nothing from the treble. */
US_REALTIME static us_vec read_lines(const us_vec *lines, const struct place *p, us_vec before)
{
	const us_vec a = pick((const float *)lines, &p->near), b = pick((const float *)lines, &p->far);
	return b + p->turn * (a - before);
}

/* One frame after the other in both channels. */
typedef float span[SPAN * US_CHANNELS];

/* Out of a memory that goes round. */
US_REALTIME static void copy_span(span to, const float (*memory)[US_CHANNELS], uint32_t frames, uint32_t at)
{
	if (at + SPAN <= frames) {
		memcpy(to, memory[at], sizeof(span));
		return;
	}
	for (uint32_t i = 0; i < SPAN; i++)
		memcpy(to + US_CHANNELS * i, memory[(at + i) & (frames - 1)], sizeof memory[0]);
}

/* Smears a click into a dense burst without colouring it. No diffuser is shorter than a span, so what it gives does not
 * depend on what enters within it. */
US_REALTIME static void diffuse(span x, float (*memory)[US_CHANNELS], uint32_t frames, uint32_t write, float rate)
{
	for (int d = 0; d < DIFFUSERS; d++, memory += frames) {
		const uint32_t back = (uint32_t)(diffuser_seconds[d] * rate) + 1;
		span then, now;
		copy_span(then, (const float(*)[US_CHANNELS])memory, frames, (write - back) & (frames - 1));
		for (int i = 0; i < SPAN * US_CHANNELS; i++) {
			now[i] = x[i] - diffuser_gain[d] * then[i];
			x[i] = then[i] + diffuser_gain[d] * now[i];
		}
		memcpy(memory[write & (frames - 1)], now, sizeof now); /* a block does not lie across the end */
	}
}

/* What came in some time ago, smeared: all frames of a block. */
US_REALTIME static void enter(float x[US_BLOCK * US_CHANNELS], const us_vec *in, const struct plan *p,
                              float (*line)[US_CHANNELS], float (*diffusers)[US_CHANNELS], struct us_tap *predelay,
                              const float *back, uint32_t write, const struct us_block *b)
{
	for (uint32_t i = 0; i < US_BLOCK; i++) {
		us_store_stereo(line[(write + i) & (p->predelay - 1)], us_bound(in[i]));
		us_tap_follow(predelay, back[i], b->seconds_per_frame);
		us_store_stereo(x + US_CHANNELS * i,
		                us_tap_read(predelay, (const float(*)[US_CHANNELS])line, p->predelay - 1, write + i));
	}
	for (uint32_t i = 0; i < US_BLOCK; i += SPAN)
		diffuse(x + US_CHANNELS * i, diffusers, p->diffuser, write + i, b->rate);
}

/* The even lines on the left, the odd ones on the right, every second one upside down. */
US_REALTIME static us_vec outlets(us_vec y)
{
	y = turned(y, (us_ivec){0, 0, TURN, TURN, 0, 0, TURN, TURN});
	y += __builtin_shufflevector(y, y, 2, 3, 0, 1, 6, 7, 4, 5);
	return y + __builtin_shufflevector(y, y, 4, 5, 6, 7, 0, 1, 2, 3);
}

struct tuning {
	us_vec back, gain; /* length in frames, loss per round */
	us_vec cut_above, cut_below;
	float predelay; /* frames */
};

US_REALTIME static struct tuning tune(const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec seconds = {0.0297f, 0.0371f, 0.0411f, 0.0437f, 0.0533f, 0.0617f, 0.0719f, 0.0907f};
	const float size = us_clamp(in[SIZE][i], 0.1f, 1)[0];
	const us_vec length = seconds * size;
	const us_vec sixty_db = us_splat(us_clamp(in[DECAY][i], 50, 1e6f)[0] * 0.001f);
	const us_vec pole = us_clamp(us_stereo(us_opened(in[DAMP][i])[0], in[LOW_CUT][i][0]), 1, 1e6f) * -9.0647203f;
	const us_vec weight = 1 - us_exp2(pole * b->seconds_per_frame);
	return (struct tuning){length * b->rate, us_exp2(-9.9657843f * length / sixty_db), us_splat(weight[0]),
	                       us_splat(weight[1]),
	                       us_clamp(in[PREDELAY][i], 0, 1000 * LONGEST_PREDELAY)[0] * 0.001f * b->rate};
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct reverb *s = state;
	const struct plan p = plan(b->rate);
	us_vec *lines = s->memory;
	float(*diffusers)[US_CHANNELS] = (float(*)[US_CHANNELS])(s->memory + p.lines);
	float(*predelay)[US_CHANNELS] = diffusers + p.diffuser * DIFFUSERS;
	const uint64_t knobs = 1ull << SIZE | 1ull << DECAY | 1ull << DAMP | 1ull << LOW_CUT | 1ull << PREDELAY;
	const us_uvec spread = us_phase(us_lane_numbers() * 0.125f);
	const us_uvec drift = us_phase_step((0.31f + 0.043f * us_lane_numbers()) * b->seconds_per_frame);
	const int steady = (b->constant & knobs) == knobs;
	struct tuning t = tune(in, 0, b);
	us_vec left = s->left, damped = s->damped, bass = s->bass;
	us_uvec phase = s->phase;
	uint32_t write = s->write;
	struct place places[US_BLOCK];
	float predelay_back[US_BLOCK];
	float entered[US_BLOCK * US_CHANNELS];
	us_vec mix = us_clamp(in[MIX][0], 0, 1);
	/* lines wander so slowly that within a block they do it evenly */
	const us_vec wander = us_sin_phase(phase + spread) * (WANDER * b->rate);
	phase += drift * US_BLOCK;
	const us_vec wander_step = (us_sin_phase(phase + spread) * (WANDER * b->rate) - wander) * (1.0f / US_BLOCK);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			t = tune(in, i, b);
		predelay_back[i] = t.predelay;
		const us_vec back = us_max(t.back + (wander + wander_step * (float)i), us_splat(2));
		const us_vec whole = us_floor(back - 0.5f), part = back - whole;
		const us_uvec near = write + (uint32_t)i - (us_uvec)us_to_int(whole);
		places[i].near = (near & (p.lines - 1)) * US_LANES + us_lane_counts();
		places[i].far = ((near - 1) & (p.lines - 1)) * US_LANES + us_lane_counts();
		places[i].turn = (1 - part) / (1 + part);
	}
	enter(entered, in[IN], &p, predelay, diffusers, &s->predelay, predelay_back, write, b);
	for (int i = 0; i < US_BLOCK; i++, write++) {
		if (!steady)
			t = tune(in, i, b);
		if (!us_is_constant(b, MIX))
			mix = us_clamp(in[MIX][i], 0, 1);
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec x = us_load_stereo(entered + US_CHANNELS * i);
		const us_vec y = left = read_lines(lines, &places[i], left);
		damped += t.cut_above * (y - damped);
		bass += t.cut_below * (damped - bass);
		const us_vec lost = (damped - bass) * t.gain;
		lines[write & (p.lines - 1)] = us_bound(hadamard(lost) + 0.5f * x);

		const us_vec wet = 0.5f * outlets(y);
		out[WET][i] = wet;
		out[OUT][i] = dry + mix * (wet - dry);
	}
	s->left = left, s->damped = damped, s->bass = bass, s->phase = phase, s->write = write;
}

US_MODULE(
    reverb, "a hall: stereo reverberation from a small room to a cathedral", .also = "freeverb|hall|verb",
    .help =
	"decay is the time in which the tail falls by 60 dB, size the distance between the walls: small and short is\n"
	"a room, large and long a church, small and long a spring. damp darkens the tail as curtains do and at 20 kHz\n"
	"not at all, low_cut keeps the bass clear. For a send, set mix to 1 and cable from the voices with an amount.\n"
	"Sources: feedback delay network after Jot and Chaigne 1991, diffusers after Dattorro 1997.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
    .inputs =
	{[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
         [SIZE] = {"size", US_RATIO, 0.7f, 0.1f, 1, US_LIN, "distance between the walls", .also = "room|roomsize"},
         [DECAY] = {"decay", US_MS, 2000, 100, 30000, US_EXP, "time for the tail to fall by 60 dB", .also = "dec"},
         [DAMP] = {"damp", US_HZ, 6000, 200, 20000, US_EXP, "what lies above fades sooner", .also = "damping"},
         [LOW_CUT] = {"low_cut", US_HZ, 40, 1, 1000, US_EXP, "what lies below fades sooner", .also = "lowcut|hpf"},
         [PREDELAY] = {"predelay", US_MS, 10, 0, 250, US_LIN, "from a sound to its first reflection", .also = "pre"},
         [MIX] = {"mix", US_RATIO, 0.3f, 0, 1, US_LIN, "0 dry, 1 reverberation alone", .also = "wet"}},
    .outputs = {[OUT] = {"out", "stereo, dry and wet"}, [WET] = {"wet", "stereo, reverberation alone"}});
