/* meters.h — what the master meters say: computed by the engine, laid into a worker's slot, shown by status, OSC and
 * every view. Figures in dB relative to full scale; US_METER_NONE where there is nothing to say yet. */
#ifndef US_METERS_H
#define US_METERS_H

#include <stdint.h>
#include <understudy/module.h>

#define US_METER_NONE (-200.0f)

enum { US_MASTER_FRAMES = US_BLOCK }; /* by so many frames the master stage delays what is heard */

struct us_meters {
	float peak;       /* highest sample since the last reset, dBFS */
	float true_peak;  /* ITU-R BS.1770-4, since the last reset, dBTP */
	float recent;     /* highest sample of the last 0.1 to 0.2 s, dBFS */
	float momentary;  /* LUFS, 0.4 s */
	float short_term; /* LUFS, 3 s */
	float integrated; /* LUFS, gated, since the last reset */
	float reduction;  /* most that the limiter took away in the last 0.1 to 0.2 s, dB, 0 or more */
	uint32_t limiter; /* 1: it is on */
	uint64_t clips;   /* samples cut off at full scale since the last reset */
};

#endif
