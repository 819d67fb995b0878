/* when.c — when a change comes that waits: now, or with the next beat or bar of the song. */
#include "internal.h"

#include <math.h>
#include <string.h>

int us_turn_when(struct us_turn *turn, uint32_t n, bool cycles, double *unit)
{
	const char *word = "bar";
	if (turn->command->argc > n && us_turn_text(turn, n, &word))
		return US_FAILED;
	const bool bar = strcmp(word, "bar") == 0 || (cycles && strcmp(word, "cycle") == 0);
	*unit = bar ? US_PATTERN_BAR : strcmp(word, "beat") == 0 ? 1 : 0;
	if (*unit > 0 || strcmp(word, "now") == 0)
		return US_OK;
	return us_fail(&turn->err, "'%.20s' is no time to begin; right are now, beat%s", word,
	               cycles ? ", bar and cycle" : " and bar");
}

int us_turn_moment(struct us_turn *turn, double unit, uint64_t soon, uint64_t *frame, double *beat)
{
	const struct us_engine *model = turn->commander->model;
	struct us_song_view song;
	us_engine_song(model, &song);
	*frame = turn->command->at > soon ? turn->command->at : soon;
	if (turn->command->at == US_NOW && unit > 0 && song.plays) {
		*beat = ceil(us_engine_beat_at(model, soon) / unit - 1e-9) * unit;
		if (us_engine_frame_at(model, *beat, frame))
			return US_OK;
		return us_fail(&turn->err, "that is more than %d s ahead; say now, or wait", US_TIMED_AHEAD_SECONDS);
	}
	*beat = us_engine_beat_at(model, *frame);
	return US_OK;
}
