/* hold — sample and hold. */
#include <understudy/dsp.h>

enum { IN, TRIGGER };

struct hold {
	us_vec held;
	us_ivec was_on;
};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	struct hold s = *(struct hold *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		s.held = us_select(us_rise(&s.was_on, in[TRIGGER][i]), us_bound(in[IN][i]), s.held);
		out[0][i] = s.held;
	}
	*(struct hold *)state = s;
}

US_MODULE(hold, "sample and hold: takes the input at a trigger and keeps it",
          .also = "sample_hold|s_h|sah|latch_cv|s&h|s+h|sh|sample_and_hold",
          .help =
              "Noise into in and a clock into trigger: the classic random steps, for a cutoff or, through quantize, a\n"
              "melody. An lfo into in gives stairs.",
          .state_size = sizeof(struct hold), .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "what to take from", .also = "input"},
                     [TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "takes at each rise", .also = "trig"}},
          .outputs = {{"out", "what was taken last"}});
