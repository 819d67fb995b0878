/* measure_dynamics.c — envelopes to the frame, ceilings, and how much shapers alias. */
#include "measure.h"

/* --- envelopes, dynamics, shapers ------------------------------------------------------------------------ */

static void adsr_row(void)
{
	struct rig *r = rig_open("adsr");
	us_vec *gate = rig_plug(r, "gate");
	const int env = rig_output(r, "env");
	enum { UP = 777, DOWN = 20777, ATTACK = 480, DECAY = 4800, RELEASE = 9600 };
	int peak = -1, sustained = -1, silent = -1;
	rig_set(r, "attack", 10);
	rig_set(r, "decay", 100);
	rig_set(r, "sustain", 0.5f);
	rig_set(r, "release", 200);
	for (int at = 0; at < 40000; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			gate[i] = (us_vec){0} + (at + i >= UP && at + i < DOWN ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			const float x = r->out[env][i][0];
			const int n = at + i;
			if (peak < 0 && x == 1)
				peak = n;
			if (sustained < 0 && peak >= 0 && x == 0.5f)
				sustained = n;
			if (silent < 0 && n > DOWN && x == 0)
				silent = n;
		}
	}
	/* The last hundredth of a decay is nearer to its end than a float can tell: there it may only not be late. */
	const int off = abs(peak - UP - ATTACK) + abs(silent - DOWN - RELEASE);
	const int late = sustained - peak - DECAY;
	row("adsr: attack, decay, release from gates within a block", "exact to the frame",
	    off == 0 && late <= 0 && late > -DECAY / 50, "%d frames off", off);
	rig_close(r);
}

static void limiter_row(void)
{
	struct rig *r = rig_open("limiter");
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

/* A sine through the module, and the same curve without care: the curve is found by holding the input still. */
static void shaper_row(const char *module, const char *knob, float hard)
{
	enum { POINTS = 4096 };
	static float curve[POINTS + 1];
	const double hz = 4978;
	char what[64];
	for (int n = 0; n <= POINTS; n++) {
		struct rig *r = rig_open(module);
		rig_set(r, knob, hard);
		rig_set(r, "in", -1 + 2.f * (float)n / POINTS);
		for (int k = 0; k < 40; k++)
			rig_run(r);
		curve[n] = r->out[0][US_BLOCK - 1][0];
		rig_close(r);
	}
	struct rig *r = rig_open(module);
	rig_set(r, knob, hard);
	us_vec *in = rig_plug(r, "in");
	for (int at = -640; at < N; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (float)sin(2 * M_PI * hz * (at + i) / RATE);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0)
				sound[at + i] = r->out[0][i][0];
	}
	const double ours = aliasing(hz);
	rig_close(r);
	for (int i = 0; i < N; i++) {
		const double x = (sin(2 * M_PI * hz * i / RATE) + 1) / 2 * POINTS;
		const int k = (int)fmin(x, POINTS - 1);
		sound[i] = (float)((double)curve[k] + (x - k) * (double)(curve[k + 1] - curve[k]));
	}
	const double naive = aliasing(hz);
	snprintf(what, sizeof what, "%s: aliasing of a sine at %.0f Hz", module, hz);
	row(what, "20 dB below the naive shaper", ours < naive - 20, "%.1f dB, naive %.1f dB", ours, naive);
}

void dynamics_rows(void)
{
	adsr_row();
	limiter_row();
	shaper_row("drive", "drive", 24);
	shaper_row("fold", "fold", 4);
}
