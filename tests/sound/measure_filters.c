/* measure_filters.c — whether filters do what they say at the frequency that they say, up to 15 kHz, and bear anything.
 */
#include "measure.h"

#include <complex.h>

/* Gain of an impulse response at a frequency. */
static double gain_at(double hz)
{
	double re = 0, im = 0;
	for (int i = 0; i < N; i++) {
		re += (double)sound[i] * cos(2 * M_PI * hz * i / (double)rate);
		im += (double)sound[i] * sin(2 * M_PI * hz * i / (double)rate);
	}
	return hypot(re, im);
}

static void respond(struct rig *r, int output)
{
	us_vec *in = rig_plug(r, "in");
	memset(in, 0, sizeof(us_vec) * US_BLOCK);
	in[0] = (us_vec){0} + 0.01f; /* small: it must be the linear part */
	for (int at = 0; at < N; at += US_BLOCK) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[output][i][0] * 100;
		in[0] = (us_vec){0};
	}
}

static double db(double ratio)
{
	return 20 * log10(ratio + 1e-15);
}

static const float cutoffs[] = {50, 200, 1000, 4000, 8000, 12000, 15000};
enum { CUTOFFS = sizeof cutoffs / sizeof cutoffs[0] };

/* All of them at RATE, the lowest, one between and the highest at the other rates. */
#define STRIDE (is_rate(RATE) ? 1 : 3)

static bool is_rate(float hz)
{
	return rate > hz - 1 && rate < hz + 1;
}

/* --- low-passes ------------------------------------------------------------------------------------------ */

/* What each is the digital form of: how much of x times its cutoff gets through. */
static double butterworth2(double x)
{
	return 1 / sqrt(1 + pow(x, 4));
}

static double pole(double x)
{
	return 1 / sqrt(1 + x * x);
}

static double four_poles(double x)
{
	return pow(pole(x), 4);
}

/* Stinchcombe's diode ladder, with its cutoff where it would sing: 1/17 is left there. */
static double diodes(double x)
{
	const double complex q = 1 + I * x * sqrt(0.5);
	return 1 / cabs(8 * q * q * q * q - 8 * q * q + 1);
}

static const struct low_pass {
	const char *module, *resonance;
	double (*ideal)(double);
	float most; /* of the resonance knob: it sings there */
} low_passes[] = {{"filter", "res", butterworth2, 0},
                  {"onepole", NULL, pole, 0},
                  {"ladder", "res", four_poles, 1},
                  {"diode", "res", diodes, 1}};

/* Without resonance: where the gain is that of the ideal filter at its cutoff; and how it falls two octaves above. */
static void cutoff_rows(const struct low_pass *f)
{
	double worst = 0, slope = 0;
	char what[64], reach[64];
	for (size_t c = 0; c < CUTOFFS; c += STRIDE) {
		struct rig *r = open_rig(f->module);
		rig_set(r, "cutoff", cutoffs[c]);
		if (f->resonance)
			rig_set(r, f->resonance, 0);
		respond(r, 0);
		const double want = gain_at(0) * f->ideal(1);
		double low = (double)cutoffs[c] / 2, high = fmin((double)cutoffs[c] * 2, 0.498 * (double)rate);
		for (int i = 0; i < 30; i++) {
			const double middle = (low + high) / 2;
			*(gain_at(middle) > want ? &low : &high) = middle;
		}
		worst = fmax(worst, fabs(low / (double)cutoffs[c] - 1));
		if (c == 1)
			slope = db(gain_at(800) / gain_at(1600));
		rig_close(r);
	}
	const double ideal = db(f->ideal(4) / f->ideal(8));

	snprintf(what, sizeof what, "%s: %.2f dB point, 50 Hz to 15 kHz", f->module, db(f->ideal(1)));
	row(what, "within 1 % of its cutoff", worst < 0.01, "%.2f %%", worst * 100);
	if (!is_rate(RATE))
		return;
	snprintf(what, sizeof what, "%s: slope", f->module);
	snprintf(reach, sizeof reach, "%.2f dB/octave within 1 %%", ideal);
	row(what, reach, fabs(slope / ideal - 1) < 0.01, "%.2f dB/octave", slope);
}

/* The strongest frequency of `sound` between two others: a parabola through the top of its spectrum. */
static double peak_hz(double from, double to)
{
	int top = (int)(from * N / (double)rate);
	look();
	for (int k = top; k <= (int)(to * N / (double)rate) && k < N / 2; k++)
		top = level[k] > level[top] ? k : top;
	const double a = log(level[top - 1]), b = log(level[top]), c = log(level[top + 1]);
	return (top + 0.5 * (a - c) / (a - 2 * b + c)) * (double)rate / N;
}

static void singing_row(const struct low_pass *f)
{
	char what[64];
	double worst = 0;
	for (size_t c = 0; c < CUTOFFS; c += STRIDE) {
		struct rig *r = open_rig(f->module);
		rig_set(r, "cutoff", cutoffs[c]);
		rig_set(r, f->resonance, f->most);
		us_vec *in = rig_plug(r, "in");
		memset(in, 0, sizeof(us_vec) * US_BLOCK);
		in[0] += 1;
		rig_run(r);
		rig_set(r, "in", 0);
		render(r, 0, 2 * (int)rate, N);
		worst = fmax(
		    worst, fabs(peak_hz((double)cutoffs[c] / 1.5, fmin((double)cutoffs[c] * 1.5, 0.47 * (double)rate)) /
		                    (double)cutoffs[c] -
		                1));
		worst = strongest(20, 0.47 * (double)rate) > 0.01 ? worst : 1;
		rig_close(r);
	}
	snprintf(what, sizeof what, "%s: sings at its cutoff, 50 Hz to 15 kHz", f->module);
	row(what, "within 1 %", worst < 0.01, "%.2f %%", worst * 100);
}

