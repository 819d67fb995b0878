/* tempo.c — see tempo.h. */
#include "tempo.h"

#include <math.h>

enum { MEAN_OF = 12, SHORT_MEMORY = 12, KNOWN_AFTER = 12, SETTLED = 48 };
#define LEAST_BIAS_NS 700000.0 /* what the ear does not notice needs no haste */
#define BELIEVED_NS 2000000.0
#define PAUSE_NS 500000000.0 /* a tick of the slowest tempo (20) takes an eighth of a second */

static void begin(struct us_tempo_filter *f, double now)
{
	*f = (struct us_tempo_filter){.n = 1, .at_ns = now};
}

/* The standard deviation of one error. */
static double sigma(const struct us_tempo_filter *f)
{
	return sqrt(f->scatter / 2);
}

/* Four standard deviations of the mean of MEAN_OF errors that scatter like these. */
static double chance(const struct us_tempo_filter *f)
{
	const double most = 4 * sigma(f) / sqrt((double)MEAN_OF);
	return most > LEAST_BIAS_NS ? most : LEAST_BIAS_NS;
}

static double bounded(double value, double most)
{
	return value > most ? most : value < -most ? -most : value;
}

/* How far one tick may be off and still say something. */
static double believable(const struct us_tempo_filter *f)
{
	return 3 * sigma(f) + BELIEVED_NS;
}

/* Errors that lie on one side are another tempo; those that shrink faster than chance are ticks that had to wait, and
 * came all at once. */
static bool is_another_tempo(const struct us_tempo_filter *f, double error, double step)
{
	const bool shrinks = step * error < 0 && fabs(step) > believable(f);
	return fabs(f->error_ns) > chance(f) && error * f->error_ns > 0 && fabs(error) >= fabs(f->error_ns) && !shrinks;
}

static void watch(struct us_tempo_filter *f, double error)
{
	const double share = 1.0 / (f->n < MEAN_OF ? f->n : MEAN_OF), most = believable(f);
	const double step = error - f->last_error_ns, told = bounded(step, 2 * most);
	f->error_ns += (bounded(error, most) - f->error_ns) * share;
	const bool another = f->n > SHORT_MEMORY && is_another_tempo(f, error, step);
	f->scatter += (told * told - f->scatter) * share / 4;
	f->last_error_ns = error;
	if (another) {
		f->n = SHORT_MEMORY;
		f->error_ns = 0;
	}
}

void us_tempo_tick(struct us_tempo_filter *f, uint64_t now_ns)
{
	const double now = (double)now_ns, gap = now - f->at_ns;
	if (f->n == 0 || gap > PAUSE_NS) {
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
	const double told = f->n > SETTLED ? bounded(error, believable(f)) : error;
	f->at_ns += f->period_ns + told * 2 * (2 * n - 1) / (n * (n + 1));
	f->period_ns += told * 6 / (n * (n + 1));
	watch(f, error);
}

double us_tempo_bpm(const struct us_tempo_filter *f)
{
	return f->n >= KNOWN_AFTER && f->period_ns > 0 ? 60e9 / US_MIDI_TICKS / f->period_ns : 0;
}

double us_tempo_since(const struct us_tempo_filter *f, uint64_t now_ns)
{
	return us_tempo_bpm(f) > 0 ? ((double)now_ns - f->at_ns) / f->period_ns : 0;
}
