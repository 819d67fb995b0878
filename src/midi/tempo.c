/* tempo.c — see tempo.h. */
#include "tempo.h"

#include <math.h>

enum { MEAN_OF = 12, SHORT_MEMORY = 12, KNOWN_AFTER = 12 };
#define LEAST_BIAS_NS 700000.0 /* what the ear does not notice needs no haste */
#define PAUSE 8                /* so many ticks missing are a new beginning */

static void begin(struct us_tempo_filter *f, double now)
{
	*f = (struct us_tempo_filter){.n = 1, .at_ns = now};
}

/* Four standard deviations of the mean of MEAN_OF errors that scatter like these. */
static double chance(const struct us_tempo_filter *f)
{
	const double sigma = sqrt(f->scatter / 2);
	const double most = 4 * sigma / sqrt((double)MEAN_OF);
	return most > LEAST_BIAS_NS ? most : LEAST_BIAS_NS;
}

static void watch(struct us_tempo_filter *f, double error)
{
	const double step = error - f->last_error_ns, share = 1.0 / (f->n < MEAN_OF ? f->n : MEAN_OF);
	f->error_ns += (error - f->error_ns) * share;
	f->scatter += (step * step - f->scatter) * share / 4;
	f->last_error_ns = error;
	if (f->n > SHORT_MEMORY && fabs(f->error_ns) > chance(f)) {
		f->n = SHORT_MEMORY;
		f->error_ns = 0;
	}
}

void us_tempo_tick(struct us_tempo_filter *f, uint64_t now_ns)
{
	const double now = (double)now_ns, gap = now - f->at_ns;
	if (f->n == 0 || (f->n > 1 && gap > PAUSE * f->period_ns) || gap > 2.6e9) {
		begin(f, now);
		return;
	}
	if (f->n == 1) {
		f->period_ns = gap;
		f->at_ns = now;
		f->n = 2;
		return;
	}
	if (f->n < US_TEMPO_MEMORY)
		f->n++;
	const double n = f->n, error = now - (f->at_ns + f->period_ns);
	f->at_ns += f->period_ns + error * 2 * (2 * n - 1) / (n * (n + 1));
	f->period_ns += error * 6 / (n * (n + 1));
	watch(f, error);
}

double us_tempo_bpm(const struct us_tempo_filter *f)
{
	return f->n >= KNOWN_AFTER && f->period_ns > 0 ? 60e9 / US_MIDI_TICKS / f->period_ns : 0;
}

double us_tempo_since(const struct us_tempo_filter *f, uint64_t now_ns)
{
	return f->n >= 2 && f->period_ns > 0 ? ((double)now_ns - f->at_ns) / f->period_ns : 0;
}
