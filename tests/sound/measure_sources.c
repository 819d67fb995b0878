/* measure_sources.c — whether what is struck, stroked or just sounds is as loud at every sample rate and on every key,
 * and rings for as long as it says. */
#include "measure.h"

static double db(double ratio)
{
	return 20 * log10(ratio + 1e-15);
}

/* --- the same at every rate -------------------------------------------------------------------------------- */

/* What is struck is struck four times a second; what is driven gets a sine of its own pitch. */
static const struct source {
	const char *what, *module, *output, *trigger, *driven;
	struct {
		const char *knob;
		float value;
	} set[4];
	double within; /* dB; 0: 1 */
} sources[] = {{"kick", "kick", "out", "trigger"},
               {"snare", "snare", "out", "trigger"},
               {"hat", "hat", "out", "trigger", .within = 2},
               {"hat, hiss alone", "hat", "out", "trigger", NULL, {{"noise", 1}}, 1.5},
               {"clap", "clap", "out", "trigger"},
               {"metal", "metal", "out", "trigger"},
               {"modal, struck", "modal", "out", "trigger"},
               {"modal, bowed string", "modal", "out", NULL, NULL, {{"bow", 1}, {"material", 0}, {"freq", 110}}},
               {"modal, bowed glass", "modal", "out", NULL, NULL, {{"bow", 0.5f}, {"material", 5}, {"freq", 880}}},
               {"modal, driven", "modal", "out", NULL, "in", {{"freq", 220}, {"decay", 200}}},
               {"pluck", "pluck", "out", "trigger"},
               {"pluck, dull", "pluck", "out", "trigger", NULL, {{"tone", 0.05f}, {"damp", 1}}},
               {"pluck, bright", "pluck", "out", "trigger", NULL, {{"tone", 1}, {"damp", 0.05f}}, 1.5},
               {"noise, pink", "noise", "pink"},
               {"noise, brown", "noise", "brown"}};

/* Second-order sections of a Butterworth low-pass of order 8, in place. */
static void low_pass(float *x, int frames, double hz)
{
	for (int s = 0; s < 4; s++) {
		const double w = 2 * M_PI * hz / (double)rate, q = 0.5 / cos(M_PI * (2 * s + 1) / 16);
		const double alpha = sin(w) / 2 / q, a0 = 1 + alpha, b0 = (1 - cos(w)) / 2 / a0;
		const double a1 = -2 * cos(w) / a0, a2 = (1 - alpha) / a0;
		double z1 = 0, z2 = 0;
		for (int i = 0; i < frames; i++) {
			const double in = (double)x[i], out = b0 * in + z1;
			z1 = 2 * b0 * in - a1 * out + z2;
			z2 = b0 * in - a2 * out;
			x[i] = (float)out;
		}
	}
}

static void excite(struct rig *r, const struct source *s, int at)
{
	us_vec *in = s->trigger || s->driven ? rig_plug(r, s->trigger ? s->trigger : s->driven) : NULL;
	const int apart = (int)rate / 4;
	for (int i = 0; i < US_BLOCK && in; i++)
		in[i] = (us_vec){0} + (s->driven ? (float)(0.01 * sin(2 * M_PI * 220 * (at + i) / (double)rate))
		                                 : (float)((at + i) % apart < apart / 2));
}

/* RMS below 14 kHz of three seconds, and the highest sample. */
static double loudness(const struct source *s, double *peak)
{
	const int skip = s->trigger ? 0 : 2 * (int)rate, frames = 3 * (int)rate;
	struct rig *r = open_rig(s->module);
	const int output = rig_output(r, s->output);
	for (int k = 0; k < 4 && s->set[k].knob; k++)
		rig_set(r, s->set[k].knob, s->set[k].value);
	for (int at = -skip; at < frames; at += US_BLOCK) {
		excite(r, s, at + skip);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0)
				sound[at + i] = r->out[output][i][0];
	}
	rig_close(r);
	double power = 0;
	for (int i = 0; i < frames; i++)
		*peak = fmax(*peak, (double)fabsf(sound[i]));
	low_pass(sound, frames, 14000);
	for (int i = 0; i < frames; i++)
		power += (double)sound[i] * (double)sound[i];
	return sqrt(power / frames);
}

