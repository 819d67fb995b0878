/* follow.c — see follow.h. */
#include "follow.h"

#define NTP_TO_UNIX_SECONDS 2208988800ll

void us_follow_look(struct us_follow *f, uint64_t now_ns, uint64_t frame, uint32_t step)
{
	double expected = us_follow_frame(f, (int64_t)now_ns);
	double least = (double)frame, most = least + step;
	f->frame = expected < least ? least : expected > most ? most : expected;
	f->at_ns = now_ns;
}

double us_follow_frame(const struct us_follow *f, int64_t at_ns)
{
	return f->frame + (double)(at_ns - (int64_t)f->at_ns) * f->rate / 1e9;
}

int64_t us_follow_ntp(uint64_t ntp, uint64_t real_ns, uint64_t mono_ns)
{
	int64_t seconds = (int64_t)(ntp >> 32) - NTP_TO_UNIX_SECONDS;
	int64_t ns = (int64_t)(((ntp & 0xffffffff) * 1000000000ull) >> 32);
	return seconds * 1000000000 + ns - (int64_t)real_ns + (int64_t)mono_ns;
}
