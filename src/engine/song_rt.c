/* song_rt.c — where the song is: its tempo, ramps of it, transport. The position is never added up block by block: it
 * follows from the last change (struct us_song), so after an hour it is as exact as in the first second, and whoever
 * begins in the middle computes the same. Within a block the song moves evenly; at its edges it is where a tempo that
 * moves in a straight line has brought it. */
#include "inside.h"

#include <math.h>

static uint64_t since(const struct us_song *s, uint64_t frame)
{
	return s->stopped || frame < s->frame ? 0 : frame - s->frame;
}

static double tempo_at(const struct us_song *s, uint64_t frame)
{
	const uint64_t t = since(s, frame);
	if (t >= s->ramp_frames)
		return (double)s->to;
	return s->from + ((double)s->to - s->from) * (double)t / (double)s->ramp_frames;
}

/* The integral of the tempo. */
double us_song_beat(const struct us_engine *e, uint64_t frame)
{
	const struct us_song *s = &e->head->song;
	const uint64_t t = since(s, frame), ramp = t < s->ramp_frames ? t : s->ramp_frames;
	const double slope = s->ramp_frames ? ((double)s->to - s->from) / (double)s->ramp_frames : 0;
	const double moved = (double)ramp * (s->from + slope * (double)ramp / 2) + (double)(t - ramp) * (double)s->to;
	return s->beat + moved / 60 / (double)e->rate;
}

/* The same song, seen from this frame on. */
static void anchor(struct us_engine *e, uint64_t frame)
{
	struct us_song *s = &e->head->song;
	const uint64_t t = since(s, frame);
	const double beat = us_song_beat(e, frame);
	s->from = tempo_at(s, frame);
	s->ramp_frames = t < s->ramp_frames ? s->ramp_frames - (uint32_t)t : 0;
	s->beat = beat;
	s->frame = frame;
}

void us_song_place(const struct us_engine *e, struct us_block *b)
{
	const struct us_song *s = &e->head->song;
	b->beat = us_song_beat(e, b->frame);
	b->beat_step = (us_song_beat(e, b->frame + US_BLOCK) - b->beat) / US_BLOCK;
	b->beats_per_frame = s->stopped ? (float)(tempo_at(s, b->frame) / 60 / (double)e->rate) : (float)b->beat_step;
}

int us_song_tempo(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	struct us_song *s = &e->head->song;
	const float bpm = r->set.value;
	if (!isfinite(bpm))
		return us_fail(err, "the tempo must be a finite number");
	anchor(e, us_first_frame(e));
	s->to = bpm < US_TEMPO_MIN ? US_TEMPO_MIN : bpm > US_TEMPO_MAX ? US_TEMPO_MAX : bpm;
	s->ramp_frames = r->set.ramp_frames;
	if (!s->ramp_frames)
		s->from = (double)s->to;
	return US_OK;
}

int us_song_transport(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	struct us_song *s = &e->head->song;
	if (r->set.input > US_SONG_LOCATE)
		return us_fail(err, "the song can stop, play and be located; it cannot do %u", r->set.input);
	if (r->set.input == US_SONG_LOCATE && !(fabsf(r->set.value) <= US_SONG_BEATS))
		return us_fail(err, "the song has %d beats, from 0", US_SONG_BEATS);
	anchor(e, us_first_frame(e));
	if (r->set.input == US_SONG_LOCATE)
		s->beat = r->set.value < 0 ? 0 : (double)r->set.value;
	else
		s->stopped = r->set.input == US_SONG_STOP;
	return US_OK;
}

bool us_song_is_sound(const struct us_song *s, uint64_t block)
{
	return isfinite(s->beat) && s->from >= (double)US_TEMPO_MIN && s->from <= (double)US_TEMPO_MAX &&
	       s->to >= US_TEMPO_MIN && s->to <= US_TEMPO_MAX && s->stopped <= 1 && s->frame <= block * US_BLOCK;
}

void us_engine_song(const struct us_engine *e, struct us_song_view *view)
{
	const uint64_t frame = us_first_frame(e);
	*view = (struct us_song_view){.plays = !e->head->song.stopped,
	                              .frame = frame,
	                              .beat = us_song_beat(e, frame),
	                              .bpm = (float)tempo_at(&e->head->song, frame)};
}

float us_engine_tempo(const struct us_engine *e)
{
	return e->head->song.to;
}

double us_engine_beat_at(const struct us_engine *e, uint64_t frame)
{
	return us_song_beat(e, frame);
}

bool us_engine_frame_at(const struct us_engine *e, double beat, uint64_t *frame)
{
	uint64_t low = us_first_frame(e), high = low + (uint64_t)((double)e->rate * (US_TIMED_AHEAD_SECONDS - 1));
	const double slack = (double)US_BEAT_SLACK * (double)us_engine_tempo(e) / 60 / (double)e->rate;
	if (us_song_beat(e, high) < beat)
		return false;
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (us_song_beat(e, middle) < beat - slack)
			low = middle + 1;
		else
			high = middle;
	}
	*frame = low;
	return true;
}
