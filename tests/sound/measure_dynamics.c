/* measure_dynamics.c — envelopes to the frame, ceilings, and how much shapers alias. */
#include "measure.h"

/* --- envelopes, dynamics, shapers ------------------------------------------------------------------------ */

static void adsr_row(void)
{
	struct rig *r = open_rig("adsr");
	us_vec *gate = rig_plug(r, "gate");
	const int env = rig_output(r, "env");
	const int up = 777, attack = (int)rate / 100, decay = 10 * attack, release = 20 * attack,
		  down = 42 * attack + 41;
	int peak = -1, sustained = -1, silent = -1;
	rig_set(r, "attack", 10);
	rig_set(r, "decay", 100);
	rig_set(r, "sustain", 0.5f);
	rig_set(r, "release", 200);
	for (int at = 0; at < down + 2 * release; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			gate[i] = (us_vec){0} + (at + i >= up && at + i < down ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			const float x = r->out[env][i][0];
			const int n = at + i;
			if (peak < 0 && x == 1)
				peak = n;
			if (sustained < 0 && peak >= 0 && x == 0.5f)
				sustained = n;
			if (silent < 0 && n > down && x == 0)
				silent = n;
		}
	}
	/* The last hundredth of a decay is nearer to its end than a float can tell: there it may only not be late. */
	const int off = abs(peak - up - attack) + abs(silent - down - release);
	const int late = sustained - peak - decay;
	row("adsr: attack, decay, release from gates within a block", "exact to the frame",
	    off == 0 && late <= 0 && late > -decay / 50, "%d frames off", off);
	rig_close(r);
}

static void limiter_row(void)
{
	struct rig *r = open_rig("limiter");
	us_vec *in = rig_plug(r, "in");
	struct dice d = {9};
	double most = 0;
	const double ceiling = pow(10, -1.0 / 20);
	rig_set(r, "ceiling", -1);
	rig_set(r, "gain", 12);
	for (int block = 0; block < 20 * RATE / US_BLOCK; block++) {
		const float loud = block % 50 < 10 ? 8 : 0.1f;
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + dice_between(&d, -loud, loud);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			most = fmax(most, (double)fabsf(r->out[0][i][0]));
	}
	row("limiter: bursts 40 dB above, ceiling -1 dB", "never above it", most <= ceiling * (1 + 1e-6),
	    "peak %.4f dB", 20 * log10(most));
	rig_close(r);
}

/* How much of a sine 6 dB over is no sine any more when it has been limited to -1 dB, at the worst of all rates. */
static double limiter_distortion(double hz, double *highest)
{
	double worst = 0;
	AT_ALL_RATES
	{
		struct rig *r = open_rig("limiter");
		us_vec *in = rig_plug(r, "in");
		const int length = (int)lrint(nearbyint(hz) * (double)rate / hz);
		double re = 0, im = 0, power = 0;
		rig_set(r, "ceiling", -1);
		for (int at = -(int)rate; at < length; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (float)(2 * sin(2 * M_PI * hz * (at + i) / (double)rate));
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++) {
				const double x = (double)r->out[0][i][0],
					     turn = 2 * M_PI * hz * (at + i) / (double)rate;
				if (at + i < 0 || at + i >= length)
					continue;
				re += x * cos(turn), im += x * sin(turn), power += x * x;
				*highest = fmax(*highest, fabs(x));
			}
		}
		rig_close(r);
		const double wanted = 2 * (re * re + im * im) / length;
		worst = fmax(worst, sqrt(fmax(power - wanted, 0) / wanted));
	}
	return worst * 100;
}

static void limiter_shape_rows(void)
{
	static const double hz[] = {30, 50, 100, 1000};
	for (int k = 0; k < 4; k++) {
		char what[80];
		double highest = 0;
		const double thd = limiter_distortion(hz[k], &highest);
		snprintf(what, sizeof what, "limiter: THD of a sine at %.0f Hz, 6 dB over", hz[k]);
		row(what, "below 0.05 %", thd < 0.05 && highest > 0.85, "%.4f %%, peak %.2f dB", thd,
		    20 * log10(highest));
	}
}

