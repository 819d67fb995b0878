/* limiter — never above its ceiling, without clipping: it looks one block ahead and turns the volume down in time.
 *
 * Why never. A frame that is too loud asks for a gain. The lowest gain asked for in the last 64 frames is averaged over
 * the last 64 frames, while the sound waits for 63: when the loud frame leaves, every value in that average is at most
 * what it asked for. A last clamp takes away what rounding may have left over. */
#include <string.h>
#include <understudy/dsp.h>

enum { IN, GAIN, CEILING, RELEASE };
enum { OUT, REDUCTION };
enum { WINDOW = US_BLOCK };

/* Everything is told as what is to be taken away: 0 at rest, so that rest is reached exactly. */
struct limiter {
	us_vec sound[WINDOW];  /* the last block, waiting */
	float highest[WINDOW]; /* the most that was asked for, over the window before each frame of the last block */
	float asked[WINDOW];   /* what the last block's frames asked for */
	float held;            /* what the release has come to */
};

/* What each frame asks for: more at once, less by the release. */
US_REALTIME static void ask(struct limiter *s, const us_vec *loud, const us_vec *const in[], float *asked,
                            const struct us_block *b)
{
	float kept = 0;
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !us_is_constant(b, RELEASE)) {
			const us_vec frames = us_clamp(in[RELEASE][i], 1, 1e5f) * (0.001f * b->rate);
			kept = us_exp2(-3.3219281f / frames)[0];
		}
		const us_vec size = us_abs(loud[i]), ceiling = us_db_to_gain(us_clamp(in[CEILING][i], -60, 0));
		const float peak = size[0] > size[1] ? size[0] : size[1];
		const float wanted = peak > ceiling[0] ? 1 - ceiling[0] / peak : 0;
		const float fallen = s->held * kept;
		s->held = asked[i] = wanted > fallen ? wanted : fallen;
	}
}

/* The maximum over the last WINDOW frames: from the end of the old block, and from the start of the new. */
US_REALTIME static void find_highest(const float *old, const float *now, float *highest)
{
	float tail[WINDOW + 1], head = 0;
	tail[WINDOW] = 0;
	for (int i = WINDOW - 1; i >= 0; i--)
		tail[i] = old[i] > tail[i + 1] ? old[i] : tail[i + 1];
	for (int i = 0; i < US_BLOCK; i++) {
		head = now[i] > head ? now[i] : head;
		highest[i] = tail[i + 1] > head ? tail[i + 1] : head;
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct limiter *s = state;
	us_vec loud[US_BLOCK];
	float asked[US_BLOCK], highest[US_BLOCK];
	us_vec gain = us_splat(1);
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !us_is_constant(b, GAIN))
			gain = us_db_to_gain(in[GAIN][i]);
		const us_vec x = us_bound(in[IN][i] * gain);
		loud[i] = us_stereo(x[0], x[1]);
	}
	ask(s, loud, in, asked, b);
	find_highest(s->asked, asked, highest);
	float sum = 0;
	for (int i = 0; i < WINDOW; i++)
		sum += s->highest[i];
	for (int i = 0; i < US_BLOCK; i++) {
		sum += highest[i] - s->highest[i];
		const float taken = us_clamp(us_splat(sum * (1.f / WINDOW)), 0, 1)[0];
		const us_vec waited = i == US_BLOCK - 1 ? loud[0] : s->sound[i + 1];
		const float ceiling = us_db_to_gain(us_clamp(in[CEILING][i], -60, 0))[0];
		out[OUT][i] = us_clamp(waited * (1 - taken), -ceiling, ceiling);
		out[REDUCTION][i] = us_splat(taken);
	}
	memcpy(s->sound, loud, sizeof loud);
	memcpy(s->highest, highest, sizeof highest);
	memcpy(s->asked, asked, sizeof asked);
}

US_MODULE(
    limiter, "never above its ceiling, and no clipping",
    .help = "The last thing before out. Raise gain for loudness; peaks are turned down before they come, both sides "
	    "alike,\n"
	    "so the picture stays in place. The sound is 63 frames late (1.3 ms at 48 kHz). A long release is\n"
	    "inaudible, a short one loud. reduction shows how much it works: plug it into something's cutoff to duck.",
    .flags = US_THROUGH | US_MIXDOWN, .state_size = sizeof(struct limiter), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [GAIN] = {"gain", US_DB, 0, -24, 36, US_LIN, "before the limit", .also = "input_gain|drive"},
               [CEILING] = {"ceiling", US_DB, -0.3f, -24, 0, US_LIN, "never louder than this"},
               [RELEASE] = {"release", US_MS, 120, 5, 2000, US_EXP, "time to come back up, to nine tenths",
                            .also = "rel"}},
    .outputs = {[OUT] = {"out", "stereo, limited"}, [REDUCTION] = {"reduction", "0 at rest, towards 1 when at work"}});
