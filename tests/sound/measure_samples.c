/* measure_samples.c — whether what plays sounds from files, tapes and memory clicks where it jumps, and what it adds to
 * a tone that it moves. */
#include "measure.h"

enum { FILE_FRAMES = 9 * N };

static float file[FILE_FRAMES];

/* So much of a tone, recorded at `rate`. */
static struct us_table tone(double hz, int frames)
{
	for (int i = 0; i < frames; i++)
		file[i] = (float)(0.5 * sin(2 * M_PI * hz * i / (double)rate));
	return (struct us_table){.value = file, .frames = (uint32_t)frames, .channels = 1, .rate = rate};
}

/* --- clicks ----------------------------------------------------------------------------------------------- */

/* What happens to a sampler while it plays a tone of 200 Hz. */
static const struct scene {
	const char *what;
	float mode, start, end, fade, speed;
	int struck, released, moved; /* ms: a second stroke, the gate's end, start to 0.5 and end to 0.9 */
} scenes[] = {{"once: its end", 0, 0, 0.33f, 2, 1, .struck = 0},
              {"once: its end, where the file ends in the middle", 0, 0, 1, 2, 0.93f},
              {"once: begun in the middle", 0, 0.31f, 1, 2, 1},
              {"once: backwards", 0, 0.62f, 0.31f, 2, 1},
              {"once: struck again while it sounds", 0, 0, 1, 2, 1, .struck = 101},
              {"once: the same with fade=500ms", 0, 0, 1, 500, 1.5f, .struck = 301},
              {"gate: let go", 1, 0, 1, 2, 1, .released = 102},
              {"loop: its seam, with sound before it", 2, 0.31f, 0.633f, 2, 1},
              {"loop: its seam, whole file", 2, 0, 0.987f, 2, 1},
              {"loop: its seam, fade=50ms", 2, 0.31f, 0.633f, 50, 1},
              {"loop: its seam, backwards", 2, 0.31f, 0.633f, 2, -1.7f},
              {"loop: struck again while it sounds", 2, 0.2f, 1, 2, 1, .struck = 102},
              {"loop: start and end moved while it sounds", 2, 0, 0.4f, 2, 1, .moved = 111},
              {"pingpong: its turns", 3, 0.31f, 0.633f, 2, 1.3f},
              {"pingpong: start and end moved while it sounds", 3, 0, 0.4f, 2, 1, .moved = 111}};

static double clicks_of(const void *scene)
{
	const struct scene *s = scene;
	const int ms = (int)(rate / 1000), frames = (int)rate;
	const struct us_table t = tone(200, frames / 2 + frames / 1000);
	for (int i = 0; i < 10 * ms && s->struck; i++) /* its own beginning is no click */
		file[i] *= (float)(0.5 - 0.5 * cos(M_PI * i / (10 * ms)));
	struct rig *r = open_rig("sampler");
	us_vec *gate = rig_plug(r, "gate"), *start = rig_plug(r, "start"), *end = rig_plug(r, "end");
	const int out = rig_output(r, "out");
	r->block.table = &t;
	r->block.lanes = 1;
	rig_set(r, "mode", s->mode);
	rig_set(r, "fade", s->fade);
	rig_set(r, "speed", s->speed);
	for (int at = 0; at + US_BLOCK <= frames; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			const int now = (at + i) / ms;
			const bool moved = s->moved && now >= s->moved;
			const bool off = (s->struck && now == s->struck) || (s->released && now >= s->released);
			gate[i] = (us_vec){0} + (off ? 0.f : 1.f);
			start[i] = (us_vec){0} + (moved ? 0.5f : s->start);
			end[i] = (us_vec){0} + (moved ? 0.9f : s->end);
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[out][i][0];
	}
	rig_close(r);
	return crackle(50 * ms, frames / US_BLOCK * US_BLOCK);
}

static void click_rows(void)
{
	for (size_t k = 0; k < sizeof scenes / sizeof scenes[0]; k++)
		crackle_row("sampler, ", scenes[k].what, clicks_of, &scenes[k]);
}

/* --- what it adds ------------------------------------------------------------------------------------------ */

/* A tone, or a saw up to 0.45 of the rate, moved by so many semitones: the strongest of what does not belong there, up
 * to a third of the rate. */