/* Noise 12 dB over, looked at sixteen times as finely: a long windowed sinc. */
static void limiter_true_peak_row(void)
{
	enum { HALF = 64, FINE = 16 };
	static double kernel[FINE][2 * HALF];
	double most = 0;
	for (int f = 0; f < FINE; f++)
		for (int k = 0; k < 2 * HALF; k++) {
			const double t = k + 1 - HALF - (double)f / FINE, w = 0.5 + 0.5 * cos(M_PI * t / (HALF + 1));
			kernel[f][k] = w * (t == 0 ? 1 : sin(M_PI * t) / (M_PI * t));
		}
	AT_ALL_RATES
	{
		struct rig *r = open_rig("limiter");
		us_vec *in = rig_plug(r, "in");
		struct dice d = {4};
		const int frames = 8192;
		float low[6] = {0};
		rig_set(r, "ceiling", -1);
		rig_set(r, "gain", 12);
		for (int at = 0; at < frames; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++) { /* as little above 0.45 of the rate as music has */
				float x = dice_between(&d, -2, 2);
				for (int p = 0; p < 6; p++)
					x = low[p] += 0.7f * (x - low[p]);
				in[i] = (us_vec){0} + x;
			}
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				sound[at + i] = r->out[0][i][0];
		}
		rig_close(r);
		for (int n = HALF; n < frames - HALF; n++)
			for (int f = 0; f < FINE; f++) {
				double sum = 0;
				for (int k = 0; k < 2 * HALF; k++)
					sum += (double)sound[n + k + 1 - HALF] * kernel[f][k];
				most = fmax(most, fabs(sum));
			}
	}
	row("limiter: true peak of noise 12 dB over, ceiling -1 dB", "within 0.2 dB of it", 20 * log10(most) < -0.8,
	    "%.2f dBTP", 20 * log10(most));
}

/* The strongest partial below 16 kHz that a sine of 4,978 Hz does not have, at the worst of all rates, in dB against
 * it.
 */
static const struct shaper {
	const char *module, *knob;
	float hard, choice; /* choice: of the input shape, -1: it has none */
	double hz, reach;
} shapers[] = {{"drive", "drive", 24, 0, 4978, -60},   {"drive", "drive", 36, 0, 4978, -50},
               {"drive", "drive", 60, 0, 4978, -50},   {"drive", "drive", 24, 1, 4978, -60},
               {"drive", "drive", 36, 1, 4978, -50},   {"drive", "drive", 60, 1, 4978, -50},
               {"drive", "drive", 24, 2, 4978, -60},   {"drive", "drive", 36, 2, 4978, -50},
               {"drive", "drive", 60, 2, 4978, -50},   {"fold", "fold", 4, 0, 4978, -90},
               {"fold", "fold", 16, 0, 4978, -60},     {"fold", "fold", 2, 1, 4978, -60},
               {"fold", "fold", 8, 1, 4978, -40},      {"ladder", "drive", 0, -1, 2489, -100},
               {"ladder", "drive", 24, -1, 2489, -23}, {"diode", "drive", 0, -1, 2489, -100},
               {"diode", "drive", 24, -1, 2489, -23}};

static void shaper_row(const struct shaper *s)
{
	double worst = -300;
	char what[96], reach[32];
	AT_ALL_RATES
	{
		struct rig *r = open_rig(s->module);
		rig_set(r, s->knob, s->hard);
		if (s->choice >= 0)
			rig_set(r, "shape", s->choice);
		else
			rig_set(r, "cutoff", 20000), rig_set(r, "res", 0);
		us_vec *in = rig_plug(r, "in");
		for (int at = -640; at < N; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (float)sin(2 * M_PI * s->hz * (at + i) / (double)rate);
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				if (at + i >= 0)
					sound[at + i] = r->out[0][i][0];
		}
		rig_close(r);
		const double now = aliasing(s->hz);
		worst = fmax(worst, now);
	}
	snprintf(what, sizeof what, "%s, %s %g%s: aliasing of a sine at %.0f Hz", s->module, s->knob, (double)s->hard,
	         s->choice < 0                ? ""
	         : !strcmp(s->module, "fold") ? (s->choice > 0 ? ", triangle" : ", sine")
	         : s->choice < 1              ? ", soft"
	         : s->choice < 2              ? ", hard"
	                                      : ", tube",
	         s->hz);
	snprintf(reach, sizeof reach, "below %g dB", s->reach);
	row(what, reach, worst < s->reach, "%.1f dB", worst);
}

void dynamics_rows(void)
{
	AT_ALL_RATES
	{
		adsr_row();
		limiter_row();
	}
	limiter_shape_rows();
	limiter_true_peak_row();
	for (size_t s = 0; s < sizeof shapers / sizeof shapers[0]; s++)
		shaper_row(&shapers[s]);
}
