/* desk.h — private to src/words/desk*.c and crowd.c: a clause of a mixing desk, taken apart. */
#ifndef US_WORDS_DESK_H
#define US_WORDS_DESK_H

#include "inside.h"

enum { PHRASE_BYTES = 120, CROWD = 32 };

struct crowd {
	uint16_t player[CROWD];
	uint32_t count;
};

struct desk {
	struct sentence *s;
	struct crowd meant; /* in the order in which they are named */
	uint32_t first;     /* of the words that are left: how many stood before the first of them */
	bool all;
	char phrase[PHRASE_BYTES]; /* the words that are left */
};

/* --- crowd.c --- */
void us_crowd_add(struct crowd *crowd, int player);
bool us_desk_is_drum(const struct band *band, uint32_t player);
bool us_desk_is_module(const struct band *band, uint32_t player, const char *name);
bool us_desk_is_sink(const struct band *band, uint32_t player);
/* Of those that make no sound, those that they drive. */
void us_crowd_sounding(const struct band *band, const struct crowd *meant, struct crowd *sounding);
bool us_desk_sounds_out(const struct band *band, uint32_t player);
/* Takes out whom it is about, and what says nothing. */
void us_desk_take_apart(struct desk *desk, const struct clause *clause);
void us_desk_add_word(char phrase[static PHRASE_BYTES], const char *word);
/* 4, four, 0.5; what follows the number is in *rest. */
bool us_desk_count(const char *word, double *count, const char **rest);

/* --- desk_parts.c --- */
bool us_desk_read_side(const char *phrase, double percent, double *side);
int us_desk_pan(struct desk *desk, double side);
bool us_desk_is_sidechain(const char *phrase);
int us_desk_sidechain(struct desk *desk);
bool us_desk_read_tone(const char *phrase, const char **knob, double *db);
int us_desk_tone(struct sentence *s, const char *knob, double db);

/* --- desk_numbers.c: 140 bpm, +3db, 5 semitones; and takes the rest of the clause apart. WORDS_NOT_MINE: no such thing
 * was said. --- */
int us_desk_numbers(struct desk *desk, struct clause *clause, double *percent);

#endif
