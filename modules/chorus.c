/* chorus — four drifting copies on each side. The lanes are the copies: 0 to 3
 * on the left, 4 to 7 on the right. */
#include <string.h>
#include <understudy/tap.h>

enum { IN, RATE, DEPTH, DELAY, FEEDBACK, MIX };
enum { COPIES = US_LANES / US_CHANNELS, MARGIN = 4 };

#define LONGEST_SECONDS 0.1f

struct chorus {
	us_uvec phase; /* of the slow sine that moves the copies; the same in all lanes */
	struct us_swing swing;
	uint32_t write; /* counts frames; each side's line takes it modulo its length */
	uint32_t unused[7];
	float line[]; /* left, then right; each has its first frames once more behind
	                 its end */
};

typedef float quad __attribute__((vector_size(MARGIN * sizeof(float))));

US_REALTIME static uint32_t length(float rate)
{
	uint32_t n = 64;
	while ((float)n < LONGEST_SECONDS * rate + MARGIN)
		n *= 2;
	return n;
}

static size_t state_size(float rate)
{
	return sizeof(struct chorus) + (length(rate) + MARGIN) * sizeof(float[US_CHANNELS]);
}

/* Four frames in a row, the oldest first. */
US_REALTIME static quad four_frames(const float *line)
{
	quad x;
	memcpy(&x, line, sizeof x);
	return x;
}

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)

/* Where each lane's copy reads. */
struct place {
	us_uvec oldest; /* of four frames */
	us_vec part;
};

US_REALTIME static struct place place(us_vec wanted, uint32_t write, uint32_t frames)
{
	const us_vec back = us_clamp(wanted, 2, (float)(frames - MARGIN)), whole = us_floor(back);
	return (struct place){(write - 2 - (us_uvec)us_to_int(whole)) & (frames - 1), back - whole};
}

/* What each lane's copy reads, between the second and third of four frames: a
 * row per lane, turned into a vector per frame. */
US_REALTIME static us_vec copies(const float *line, const struct place *p, uint32_t frames)
{
	uint32_t oldest[US_LANES];
	memcpy(oldest, &p->oldest, sizeof oldest);
	quad t[MARGIN][US_CHANNELS];
	for (int c = 0; c < US_CHANNELS; c++, line += frames + MARGIN) {
		const quad a = four_frames(line + oldest[c * COPIES]), b = four_frames(line + oldest[c * COPIES + 1]);
		const quad d = four_frames(line + oldest[c * COPIES + 2]),
			   e = four_frames(line + oldest[c * COPIES + 3]);
		const quad ad_low = LOW(a, d), ad_high = HIGH(a, d), be_low = LOW(b, e), be_high = HIGH(b, e);
		t[0][c] = LOW(ad_low, be_low);
		t[1][c] = HIGH(ad_low, be_low);
		t[2][c] = LOW(ad_high, be_high);
		t[3][c] = HIGH(ad_high, be_high);
	}
	return us_between(JOIN(t[3][0], t[3][1]), JOIN(t[2][0], t[2][1]), JOIN(t[1][0], t[1][1]),
	                  JOIN(t[0][0], t[0][1]), p->part);
}

/* The sum of each side's copies, as a stereo signal. */
US_REALTIME static us_vec sides(us_vec y)
{
	y += __builtin_shufflevector(y, y, 1, 0, 3, 2, 5, 4, 7, 6);
	y += __builtin_shufflevector(y, y, 2, 3, 0, 1, 6, 7, 4, 5);
	return __builtin_shufflevector(y, y, 0, 4, 0, 4, 0, 4, 0, 4);
}

