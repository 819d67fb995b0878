/* sound_rig.h — listens to a module in its rig: level, partials, pitch and aliasing of one lane of the first output.
 * For the tests of modules that make sounds; include after module_harness.h. */
#ifndef SOUND_RIG_H
#define SOUND_RIG_H

enum { RATE = 48000, LONGEST = 4 * RATE, LANE = US_LANES - 3 };

static float sound[LONGEST];

/* The next `frames` frames of one lane of the first output. With a trigger, it rises in frame `stroke`. */
static inline void listen(struct rig *r, const char *trigger, int stroke, int frames)
{
	us_vec *plug = trigger ? rig_plug(r, trigger) : NULL;
	for (int at = 0; at < frames; at += US_BLOCK) {
		for (int i = 0; plug && i < US_BLOCK; i++)
			plug[i] = (us_vec){0} + (at + i == stroke ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK && at + i < frames; i++)
			sound[at + i] = r->out[0][i][LANE];
	}
	if (plug)
		rig_set(r, trigger, 0);
}

static inline double rms(int from, int frames)
{
	double sum = 0;
	for (int i = from; i < from + frames; i++)
		sum += (double)sound[i] * sound[i];
	return sqrt(sum / frames);
}

/* Amplitude at `hz` in frames from … from + frames, under Hann's window: Goertzel. */
static inline double amplitude(double hz, int from, int frames)
{
	const double c = 2 * cos(2 * M_PI * hz / RATE);
	double a = 0, b = 0;
	for (int i = 0; i < frames; i++) {
		const double window = 1 - cos(2 * M_PI * (i + 0.5) / frames);
		const double now = sound[from + i] * window + c * a - b;
		b = a;
		a = now;
	}
	return 2 * sqrt(fmax(0, a * a + b * b - c * a * b)) / frames;
}

static inline double db(double ratio)
{
	return 20 * log10(ratio + 1e-12);
}

static inline double phase_at(double hz, int from, int frames)
{
	double re = 0, im = 0;
	for (int i = 0; i < frames; i++) {
		const double window = 1 - cos(2 * M_PI * (i + 0.5) / frames), turn = 2 * M_PI * hz / RATE * (from + i);
		re += sound[from + i] * window * cos(turn);
		im -= sound[from + i] * window * sin(turn);
	}
	return atan2(im, re);
}

/* How far the partial near `hz` is off, in cent, by how its phase drifts in two seconds. */
static inline double cents_off(double hz)
{
	const int window = 24000, apart = 2 * RATE;
	const double drift = phase_at(hz, 9600 + apart, window) - phase_at(hz, 9600, window);
	const double cycles = drift / (2 * M_PI) - round(drift / (2 * M_PI));
	return 1200 * log2(1 + cycles * RATE / apart / hz);
}

/* The strongest partial below 16 kHz that is no harmonic of freq, in dB against all that is heard. */
static inline double strongest_alias(int hz)
{
	double worst = 0;
	for (int f = 30; f < 16000; f += 15)
		if (f % hz > 60 && f % hz < hz - 60)
			worst = fmax(worst, amplitude(f, 9600, 6400));
	return db(worst / (rms(9600, 6400) * M_SQRT2));
}

#endif
