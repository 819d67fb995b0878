/* song_key.c — /key "d" "dorian" ["now"|"beat"|"bar"|"cycle"], /key "off": the root and scale of patterns and quantize
 * that say no other, from the next bar on. It waits as a record for its frame. */
#include "internal.h"

#include "lang/song_key.h"

#include <stdio.h>
#include <string.h>

/* The one that is, and the one that comes, with its frame. */
static int answer(struct us_turn *turn)
{
	const struct us_key_view now = us_engine_key(turn->commander->model),
				 next = us_engine_next_key(turn->commander->model);
	char text[2][US_SONG_KEY_BYTES];
	us_song_key_print(text[0], now.root, now.scale);
	us_song_key_print(text[1], next.root, next.scale);
	if (strcmp(text[0], text[1]) == 0)
		us_turn_reply(turn, "/key", "s", text[0]);
	else
		us_turn_reply(turn, "/key", "ssh", text[0], text[1], (int64_t)next.frame);
	return US_OK;
}

/* "d" "dorian", "d dorian" or "off"; how many arguments that are. */
static int read_key(struct us_turn *turn, struct us_record *r, uint32_t *arguments)
{
	const char *note, *scale = "";
	char text[96];
	uint32_t root, number;
	if (us_turn_text(turn, 0, &note))
		return US_FAILED;
	const bool apart = !us_song_key_is_off(note) && !strchr(note, ' ') && turn->command->argc > 1;
	if (apart && us_turn_text(turn, 1, &scale))
		return US_FAILED;
	snprintf(text, sizeof text, "%.40s %.40s", note, scale);
	if (us_song_key_parse(text, &root, &number, &turn->err))
		return US_FAILED;
	r->key.root = (uint8_t)root;
	r->key.scale = (uint8_t)number;
	*arguments = apart ? 2 : 1;
	return US_OK;
}

int us_act_key(struct us_turn *turn)
{
	struct us_record r = {.type = US_REC_KEY, .instance = US_NOBODY, .at = turn->command->at};
	uint32_t arguments;
	double unit, beat;
	if (turn->command->argc == 0)
		return answer(turn);
	if (read_key(turn, &r, &arguments) || us_turn_when(turn, arguments, true, &unit))
		return US_FAILED;
	if (turn->command->argc > arguments + 1)
		return us_fail(&turn->err, "too many arguments; right would be /key d dorian bar");
	if (r.at == US_NOW && unit > 0 && us_turn_moment(turn, unit, us_turn_frame(turn) + 2 * US_BLOCK, &r.at, &beat))
		return US_FAILED;
	return us_turn_emit(turn, &r);
}

int us_turn_key_off(struct us_turn *turn)
{
	const struct us_key_view now = us_engine_key(turn->commander->model),
				 next = us_engine_next_key(turn->commander->model);
	if (!now.root && !now.scale && !next.root && !next.scale)
		return US_OK;
	return us_turn_emit(turn, &(struct us_record){.type = US_REC_KEY, .instance = US_NOBODY});
}
