/* anew.c — the whole patch as records, in the order in which they make it anew: for a session in which no worker knows
 * its state any more, and the model of control still does. What sounded is gone: notes, tails, the places of patterns.
 */
#include "internal.h"

#include <string.h>

struct list {
	struct us_record *to;
	uint32_t count, room;
};

static void add(struct list *l, struct us_record r)
{
	if (l->count < l->room)
		l->to[l->count] = r;
	l->count++;
}

static void add_whole(struct list *l, enum us_record_type type, float value)
{
	add(l, (struct us_record){.type = (uint8_t)type, .instance = US_NOBODY, .set.value = value});
}

static void add_key(struct list *l, const struct us_commander *c)
{
	const struct us_key_view key = us_engine_next_key(c->model);
	if (key.root || key.scale)
		add(l, (struct us_record){.type = US_REC_KEY,
		                          .instance = US_NOBODY,
		                          .key = {.root = (uint8_t)key.root, .scale = (uint8_t)key.scale}});
}

static void add_song(struct list *l, const struct us_commander *c)
{
	struct us_song_view song;
	us_engine_song(c->model, &song);
	const double beat = us_engine_beat_at(c->model, c->granted * US_BLOCK);
	add_whole(l, US_REC_TEMPO, us_engine_tempo(c->model));
	add(l, (struct us_record){.type = US_REC_SONG,
	                          .instance = US_NOBODY,
	                          .set = {.input = US_SONG_LOCATE, .value = beat > 0 ? (float)beat : 0}});
	if (!song.plays)
		add(l, (struct us_record){.type = US_REC_SONG, .instance = US_NOBODY, .set = {.input = US_SONG_STOP}});
}

uint32_t us_commander_whole(struct us_commander *c, struct us_record *to, uint32_t room)
{
	struct list l = {.to = to, .room = room};
	uint32_t count;
	const struct us_record *noted = us_undo_all(c, &count);
	if (!noted && count)
		return 0;
	while (count-- > 0) {
		struct us_record r = noted[count];
		r.flags |= US_STAGED;
		add(&l, r);
	}
	add_whole(&l, US_REC_COMMIT, 0);
	add_whole(&l, US_REC_GAIN, us_engine_gain(c->model));
	add_whole(&l, US_REC_LIMITER, us_engine_limiter(c->model));
	add_key(&l, c);
	add_song(&l, c);
	return l.count <= room ? l.count : 0;
}
