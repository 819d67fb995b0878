/* crossfade — from one signal to another. */
#include <understudy/dsp.h>

enum { A, B, MIX, LAW };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec mix = us_clamp(in[MIX][i], 0, 1), quarter = 0.25f * mix;
		const us_ivec even = in[LAW][i] >= 0.5f;
		const us_vec of_a = us_select(even, 1 - mix, us_sin_quarter(0.25f - quarter));
		const us_vec of_b = us_select(even, mix, us_sin_quarter(quarter));
		out[0][i] = us_bound(us_bound(in[A][i] * of_a) + us_bound(in[B][i] * of_b));
	}
}

US_MODULE(crossfade, "from one signal to another", .also = "xfade|crossfader",
          .help = "mix 0 is a alone, 1 is b alone. power keeps the loudness of two different sounds, even that of two "
                  "versions of\n"
                  "the same one (dry and filtered, say) and of control signals. Plug an lfo into mix.",
          .flags = US_THROUGH, .process = process,
          .inputs = {[A] = {"a", US_SIGNAL, 0, -1, 1, US_LIN, "heard at mix 0"},
                     [B] = {"b", US_SIGNAL, 0, -1, 1, US_LIN, "heard at mix 1"},
                     [MIX] = {"mix", US_RATIO, 0.5f, 0, 1, US_LIN, "from a to b", .also = "fade|pos|position|balance"},
                     [LAW] = {"law", US_CHOICE, 0, 0, 1, US_STEP, "what stays the same", "power|even"}},
          .outputs = {{"out", "a and b"}});
