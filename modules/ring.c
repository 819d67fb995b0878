/* ring — one sound times another: sums and differences of all their frequencies, and neither of themselves. */
#include <understudy/dsp.h>

enum { IN, CARRIER, FREQ, PITCH, MIX };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	us_uvec phase = *(us_uvec *)state;
	const int plugged = (int)(b->connected >> CARRIER & 1);
	us_vec factor = us_exp2(in[PITCH][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, PITCH))
			factor = us_exp2(in[PITCH][i]);
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec carrier = plugged ? us_bound(in[CARRIER][i]) : us_sin_phase(phase);
		out[0][i] = us_bound(dry + us_clamp(in[MIX][i], 0, 1) * (us_bound(dry * carrier) - dry));
		phase += us_phase_step(in[FREQ][i] * factor * b->seconds_per_frame);
	}
	*(us_uvec *)state = phase;
}

US_MODULE(ring, "ring modulator: one sound times another", .also = "ringmod|ring_modulator|ring_mod",
          .help =
              "Bells out of sines, robots out of voices. With nothing in carrier its own sine at freq is the other\n"
              "sound: a few Hz are a tremolo, a few hundred give a clang that follows no scale, and a ratio to the\n"
              "note (the same cable into pitch as into the oscillator's) one that does. Between two oscillators a\n"
              "fifth apart it growls an octave below. Source: Stockhausen's Mixtur knew all of it in 1964.",
          .flags = US_THROUGH, .state_size = sizeof(us_uvec), .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
                     [CARRIER] = {"carrier", US_SIGNAL, 0, -1, 1, US_LIN, "the other sound, instead of the sine"},
                     [FREQ] = {"freq", US_HZ, US_C4_HZ, 0.1f, 20000, US_EXP, "of the sine", .also = "frequency"},
                     [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
                     [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 product alone", .also = "wet"}},
          .outputs = {{"out", "the product"}});