US_REALTIME static void write_line(float *line, uint32_t at, uint32_t frames, float x)
{
	line[at] = x;
	if (at < MARGIN)
		line[at + frames] = x;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct chorus *s = state;
	const uint32_t frames = length(b->rate);
	/* where each copy stands in the cycle: a quarter apart, the right side's
	 * between the left's */
	const us_uvec offset = us_phase((us_vec){0, 0.25f, 0.5f, 0.75f, 0.125f, 0.375f, 0.625f, 0.875f});
	const float per_ms = 0.001f * b->rate;
	const int still = us_is_constant(b, DEPTH) && us_is_constant(b, DELAY);
	us_vec reach = us_clamp(in[DEPTH][0], 0, 1e4f) * per_ms, stand = us_clamp(in[DELAY][0], 0, 1e4f) * per_ms;
	const int settled = still && us_swing_rests(&s->swing, stand, reach);
	us_uvec phase = s->phase, step = us_phase_step(us_splat(in[RATE][0][0]) * b->seconds_per_frame);
	struct place now[US_BLOCK], old[US_BLOCK];
	us_vec fade[US_BLOCK]; /* from old to now */
	uint64_t fading = 0;   /* a bit for each frame */
	uint32_t write = s->write;
	for (int i = 0; i < US_BLOCK; i++) {
		if (!still) {
			reach = us_clamp(in[DEPTH][i], 0, 1e4f) * per_ms;
			stand = us_clamp(in[DELAY][i], 0, 1e4f) * per_ms;
		}
		if (!settled)
			us_swing_follow(&s->swing, stand, reach, b->seconds_per_frame);
		const us_vec wave = us_sin_phase(phase + offset);
		now[i] = place(settled ? stand + wave * reach : s->swing.stand + wave * s->swing.reach,
		               write + (uint32_t)i, frames);
		if (!settled && us_swing_fades(&s->swing)) {
			old[i] = place(s->swing.old_stand + wave * s->swing.old_reach, write + (uint32_t)i, frames);
			fade[i] = s->swing.fade;
			fading |= 1ull << i;
		}
		if (!us_is_constant(b, RATE))
			step = us_phase_step(us_splat(in[RATE][i][0]) * b->seconds_per_frame);
		phase += step;
	}
	const int level = us_is_constant(b, FEEDBACK) && us_is_constant(b, MIX);
	us_vec returned = 0.5f * us_clamp(in[FEEDBACK][0], -0.95f, 0.95f), mix = us_clamp(in[MIX][0], 0, 1);
	for (int i = 0; i < US_BLOCK; i++, write++) {
		if (!level)
			returned = 0.5f * us_clamp(in[FEEDBACK][i], -0.95f, 0.95f), mix = us_clamp(in[MIX][i], 0, 1);
		us_vec each = copies(s->line, &now[i], frames);
		if (fading >> i & 1)
			each = us_swing_mix(fade[i], each, copies(s->line, &old[i], frames));
		const us_vec wet = 0.5f * sides(each);
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec enter = dry + returned * wet;
		for (int c = 0; c < US_CHANNELS; c++)
			write_line(s->line + c * (frames + MARGIN), write & (frames - 1), frames, enter[c]);
		out[0][i] = dry + mix * (wet - dry);
	}
	s->phase = phase;
	s->write = write;
}

US_MODULE(chorus, "four drifting copies on each side: width and motion",
          .help = "Makes one string a section and a mono pad wide. Slow and "
                  "shallow (rate 0.3, depth 2) is a shimmer, fast and\n"
                  "deep a seasick organ. With a short delay, little depth and "
                  "feedback it becomes a flanger. The copies of one\n"
                  "side stand a quarter of a cycle apart, so the pitch as a "
                  "whole stays where it is.",
          .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
                     [RATE] = {"rate", US_HZ, 0.6f, 0.01f, 20, US_EXP, "how fast the copies drift",
                               .also = "freq|frequency|speed"},
                     [DEPTH] = {"depth", US_MS, 2.5f, 0, 20, US_LIN, "how far they drift, either way"},
                     [DELAY] = {"delay", US_MS, 14, 0.1f, 50, US_EXP, "how far behind they stand", .also = "time"},
                     [FEEDBACK] = {"feedback", US_RATIO, 0, -0.95f, 0.95f, US_LIN, "of the copies into themselves",
                                   .also = "fb|regen"},
                     [MIX] = {"mix", US_RATIO, 0.5f, 0, 1, US_LIN, "0 dry, 1 copies alone", .also = "wet"}},
          .outputs = {{"out", "stereo"}});
