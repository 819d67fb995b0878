/* tempo.h — the tempo and the place that a stream of MIDI clock ticks means, though each tick comes a little early or
 * late. [any]
 *
 * A straight line through the ticks: the expanding-memory filter of degree 1 (alpha = 2(2n-1)/(n(n+1)), beta =
 * 6/(n(n+1)): E. Brookner, Tracking and Kalman Filtering Made Easy, 1998, chapter 7), which after n ticks is the line
 * of least squares through all of them. From US_TEMPO_MEMORY ticks (two bars of four) on n stays, and it becomes a
 * critically near second-order loop, the same as F. Adriaensen's DLL (Using a DLL to filter time, LAC 2005) with other
 * gains. A tick that comes 1 ms off moves the tempo of a bar by 0.002 %.
 *
 * A change of tempo shows as errors that all lie on one side and grow: when the mean of the last ones is more than
 * chance makes of the scatter that is seen, the memory is cut to half a beat. Ticks that a machine which stood still
 * hands over all at once are told from that, because their errors shrink; a single tick counts no more than it can be
 * believed. */
#ifndef US_MIDI_TEMPO_H
#define US_MIDI_TEMPO_H

#include "message.h"

enum { US_TEMPO_MEMORY = 8 * US_MIDI_TICKS };

struct us_tempo_filter {
	uint32_t n;       /* ticks in its memory; below 2 it knows no tempo */
	double at_ns;     /* when the last tick was, or should have been */
	double period_ns; /* from tick to tick */
	double error_ns;  /* of the last ticks, their mean, with its sign */
	double scatter;   /* mean square of the difference between one error and the next, ns² */
	double last_error_ns;
};

/* A tick came. */
void us_tempo_tick(struct us_tempo_filter *filter, uint64_t now_ns);

/* Beats per minute; 0 while it is not known: before half a beat. */
double us_tempo_bpm(const struct us_tempo_filter *filter);

/* Ticks since the last one, with a fraction; 0 while the tempo is not known. */
double us_tempo_since(const struct us_tempo_filter *filter, uint64_t now_ns);

#endif
