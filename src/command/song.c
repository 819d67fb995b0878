/* song.c — tempo, taps and transport: /tempo, /tempo/tap, /transport… */
#include "internal.h"

#include <string.h>

#define TAP_PATIENCE_MS 2000u

int us_act_tempo(struct us_turn *turn)
{
	static const struct us_input tempo = {.name = "tempo", .unit = US_BPM, .value = 120, .min = 1, .max = 999};
	return us_turn_master(turn, US_REC_TEMPO, &tempo, us_engine_tempo(turn->commander->model));
}

/* The tempo is that of the last taps, from the second on; a pause begins anew. */
int us_act_tap(struct us_turn *turn)
{
	struct us_commander *c = turn->commander;
	struct taps *t = &c->taps;
	const uint64_t now = c->now_ms;
	if (t->count && now - t->ms[t->count - 1] > TAP_PATIENCE_MS)
		t->count = 0;
	if (t->count && now == t->ms[t->count - 1])
		return US_OK; /* the same packet twice, or a bundle */
	if (t->count == US_TAPS) {
		memmove(t->ms, t->ms + 1, (US_TAPS - 1) * sizeof *t->ms);
		t->count--;
	}
	t->ms[t->count++] = now;
	if (t->count < 2)
		return US_OK;
	const float bpm = 60000.f * (float)(t->count - 1) / (float)(now - t->ms[0]);
	const struct us_record r = {.type = US_REC_TEMPO, .instance = US_NOBODY, .set = {.value = bpm}};
	if (us_turn_emit(turn, &r))
		return US_FAILED;
	us_turn_reply(turn, "/tempo", "d", (double)us_engine_tempo(c->model));
	return US_OK;
}

static int order(struct us_turn *turn, enum us_song_order what, float beat)
{
	const struct us_record r = {.type = US_REC_SONG,
	                            .instance = US_NOBODY,
	                            .at = turn->command->at,
	                            .set = {.input = (uint16_t)what, .value = beat}};
	return us_turn_emit(turn, &r);
}

/* Where it is: playing, beat, tempo, and the frame for which that holds. */
int us_act_transport(struct us_turn *turn)
{
	struct us_song_view song;
	us_engine_song(turn->commander->model, &song);
	us_turn_reply(turn, "/transport", "iddh", (int64_t)song.plays, song.beat, (double)song.bpm,
	              (int64_t)song.frame);
	return US_OK;
}

int us_act_transport_play(struct us_turn *turn)
{
	return order(turn, US_SONG_PLAY, 0);
}

int us_act_transport_stop(struct us_turn *turn)
{
	return order(turn, US_SONG_STOP, 0);
}

int us_act_locate(struct us_turn *turn)
{
	static const struct us_input beats = {.name = "position", .unit = US_BEAT, .min = 0, .max = US_SONG_BEATS};
	float beat;
	if (us_turn_number(turn, 0, &beats, &beat))
		return US_FAILED;
	if (!(beat >= 0 && beat <= US_SONG_BEATS))
		return us_fail(&turn->err, "beat %g; a song has %d, from 0", (double)beat, US_SONG_BEATS);
	return order(turn, US_SONG_LOCATE, beat);
}
