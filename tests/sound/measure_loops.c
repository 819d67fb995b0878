/* measure_loops.c — whether what is kept in memory comes back as it was: the looper's seams and edges, and the place
 * and pitch of grains. */
#include "measure.h"

/* --- looper ------------------------------------------------------------------------------------------------- */

/* A loop of a third of a second is recorded of a tone of 200 Hz that goes on; something happens at 1,200 ms. */
static const struct scene {
	const char *what;
	float seam, speed;
	const char *knob; /* goes from 0 to 1 at 1,200 ms, or from 1 to 0 */
	bool on;
	int again; /* ms later it goes back; 0: it stays */
} scenes[] = {{"its seam", 3, 1, NULL, false, 0},
              {"its seam, seam=50ms", 50, 1, NULL, false, 0},
              {"its seam, backwards", 3, -1, NULL, false, 0},
              {"its seam, at speed 0.7", 3, 0.7f, NULL, false, 0},
              {"overdub begins and ends", 3, 1, "overdub", true, 210},
              {"play ends and begins", 3, 1, "play", false, 110},
              {"clear", 3, 1, "clear", true, 0}};

static void listen(const struct scene *s, int frames)
{
	const int ms = (int)rate / 1000, wet_ms = 340;
	struct rig *r = open_rig("looper");
	us_vec *in = rig_plug(r, "in"), *record = rig_plug(r, "record"), *knob = s->knob ? rig_plug(r, s->knob) : NULL;
	const int wet = rig_output(r, "wet");
	rig_set(r, "seam", s->seam);
	rig_set(r, "speed", s->speed);
	rig_set(r, "feedback", 0.5f);
	for (int at = 0; at + US_BLOCK <= frames; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			const int now = (at + i) / ms;
			const bool changed = now >= 1200 && (!s->again || now < 1200 + s->again);
			in[i] = (us_vec){0} + (float)(0.5 * sin(2 * M_PI * 200 * (at + i) / (double)rate + 1));
			record[i] =
			    (us_vec){0} + (at + i >= 10 * ms && at + i < (wet_ms + 1) * ms + ms / 4 ? 1.f : 0.f);
			if (knob)
				knob[i] = (us_vec){0} + (changed == s->on ? 1.f : 0.f);
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[wet][i][0];
	}
	rig_close(r);
}

static double clicks_of(const void *scene)
{
	const int frames = 2 * (int)rate / US_BLOCK * US_BLOCK;
	listen(scene, frames);
	return crackle((int)rate / 10, frames);
}

static void looper_rows(void)
{
	for (size_t k = 0; k < sizeof scenes / sizeof scenes[0]; k++)
		crackle_row("looper, ", scenes[k].what, clicks_of, &scenes[k]);
	double least = 0;
	AT_ALL_RATES
	{
		const int frames = 2 * (int)rate / US_BLOCK * US_BLOCK, cycle = (int)rate / 200;
		listen(&scenes[1], frames);
		for (int at = (int)rate / 2; at + cycle < frames; at += cycle) {
			double power = 0;
			for (int i = 0; i < cycle; i++)
				power += (double)(sound[at + i] * sound[at + i]) / cycle;
			least = fmin(least, 10 * log10(power / 0.125 + 1e-12));
		}
	}
	row("looper: the quietest cycle, where a seam of 50 ms is a quarter turn off", "above -4 dB", least > -4,
	    "%.1f dB", least);
}

/* A tone of 5 kHz in a loop at another speed: what is added below a third of the rate. */
static void speed_row(void)
{
	double worst = -200;
	AT_ALL_RATES
	{
		struct rig *r = open_rig("looper");
		us_vec *in = rig_plug(r, "in");
		const double hz = 5000;
		rig_set(r, "record", 1);
		for (int at = 0; at < 2 * N; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (float)(0.5 * sin(2 * M_PI * hz * (at + i) / (double)rate));
			rig_run(r);
		}
		rig_set(r, "record", 0);
		rig_set(r, "in", 0);
		rig_set(r, "speed", 0.943f);
		render(r, rig_output(r, "wet"), 640, N);
		worst = fmax(worst, aliasing_below(hz * (double)0.943f, (double)rate / 3));
		rig_close(r);
	}
	row("looper: what a tone of 5 kHz at speed 0.943 brings along, all rates", "below -75 dB", worst < -75,
	    "%.1f dB", worst);
}

