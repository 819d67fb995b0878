/* map.h — what a controller turns: the map file, one rule a line.
 *
 *   cc 74 -> vcf.cutoff 200hz..8khz          a knob or fader; without a range the input's own
 *   cc 1/33 -> vcf.res                       two controllers that make one of 14 bits
 *   nrpn 1234 -> osc.pitch -1..1 lin         straight (lin) or by ratios (log); else as the input is
 *   cc 20 -> vcf.cutoff relative offset      an endless encoder: twos (usual), offset or sign
 *   cc 7 channel 2 -> mix.gain jump          on one channel only; jump: without picking the value up
 *   pressure -> vcf.cutoff 1khz..4khz        bend and pressure turn knobs, too
 *   bend 12                                  pitch bend reaches so many semitones (2)
 *   channel 10 -> drums                      who plays a channel,
 *   key c2 -> kick                           a key, or
 *   key c2..b3 -> bass                       some keys
 *   patch drone.us                           program change 1 loads the first, 2 the second, …
 *
 * [any] */
#ifndef US_MIDI_MAP_H
#define US_MIDI_MAP_H

#include "message.h"

#include <understudy/error.h>
#include <understudy/module.h>
#include <understudy/record.h>

enum {
	US_MAP_KNOBS = 256,
	US_MAP_ZONES = 64,
	US_MAP_PATCHES = 128,
	US_MAP_PATH_BYTES = 232,
	US_MAP_VALUE_BYTES = 24,
	US_MAP_EVERY = -1 /* channel */
};

enum us_map_source { US_MAP_CC, US_MAP_CC14, US_MAP_NRPN, US_MAP_PRESSURE, US_MAP_BEND };
enum us_map_scale { US_MAP_AS_INPUT, US_MAP_STRAIGHT, US_MAP_RATIOS };
enum us_map_take { US_MAP_PICKUP, US_MAP_JUMP, US_MAP_TWOS, US_MAP_OFFSET, US_MAP_SIGN };

struct us_map_knob {
	enum us_map_source source;
	int number, low_number; /* controller or parameter; of CC14 also the controller of the low 7 bits */
	int channel;            /* 0 to 15, or US_MAP_EVERY */
	char instance[US_NAME_BYTES], input[US_MODULE_NAME_BYTES];
	char low[US_MAP_VALUE_BYTES], high[US_MAP_VALUE_BYTES]; /* as they are written; empty: the input's own */
	enum us_map_scale scale;
	enum us_map_take take;
};

struct us_map {
	uint32_t knobs, zones, patches;
	struct us_map_knob knob[US_MAP_KNOBS];
	struct us_map_zone { /* of keys, or a whole channel */
		int channel;
		uint8_t first, last;
		char instance[US_NAME_BYTES];
	} zone[US_MAP_ZONES];
	char patch[US_MAP_PATCHES][US_MAP_PATH_BYTES];
	float bend; /* semitones */
};

/* The map without a file. */
void us_map_clear(struct us_map *map);

/* Adds what one line says. `right` begins where the line is wrong. */
int us_map_line(struct us_map *map, const char *line, const char **where, struct us_err *err);

typedef void us_map_complaint(void *context, const char *text);
/* Reads a file into a cleared map. A line that is wrong is complained about as FILE:LINE:COLUMN, and the others hold.
 * Paths of patches count from the file's directory. */
int us_map_read(struct us_map *map, const char *path, us_map_complaint *complain, void *context, struct us_err *err);

/* Adds a rule for a controller to the file, which is made if it is not there; a rule of the same controller goes. */
int us_map_write(const char *path, const struct us_map_knob *knob, struct us_err *err);
/* The rule as a line. */
void us_map_print(const struct us_map_knob *knob, char line[static 160]);

/* Who plays this key; NULL: nobody in particular. Keys come before channels, later lines before earlier ones. */
const char *us_map_player(const struct us_map *map, uint8_t channel, uint8_t key);

/* The value of an input at a position from 0 to 1, and back. Fails if the range does not fit the input. */
int us_map_value(const struct us_map_knob *knob, const struct us_input *input, double position, float *value,
                 struct us_err *err);
int us_map_position(const struct us_map_knob *knob, const struct us_input *input, float value, double *position,
                    struct us_err *err);

#endif
