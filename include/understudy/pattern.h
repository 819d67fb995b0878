/* pattern.h — what a pattern is once it has been read: a small tree in a flat array, and how it travels. For who writes
 * such trees (src/lang), who carries them (src/command, the engine) and who plays them (pattern_events.h). */
#ifndef UNDERSTUDY_PATTERN_H
#define UNDERSTUDY_PATTERN_H

#include <stdint.h>

enum {
	US_PATTERN_NODES = 256,
	US_PATTERN_EVENTS = 256, /* in one cycle; more are dropped */
	US_PATTERN_DEPTH = 24,
	US_PATTERN_WORK = 8192, /* nodes that are visited for one cycle at most */
	US_PATTERN_STEPS = 64,  /* of a Euclidean rhythm */
	US_PATTERN_TEXT = 256,  /* as it was written, with its terminating 0 */
};

enum us_pattern_op {
	US_PAT_REST,
	US_PAT_ATOM,      /* value, velocity, name */
	US_PAT_SEQ,       /* children share the cycle by their weights */
	US_PAT_STACK,     /* children at once */
	US_PAT_ALT,       /* one child per cycle, in turn */
	US_PAT_FAST,      /* child, value / divisor times as fast. With a second child its numbers over divisor; with
	                   * steps[0] divisor over its numbers */
	US_PAT_EUCLID,    /* child on steps[0] of steps[1] steps, rotated by steps[2]; or as three more children say */
	US_PAT_DEGRADE,   /* child, each event dropped with probability value; with steps[0] all others are. Those with
	                   * the same name, not 0, throw the same dice */
	US_PAT_CHOOSE,    /* one child per cycle, by chance */
	US_PAT_REV,       /* child backwards */
	US_PAT_EVERY,     /* of two children the first in each value-th cycle, else the second */
	US_PAT_SOMETIMES, /* of two children the first with probability value, by cycle */
	US_PAT_LATE,      /* child, value cycles later */
	US_PAT_PLY,       /* child, each event value times in its own time */
	US_PAT_ADD,       /* child, value added to its numbers and notes. With a second child: what that says then */
	US_PAT_SOFTEN,    /* child, velocities times value, or times what a second child says */
	US_PAT_SIDE,      /* child, on the side value: -1 left, 1 right */
	US_PAT_OPS
};

struct us_pattern_node {
	uint8_t op;
	uint8_t children;
	uint8_t name; /* ATOM: which of the pattern's names it is, from 1; 0: a number or a note. DEGRADE: its dice */
	uint8_t pad;
	uint16_t first; /* its children are nodes first, first + 1 … */
	int8_t steps[3];
	uint8_t column; /* ATOM: where it stands in the text, from 1; 0: nowhere */
	float value;    /* ATOM: number, or semitones above c4 for a note */
	float weight;   /* in a sequence */
	union {
		float velocity; /* ATOM: 0 to 1 */
		float divisor;  /* FAST: a third would not be exact as one number */
	};
};
_Static_assert(sizeof(struct us_pattern_node) == 24, "no hidden padding");

/* When it takes over from the one before: a beat or a bar is the next one, which the engine names when it has come. */
enum us_pattern_start {
	US_START_NOW,
	US_START_CYCLE,
	US_START_BEAT,
	US_START_BAR,
	US_START_AT, /* a named beat */
	US_START_LAST = US_START_AT
};
enum { US_PATTERN_BAR = 4 }; /* beats */

struct us_pattern {
	uint32_t serial; /* another one with each change */
	uint32_t seed;
	uint8_t start; /* enum us_pattern_start */
	uint8_t pad;
	uint16_t nodes; /* node 0 is the root; 0: silence */
	uint32_t pad2;
	double beat; /* US_START_AT */
	char text[US_PATTERN_TEXT];
	struct us_pattern_node node[US_PATTERN_NODES];
};

/* How a pattern travels: only as much as there is of it. Text and nodes follow, side by side. */
struct us_pattern_letter {
	uint32_t seed;
	uint8_t start, pad;
	uint16_t nodes;
	uint16_t text_bytes, pad2;
	uint32_t pad3;
	double beat;
};
_Static_assert(sizeof(struct us_pattern_letter) == 24, "no hidden padding");
enum {
	US_PATTERN_LETTER = sizeof(struct us_pattern_letter) + US_PATTERN_TEXT +
	                    US_PATTERN_NODES * sizeof(struct us_pattern_node), /* the longest, in bytes */
};

#endif
