/* song.h — where the song is, and when to speak to be heard at its next bar. To a few milliseconds: it is this process
 * that waits. [one thread] */
#ifndef US_SONG_H
#define US_SONG_H

#include "talk.h"

struct us_song {
	double beat, bpm, rate;
	uint64_t heard_ns; /* when it was there, on the monotonic clock */
};

int us_song_ask(struct us_talk *talk, struct us_song *song, struct us_err *err);

/* When something must be said to take effect at the next multiple of `beats`, not before `now_ns`. */
uint64_t us_song_next_ns(const struct us_song *song, double beats, uint32_t lead_frames, uint64_t now_ns);

void us_song_sleep_until(uint64_t ns);

#endif
