/* burst_rt.c — see burst_rt.h. */
#include "burst_rt.h"

#include "ipc/layout.h"

US_REALTIME uint32_t us_burst_note(struct us_burst *b, double moment, uint32_t frames, uint32_t window)
{
	const uint32_t sofar = moment > 0 && !(moment < b->moment) && !(moment > b->moment) ? b->now : 0;
	b->now = sofar + frames < US_MAX_FRAMES ? sofar + frames : US_MAX_FRAMES;
	b->moment = moment;
	b->seen += frames;
	if (b->seen > window && !sofar) {
		b->before = b->recent;
		b->recent = b->seen = 0;
	}
	if (b->now > b->recent)
		b->recent = b->now;
	return b->recent > b->before ? b->recent : b->before;
}
