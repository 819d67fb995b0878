/* vca — voltage-controlled amplifier: a multiplication. */
#include <understudy/dsp.h>

enum { IN, LEVEL };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_bound(in[IN][i] * in[LEVEL][i]);
}

US_MODULE(vca, "amplifier: in times level", .also = "amplifier|amp",
          .help =
              "Plug an envelope into level and the knob steps aside: the cable alone decides, so an envelope at 0 is\n"
              "silence. A level that goes below zero turns the signal upside down: with an oscillator at audio rate\n"
              "that is ring modulation.",
          .flags = US_THROUGH, .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio or control signal", .also = "input"},
                     [LEVEL] = {"level", US_SIGNAL, 1, 0, 4, US_LIN, "factor; 1 is unchanged",
                                .also = "gain|amp|cv|amplitude|volume"}},
          .outputs = {{"out", "in times level"}});