static void rate_row(const struct source *s)
{
	double loud[RATES], least = INFINITY, most = 0, peak = 0;
	const double within = s->within > 0 ? s->within : 1;
	char what[80], reach[40];
	AT_ALL_RATES
	{
		loud[at_] = db(loudness(s, &peak));
		least = fmin(least, loud[at_]);
		most = at_ ? fmax(most, loud[at_]) : loud[at_];
	}
	snprintf(what, sizeof what, "%s: loudness at 44.1 to 192 kHz", s->what);
	snprintf(reach, sizeof reach, "the same within %g dB", within);
	row(what, reach, most - least < within, "%.1f %.1f %.1f %.1f dB, peak %.2f", loud[0], loud[1], loud[2], loud[3],
	    peak);
}

/* --- what has a key ------------------------------------------------------------------------------------------ */

/* Amplitude of hz in sixteen periods from frame `at` on, and its phase in cycles. */
static double partial(double hz, int at, double *phase)
{
	const double step = 2 * M_PI * hz / (double)rate;
	const int length = (int)(16 * (double)rate / hz);
	double re = 0, im = 0;
	for (int i = 0; i < length; i++) {
		const double w = 1 - cos(2 * M_PI * (i + 0.5) / length);
		re += w * (double)sound[at + i] * cos(step * (at + i));
		im -= w * (double)sound[at + i] * sin(step * (at + i));
	}
	if (phase)
		*phase = atan2(im, re) / 2 / M_PI;
	return 2 * hypot(re, im) / length;
}

/* Cents by which what fades is off from hz: the phase of sixteen periods, and eight periods later. */
static double cents_early(double hz, int at)
{
	double first, second;
	const int apart = (int)(8 * (double)rate / hz);
	partial(hz, at, &first);
	partial(hz, at + apart, &second);
	const double turned = second - first;
	return 1200 * log2(1 + (turned - nearbyint(turned)) / (hz * apart / (double)rate));
}

/* Seconds in which hz fades by 60 dB, by what it does in `apart` frames. */
static double fade_of(double hz, int at, int apart)
{
	const double fallen = db(partial(hz, at, NULL) / partial(hz, at + apart, NULL));
	return 60 / fallen * apart / (double)rate;
}

/* `frames` from the stroke on. */
static void pluck_string(float hz, float damp, float decay, int frames)
{
	struct rig *r = open_rig("pluck");
	rig_set(r, "freq", hz);
	rig_set(r, "damp", damp);
	rig_set(r, "decay", decay);
	rig_set(r, "trigger", 1);
	render(r, 0, 0, frames);
	rig_close(r);
}

static void pluck_row(void)
{
	static const float damps[] = {0, 0.2f, 0.4f, 0.7f, 0.9f, 1};
	double worst = 0, at = 0, with = 0;
	AT_ALL_RATES for (double hz = 20; hz <= 8000; hz *= 1.81) for (int d = 0; d < 6; d++)
	{
		const int skip = (int)(2.5 * (double)rate / hz);
		pluck_string((float)hz, damps[d], 30000, skip + 25 * (int)((double)rate / hz) + 64);
		const double off = fabs(cents_early((double)(float)hz, skip));
		if (off > worst)
			worst = off, at = hz, with = (double)damps[d];
	}
	row("pluck: pitch, 20 Hz to 8 kHz, any damp, 44.1 to 192 kHz", "within 3.5 cents", worst < 3.5,
	    "%.2f cents (%.0f Hz, damp %.1f)", worst, at, with);
}

