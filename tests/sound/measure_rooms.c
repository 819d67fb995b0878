/* measure_rooms.c — what hall and plate promise: how long which part of the tail lasts, how soon it is dense, and when
 * it begins. */
#include "measure.h"

enum { LONGEST = 5 * HIGHEST_RATE };

static float tail[LONGEST], swept[LONGEST];

/* A click; `frames` of what follows in `tail`. */
static void click(struct rig *r, int frames)
{
	us_vec *in = rig_plug(r, "in");
	const int wet = rig_output(r, "wet");
	memset(in, 0, sizeof(us_vec) * US_BLOCK);
	in[0] += 1;
	for (int at = 0; at < frames; at += US_BLOCK) {
		rig_run(r);
		in[0] = (us_vec){0};
		for (int i = 0; i < US_BLOCK && at + i < frames; i++)
			tail[at + i] = r->out[wet][i][0];
	}
}

/* Seconds in which what lies about `hz` falls by 60 dB, by the way from -5 to -25 dB of what is still to come. */
static double fall_at(double hz, int frames)
{
	const double g = tan(M_PI * hz / (double)rate), k = 0.25;
	double first[2] = {0}, second[2] = {0};
	for (int i = 0; i < frames; i++) {
		double x = (double)tail[i];
		for (int p = 0; p < 2; p++) {
			const double high = (x - (g + k) * first[p] - second[p]) / (1 + g * (g + k));
			const double band = g * high + first[p], low = g * band + second[p];
			first[p] = g * high + band;
			second[p] = g * band + low;
			x = k * band;
		}
		swept[i] = (float)(x * x);
	}
	double left = 0, whole = 0;
	for (int i = 0; i < frames; i++)
		whole += (double)swept[i];
	int from = -1, to = -1;
	left = whole;
	for (int i = 0; i < frames && to < 0; i++) {
		left -= (double)swept[i];
		if (from < 0 && left < whole * pow(10, -0.5))
			from = i;
		if (left < whole * pow(10, -2.5))
			to = i;
	}
	return 3 * (to - from) / (double)rate;
}

static struct rig *room(const char *module, float decay, float damp)
{
	struct rig *r = open_rig(module);
	rig_set(r, "decay", decay);
	rig_set(r, "damp", damp);
	rig_set(r, "low_cut", 1);
	rig_set(r, "predelay", 0);
	if (!strcmp(module, "plate"))
		rig_set(r, "high_cut", 20000);
	return r;
}

static void fall_rows(const char *module)
{
	static const double hz[] = {500, 1000, 2000, 4000, 8000};
	static const float decays[] = {600, 3000};
	char what[96];
	double worst = 0, least = 1e9, most = 0, ratio = 1e9;
	AT_ALL_RATES
	{
		for (int d = 0; d < 2; d++) {
			const int frames = (int)(rate * decays[d] * 0.0013f);
			struct rig *r = room(module, decays[d], 20000);
			click(r, frames);
			for (size_t k = 0; k < sizeof hz / sizeof hz[0]; k++)
				worst = fmax(worst, fabs(fall_at(hz[k], frames) / (double)decays[d] * 1000 - 1));
			rig_close(r);
		}
		const int frames = 2 * (int)rate;
		struct rig *r = room(module, 2000, 4000);
		click(r, frames);
		const double treble = fall_at(6000, frames);
		least = fmin(least, treble), most = fmax(most, treble),
		ratio = fmin(ratio, fall_at(500, frames) / treble);
		rig_close(r);
	}
	snprintf(what, sizeof what, "%s: decay, 500 Hz to 8 kHz, damp=20khz, all rates", module);
	row(what, "within 12 %", worst < 0.12, "%.1f %%", worst * 100);
	snprintf(what, sizeof what, "%s: damp=4khz, decay at 500 Hz against 6 kHz, all rates", module);
	row(what, "above 1.3, alike within 10 %", ratio > 1.3 && most / least < 1.1, "%.1f times, %.2f to %.2f s",
	    ratio, least, most);
}