/* --- grain -------------------------------------------------------------------------------------------------- */

/* Hertz in the middle of `sound`, of a tone near `hz`: how its phase goes on between two pieces. */
static double hertz_near(double hz, int from)
{
	const int length = (int)(rate * 0.15f), apart = (int)(rate * 0.1f);
	double phase[2];
	for (int p = 0; p < 2; p++) {
		double re = 0, im = 0;
		for (int i = 0; i < length; i++) {
			const double w = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / length);
			const double turn = 2 * M_PI * hz * (i + p * apart) / (double)rate;
			re += w * (double)sound[from + p * apart + i] * cos(turn);
			im -= w * (double)sound[from + p * apart + i] * sin(turn);
		}
		phase[p] = atan2(im, re) / 2 / M_PI;
	}
	const double turned = phase[1] - phase[0];
	return hz + (turned - nearbyint(turned)) * (double)rate / apart;
}

/* One grain a second, a second long. */
static double grain_cents(float cents, bool of_input)
{
	struct rig *r = open_rig("grain");
	const double hz = of_input ? 1000 : 440;
	us_vec *in = of_input ? rig_plug(r, "in") : NULL;
	rig_set(r, "density", 1);
	rig_set(r, "jitter", 0);
	rig_set(r, "size", 1000);
	rig_set(r, "position", 0.9f);
	rig_set(r, "spray", 0);
	rig_set(r, "freq", (float)hz);
	rig_set(r, "pitch", cents / 1200);
	for (int at = 0; at < 2 * (int)rate; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK && in; i++)
			in[i] = (us_vec){0} + (float)(0.5 * sin(2 * M_PI * hz * (at + i) / (double)rate));
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[0][i][0];
	}
	rig_close(r);
	const double wanted = hz * exp2((double)cents / 1200);
	return 1200 * log2(hertz_near(wanted, (int)(rate * 1.4f)) / wanted);
}

static void grain_rows(void)
{
	static const float cents[] = {1, 3, 5, 10, 50, -1, -700, 1200};
	double of_input = 0, own = 0;
	AT_ALL_RATES for (size_t k = 0; k < sizeof cents / sizeof cents[0]; k++)
	{
		of_input = fmax(of_input, fabs(grain_cents(cents[k], true)));
		own = fmax(own, fabs(grain_cents(cents[k], false)));
	}
	row("grain: pitch of what came in, by 1 cent to an octave, all rates", "within 0.1 cent", of_input < 0.1,
	    "%.3f cent", of_input);
	row("grain: pitch of its own wave, all rates", "within 0.1 cent", own < 0.1, "%.3f cent", own);
}

/* A single frame, in the middle of what a grain hears: how far from `position` it comes back. */
static void place_row(void)
{
	double worst = 0;
	AT_ALL_RATES for (int p = 1; p < 10; p++)
	{
		struct rig *r = open_rig("grain");
		us_vec *in = rig_plug(r, "in");
		const float position = (float)p / 10;
		const int struck = (int)(rate * (1.25f - position));
		int top = 0;
		rig_set(r, "density", 1);
		rig_set(r, "jitter", 0);
		rig_set(r, "size", 500);
		rig_set(r, "position", position);
		rig_set(r, "spray", 0);
		for (int at = 0; at < 3 * (int)rate / 2; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (at + i == struck ? 1.f : 0.f);
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++) {
				sound[at + i] = r->out[0][i][0];
				top = at + i > (int)rate && sound[at + i] > sound[top] ? at + i : top;
			}
		}
		worst = fmax(worst, fabs((double)(top - struck) / (double)rate - (double)position) * 1000);
		rig_close(r);
	}
	row("grain: how far back it hears, position 0.1 to 0.9, all rates", "within 0.1 ms", worst < 0.1, "%.3f ms",
	    worst);
}

void loop_rows(void)
{
	looper_rows();
	speed_row();
	grain_rows();
	place_row();
}
