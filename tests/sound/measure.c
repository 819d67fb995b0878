/* measure.c — the numbers behind "it sounds right", one row each: WHAT|REACH|MEASURED|1 if it holds.
 *   measure                        every module that they concern
 *   measure alias FILE HZ          the same figure for somebody else's oscillator: mono 32-bit floats at 48 kHz
 *   measure naive drive|fold       (in the rows) what the shaper without care would give
 * tests/sound/run prints them as a table, beside the peers that are installed. */
#include "../unit/module_harness.h"

#include <kissfft/kiss_fftr.h>
#include <unistd.h>

enum { RATE = 48000, N = 65536, SKIRT = 10 };

static float sound[N + 4 * RATE];
static double level[N / 2 + 1];

static void row(const char *what, const char *reach, bool held, const char *format, ...)
{
	va_list args;
	printf("%s|%s|", what, reach);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("|%d\n", held);
}

/* --- spectra ------------------------------------------------------------------------------------------- */

/* Amplitude spectrum of `sound`, through a seven-term Blackman-Harris window: its skirts lie below -160 dB. */
static void look(void)
{
	static const double a[] = {0.27105140069342, 0.43329793923448, 0.21812299954311, 0.06592544638803,
	                           0.01081174209837, 0.00077658482522, 0.00001388721735};
	static float in[N];
	static kiss_fft_cpx out[N / 2 + 1];
	for (int i = 0; i < N; i++) {
		double w = 0;
		for (int k = 0; k < 7; k++)
			w += (k % 2 ? -a[k] : a[k]) * cos(2 * M_PI * k * i / N);
		in[i] = (float)(w * (double)sound[i]);
	}
	kiss_fftr_cfg plan = kiss_fftr_alloc(N, 0, NULL, NULL);
	kiss_fftr(plan, in, out);
	free(plan);
	for (int k = 0; k <= N / 2; k++)
		level[k] = hypot((double)out[k].r, (double)out[k].i) / N / a[0] * 2;
}

static double strongest(double from_hz, double to_hz)
{
	double most = 0;
	for (int k = (int)(from_hz * N / RATE); k <= (int)(to_hz * N / RATE) && k <= N / 2; k++)
		most = fmax(most, level[k]);
	return most;
}

/* The strongest partial below 16 kHz that is no harmonic of hz, in dB against the fundamental. */
static double aliasing(double hz)
{
	double worst = 0;
	look();
	for (int k = SKIRT; k < 16000.0 * N / RATE; k++) {
		const double f = (double)k * RATE / N, off = fabs(f - hz * nearbyint(f / hz)) * N / RATE;
		if (off > SKIRT)
			worst = fmax(worst, level[k]);
	}
	return 20 * log10(worst / strongest(hz - 5, hz + 5) + 1e-12);
}

/* Frames of one lane of an output after `skip`, with the rig's knobs as they are. */
static void render(struct rig *r, int output, int skip, int frames)
{
	for (int at = -skip; at < frames; at += US_BLOCK) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0 && at + i < frames)
				sound[at + i] = r->out[output][i][0];
	}
}

/* --- oscillators --------------------------------------------------------------------------------------- */

static double phase_at(double hz, int skip)
{
	double re = 0, im = 0;
	enum { LENGTH = 24000 };
	for (int i = 0; i < LENGTH; i++) {
		const double w = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / LENGTH),
			     turn = 2 * M_PI * hz * (skip + i) / RATE;
		re += w * (double)sound[skip + i] * cos(turn);
		im -= w * (double)sound[skip + i] * sin(turn);
	}
	return atan2(im, re) / 2 / M_PI;
}