/* Abel and Huang's echo density, AES 2006: of a Gaussian noise 1. In the twenty milliseconds around `seconds`. */
static double density_at(double seconds)
{
	const int half = (int)(rate / 100), middle = (int)(seconds * (double)rate);
	double square = 0, sum = 0, beyond = 0;
	for (int pass = 0; pass < 2; pass++)
		for (int i = -half; i < half; i++) {
			const double w = 0.5 + 0.5 * cos(M_PI * (i + 0.5) / half), x = (double)tail[middle + i];
			if (pass == 0)
				square += w * x * x, sum += w;
			else
				beyond += x * x > square / sum ? w : 0;
		}
	return beyond / sum / 0.3173;
}

static void density_row(const char *module, double seconds, double least)
{
	char what[96], reach[64];
	double found = 9;
	AT_ALL_RATES
	{
		struct rig *r = open_rig(module);
		rig_set(r, "predelay", 0);
		click(r, (int)rate / 4);
		found = fmin(found, density_at(seconds));
		rig_close(r);
	}
	snprintf(what, sizeof what, "%s: echo density %.0f ms after a click, all rates", module, seconds * 1000);
	snprintf(reach, sizeof reach, "above %.2f of noise's", least);
	row(what, reach, found > least, "%.2f", found);
}

static int first_sound(int frames)
{
	for (int i = 0; i < frames; i++)
		if (fabsf(tail[i]) > 1e-6f)
			return i;
	return frames;
}

static void predelay_rows(const char *module)
{
	static const float ms[] = {1, 10, 33.3f, 250};
	char what[96];
	double late = 0, moved = -200, stepped = -200;
	AT_ALL_RATES
	{
		int at[5];
		for (int k = 0; k < 5; k++) {
			struct rig *r = open_rig(module);
			rig_set(r, "predelay", k ? ms[k - 1] : 0);
			click(r, (int)rate / 2);
			at[k] = first_sound((int)rate / 2);
			rig_close(r);
		}
		for (int k = 1; k < 5; k++)
			late = fmax(late, fabs((at[k] - at[0]) / (double)rate * 1000 - (double)ms[k - 1]));
		for (int step = 0; step < 2; step++) {
			struct rig *r = open_rig(module);
			us_vec *in = rig_plug(r, "in"), *predelay = rig_plug(r, "predelay");
			const int frames = 3 * (int)rate / US_BLOCK * US_BLOCK, wet = rig_output(r, "wet");
			for (int at_frame = 0; at_frame < frames; at_frame += US_BLOCK) {
				for (int i = 0; i < US_BLOCK; i++) {
					const double s = (at_frame + i) / (double)rate, begun = fmin(1, s * 20);
					const double along = step ? (s < 1 ? 0 : 1) : fmin(1, fmax(0, (s - 0.5) / 2));
					in[i] = (us_vec){0} +
					        (float)(0.25 * (1 - cos(M_PI * begun)) * sin(2 * M_PI * 200 * s));
					predelay[i] = (us_vec){0} + (float)(10 + 50 * along);
				}
				rig_run(r);
				for (int i = 0; i < US_BLOCK; i++)
					sound[at_frame + i] = r->out[wet][i][0];
			}
			const double heard = crackle((int)rate / 4, frames);
			*(step ? &stepped : &moved) = fmax(step ? stepped : moved, heard);
			rig_close(r);
		}
	}
	snprintf(what, sizeof what, "%s: predelay, 1 to 250 ms, all rates", module);
	row(what, "within 0.3 ms, by which the walls drift", late < 0.3, "%.3f ms off", late);
	snprintf(what, sizeof what, "%s: predelay moves by 50 ms in 2 s, and steps, all rates", module);
	row(what, "above 3 kHz below -60 dBFS", moved < -60 && stepped < -60, "%.1f, %.1f dBFS", moved, stepped);
}

void room_rows(void)
{
	fall_rows("reverb");
	fall_rows("plate");
	density_row("reverb", 0.15, 0.85);
	density_row("plate", 0.04, 0.85);
	predelay_rows("reverb");
	predelay_rows("plate");
}