/* --- other filters --------------------------------------------------------------------------------------- */

static void comb_row(void)
{
	double worst = 0;
	for (size_t c = 0; c < CUTOFFS && cutoffs[c] <= 8000; c += STRIDE) {
		struct rig *r = open_rig("comb");
		rig_set(r, "freq", cutoffs[c]);
		rig_set(r, "feedback", 0.995f);
		respond(r, 0);
		worst = fmax(
		    worst, fabs(peak_hz((double)cutoffs[c] / 1.3, (double)cutoffs[c] * 1.3) / (double)cutoffs[c] - 1));
		rig_close(r);
	}
	row("comb: rings at its pitch, 50 Hz to 8 kHz", "within 1 %", worst < 0.01, "%.2f %%", worst * 100);
}

static void eq_row(void)
{
	double worst = 0;
	for (size_t c = 0; c < CUTOFFS; c += STRIDE)
		for (int bell = -1; bell <= 1; bell++) { /* or the low shelf, at its half way */
			struct rig *r = open_rig("eq");
			rig_set(r, bell ? "freq1" : "low_freq", cutoffs[c]);
			rig_set(r, bell ? "gain1" : "low", bell ? 12 * (float)bell : 12);
			rig_set(r, "q1", 4);
			respond(r, 0);
			worst = fmax(worst, fabs(db(gain_at((double)cutoffs[c])) - (bell ? 12 * bell : 6)));
			rig_close(r);
		}
	row("eq: 12 dB up and down at a bell, 6 at a shelf, 50 Hz to 15 kHz", "within 0.1 dB", worst < 0.1, "%.3f dB",
	    worst);
}

/* Two stages have one notch, at freq. */
static void phaser_row(void)
{
	double worst = -300;
	for (size_t c = 0; c < CUTOFFS; c += STRIDE) {
		struct rig *r = open_rig("phaser");
		rig_set(r, "freq", cutoffs[c]);
		rig_set(r, "depth", 0);
		rig_set(r, "feedback", 0);
		rig_set(r, "stages", 2);
		respond(r, 0);
		worst = fmax(worst, db(gain_at((double)cutoffs[c])));
		rig_close(r);
	}
	row("phaser: its notch lies at freq, 50 Hz to 15 kHz", "below -40 dB", worst < -40, "%.1f dB", worst);
}

/* Peterson and Barney's men. */
static void formant_row(void)
{
	static const double hz[5][3] = {
	    {730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}};
	double worst = 0;
	for (int v = 0; v < 5; v++) {
		struct rig *r = open_rig("formant");
		rig_set(r, "vowel", (float)v);
		rig_set(r, "sharp", 1);
		respond(r, 0);
		for (int f = 0; f < 3; f++) {
			double best = 0, at = 0;
			for (double x = hz[v][f] * 0.94; x < hz[v][f] * 1.06; x *= 1.001)
				if (gain_at(x) > best)
					best = gain_at(x), at = x;
			worst = fmax(worst, fabs(at / hz[v][f] - 1));
		}
		rig_close(r);
	}
	row("formant: three resonances of five vowels", "within 2 %", worst < 0.02, "%.2f %%", worst * 100);
}

/* --- any modulation ---------------------------------------------------------------------------------------- */

static void stability_rows(void)
{
	static const char *const modules[] = {"filter", "ladder",  "diode",  "onepole", "comb",
	                                      "eq",     "formant", "phaser", "dcblock"};
	for (size_t m = 0; m < sizeof modules / sizeof modules[0]; m++) {
		char what[64];
		double most = 0;
		struct rig *r = open_rig(modules[m]);
		struct dice d = {5};
		for (int block = 0; block < 8 * RATE / US_BLOCK; block++) {
			for (uint32_t k = 0; k < r->inputs; k++) {
				us_vec *in = rig_plug(r, r->module->inputs[k].name);
				const struct us_input *row = &r->module->inputs[k];
				for (int i = 0; i < US_BLOCK;
				     i++) /* any modulation, at audio rate; and full resonance */
					in[i] = (us_vec){0} + (row->unit == US_CHOICE || !strncmp(row->name, "res", 3)
					                           ? row->max
					                           : dice_between(&d, row->min, row->max));
			}
			rig_run(r);
			for (uint32_t o = 0; o < r->outputs; o++)
				for (int i = 0; i < US_BLOCK; i++)
					for (int l = 0; l < 2; l++)
						most = isfinite(r->out[o][i][l])
						           ? fmax(most, (double)fabsf(r->out[o][i][l]))
						           : 1e30;
		}
		snprintf(what, sizeof what, "%s: audio-rate noise on every input", modules[m]);
		row(what, "bounded", most < 20000, "peak %.3g", most);
		rig_close(r);
	}
}

void filter_rows(void)
{
	AT_ALL_RATES
	{
		for (size_t k = 0; k < sizeof low_passes / sizeof low_passes[0]; k++) {
			cutoff_rows(&low_passes[k]);
			if (low_passes[k].most > 0)
				singing_row(&low_passes[k]);
		}
		comb_row();
		eq_row();
		phaser_row();
	}
	formant_row();
	stability_rows();
}