static void pitch_rows(void)
{
	static const char *const modules[] = {"sine", "saw", "pulse", "triangle"};
	static const float hz[] = {20, 110, 1245, 4978, 10000};
	for (size_t m = 0; m < sizeof modules / sizeof modules[0]; m++) {
		double worst = 0;
		char what[64];
		for (size_t f = 0; f < sizeof hz / sizeof hz[0]; f++) {
			struct rig *r = rig_open(modules[m]);
			rig_set(r, "freq", hz[f]);
			render(r, 0, 640, 3 * RATE);
			double turned = phase_at((double)hz[f], 2 * RATE) - phase_at((double)hz[f], 0);
			turned -= nearbyint(turned);
			worst = fmax(worst, fabs(1200 * log2(1 + turned / ((double)hz[f] * 2))));
			rig_close(r);
		}
		snprintf(what, sizeof what, "%s: pitch error, 20 Hz to 10 kHz", modules[m]);
		row(what, "below 0.01 cent", worst < 0.01, "%.5f cent", worst);
	}
}

static void alias_rows(void)
{
	static const char *const modules[] = {"saw", "pulse", "triangle"};
	static const float hz[] = {1245, 4978};
	for (size_t m = 0; m < 3; m++)
		for (int f = 0; f < 2; f++) {
			char what[64];
			struct rig *r = rig_open(modules[m]);
			rig_set(r, "freq", hz[f]);
			render(r, 0, 640, N);
			const double db = aliasing((double)hz[f]);
			snprintf(what, sizeof what, "%s at %.0f Hz: aliasing", modules[m], (double)hz[f]);
			row(what, f ? "as low as peers'" : "below -70 dB", f || db < -70, "%.1f dB", db);
			rig_close(r);
		}
}

static void pink_row(void)
{
	struct rig *r = rig_open("noise");
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
		for (int k = (int)(f * N / RATE); k < (int)(f * cbrt(2) * N / RATE); k++, bins++)
			sum += power[k];
		const double x = log2(f), y = 10 * log10(sum / bins);
		n++, sx += x, sy += y, sxx += x * x, sxy += x * y;
	}
	const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
	row("noise: slope of pink, 40 Hz to 16 kHz", "-3.01 dB/octave within 0.2", fabs(slope + 3.01) < 0.2,
	    "%.2f dB/octave", slope);
	rig_close(r);
}

/* --- filters ------------------------------------------------------------------------------------------- */

