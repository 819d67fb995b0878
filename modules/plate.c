/* plate — a steel sheet that is struck at one point and heard at two: a tank of two loops that feed each other. After
 * Jon Dattorro, Effect Design 1: Reverberator and Other Filters, JAES 45(9), 1997, whose lengths and outlets are used.
 *
 * Lane 0 is the left half of the tank, lane 1 the right one; the other lanes repeat them. All lines lie one behind the
 * other in one ring of pairs: a frame written to a line moves away from it by one place in each frame. What comes back
 * is always smaller than what went in, so the energy inside can only fall. */
#include <understudy/tap.h>

enum { IN, DECAY, DAMP, LOW_CUT, HIGH_CUT, PREDELAY, DRIFT, MIX };
enum { OUT, WET };
enum { DIFFUSERS = 8, TAPS = 7 };
enum part { BLOOM, LONG, SMEAR, SHORT, PARTS }; /* of each half: allpass, delay, allpass, delay */

#define DATTORRO 29761.f /* frames per second in the article; all lengths below are its frames */
#define LONGEST_PREDELAY 0.25f
#define FURTHEST_DRIFT 16     /* frames by which the first allpass of each half wanders */
#define ROUND_SECONDS 0.75f   /* through both halves, with what the allpasses hold back on the way */
#define BLOOM_SECONDS 0.0305f /* the longer one of each kind: it must not ring longer than the tail */
#define SMEAR_SECONDS 0.0892f

/* Four of the article's, and four shorter ones: without them it takes half a second to become dense. */
static const float diffuser_frames[DIFFUSERS] = {142, 107, 379, 277, 29, 43, 61, 89};
static const float diffuser_gain[DIFFUSERS] = {0.75f, 0.75f, 0.625f, 0.625f, 0.7f, 0.7f, 0.7f, 0.7f};
static const float part_frames[PARTS][US_CHANNELS] = {{672, 908}, {4453, 4217}, {1800, 2656}, {3720, 3163}};

/* Where each side listens: its own row, and how loud. */
static const struct tap {
	enum part part;
	uint32_t half;
	float frames, gain;
} taps[US_CHANNELS][TAPS] = {{{LONG, 1, 266, 0.6f},
                              {LONG, 1, 2974, 0.6f},
                              {SMEAR, 1, 1913, -0.6f},
                              {SHORT, 1, 1996, 0.6f},
                              {LONG, 0, 1990, -0.6f},
                              {SMEAR, 0, 187, -0.6f},
                              {SHORT, 0, 1066, -0.6f}},
                             {{LONG, 0, 353, 0.6f},
                              {LONG, 0, 3627, 0.6f},
                              {SMEAR, 0, 1228, -0.6f},
                              {SHORT, 0, 2673, 0.6f},
                              {LONG, 1, 2111, -0.6f},
                              {SMEAR, 1, 335, -0.6f},
                              {SHORT, 1, 121, -0.6f}}};

struct plate {
	us_vec high, low;        /* filters of what enters */
	us_vec damped, wandered; /* wandered: what left the line that wanders, a frame ago */
	us_uvec phase;           /* of what wanders */
	uint32_t write;          /* where in the ring this frame is */
	struct us_tap predelay;
	uint32_t unused[4];
	float ring[][US_CHANNELS];
};

/* Where in the ring each line begins, and how long it is; in frames of this rate. */
struct plan {
	uint32_t mask;
	uint32_t diffuser[DIFFUSERS], diffuser_length[DIFFUSERS];
	uint32_t part[PARTS], length[PARTS][US_CHANNELS];
	uint32_t tap[US_CHANNELS][TAPS];
};

US_REALTIME static uint32_t at_rate(float frames, float rate)
{
	return (uint32_t)(frames * (rate / DATTORRO)) + 1;
}

US_REALTIME static struct plan plan(float rate)
{
	struct plan p;
	uint32_t end = (uint32_t)(LONGEST_PREDELAY * rate) + 2; /* the predelay's line begins at 0 */
	for (int d = 0; d < DIFFUSERS; d++) {
		p.diffuser[d] = end;
		p.diffuser_length[d] = at_rate(diffuser_frames[d], rate);
		end += p.diffuser_length[d] + 1;
	}
	for (int k = 0; k < PARTS; k++) {
		p.part[k] = end;
		for (int h = 0; h < US_CHANNELS; h++)
			p.length[k][h] = at_rate(part_frames[k][h], rate);
		end += p.length[k][p.length[k][1] > p.length[k][0]] + at_rate(FURTHEST_DRIFT, rate) + 2;
	}
	for (int c = 0; c < US_CHANNELS; c++)
		for (int t = 0; t < TAPS; t++)
			p.tap[c][t] = p.part[taps[c][t].part] + at_rate(taps[c][t].frames, rate);
	for (p.mask = 1; p.mask < end;)
		p.mask *= 2;
	p.mask--;
	return p;
}

