/* follow.c — see follow.h. */
#include "follow.h"

#define NTP_TO_UNIX_SECONDS 2208988800ll
#define LATE_SECONDS 0.05 /* the clock is not just late then: it stands, or stood */
#define WINDOW_NS 500000000u
enum { WINDOW_LOOKS = 16, SETTLING_LOOKS = 256 };

/* Only a lateness that every look of a while has seen is one. */
static double lasting(struct us_follow *f, uint64_t now_ns, double late)
{
	f->late = !f->looks || late < f->late ? late : f->late;
	f->since_ns = f->looks++ ? f->since_ns : now_ns;
	if (f->looks < WINDOW_LOOKS || now_ns - f->since_ns < WINDOW_NS)
		return 0;
	f->looks = 0;
	return f->late > 0 ? f->late : 0;
}

void us_follow_look(struct us_follow *f, uint64_t now_ns, uint64_t frame, uint32_t step)
{
	double expected = us_follow_frame(f, (int64_t)now_ns);
	double least = (double)frame, most = least + step, late = expected - most;
	f->frame = expected < least ? least : expected;
	if (late > LATE_SECONDS * f->rate)
		f->settling = SETTLING_LOOKS;
	if (f->settling) { /* nothing is known yet that could be bent */
		f->settling--;
		f->frame -= late > 0 ? late : 0;
	} else {
		f->frame -= lasting(f, now_ns, late);
	}
	f->at_ns = now_ns;
}

double us_follow_frame(const struct us_follow *f, int64_t at_ns)
{
	return f->frame + (double)(at_ns - (int64_t)f->at_ns) * f->rate / 1e9;
}

double us_follow_time(const struct us_follow *f, uint64_t frame, uint64_t real_ns, uint64_t mono_ns)
{
	const double mono = (double)((int64_t)f->at_ns - (int64_t)mono_ns) + ((double)frame - f->frame) * 1e9 / f->rate;
	return ((double)real_ns + mono) / 1e9;
}

int64_t us_follow_ntp(uint64_t ntp, uint64_t real_ns, uint64_t mono_ns)
{
	int64_t seconds = (int64_t)(ntp >> 32) - NTP_TO_UNIX_SECONDS;
	int64_t ns = (int64_t)(((ntp & 0xffffffff) * 1000000000ull) >> 32);
	return seconds * 1000000000 + ns - (int64_t)real_ns + (int64_t)mono_ns;
}