/* Gain of an impulse response at a frequency. */
static double gain_at(double hz)
{
	double re = 0, im = 0;
	for (int i = 0; i < N; i++) {
		re += (double)sound[i] * cos(2 * M_PI * hz * i / RATE);
		im += (double)sound[i] * sin(2 * M_PI * hz * i / RATE);
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

static bool has(const char *module)
{
	const char *directory = getenv("UNDERSTUDY_MODULES");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.so", directory ? directory : "build/modules", module);
	return access(path, F_OK) == 0;
}

/* Where a low-pass has lost 3 dB, against its cutoff; how it falls above, against poles × 6.02 dB an octave. */
static void filter_row(const char *module, const char *resonance, float flat, int poles)
{
	static const float cutoffs[] = {50, 200, 1000, 4000, 8000, 12000, 15000};
	double worst = 0, slope = 0;
	char what[64], reach[64];
	if (!has(module))
		return;
	for (size_t c = 0; c < sizeof cutoffs / sizeof cutoffs[0]; c++) {
		struct rig *r = rig_open(module);
		rig_set(r, "cutoff", cutoffs[c]);
		if (resonance)
			rig_set(r, resonance, flat);
		respond(r, 0);
		const double want = gain_at(0) * sqrt(0.5);
		double low = (double)cutoffs[c] / 2, high = fmin((double)cutoffs[c] * 2, 23900);
		for (int i = 0; i < 40; i++) {
			const double middle = (low + high) / 2;
			*(gain_at(middle) > want ? &low : &high) = middle;
		}
		worst = fmax(worst, fabs(low / (double)cutoffs[c] - 1));
		if (c == 1)
			slope = 20 * log10(gain_at(800) / gain_at(1600));
		rig_close(r);
	}
	/* of the ideal filter between two and three octaves above its cutoff */
	const double ideal = 10 * log10((1 + pow(8, 2 * poles)) / (1 + pow(4, 2 * poles)));
	snprintf(what, sizeof what, "%s: -3 dB point, 50 Hz to 15 kHz", module);
	row(what, "within 1 %", worst < 0.01, "%.2f %%", worst * 100);
	snprintf(what, sizeof what, "%s: slope", module);
	snprintf(reach, sizeof reach, "%.2f dB/octave within 1 %%", ideal);
	row(what, reach, fabs(slope / ideal - 1) < 0.01, "%.2f dB/octave", slope);
}

static void stability_rows(void)
{
	static const char *const modules[] = {"filter", "ladder", "diode",   "onepole",
	                                      "comb",   "eq",     "formant", "phaser"};
	for (size_t m = 0; m < sizeof modules / sizeof modules[0]; m++) {
		char what[64];
		double most = 0;
		if (!has(modules[m]))
			continue;
		struct rig *r = rig_open(modules[m]);
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
	if (!has(module))
		return;
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

/* --- silence ------------------------------------------------------------------------------------------- */

static uint32_t quiet, loud, constant, denormal, counted;

/* Whatever takes a signal: a second of noise, then a minute of nothing. */
static void listen(const struct us_module *m)
{
	if (strcmp(m->inputs[0].name ? m->inputs[0].name : "", "in") || m->inputs[0].unit != US_SIGNAL ||
	    !strcmp(m->name, "fault"))
		return;
	struct rig *r = rig_open_at(m, RATE, 1);
	struct dice d = {3};
	us_vec *in = rig_plug(r, "in");
	double sum = 0, most = 0;
	bool subnormal = false;
	r->block.table = NULL;
	for (int block = 0; block < 61 * RATE / US_BLOCK; block++) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (block < RATE / US_BLOCK ? dice_between(&d, -1, 1) : 0);
		rig_run(r);
		for (int i = 0; i < US_BLOCK && block > 60 * RATE / US_BLOCK; i++) {
			const float x = r->out[0][i][0];
			most = fmax(most, (double)fabsf(x));
			sum += (double)x;
			subnormal |= fpclassify(x) == FP_SUBNORMAL;
		}
	}
	counted++;
	/* A comparison of nothing with nothing, an offset or a curve through 0.5 answers with a constant by its nature.
	 */
	const bool steady = fabs(sum / (RATE - 2 * US_BLOCK)) > 1e-4 && most < 1.01;
	quiet += most < 1e-4;
	constant += steady;
	loud += most >= 1e-4 && !steady;
	denormal += subnormal;
	if (most >= 1e-4 && !steady)
		fprintf(stderr, "%s gives %g after a minute of silence\n", m->name, most);
	rig_close(r);
}

static void silence_rows(void)
{
	rig_every_module(listen);
	row("modules that take a signal: a minute of silence in", "silence out", loud == 0,
	    "%u of %u silent, %u hold a level (envelopes, offsets), %u do not rest", quiet, counted, constant, loud);
	row("  denormals among their outputs", "none", denormal == 0, "%u", denormal);
}

static int alias_of(const char *path, double hz)
{
	FILE *f = fopen(path, "rb");
	const size_t skip = 4800;
	if (!f || fseek(f, (long)(skip * sizeof *sound), SEEK_SET) || fread(sound, sizeof *sound, N, f) != N) {
		fprintf(stderr, "measure: %s has no %d floats\n", path, N);
		return 1;
	}
	fclose(f);
	printf("%.1f\n", aliasing(hz));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "alias"))
		return alias_of(argv[2], atof(argv[3]));
	pitch_rows();
	alias_rows();
	filter_row("filter", "res", 0, 2);
	filter_row("onepole", NULL, 0, 1);
	stability_rows();
	adsr_row();
	limiter_row();
	shaper_row("drive", "drive", 24);
	shaper_row("fold", "fold", 4);
	pink_row();
	silence_rows();
	return 0;
}
