/* measure_copies.c — what chorus, flanger, comb and shift promise of frequencies: what stays, what goes, what is in
 * tune. */
#include "measure.h"

#include <complex.h>

/* A tone into `in`, whose lane 0 of an output is kept. */
static void feed(struct rig *r, const char *output, double hz, int skip, int frames)
{
	us_vec *in = rig_plug(r, "in");
	const int out = rig_output(r, output);
	for (int at = -skip; at < frames; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (float)(0.5 * sin(2 * M_PI * hz * (at + i) / (double)rate));
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0 && at + i < frames)
				sound[at + i] = r->out[out][i][0];
	}
}

static double decibels(int frames)
{
	double power = 0;
	for (int i = 0; i < frames; i++)
		power += (double)(sound[i] * sound[i]) / frames;
	return 10 * log10(power / 0.125 + 1e-12);
}

static void chorus_row(void)
{
	double worst = 0;
	AT_ALL_RATES
	{
		struct rig *r = open_rig("chorus");
		rig_set(r, "mix", 1);
		rig_set(r, "rate", 2); /* whole cycles in what is looked at */
		rig_set(r, "depth", 2);
		feed(r, "out", 110, (int)rate / 4 / US_BLOCK * US_BLOCK, 3 * (int)rate);
		worst = fmax(worst, fabs(cents_off(110)));
		rig_close(r);
	}
	row("chorus: the pitch as a whole stays, all rates", "within 0.1 cent", worst < 0.1, "%.4f cent", worst);
}

static void flanger_row(void)
{
	double deepest = -200, loudest = 0;
	AT_ALL_RATES for (int k = 1; k <= 6; k++)
	{
		struct rig *r = open_rig("flanger");
		rig_set(r, "depth", 0);
		rig_set(r, "delay", 2);
		rig_set(r, "feedback", 0);
		feed(r, "out", 250 * k, (int)rate / 10 / US_BLOCK * US_BLOCK, (int)rate / 5);
		const double db = decibels((int)rate / 5);
		if (k % 2)
			deepest = fmax(deepest, db);
		else
			loudest = fmin(loudest, db);
		rig_close(r);
	}
	row("flanger: a comb of 2 ms takes odd multiples of 250 Hz and leaves even ones, all rates",
	    "below -40 dB, above -0.1 dB", deepest < -40 && loudest > -0.1, "%.1f dB, %.2f dB", deepest, loudest);
}

/* Cents between the pitch of the comb's ringing and freq; half of it with negative feedback. */
static double comb_cents(float hz, float damp, bool negative)
{
	struct rig *r = open_rig("comb");
	us_vec *in = rig_plug(r, "in");
	rig_set(r, "freq", hz);
	rig_set(r, "damp", damp);
	rig_set(r, "feedback", negative ? -1 : 1);
	memset(in, 0, sizeof(us_vec) * US_BLOCK);
	in[0] += 1;
	rig_run(r);
	rig_set(r, "in", 0);
	render(r, 0, 0, N);
	rig_close(r);
	const double wanted = (double)hz * (negative ? 0.5 : 1);
	double best = 0, at = 0;
	for (int i = 0; i < N; i++)
		sound[i] *= (float)(0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / N));
	for (int cents = -60; cents <= 60; cents += 2) {
		const double complex turn = cexp(2 * M_PI * I * wanted * exp2(cents / 1200.0) / (double)rate);
		double complex now = 1, sum = 0;
		for (int i = 0; i < N; i++, now *= turn)
			sum += now * (double)sound[i];
		if (cabs(sum) > best)
			best = cabs(sum), at = cents;
	}
	return at;
}

static void comb_row(void)
{
	static const float hz[] = {220, 880}, damps[] = {0, 0.5f};
	double worst = 0;
	AT_ALL_RATES for (int f = 0; f < 2; f++) for (int d = 0; d < 2; d++) worst =
	    fmax(worst, fabs(comb_cents(hz[f], damps[d], f == 0 && d == 0)));
	row("comb: in tune at any damp, an octave below with negative feedback, all rates", "within 3 cents",
	    worst <= 3, "%.0f cents", worst);
}

/* Both outlets of a tone of 1 kHz moved by 300 Hz, and what is left at the other side. */
static void shift_row(void)
{
	double off = 0, other = -200;
	AT_ALL_RATES for (int down = 0; down < 2; down++)
	{
		struct rig *r = open_rig("shift");
		rig_set(r, "by", 300);
		feed(r, down ? "down" : "out", 1000, (int)rate / 10 / US_BLOCK * US_BLOCK, 3 * (int)rate);
		const double wanted = down ? 700 : 1300;
		off = fmax(off, fabs(cents_off(wanted)));
		look();
		other = fmax(other, 20 * log10(strongest(2000 - wanted - 20, 2000 - wanted + 20) /
		                               strongest(wanted - 20, wanted + 20)));
		rig_close(r);
	}
	row("shift: 1 kHz by 300 Hz up and down, all rates", "within 0.01 cent, the other side below -60 dB",
	    off < 0.01 && other < -60, "%.4f cent, %.1f dB", off, other);
}

void copy_rows(void)
{
	chorus_row();
	flanger_row();
	comb_row();
	shift_row();
}
