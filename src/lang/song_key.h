/* song_key.h — the song's key as text: "d dorian", "bb minor", "off" for none. For the statement, for commands and for
 * scenes. [any] */
#ifndef US_LANG_SONG_KEY_H
#define US_LANG_SONG_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/error.h>

enum { US_SONG_KEY_BYTES = 24 };

/* One word of it; both say what would be right. */
int us_song_key_root(const char *word, uint32_t *root, struct us_err *err);
int us_song_key_scale(const char *word, uint32_t *scale, struct us_err *err);
bool us_song_key_is_off(const char *word);
/* All of it. */
int us_song_key_parse(const char *text, uint32_t *root, uint32_t *scale, struct us_err *err);
const char *us_song_key_print(char text[static US_SONG_KEY_BYTES], uint32_t root, uint32_t scale);

#endif
