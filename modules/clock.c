/* clock — gates in time with the song. Follows from the song's position alone, so it is never early, late or out of
 * step. */
#include <understudy/dsp.h>

enum { BEATS, WIDTH, SWING, PHASE };
enum { OUT, RAMP };

/* Where frame i is: in two steps at a time, and in its own; swing gives the first one more of their time. */
struct place {
	us_vec two, first, ramp;
};

US_REALTIME static struct place place(const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec beats = us_clamp(in[BEATS][i], 1 / 64.f, 64);
	const us_vec two = us_wrap(us_song_phase(2 * beats, i, b) + 0.5f * us_clamp(in[PHASE][i], -1, 1));
	const us_vec first = 0.5f + 0.25f * us_clamp(in[SWING][i], 0, 1);
	return (struct place){two, first, us_select(two < first, two / first, (two - first) / (1 - first))};
}

US_REALTIME static us_ivec is_on(const struct place *p, us_vec width)
{
	return p->ramp < us_clamp(width, 0.01f, 0.99f);
}

/* Nearly always nothing turns in a block: within a step the ramp only rises, so its ends say it all. */
US_REALTIME static int is_even(const us_vec *const in[], const struct us_block *b)
{
	const uint64_t knobs = 1ull << BEATS | 1ull << WIDTH | 1ull << SWING | 1ull << PHASE;
	const double shortest = 2.0 / 64; /* two steps */
	if ((b->constant & knobs) != knobs || !us_is_unread(b, RAMP) || !(b->beat_step * US_BLOCK < 0.5 * shortest))
		return 0;
	const struct place from = place(in, 0, b), to = place(in, US_BLOCK - 1, b);
	const us_vec width = in[WIDTH][0];
	return !us_any((to.two < from.two) | ((from.two < from.first) ^ (to.two < to.first)) |
	               (is_on(&from, width) ^ is_on(&to, width)));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	const us_vec on = us_splat(b->beat_step > 0 ? 1 : 0), off = us_splat(0);
	if (is_even(in, b)) {
		const struct place p = place(in, 0, b);
		us_fill(out[OUT], us_select(is_on(&p, in[WIDTH][0]), on, off), !us_is_unread(b, OUT));
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		const struct place p = place(in, i, b);
		out[OUT][i] = us_select(is_on(&p, in[WIDTH][i]), on, off);
		out[RAMP][i] = us_clamp(p.ramp, 0, 1);
	}
}

US_MODULE(
    clock, "gates in time with the song", .also = "metro|impulse|metronome",
    .help =
	"One gate every `beats` quarter notes: 0.25 is a sixteenth, 4 a bar, 1/3 a triplet. Plug out into the gate of\n"
	"an adsr, the trigger of a drum, the clock of euclid or random. swing delays every second step: 0.67 is a\n"
	"shuffle in triplets. Any two clocks are in step, whenever they were made.",
    .process = process,
    .inputs = {[BEATS] = {"beats", US_BEAT, 0.25f, 0.015625f, 64, US_EXP, "quarter notes from gate to gate",
                          .also = "division"},
               [WIDTH] = {"width", US_RATIO, 0.5f, 0.01f, 0.99f, US_LIN, "share of the step in which the gate is on",
                          .also = "pw|duty|gate"},
               [SWING] = {"swing", US_RATIO, 0, 0, 1, US_LIN, "how late every second step is"},
               [PHASE] = {"phase", US_RATIO, 0, -1, 1, US_LIN, "moves the gates, in steps"}},
    .outputs = {[OUT] = {"out", "gate"}, [RAMP] = {"ramp", "from 0 to 1 within each step"}});
