/* song_key_rt.c — the song's key: the root and scale that patterns and quantize use where they say no other. A change
 * is of its frame: the block in which that lies knows the key before and the one behind. Of two within one block the
 * later takes the earlier one's place, unless that is of the block's first frame. */
#include "inside.h"

#include <understudy/pitch.h>

int us_song_key_check(const struct us_record *r, struct us_err *err)
{
	if (r->key.root < US_ROOTS && r->key.scale < US_SCALES)
		return US_OK;
	return us_fail(err, "there are %d roots and %d scales; root %u and scale %u are none of them", US_ROOTS,
	               US_SCALES, r->key.root, r->key.scale);
}

int us_song_key_set(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	struct us_song_key *k = &e->head->key;
	const uint64_t first = us_first_frame(e), frame = r->at > first ? r->at : first;
	if (us_song_key_check(r, err))
		return US_FAILED;
	if (k->frame <= first) {
		k->root_before = k->root;
		k->scale_before = k->scale;
	}
	k->root = r->key.root;
	k->scale = r->key.scale;
	k->frame = frame;
	return US_OK;
}

void us_song_key_place(const struct us_engine *e, struct us_block *b)
{
	const struct us_song_key *k = &e->head->key;
	b->key = (struct us_key){.root = k->root & 15u,
	                         .scale = k->scale & 15u,
	                         .root_before = k->root_before & 15u,
	                         .scale_before = k->scale_before & 15u,
	                         .from = k->frame > b->frame ? (k->frame - b->frame) & 255u : 0};
}

bool us_song_key_is_sound(const struct us_song_key *k, uint64_t block)
{
	return k->root < US_ROOTS && k->root_before < US_ROOTS && k->scale < US_SCALES && k->scale_before < US_SCALES &&
	       k->frame <= block * US_BLOCK;
}

bool us_engine_waiting_key(const struct us_engine *e, uint32_t *place, struct us_key_view *view)
{
	while (*place < e->head->timed) {
		const struct us_record *r = &e->timed[(*place)++];
		*view = (struct us_key_view){.root = r->key.root, .scale = r->key.scale, .frame = r->at};
		if (r->type == US_REC_KEY)
			return true;
	}
	return false;
}

struct us_key_view us_engine_key(const struct us_engine *e)
{
	return (struct us_key_view){
	    .root = e->head->key.root, .scale = e->head->key.scale, .frame = e->head->key.frame};
}

struct us_key_view us_engine_next_key(const struct us_engine *e)
{
	struct us_key_view last;
	uint32_t place = 0;
	return us_engine_waiting_key(e, &place, &last) ? last : us_engine_key(e);
}

bool us_engine_key_was_set(const struct us_engine *e)
{
	const struct us_song_key *k = &e->head->key;
	const struct us_key_view next = us_engine_next_key(e);
	return k->root || k->scale || k->root_before || k->scale_before || next.root || next.scale;
}
