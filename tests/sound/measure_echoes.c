/* measure_echoes.c — whether echoes come when they should, and what is heard when their time is moved. */
#include "measure.h"

/* What a module is set to, and how its time is moved at 300 ms. */
static const struct shift {
	const char *what, *module, *knob, *out;
	float from, to, tempo_to; /* of the knob; 0: the tempo stays */
	float seconds;            /* it takes; 0: a step */
} shifts[] = {{"delay: time steps from 100 to 300 ms", "delay", "time", "wet", 100, 300, 0, 0},
              {"delay: time steps from 300 to 100 ms", "delay", "time", "wet", 300, 100, 0, 0},
              {"delay: time goes from 100 to 300 ms in 10 ms", "delay", "time", "wet", 100, 300, 0, 0.01f},
              {"delay: time goes from 100 to 300 ms in 2 s", "delay", "time", "wet", 100, 300, 0, 2},
              {"delay: beats=0.5, tempo steps from 120 to 90", "delay", "beats", "wet", 0.5f, 0.5f, 90, 0},
              {"delay: beats=0.25, tempo steps from 120 to 180", "delay", "beats", "wet", 0.25f, 0.25f, 180, 0},
              {"flanger: delay steps from 1 to 12 ms", "flanger", "delay", "out", 1, 12, 0, 0},
              {"flanger: delay goes from 12 to 1 ms in 10 ms", "flanger", "delay", "out", 12, 1, 0, 0.01f},
              {"flanger: depth steps from 0 to 12 ms", "flanger", "depth", "out", 0, 12, 0, 0},
              {"comb: freq steps from 220 to 330", "comb", "freq", "out", 220, 330, 0, 0},
              {"comb: freq goes from 330 to 220 in 10 ms", "comb", "freq", "out", 330, 220, 0, 0.01f},
              {"chorus: delay steps from 5 to 50 ms", "chorus", "delay", "out", 5, 50, 0, 0},
              {"chorus: delay goes from 50 to 5 ms in 10 ms", "chorus", "delay", "out", 50, 5, 0, 0.01f},
              {"chorus: depth steps from 0 to 10 ms", "chorus", "depth", "out", 0, 10, 0, 0}};

static double clicks_of(const void *shift)
{
	const struct shift *s = shift;
	const int frames = (int)rate, ms = frames / 1000;
	struct rig *r = open_rig(s->module);
	us_vec *in = rig_plug(r, "in"), *knob = rig_plug(r, s->knob);
	const int out = rig_output(r, s->out);
	for (int at = 0; at + US_BLOCK <= frames; at += US_BLOCK) {
		if (s->tempo_to > 0 && at > 300 * ms)
			r->block.beats_per_frame = s->tempo_to / 60 / rate;
		for (int i = 0; i < US_BLOCK; i++) {
			const double turn = 2 * M_PI * 200 * (at + i) / (double)rate;
			const float along = fmaxf(0, (float)(at + i - 300 * ms) / (fmaxf(s->seconds, 1e-5f) * rate));
			const double begun = fmin(1, (at + i) / (0.02 * (double)rate));
			in[i] = (us_vec){0} + (float)(0.25 * (1 - cos(M_PI * begun)) * sin(turn));
			knob[i] = (us_vec){0} + (s->from + fminf(along, 1) * (s->to - s->from));
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[out][i][0];
	}
	rig_close(r);
	return crackle(290 * ms, frames / US_BLOCK * US_BLOCK);
}

static void shift_rows(void)
{
	for (size_t k = 0; k < sizeof shifts / sizeof shifts[0]; k++)
		crackle_row("", shifts[k].what, clicks_of, &shifts[k]);
}

/* --- delay --------------------------------------------------------------------------------------------------- */

/* The frame of the first echo of a single frame, within six seconds. */
static int first_echo(float tempo, float beats, float time)
{
	struct rig *r = open_rig("delay");
	us_vec *in = rig_plug(r, "in");
	const int wet = rig_output(r, "wet");
	int found = -1;
	r->block.beats_per_frame = tempo / 60 / rate;
	rig_set(r, "beats", beats);
	rig_set(r, "time", time);
	memset(in, 0, sizeof(us_vec) * US_BLOCK);
	in[0] += 1;
	for (int at = 0; at < 6 * (int)rate && found < 0; at += US_BLOCK) {
		rig_run(r);
		in[0] = (us_vec){0};
		for (int i = 0; i < US_BLOCK && found < 0; i++)
			found = r->out[wet][i][0] > 0.4f ? at + i : -1;
	}
	rig_close(r);
	return found;
}

static void time_row(void)
{
	static const struct {
		float tempo, beats, time, seconds;
	} echoes[] = {{120, 0.75f, 1, 0.375f}, {72, 2, 1, 5.f / 3},
	              {120, 4, 1, 2},          {240, 8, 1, 2},
	              {72, 3, 1, 1.25f},       {60, 8, 1, 2},
	              {20, 8, 1, 1.5f},        {120, 0, 2000, 2},
	              {120, 0, 1, 0.001f},     {174, 0.5f, 1, 30.f / 174}};
	double worst = 0;
	AT_ALL_RATES for (size_t k = 0; k < sizeof echoes / sizeof echoes[0]; k++)
	{
		const int at = first_echo(echoes[k].tempo, echoes[k].beats, echoes[k].time);
		worst = fmax(worst, at < 0 ? 1e9 : fabs(at - (double)echoes[k].seconds * (double)rate));
	}
	row("delay: when an echo comes, 20 to 240 bpm, to 8 beats, all rates", "within a frame", worst <= 1,
	    "%.2f frames off", worst);
}

/* A tone of 1 kHz while time goes evenly from 100 to 500 ms in four seconds: it sounds lower by a tenth. */
static void bend_row(void)
{
	double worst = 0;
	AT_ALL_RATES
	{
		struct rig *r = open_rig("delay");
		us_vec *in = rig_plug(r, "in"), *time = rig_plug(r, "time");
		for (int at = -(int)(rate / 2); at < 3 * (int)rate; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++) {
				const double s = (at + i) / (double)rate;
				in[i] = (us_vec){0} + (float)(0.5 * sin(2 * M_PI * 1000 * s));
				time[i] = (us_vec){0} + (float)(150 + 100 * s);
			}
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				if (at + i >= 0)
					sound[at + i] = r->out[rig_output(r, "wet")][i][0];
		}
		worst = fmax(worst, fabs(cents_off(900)));
		rig_close(r);
	}
	row("delay: time moved by 100 ms a second lowers by a tenth, all rates", "within 0.1 cent", worst < 0.1,
	    "%.4f cent", worst);
}

