/* knobs.h — controllers that move, and what that makes of inputs: /mod. A knob takes hold of a value only where it
 * meets it (pickup), so that nothing jumps. [one thread] */
#ifndef US_MIDI_KNOBS_H
#define US_MIDI_KNOBS_H

#include "map.h"

#include <understudy/command.h>

/* What the synth is like now. */
struct us_midi_look {
	/* Where an input stands; false if there is none of this name. */
	bool (*input)(void *context, const char *instance, const char *input, const struct us_input **row,
	              float *value);
	void *context;
};

struct us_midi_knobs {
	const struct us_map *map;
	struct us_midi_look look;
	us_command_sink *sink;
	void *context;              /* of the sink */
	us_map_complaint *complain; /* about a rule that does not fit what plays; once each */
	struct us_midi_knob_state {
		bool holds, moved, complained;
		double position; /* where the controller is, if it has moved */
		float sent;
		uint64_t sent_ns;
	} state[US_MAP_KNOBS];
	struct us_midi_registers {
		uint8_t high[32]; /* the last high 7 bits of the first 32 controllers */
		uint8_t low[32];
		uint32_t met;                /* a bit for each of them that has said anything */
		uint32_t low_first;          /* and for those of which the low part comes first */
		uint8_t name_high, name_low; /* of the parameter that data entry is for */
		bool named;
	} registers[US_MIDI_CHANNELS];
};

/* Other rules: nothing is held any more. */
void us_midi_knobs_begin(struct us_midi_knobs *knobs, const struct us_map *map);

/* A controller, pressure or bend has moved. True if a rule speaks of it. */
bool us_midi_knobs_take(struct us_midi_knobs *knobs, const struct us_midi_message *message, uint64_t now_ns);

/* What a rule for this message would be bound to, without a place; false if it moves nothing. */
bool us_midi_knobs_source(struct us_midi_knobs *knobs, const struct us_midi_message *message, struct us_map_knob *knob);

#endif