static size_t state_size(float rate)
{
	return sizeof(struct plate) + (plan(rate).mask + 1) * sizeof(float[US_CHANNELS]);
}

/* The ring in one frame. A place is a number of frames behind the present. */
struct now {
	float (*ring)[US_CHANNELS];
	uint32_t write, mask;
};

US_REALTIME static float *place(const struct now *n, uint32_t back)
{
	return n->ring[(n->write - back) & n->mask];
}

/* What left a line of the tank: each half has its own length. */
US_REALTIME static us_vec leave(const struct now *n, uint32_t line, const uint32_t length[US_CHANNELS])
{
	return us_stereo(place(n, line + length[0])[0], place(n, line + length[1])[1]);
}

/* An allpass: what it holds comes out, and some of what goes in at once. */
US_REALTIME static us_vec pass(const struct now *n, uint32_t line, us_vec held, us_vec x, us_vec gain)
{
	const us_vec enters = x - gain * held;
	us_store_stereo(place(n, line), enters);
	return held + gain * enters;
}

/* Further back, by half a frame to one and a half more than a whole number: the part by an allpass, which takes nothing
 * from the treble. */
US_REALTIME static us_vec leave_between(const struct now *n, uint32_t line, const uint32_t length[US_CHANNELS],
                                        us_vec drift, us_vec before)
{
	const us_vec whole = us_floor(drift + 0.5f), part = drift + 1 - whole;
	const uint32_t near[] = {length[0] + (uint32_t)whole[0] - 1, length[1] + (uint32_t)whole[1] - 1};
	const uint32_t far[] = {near[0] + 1, near[1] + 1};
	return leave(n, line, far) + (1 - part) / (1 + part) * (leave(n, line, near) - before);
}

struct tuning {
	us_vec cut_above, cut_below, cut_inside; /* weights of one-pole low-passes */
	us_vec kept, bloom, smear;               /* gain of a part of the tank, of its allpasses */
	us_vec drift;                            /* frames */
	float predelay;                          /* frames */
};

US_REALTIME static us_vec weight(us_vec hz, const struct us_block *b)
{
	return 1 - us_exp2(us_clamp(hz, 0, 1e6f) * (-9.0647203f * b->seconds_per_frame));
}

US_REALTIME static struct tuning tune(const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec per_second = -9.9657843f / (us_splat(us_clamp(in[DECAY][i], 500, 1e6f)[0] * 0.001f) - 0.06f);
	struct tuning t = {.cut_above = us_splat(weight(us_opened(in[HIGH_CUT][i]), b)[0]),
	                   .cut_below = us_splat(weight(in[LOW_CUT][i], b)[0]),
	                   .cut_inside = us_splat(weight(us_opened(in[DAMP][i]), b)[0])};
	t.kept = us_exp2(per_second * (ROUND_SECONDS / 4));
	t.bloom = us_min(us_exp2(per_second * BLOOM_SECONDS * 1.3f), us_splat(0.7f));
	t.smear = us_min(us_exp2(per_second * SMEAR_SECONDS * 1.3f), us_clamp(t.kept + 0.15f, 0.25f, 0.5f));
	t.drift = us_splat(us_clamp(in[DRIFT][i], 0, 1)[0] * (0.5f * FURTHEST_DRIFT / DATTORRO) * b->rate);
	t.predelay = us_clamp(in[PREDELAY][i], 0, 1000 * LONGEST_PREDELAY)[0] * 0.001f * b->rate;
	return t;
}

/* Through both halves of the tank at once: each is fed by the end of the other one. */
US_REALTIME static void ring_on(struct plate *s, const struct now *n, const struct plan *p, const struct tuning *t,
                                us_vec x)
{
	const us_vec end = leave(n, p->part[SHORT], p->length[SHORT]);
	const us_vec drift = t->drift * (1 + us_sin_phase(s->phase));
	x += t->kept * us_stereo(end[1], end[0]);
	s->wandered = leave_between(n, p->part[BLOOM], p->length[BLOOM], drift, s->wandered);
	x = pass(n, p->part[BLOOM], s->wandered, x, -t->bloom);
	const us_vec old = leave(n, p->part[LONG], p->length[LONG]);
	us_store_stereo(place(n, p->part[LONG]), x);
	s->damped += t->cut_inside * (old - s->damped);
	x = pass(n, p->part[SMEAR], leave(n, p->part[SMEAR], p->length[SMEAR]), t->kept * s->damped, t->smear);
	us_store_stereo(place(n, p->part[SHORT]), x);
}

