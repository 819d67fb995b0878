/* measure_oscillators.c — whether what has a pitch is in tune, and what its corners fold down to where nobody played.
 */
#include "measure.h"

/* An oscillator as it stands in the table: with one knob turned so that it has one pitch, and a trigger if it is
 * struck. */
static const struct subject {
	const char *module, *knob, *trigger;
	float value;
	float highest; /* of the pitches below */
	double cents;  /* to reach */
} pitched[] = {{"sine", NULL, NULL, 0, 10000, 0.01},         {"saw", NULL, NULL, 0, 10000, 0.01},
               {"pulse", NULL, NULL, 0, 10000, 0.01},        {"triangle", NULL, NULL, 0, 10000, 0.01},
               {"supersaw", "detune", NULL, 0, 10000, 0.01}, {"wavetable", NULL, NULL, 0, 10000, 0.01},
               {"fm", NULL, NULL, 0, 10000, 0.01},           {"modal", "decay", "trigger", 30000, 4978, 0.01},
               {"pluck", "decay", "trigger", 30000, 1245, 1}};

static struct rig *tune(const struct subject *s, float hz)
{
	struct rig *r = open_rig(s->module);
	rig_set(r, "freq", hz);
	if (s->knob)
		rig_set(r, s->knob, s->value);
	if (s->trigger) {
		rig_set(r, s->trigger, 1);
		rig_run(r);
	}
	return r;
}

static void pitch_row(const struct subject *s)
{
	static const float hz[] = {20, 110, 1245, 4978, 10000};
	double worst = 0;
	char what[64], reach[32];
	for (size_t f = 0; f < sizeof hz / sizeof hz[0] && hz[f] <= s->highest; f++) {
		struct rig *r = tune(s, hz[f]);
		render(r, 0, 640, 3 * (int)rate);
		worst = fmax(worst, fabs(cents_off((double)hz[f])));
		rig_close(r);
	}
	snprintf(what, sizeof what, "%s: pitch error, 20 Hz to %g kHz", s->module, (double)s->highest / 1000);
	snprintf(reach, sizeof reach, "below %g cent", s->cents);
	row(what, reach, worst < s->cents, "%.5f cent", worst);
}

static void alias_rows(void)
{
	static const struct subject subjects[] = {{"saw"},
	                                          {"pulse"},
	                                          {"triangle"},
	                                          {"supersaw", "detune"},
	                                          {"wavetable", "position", .value = 0.5f},
	                                          {"fm", "index", .value = 4}};
	static const float hz[] = {1245, 4978};
	for (size_t m = 0; m < sizeof subjects / sizeof subjects[0]; m++)
		for (int f = 0; f < 2; f++) {
			char what[64];
			struct rig *r = tune(&subjects[m], hz[f]);
			render(r, 0, 640, N);
			const double db = aliasing((double)hz[f]);
			snprintf(what, sizeof what, "%s at %.0f Hz: aliasing", subjects[m].module, (double)hz[f]);
			const bool peers = f && m < 3; /* tests/sound/run has theirs */
			row(what, peers ? "as low as peers'" : "below -70 dB", peers || db < -70, "%.1f dB", db);
			rig_close(r);
		}
}

static void pink_row(void)
{
	struct rig *r = open_rig("noise");
	static double power[N / 2 + 1];
	const int output = rig_output(r, "pink");
	for (int pass = 0; pass < 60; pass++) {
		render(r, output, 0, N);
		look();
		for (int k = 0; k <= N / 2; k++)
			power[k] += level[k] * level[k];
	}
	/* Power in third octaves, each weighs the same: a straight line through them. */
	double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
	for (double f = 40; f * cbrt(2) <= 16000; f *= cbrt(2)) {
		double sum = 0, bins = 0;
		for (int k = (int)(f * N / (double)rate); k < (int)(f * cbrt(2) * N / (double)rate); k++, bins++)
			sum += power[k];
		const double x = log2(f), y = 10 * log10(sum / bins);
		n++, sx += x, sy += y, sxx += x * x, sxy += x * y;
	}
	const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
	row("noise: slope of pink, 40 Hz to 16 kHz", "-3.01 dB/octave within 0.2", fabs(slope + 3.01) < 0.2,
	    "%.2f dB/octave", slope);
	rig_close(r);
}

static void supersaw_mix_row(void)
{
	double least = INFINITY, most = 0;
	for (int mix = 0; mix <= 4; mix++) {
		struct rig *r = open_rig("supersaw");
		double power = 0;
		rig_set(r, "mix", (float)mix / 4);
		for (int block = 0; block < 20 * RATE / US_BLOCK; block++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				for (int l = 0; l < US_LANES; l++)
					power += (double)r->out[0][i][l] * (double)r->out[0][i][l];
		}
		rig_close(r);
		least = fmin(least, power), most = fmax(most, power);
	}
	row("supersaw: loudness at any mix", "the same within 0.5 dB", 10 * log10(most / least) < 0.5, "%.2f dB",
	    10 * log10(most / least));
}

/* Seven saws meet: how high, over twenty seconds of each. */
static void supersaw_row(void)
{
	static const float detunes[] = {0, 0.05f, 0.2f, 0.5f, 1};
	double most = 0;
	for (int d = 0; d < 5; d++) {
		struct rig *r = open_rig("supersaw");
		rig_set(r, "detune", detunes[d]);
		rig_set(r, "mix", 1);
		for (int block = 0; block < 20 * RATE / US_BLOCK; block++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				for (int l = 0; l < US_LANES; l++)
					most = fmax(most, (double)fabsf(r->out[0][i][l]));
		}
		rig_close(r);
	}
	row("supersaw: highest peak, mix 1, detune 0 to 1", "below 2.8", most < 2.8, "%.2f", most);
}

void oscillator_rows(void)
{
	AT_ALL_RATES for (size_t m = 0; m < sizeof pitched / sizeof pitched[0]; m++) pitch_row(&pitched[m]);
	AT_ALL_RATES alias_rows();
	AT_ALL_RATES pink_row();
	supersaw_row();
	supersaw_mix_row();
}
