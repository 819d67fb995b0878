/* gain — volume in decibels. */
#include <understudy/dsp.h>

enum { IN, GAIN };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	us_vec factor = us_db_to_gain(in[GAIN][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, GAIN))
			factor = us_db_to_gain(in[GAIN][i]);
		out[0][i] = us_bound(in[IN][i] * factor);
	}
}

US_MODULE(gain, "volume in decibels", .also = "volume|simple_gain",
          .help =
              "What a mixing desk calls a fader: 0 dB leaves the signal as it is, -6 dB about halves it, +6 dB about\n"
              "doubles it. For an envelope use vca: silence is minus infinity here.",
          .flags = US_THROUGH, .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio or control signal", .also = "input"},
                     [GAIN] = {"gain", US_DB, 0, -80, 24, US_LIN, "0 dB is unchanged", .also = "level|volume|amp|db"}},
          .outputs = {{"out", "in, louder or softer"}});