US_REALTIME static us_vec listen(const struct now *n, const struct plan *p)
{
	float side[US_CHANNELS] = {0, 0};
	for (int c = 0; c < US_CHANNELS; c++)
		for (int k = 0; k < TAPS; k++)
			side[c] += taps[c][k].gain * place(n, p->tap[c][k])[taps[c][k].half];
	return us_stereo(side[0], side[1]);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct plate *s = state;
	const struct plan p = plan(b->rate);
	const uint64_t knobs =
	    1ull << DECAY | 1ull << DAMP | 1ull << LOW_CUT | 1ull << HIGH_CUT | 1ull << PREDELAY | 1ull << DRIFT;
	const int steady = (b->constant & knobs) == knobs;
	const us_uvec turn = us_phase_step(us_stereo(1.0f, 0.83f) * b->seconds_per_frame);
	struct now n = {s->ring, s->write, p.mask};
	struct tuning t = tune(in, 0, b);
	for (int i = 0; i < US_BLOCK; i++, n.write++, s->phase += turn) {
		if (!steady)
			t = tune(in, i, b);
		const us_vec dry = us_bound(in[IN][i]);
		us_store_stereo(place(&n, 0), us_splat(0.5f * (dry[0] + dry[1])));
		us_tap_follow(&s->predelay, t.predelay, b->seconds_per_frame);
		const us_vec late = us_tap_read(&s->predelay, (const float(*)[US_CHANNELS])n.ring, n.mask, n.write);
		s->high += t.cut_above * (late - s->high);
		s->low += t.cut_below * (s->high - s->low);
		us_vec x = s->high - s->low;
		for (int d = 0; d < DIFFUSERS; d++)
			x = pass(&n, p.diffuser[d], us_load_stereo(place(&n, p.diffuser[d] + p.diffuser_length[d])), x,
			         us_splat(diffuser_gain[d]));
		ring_on(s, &n, &p, &t, x);
		const us_vec wet = listen(&n, &p);
		out[WET][i] = wet;
		out[OUT][i] = dry + us_clamp(in[MIX][i], 0, 1) * (wet - dry);
	}
	s->write = n.write;
}

US_MODULE(
    plate, "a plate: bright reverberation that is dense at once",
    .help =
	"What studios hung a sheet of steel for: voices and snares get length without a room around them, for a plate\n"
	"has no first reflections: 40 ms after a click it is dense. decay is the time in which the tail falls by 60\n"
	"dB; damp darkens it as it goes on and at 20 kHz not at all, high_cut and low_cut what enters. predelay\n"
	"keeps a voice in front of it. drift lets the tail shimmer; at 0 it rings like metal. It is driven in the\n"
	"middle and heard left and right. For a send, set mix to 1.\n"
	"Source: Dattorro, Effect Design 1, 1997, after Griesinger. A hall with walls is reverb.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [DECAY] = {"decay", US_MS, 2500, 500, 30000, US_EXP, "time for the tail to fall by 60 dB",
                          .also = "dec"},
               [DAMP] = {"damp", US_HZ, 7000, 200, 20000, US_EXP, "what lies above fades sooner", .also = "damping"},
               [LOW_CUT] = {"low_cut", US_HZ, 80, 1, 1000, US_EXP, "what lies below does not enter",
                            .also = "lowcut|hpf"},
               [HIGH_CUT] = {"high_cut", US_HZ, 14000, 200, 20000, US_EXP, "what lies above does not enter",
                             .also = "highcut|lpf|tone"},
               [PREDELAY] = {"predelay", US_MS, 0, 0, 250, US_LIN, "from a sound to its tail", .also = "pre"},
               [DRIFT] = {"drift", US_RATIO, 0.5f, 0, 1, US_LIN, "how far the tail shimmers"},
               [MIX] = {"mix", US_RATIO, 0.3f, 0, 1, US_LIN, "0 dry, 1 reverberation alone", .also = "wet"}},
    .outputs = {[OUT] = {"out", "stereo, dry and wet"}, [WET] = {"wet", "stereo, reverberation alone"}});