/* What a round leaves of a tone, by feedback=1: at low_cut and high_cut half of its power, between them all. */
static void round_rows(void)
{
	enum { TONES = 4 }; /* the last one with high_cut=20khz */
	static const float tones[TONES] = {100, 775, 6000, 10000};
	double kept[TONES] = {0}, most = 0;
	AT_ALL_RATES for (int k = 0; k < TONES; k++)
	{
		struct rig *r = open_rig("delay");
		us_vec *in = rig_plug(r, "in");
		const int wet = rig_output(r, "wet"), quarter = (int)rate / 4;
		double power[2] = {0};
		rig_set(r, "time", 250);
		rig_set(r, "feedback", 1);
		rig_set(r, "high_cut", k == 3 ? 20000 : 6000);
		for (int at = 0; at < 3 * quarter; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (at + i < quarter ? (float)sin(2 * M_PI * (double)tones[k] *
				                                                     (at + i) / (double)rate)
				                                        : 0.f);
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++) {
				const int into = (at + i) % quarter;
				if (at + i >= quarter && into > quarter / 4 && into < quarter * 3 / 4)
					power[(at + i) / quarter > 1] +=
					    (double)(r->out[wet][i][0] * r->out[wet][i][0]);
			}
		}
		const double db = 10 * log10(power[1] / power[0]);
		kept[k] =
		    fabs(db - (k % 2 ? 0 : -3.01)) > fabs(kept[k] - (k % 2 ? 0 : -3.01)) || kept[k] == 0 ? db : kept[k];
		rig_close(r);
	}
	row("delay: what a round takes at low_cut and high_cut, all rates", "3 dB within 0.4",
	    fabs(kept[0] + 3.01) < 0.4 && fabs(kept[2] + 3.01) < 0.4, "%.2f, %.2f dB", -kept[0], -kept[2]);
	row("delay: between them, and at 10 kHz with high_cut=20khz, feedback=1", "less than 0.3 dB",
	    fabs(kept[1]) < 0.3 && fabs(kept[3]) < 0.3, "%.2f, %.2f dB", -kept[1], -kept[3]);
	struct rig *r = open_rig("delay");
	us_vec *in = rig_plug(r, "in");
	rig_set(r, "time", 5);
	rig_set(r, "feedback", 1);
	for (int at = 0; at < 4 * RATE; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (float)sin(2 * M_PI * 400 * (at + i) / RATE);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			most = fmax(most, (double)fabsf(r->out[0][i][0]));
	}
	row("delay: a tone that meets itself at each round, feedback=1", "below 6", most < 6, "peak %.2f", most);
	rig_close(r);
}

void echo_rows(void)
{
	shift_rows();
	time_row();
	bend_row();
	round_rows();
}
