/* burst_rt.h — how many frames a device takes at once, seen from its calls: several calls that carry the same moment
 * are one period, cut into pieces. What is longer is believed at once, what is shorter after a while, for a device that
 * is late takes more once. [rt] */
#ifndef US_BURST_RT_H
#define US_BURST_RT_H

#include <stdint.h>
#include <understudy/module.h>

struct us_burst {
	double moment;
	uint32_t now;            /* frames of this moment so far */
	uint32_t recent, before; /* the most at one moment, in this window and the one before */
	uint32_t seen;           /* frames in this window */
};

/* A call for `frames` frames at `moment` (seconds; 0: the device does not tell). Returns how many frames to expect at
 * once, 1 to US_MAX_FRAMES; `window` is a while, in frames. */
US_REALTIME uint32_t us_burst_note(struct us_burst *burst, double moment, uint32_t frames, uint32_t window);

#endif
