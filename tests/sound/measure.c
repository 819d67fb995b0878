/* measure.c — the numbers behind "it sounds right", one row each: WHAT|REACH|MEASURED|1 if it holds.
 *   measure [GROUP]                every module that they concern, or a group: oscillators, filters, dynamics,
 *                                sources, changes, samples, loops, echoes, rooms, copies, silence
 *   measure alias FILE HZ          the same figure for somebody else's oscillator: mono 32-bit floats at 48 kHz
 * Each kind of module has a file of its own, measure_*.c. tests/sound/run prints them as a table, beside the peers that
 * are installed. */
#include "measure.h"

#include <kissfft/kiss_fftr.h>

enum { SKIRT = 10 };

float sound[N + 4 * HIGHEST_RATE];
double level[N / 2 + 1];
float rate = RATE;
const float rates[RATES] = {44100, 48000, 96000, HIGHEST_RATE};

struct rig *open_rig(const char *module)
{
	struct rig *r = rig_open_at(rig_module(module), rate, 1);
	r->block.table = NULL;
	return r;
}

void row(const char *what, const char *reach, bool held, const char *format, ...)
{
	va_list args;
	printf("%s", what);
	if (rate < RATE || rate > RATE)
		printf(" at %g kHz", (double)rate / 1000);
	printf("|%s|", reach);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("|%d\n", held);
}

/* --- spectra ------------------------------------------------------------------------------------------- */

/* Amplitude spectrum of `sound`, through a seven-term Blackman-Harris window: its skirts lie below -160 dB. */
void look(void)
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

double strongest(double from_hz, double to_hz)
{
	double most = 0;
	for (int k = (int)(from_hz * N / (double)rate); k <= (int)(to_hz * N / (double)rate) && k <= N / 2; k++)
		most = fmax(most, level[k]);
	return most;
}

double aliasing_below(double hz, double top)
{
	double worst = 0;
	look();
	for (int k = SKIRT; k < top * N / (double)rate; k++) {
		const double f = k * (double)rate / N, off = fabs(f - hz * nearbyint(f / hz)) * N / (double)rate;
		if (off > SKIRT)
			worst = fmax(worst, level[k]);
	}
	return 20 * log10(worst / strongest(hz - 5, hz + 5) + 1e-12);
}

double aliasing(double hz)
{
	return aliasing_below(hz, 16000);
}

/* Frames of one lane of an output after `skip`, with the rig's knobs as they are. */
void render(struct rig *r, int output, int skip, int frames)
{
	for (int at = -skip; at < frames; at += US_BLOCK) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0 && at + i < frames)
				sound[at + i] = r->out[output][i][0];
	}
}

/* Of half a second. */
static double phase_at(double hz, int skip)
{
	const int length = (int)rate / 2;
	double re = 0, im = 0;
	for (int i = 0; i < length; i++) {
		const double w = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / length),
			     turn = 2 * M_PI * hz * (skip + i) / (double)rate;
		re += w * (double)sound[skip + i] * cos(turn);
		im -= w * (double)sound[skip + i] * sin(turn);
	}
	return atan2(im, re) / 2 / M_PI;
}

double cents_off(double hz)
{
	double turned = phase_at(hz, 2 * (int)rate) - phase_at(hz, 0);
	turned -= nearbyint(turned);
	return 1200 * log2(1 + turned / (hz * 2));
}

/* Butterworth's high-pass of eight poles. */
double crackle(int from, int to)
{
	const double g = tan(M_PI * 3000 / (double)rate);
	double first[4] = {0}, second[4] = {0}, most = 0;
	for (int i = 0; i < to; i++) {
		double x = (double)sound[i];
		for (int p = 0; p < 4; p++) {
			const double k = 2 * cos(M_PI * (2 * p + 1) / 16);
			const double high = (x - (g + k) * first[p] - second[p]) / (1 + g * (g + k));
			const double band = g * high + first[p], low = g * band + second[p];
			first[p] = g * high + band;
			second[p] = g * band + low;
			x = high;
		}
		most = i < from ? 0 : fmax(most, fabs(x));
	}
	return 20 * log10(most + 1e-12);
}

void crackle_row(const char *module, const char *what, double (*crackle_of)(const void *scene), const void *scene)
{
	char text[96];
	double worst = -200;
	AT_ALL_RATES worst = fmax(worst, crackle_of(scene));
	snprintf(text, sizeof text, "%s%s, all rates", module, what);
	row(text, "above 3 kHz below -60 dBFS", worst < -60, "%.1f dBFS", worst);
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
	static const struct {
		const char *name;
		void (*rows)(void);
	} groups[] = {{"oscillators", oscillator_rows},
	              {"filters", filter_rows},
	              {"dynamics", dynamics_rows},
	              {"sources", source_rows},
	              {"changes", change_rows},
	              {"samples", sample_rows},
	              {"loops", loop_rows},
	              {"echoes", echo_rows},
	              {"rooms", room_rows},
	              {"copies", copy_rows},
	              {"silence", silence_rows}};
	if (argc == 4 && !strcmp(argv[1], "alias"))
		return alias_of(argv[2], atof(argv[3]));
	for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
		if (argc < 2 || !strcmp(argv[1], groups[g].name))
			groups[g].rows();
	return 0;
}