static double moved_by(double hz, bool saw, float semitones)
{
	const int frames = (int)((N + 1000) * fmax(1, exp2((double)semitones / 12)));
	const struct us_table t = tone(hz, frames);
	const int period = (int)((double)rate / hz);
	if (saw)
		hz = (double)rate / period;
	for (int i = 0; i < frames && saw; i++) {
		double sum = 0;
		for (int p = 1; i < period && p * hz < 0.45 * (double)rate; p++)
			sum += sin(2 * M_PI * hz * p * i / (double)rate) / p;
		file[i] = i < period ? (float)(0.3 * sum) : file[i - period];
	}
	struct rig *r = open_rig("sampler");
	r->block.table = &t;
	r->block.lanes = 1;
	rig_set(r, "gate", 1);
	rig_set(r, "mode", 2);
	rig_set(r, "pitch", semitones / 12);
	render(r, rig_output(r, "out"), 640, N);
	rig_close(r);
	return aliasing_below(hz * exp2((double)semitones / 12), (double)rate / 3);
}

static void moved_rows(void)
{
	static const struct {
		const char *what;
		double hz;
		bool saw;
		float least, most, reach;
	} moves[] = {{"10 kHz a semitone up or down", 10000, false, -1, 1, -75},
	             {"1 kHz down to two octaves up or down", 1000, false, -24, 24, -75},
	             {"a saw of 3,520 Hz up by 19 semitones", 3520, true, 19, 19, -70},
	             {"a saw of 440 Hz up by 36 semitones", 440, true, 36, 36, -70}};
	for (size_t m = 0; m < sizeof moves / sizeof moves[0]; m++) {
		char what[96], reach[64];
		double worst = -200;
		AT_ALL_RATES
		{
			worst = fmax(worst, moved_by(moves[m].hz, moves[m].saw, moves[m].least));
			if (moves[m].most > moves[m].least)
				worst = fmax(worst, moved_by(moves[m].hz, moves[m].saw, moves[m].most));
		}
		snprintf(what, sizeof what, "sampler: %s, all rates", moves[m].what);
		snprintf(reach, sizeof reach, "what it adds below %g dB", (double)moves[m].reach);
		row(what, reach, worst < (double)moves[m].reach, "%.1f dB", worst);
	}
}

/* --- its time ---------------------------------------------------------------------------------------------- */

static void pitch_row(void)
{
	double worst = 0;
	AT_ALL_RATES
	{
		const float here = rate;
		rate = 44100;
		const struct us_table t = tone(1000, 3 * 44100 + 4410);
		rate = here;
		struct rig *r = open_rig("sampler");
		r->block.table = &t;
		r->block.lanes = 1;
		rig_set(r, "gate", 1);
		render(r, rig_output(r, "out"), 640, 3 * (int)rate);
		worst = fmax(worst, fabs(cents_off(1000)));
		rig_close(r);
	}
	row("sampler: pitch of a file at 44.1 kHz, all rates", "below 0.01 cent", worst < 0.01, "%.5f cent", worst);
}

/* A single frame in a loop, with any fade: how far its returns are from where they belong. */
static void length_row(void)
{
	enum { LENGTH = 6000, ROUNDS = 5 };
	static const float fades[] = {0, 2, 50, 2000};
	int most = 0, heard = 0;
	AT_ALL_RATES for (size_t f = 0; f < sizeof fades / sizeof fades[0]; f++)
	{
		const struct us_table t = {.value = file, .frames = LENGTH, .channels = 1, .rate = rate};
		memset(file, 0, sizeof file);
		file[LENGTH / 2] = 1;
		struct rig *r = open_rig("sampler");
		r->block.table = &t;
		r->block.lanes = 1;
		rig_set(r, "gate", 1);
		rig_set(r, "mode", 2);
		rig_set(r, "fade", fades[f]);
		render(r, rig_output(r, "out"), 0, ROUNDS * LENGTH);
		for (int i = 0; i < ROUNDS * LENGTH; i++)
			if (sound[i] > 0.9f) {
				const int off = abs(i % LENGTH - LENGTH / 2);
				most = off > most ? off : most;
				heard++;
			}
		rig_close(r);
	}
	row("sampler: what returns in a loop, fade 0 to 2 s, all rates", "at its frame",
	    most == 0 && heard == RATES * 4 * ROUNDS, "%d frames off, %d of %d heard", most, heard, RATES * 4 * ROUNDS);
}

void sample_rows(void)
{
	pitch_row();
	length_row();
	click_rows();
	moved_rows();
}
