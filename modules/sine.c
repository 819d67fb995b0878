/* sine — sine oscillator. The phase is an integer, so the pitch never drifts. */
#include <understudy/dsp.h>

enum { FREQ, PITCH, PHASE, AMP };

struct sine {
	us_uvec phase; /* 2^32 is one cycle */
};

US_REALTIME static us_uvec step(const us_vec *const in[], int i, const struct us_block *b)
{
	return us_phase_step(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct sine *s = state;
	us_uvec phase = s->phase;
	if (us_is_constant(b, FREQ) && us_is_constant(b, PITCH) && us_is_constant(b, PHASE)) {
		const us_uvec steady = step(in, 0, b), offset = us_phase(in[PHASE][0]);
		for (int i = 0; i < US_BLOCK; i++, phase += steady)
			out[0][i] = us_bound(in[AMP][i] * us_sin_phase(phase + offset));
	} else {
		for (int i = 0; i < US_BLOCK; i++) {
			out[0][i] = us_bound(in[AMP][i] * us_sin_phase(phase + us_phase(in[PHASE][i])));
			phase += step(in, i, b);
		}
	}
	s->phase = phase;
}

US_MODULE(sine, "sine oscillator", .also = "simple_sine|sinosc|osc_sine|sin",
          .help = "The purest tone: one partial, nothing to alias. Plug a melody into pitch (1 per octave).\n"
                  "For FM plug another oscillator into freq (through zero, linear) or, as the classic digital synths\n"
                  "did, into phase, where an amount of 0.3 is already rich. Pitch is right within 0.01 cent from\n"
                  "20 Hz up and does not drift: the phase is a 32-bit integer.",
          .state_size = sizeof(struct sine), .process = process,
          .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency; negative turns backwards",
                               .also = "frequency"},
                     [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
                     [PHASE] = {"phase", US_RATIO, 0, -1, 1, US_LIN, "added to the phase, in cycles"},
                     [AMP] = {"amp", US_RATIO, 1, 0, 1, US_LIN, "peak level", .also = "gain|level|volume|amplitude"}},
          .outputs = {{"out", "audio, -1 to 1"}});
