/* limiter — never above its ceiling, without clipping: the master's limiter (src/master/limiter_rt.c), with knobs. */
#include <understudy/dsp.h>
#include <understudy/limiter.h>

enum { IN, GAIN, CEILING, RELEASE };
enum { OUT, REDUCTION };

#define MOST_IN 1024.f

struct limiter {
	struct us_peak_filter filter;
	struct us_limiter limiter;
	struct us_limiter_rate rate;
};

/* The lowest of the block. */
US_REALTIME static float ceiling_of(const us_vec *db)
{
	us_vec least = db[0];
	for (int i = 1; i < US_BLOCK; i++)
		least = us_min(least, db[i]);
	return us_db_to_gain(us_clamp(least, -60, 0))[0];
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct limiter *s = state;
	float block[US_BLOCK * US_CHANNELS], gains[US_BLOCK];
	us_vec gain = us_splat(1);
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !us_is_constant(b, GAIN))
			gain = us_db_to_gain(in[GAIN][i]);
		us_store_stereo(block + i * US_CHANNELS, us_clamp(in[IN][i] * gain, -MOST_IN, MOST_IN));
	}
	const float ceiling = ceiling_of(in[CEILING]);
	const us_vec frames = us_clamp(in[RELEASE][0], 1, 1e5f) * (0.001f * b->rate);
	s->rate.release = 1 - us_exp2(-3.3219281f / frames)[0];
	us_limiter_block(&s->limiter, &s->rate, &s->filter, ceiling, block, gains);
	for (int i = 0; i < US_BLOCK; i++) { /* a ceiling that has come down since is kept, too */
		out[OUT][i] = us_clamp(us_load_stereo(block + i * US_CHANNELS), -ceiling, ceiling);
		out[REDUCTION][i] = us_splat(1 - gains[i]);
	}
}

static void init(void *state, const struct us_setup *setup)
{
	struct limiter *s = state;
	us_peak_filter_make(&s->filter);
	us_limiter_rate_make(&s->rate, setup->rate);
	us_limiter_reset(&s->limiter);
}

US_MODULE(
    limiter, "never above its ceiling, and no clipping",
    .help =
	"The last thing before out. Raise gain for loudness; peaks are turned down before they come, both sides "
	"alike,\n"
	"so the picture stays in place; so are those between the samples (true peak, within 0.2 dB). A reduction is\n"
	"held for 20 ms before it is released, so that bass keeps its shape. The sound is 64 frames late (1.3 ms at\n"
	"48 kHz). A long release is inaudible, a short one loud. reduction shows how much it works: plug it into\n"
	"something's cutoff to duck.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN, .state_size = sizeof(struct limiter), .init = init,
    .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [GAIN] = {"gain", US_DB, 0, -24, 36, US_LIN, "before the limit", .also = "input_gain|drive"},
               [CEILING] = {"ceiling", US_DB, -0.3f, -24, 0, US_LIN, "never louder than this"},
               [RELEASE] = {"release", US_MS, 120, 5, 2000, US_EXP, "time to come back up, to nine tenths, after 20 ms",
                            .also = "rel"}},
    .outputs = {[OUT] = {"out", "stereo, limited"}, [REDUCTION] = {"reduction", "0 at rest, towards 1 when at work"}});
