/* measure.h — what the measurements in tests/sound share: one row of the table, sounds and their spectra. */
#ifndef MEASURE_H
#define MEASURE_H

#include "../unit/module_harness.h"

enum { RATE = 48000, N = 65536, RATES = 4, HIGHEST_RATE = 192000 };

extern float sound[N + 4 * HIGHEST_RATE]; /* what is looked at */
extern double level[N / 2 + 1];           /* amplitudes of its first N frames, by look() */

/* Frames per second of what is looked at: RATE, but where a row goes through all of `rates` (and sets it back). */
extern float rate;
extern const float rates[RATES];
#define AT_ALL_RATES for (int at_ = 0; rate = at_ < RATES ? rates[at_] : RATE, at_ < RATES; at_++)

/* A rig at `rate`. */
struct rig *open_rig(const char *module);

/* WHAT|REACH|MEASURED|1 if it holds; WHAT names the rate if it is not RATE. */
void row(const char *what, const char *reach, bool held, const char *format, ...) __attribute__((format(printf, 4, 5)));

void look(void);
double strongest(double from_hz, double to_hz);

/* The strongest partial below 16 kHz that is no harmonic of hz, in dB against the fundamental. */
double aliasing(double hz);

/* The same, where what is wanted has partials at all multiples of hz, below `top` Hz. */
double aliasing_below(double hz, double top);

/* Frames of one lane of an output after `skip`, with the rig's knobs as they are. */
void render(struct rig *r, int output, int skip, int frames);

/* Cents by which `sound`, 3 s of it, is off from hz: how far its phase has come in two seconds. */
double cents_off(double hz);

/* The loudest of what lies above 3 kHz in `sound`, between two of its frames, in dBFS: of a low tone, a click. */
double crackle(int from, int to);
/* A row of it: the worst at all rates of what `crackle_of` finds in a scene. */
void crackle_row(const char *module, const char *what, double (*crackle_of)(const void *scene), const void *scene);

void oscillator_rows(void);
void filter_rows(void);
void dynamics_rows(void);
void sample_rows(void);
void loop_rows(void);
void echo_rows(void);
void source_rows(void);
void change_rows(void);
void room_rows(void);
void copy_rows(void);
void silence_rows(void);

#endif
