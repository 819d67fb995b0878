/* clock — gates in time with the song. Follows from the song's position alone, so it is never early, late or out of
 * step. */
#include <understudy/dsp.h>

enum { BEATS, WIDTH, SWING, PHASE };
enum { OUT, RAMP };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec beats = us_clamp(in[BEATS][i], 1 / 64.f, 64);
		/* two steps at a time: swing gives the first one more of their time */
		const us_vec two = us_wrap(us_song_phase(2 * beats, i, b) + 0.5f * us_clamp(in[PHASE][i], -1, 1));
		const us_vec first = 0.5f + 0.25f * us_clamp(in[SWING][i], 0, 1);
		const us_vec ramp = us_select(two < first, two / first, (two - first) / (1 - first));
		const us_ivec on = ramp < us_clamp(in[WIDTH][i], 0.01f, 0.99f);
		out[OUT][i] = us_select(on, us_splat(b->beat_step > 0 ? 1 : 0), us_splat(0));
		out[RAMP][i] = us_clamp(ramp, 0, 1);
	}
}

US_MODULE(
    clock, "gates in time with the song",
    .help =
	"One gate every `beats` quarter notes: 0.25 is a sixteenth, 4 a bar, 1/3 a triplet. Plug out into the gate of\n"
	"an adsr, the trigger of a drum, the clock of euclid or random. swing delays every second step: 0.67 is a\n"
	"shuffle in triplets. Any two clocks are in step, whenever they were made.",
    .process = process,
    .inputs = {[BEATS] = {"beats", US_BEAT, 0.25f, 0.015625f, 64, US_EXP, "quarter notes from gate to gate"},
               [WIDTH] = {"width", US_RATIO, 0.5f, 0.01f, 0.99f, US_LIN, "share of the step in which the gate is on"},
               [SWING] = {"swing", US_RATIO, 0, 0, 1, US_LIN, "how late every second step is"},
               [PHASE] = {"phase", US_RATIO, 0, -1, 1, US_LIN, "moves the gates, in steps"}},
    .outputs = {[OUT] = {"out", "gate"}, [RAMP] = {"ramp", "from 0 to 1 within each step"}});