static void pluck_fade_row(void)
{
	static const float decays[] = {50, 500, 3000, 30000};
	double worst = 0, at = 0, of = 0;
	AT_ALL_RATES for (double hz = 20; hz <= 1000; hz *= 3.3) for (int d = (double)decays[0] < 16000 / hz; d < 4;
	                                                              d++)
	{ /* sixteen periods, or it is no tone */
		const int period = (int)((double)rate / hz), skip = 3 * period;
		const int apart = (int)fmin(fmax((double)decays[d] / 2000, 1 / hz) * (double)rate, (double)rate);
		pluck_string((float)hz, 0, decays[d], skip + apart + 18 * period + US_BLOCK);
		const double off = fabs(fade_of((double)(float)hz, skip, apart) / (double)decays[d] * 1000 - 1);
		if (off > worst)
			worst = off, at = hz, of = (double)decays[d];
	}
	row("pluck: decay 50 ms to 30 s, damp 0, 20 Hz to 1 kHz", "within 5 %", worst < 0.05,
	    "%.1f %% (%.0f Hz, %.0f ms)", worst * 100, at, of);
}

/* --- modal ---------------------------------------------------------------------------------------------------- */

static void strike(int material, float hardness, float hz, float decay, int frames)
{
	struct rig *r = open_rig("modal");
	rig_set(r, "material", (float)material);
	rig_set(r, "hardness", hardness);
	rig_set(r, "freq", hz);
	rig_set(r, "decay", decay);
	rig_set(r, "damp", 0);
	rig_set(r, "trigger", 1);
	render(r, 0, 0, frames);
	rig_close(r);
}

/* Against steel: what felt leaves of the mode that names the pitch. */
static void mallet_row(void)
{
	static const float mallets[] = {1, 0.75f, 0.5f, 0.25f, 0};
	double least = INFINITY, at = 0;
	AT_ALL_RATES for (int material = 0; material < 6; material++) for (double hz = 20; hz <= 8000; hz *= 2.71)
	{
		const int skip = (int)(fmax(0.008, 1 / hz) * (double)rate);
		double steel = 0;
		for (int m = 0; m < 5; m++) {
			strike(material, mallets[m], (float)hz, 30000, skip + 17 * (int)((double)rate / hz) + 64);
			const double a = partial((double)(float)hz, skip, NULL);
			steel = m ? steel : a;
			if (db(a / steel) < least)
				least = db(a / steel), at = hz;
		}
	}
	row("modal: any mallet against steel, 20 Hz to 8 kHz, all materials", "at most 7 dB less at freq", least > -7,
	    "%.1f dB (%.0f Hz)", least, at);
}

static void modal_fade_row(void)
{
	static const float decays[] = {20, 200, 3000, 30000};
	double worst = 0, at = 0, of = 0;
	AT_ALL_RATES for (int material = 0; material < 6;
	                  material++) for (double hz = 110; hz <= 8000;
	                                   hz *= 4) for (int d = (double)decays[0] < 16000 / hz; d < 4; d++)
	{
		const int period = (int)((double)rate / hz), skip = (int)(0.002 * (double)rate);
		const int apart = (int)(fmin((double)decays[d] / 2000, 0.5) * (double)rate);
		strike(material, 1, (float)hz, decays[d], skip + apart + 18 * period + US_BLOCK);
		const double off = fabs(fade_of((double)(float)hz, skip, apart) / (double)decays[d] * 1000 - 1);
		if (off > worst)
			worst = off, at = hz, of = (double)decays[d];
	}
	row("modal: decay 20 ms to 30 s, 110 Hz to 8 kHz, all materials", "within 6 %", worst < 0.06,
	    "%.1f %% (%.0f Hz, %.0f ms)", worst * 100, at, of);
}

void source_rows(void)
{
	pluck_row();
	pluck_fade_row();
	mallet_row();
	modal_fade_row();
	for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++)
		rate_row(&sources[s]);
}
