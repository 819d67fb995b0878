/* song.c — see song.h. */
#include "song.h"

#include "ipc/clock.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

static int take_time(void *context, const struct us_command *answer, struct us_err *err)
{
	struct us_song *song = context;
	(void)err;
	if (strcmp(answer->address, "/time") != 0 || answer->argc < 4)
		return US_OK;
	song->rate = answer->arg[1].d;
	song->beat = answer->arg[2].d;
	song->bpm = answer->arg[3].d;
	song->heard_ns = us_now_ns();
	return US_OK;
}

int us_song_ask(struct us_talk *talk, struct us_song *song, struct us_err *err)
{
	static const struct us_command ask = {.address = "/time"};
	*song = (struct us_song){0};
	us_sender_listen(talk->sender, take_time, song);
	const int failed = us_sender_send(talk->sender, &ask, err) || us_sender_sync(talk->sender, err);
	us_sender_listen(talk->sender, NULL, NULL);
	if (failed)
		return US_FAILED;
	return song->bpm > 0 && song->rate > 0 ? US_OK : us_fail(err, "the synth does not say where the song is");
}

uint64_t us_song_next_ns(const struct us_song *song, double beats, uint32_t lead_frames, uint64_t now_ns)
{
	const double beats_per_ns = song->bpm / 60e9, lead_ns = (double)lead_frames / song->rate * 1e9;
	const double earliest = song->beat + ((double)(now_ns - song->heard_ns) + lead_ns) * beats_per_ns;
	const double wait_ns = (ceil(earliest / beats) * beats - earliest) / beats_per_ns;
	return now_ns + (uint64_t)wait_ns;
}

void us_song_sleep_until(uint64_t ns)
{
	const struct timespec at = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}
