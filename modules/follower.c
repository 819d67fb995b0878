/* follower — how loud a signal is, as a control signal. */
#include <understudy/dsp.h>

enum { IN, ATTACK, RELEASE, GAIN };

struct follower {
	us_vec level;
};

/* Share of the way per frame: nine tenths of it in `ms`. */
US_REALTIME static us_vec share(us_vec ms, const struct us_block *b)
{
	return 1 - us_exp2(-3.3219281f / us_max(us_clamp(ms, 0, 1e6f) * (0.001f * b->rate), us_splat(0.1f)));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct follower *s = state;
	us_vec level = s->level, up = us_splat(0), down = up, gain = up;
	const int steady = us_is_constant(b, ATTACK) && us_is_constant(b, RELEASE) && us_is_constant(b, GAIN);
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !steady) {
			up = share(in[ATTACK][i], b), down = share(in[RELEASE][i], b);
			gain = us_db_to_gain(us_clamp(in[GAIN][i], -80, 80));
		}
		const us_vec way = us_min(us_abs(in[IN][i]) * gain, us_splat(US_LOUDEST)) - level;
		level += way * us_select(way > 0, up, down);
		out[0][i] = level;
	}
	s->level = level;
}

US_MODULE(
    follower, "how loud a signal is, as a control signal", .also = "env_follower|envelope_follower",
    .help =
	"Plug a drum into in and out into a filter's cutoff: the filter opens with every stroke (auto-wah). With a\n"
	"negative amount into a vca's level it ducks one sound under another.",
    .state_size = sizeof(struct follower), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio to listen to", .also = "input"},
               [ATTACK] = {"attack", US_MS, 5, 0, 1000, US_LIN, "time to rise, to nine tenths", .also = "att"},
               [RELEASE] = {"release", US_MS, 150, 0, 5000, US_LIN, "time to fall, to a tenth", .also = "rel"},
               [GAIN] = {"gain", US_DB, 0, -24, 48, US_LIN, "before it is measured"}},
    .outputs = {{"out", "level, from 0 up"}});
