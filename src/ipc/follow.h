/* follow.h — which frame belongs to a moment of wall time. [control, clients]
 * The song's position is known only in steps of a device buffer. Between the steps a line is drawn at the nominal rate.
 * What a look at the clock proves is believed at once: the frame is not less than the position. That it is not more
 * than a buffer beyond it is believed when all looks of half a second say so, for a callback that comes late once says
 * nothing about the next one. So two time tags 10 ms apart are 10 ms apart in the sound, also while the machine is
 * busy, and a slow drift is followed. */
#ifndef US_FOLLOW_H
#define US_FOLLOW_H

#include <stdint.h>

struct us_follow {
	double rate, frame;
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	double late;    /* the least that was seen in this window */
	uint64_t since_ns;
	uint32_t looks, settling;
};

/* At `now_ns` the position was `frame`, with steps of at most `step` frames. */
void us_follow_look(struct us_follow *follow, uint64_t now_ns, uint64_t frame, uint32_t step);

/* The frame at that moment; below 0 when it was before the song. */
double us_follow_frame(const struct us_follow *follow, int64_t at_ns);

/* The other way round: when that frame is, or was, in seconds of Unix time. A time tag of then leads to this frame. */
double us_follow_time(const struct us_follow *follow, uint64_t frame, uint64_t real_ns, uint64_t mono_ns);

/* An NTP time tag as CLOCK_MONOTONIC, which may be negative. `real_ns` and `mono_ns` are the same moment. */
int64_t us_follow_ntp(uint64_t ntp, uint64_t real_ns, uint64_t mono_ns);

#endif
