/* true_peak.c — the interpolation filter of true_peak.h. Only sums, products, quotients and square roots: the same bits
 * on every machine, because the limiter's gain depends on them. */
#include <math.h>
#include <understudy/true_peak.h>

#define KAISER_BETA 4.5 /* flat up to 0.45 of the rate, with 32 samples */

/* Modified Bessel function of the first kind, order 0, as its power series. */
static double bessel_i0(double x)
{
	double sum = 1, term = 1;
	for (int k = 1; term > 1e-20; k++) { /* no double is as fine */
		term *= x / 2 / k * (x / 2 / k);
		sum += term;
	}
	return sum;
}

/* sin(pi x) / (pi x) at a whole number and `eighths` eighths. */
static double sinc(int whole, int eighths)
{
	static const double pi = 3.14159265358979323846;
	static const double sine[8] = {0, 0.38268343236508977, 0.70710678118654752, 0.92387953251128676,
	                               1, 0.92387953251128676, 0.70710678118654752, 0.38268343236508977};
	if (!eighths)
		return whole == 0;
	const double x = whole + eighths / 8.0;
	return (whole % 2 ? -sine[eighths] : sine[eighths]) / (pi * x);
}

void us_peak_filter_make(struct us_peak_filter *f)
{
	const double middle = bessel_i0(KAISER_BETA);
	double reach = 0;
	for (int p = 0; p < US_LANES; p++) {
		double sum = 0;
		for (int k = 0; k < US_PEAK_TAPS; k++) {
			const int whole = US_PEAK_TAPS / 2 - 1 - k;
			const double at = (whole + p / 8.0) / (US_PEAK_TAPS / 2), rest = 1 - at * at;
			const double window = rest > 0 ? bessel_i0(KAISER_BETA * sqrt(rest)) / middle : 0;
			f->tap[k][p] = (float)(sinc(whole, p) * window);
			sum += fabs((double)f->tap[k][p]);
		}
		reach = sum > reach ? sum : reach;
	}
	f->gain = (float)(reach * 1.0001);
}
