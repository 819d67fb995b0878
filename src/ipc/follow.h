/* follow.h — which frame belongs to a moment of wall time. [control, clients]
 * The song's position is known only in steps of a device buffer. Between the steps a line is drawn at the nominal rate
 * and kept inside what each look at the clock proves: the frame is neither less than the position nor more than a
 * buffer beyond it. So two time tags 10 ms apart are 10 ms apart in the sound, and a slow drift is followed. */
#ifndef US_FOLLOW_H
#define US_FOLLOW_H

#include <stdint.h>

struct us_follow {
	double rate, frame;
	uint64_t at_ns; /* CLOCK_MONOTONIC */
};

/* At `now_ns` the position was `frame`, with steps of at most `step` frames. */
void us_follow_look(struct us_follow *follow, uint64_t now_ns, uint64_t frame, uint32_t step);

/* The frame at that moment; below 0 when it was before the song. */
double us_follow_frame(const struct us_follow *follow, int64_t at_ns);

/* An NTP time tag as CLOCK_MONOTONIC, which may be negative. `real_ns` and `mono_ns` are the same moment. */
int64_t us_follow_ntp(uint64_t ntp, uint64_t real_ns, uint64_t mono_ns);

#endif
