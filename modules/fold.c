/* fold — a wave that is too tall for the room is folded back from the ceiling, again and again: Buchla's timbre
 * modulator of 1967 and Serge's wave multipliers. At four times the sample rate, as drive.c. */
#include <understudy/dsp.h>
#include <understudy/oversample.h>

enum { IN, FOLD, SHAPE, BIAS, LEVEL };

/* Both give 1 for 1 and turn round there. */
US_REALTIME static us_vec bend(us_vec x, us_vec shape)
{
	const us_vec cycles = 0.25f * us_clamp(x, -1e4f, 1e4f), round = us_sin_cycles(cycles);
	if (!us_any(shape >= 0.5f))
		return round;
	const us_vec corners = 1 - 4 * us_abs(us_wrap(cycles + 0.25f) - 0.5f);
	return us_select(shape < 0.5f, round, corners);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct us_oversample s = *(struct us_oversample *)state;
	us_vec level = us_db_to_gain(in[LEVEL][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, LEVEL))
			level = us_db_to_gain(in[LEVEL][i]);
		const us_vec shape = in[SHAPE][i], bias = us_clamp(in[BIAS][i], -8, 8), rest = bend(bias, shape);
		us_vec y[US_OVERSAMPLE];
		us_oversample_up(&s, us_bound(in[IN][i] * us_clamp(in[FOLD][i], 0, 100)), y);
		for (int n = 0; n < US_OVERSAMPLE; n++)
			y[n] = bend(y[n] + bias, shape) - rest;
		out[0][i] = us_bound(us_oversample_down(&s, y) * level);
	}
	*(struct us_oversample *)state = s;
}

US_MODULE(
    fold, "wave folder: too tall a wave is folded back again and again", .also = "wavefolder|folder",
    .help = "The west-coast way to a timbre: not taking away from a saw, but adding to a sine. Plug a sine in and an\n"
	    "envelope into fold: at 1 it is the sine, at 5 it is metal, and every value between sounds different.\n"
	    "bias makes it lopsided: even harmonics, or with an lfo something like pulse width. sine folds roundly,\n"
	    "triangle with corners. A dcblock after it does no harm. After Buchla's timbre modulator, 1967.",
    .flags = US_THROUGH, .state_size = sizeof(struct us_oversample), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio, best a sine or triangle", .also = "input"},
               [FOLD] = {"fold", US_RATIO, 2, 0, 16, US_LIN, "how tall the wave is; the room is 1",
                         .also = "amount|gain|drive"},
               [SHAPE] = {"shape", US_CHOICE, 0, 0, 1, US_STEP, "what it is folded by", "sine|triangle",
                          .also = "curve"},
               [BIAS] = {"bias", US_RATIO, 0, -2, 2, US_LIN, "off centre: even harmonics"},
               [LEVEL] = {"level", US_DB, -6, -48, 12, US_LIN, "after it", .also = "output"}},
    .outputs = {{"out", "folded"}});
