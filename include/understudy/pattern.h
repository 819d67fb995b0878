/* pattern.h — what a pattern is once it has been read, how it travels, and the one question that can be asked of it:
 * what happens in a span of time? For src/pattern, which reads and answers; for src/command and the engine, which carry
 * it; for the module that plays it.
 *
 * Time is exact. A cycle of the pattern has `ticks` ticks, and every onset, length, offset and weight in it is a whole
 * number of them: `ticks` is the least common multiple of all denominators down each path, found when the text is read.
 *
 * One block of bytes without pointers: this head, then the nodes, the names, and the text with its terminating 0. So it
 * lies in a journal record's parts, in the arena and in a checkpoint alike. */
#ifndef UNDERSTUDY_PATTERN_H
#define UNDERSTUDY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	US_PATTERN_NODES = 4096,
	US_PATTERN_TEXT = 4097,     /* as it was written, with its terminating 0 */
	US_PATTERN_NAMES = 64,      /* different ones in one pattern */
	US_PATTERN_NAME_BYTES = 40, /* with its terminating 0 */
	US_PATTERN_OUTPUTS = 24,    /* names that have an output of their own: the first of them */
	US_PATTERN_EVENTS = 4096,   /* that begin in one cycle; a text that makes more is refused */
	US_PATTERN_AT_ONCE = 64,    /* events that last at one moment; the same */
	US_PATTERN_DEPTH = 96,      /* nodes below each other */
	US_PATTERN_WORK = 1 << 17,  /* nodes that one question may visit */
	US_PATTERN_HAPS = 384,      /* that a question may hold while it is worked out */
	US_PATTERN_EUCLID = 256,    /* steps of a Euclidean rhythm */
	US_PATTERN_STEPS = 4096,    /* of a sequence, by weight */
	US_PATTERN_BAR = 4,         /* beats */
};
#define US_PATTERN_TICKS (1ll << 40) /* of a cycle, at most */

enum us_pattern_op {
	US_PAT_REST,
	US_PAT_ATOM,    /* one event per cycle: value, velocity, name; kind: semitones on top (3#) */
	US_PAT_NUMBER,  /* the same, of a pattern that stands for a number: num / den, exactly */
	US_PAT_SIGNAL,  /* a value at every moment: kind is enum us_pattern_signal */
	US_PAT_SEQ,     /* children share the cycle by their weights, which add up to num */
	US_PAT_TIMES,   /* child num times in a cycle, each time its same cycle */
	US_PAT_STACK,   /* children at once */
	US_PAT_FAST,    /* child, num / den times as fast; kind 1: as slow */
	US_PAT_LATE,    /* child, num / den cycles later; kind 1: earlier */
	US_PAT_REV,     /* child, each cycle backwards */
	US_PAT_PLY,     /* child, each event num / den times in its own time */
	US_PAT_PRESS,   /* child, each event in the last (1 - num / den) of its own time */
	US_PAT_EUCLID,  /* child on hits of steps; kind: bit 0 the other steps, bit 1 one long step each */
	US_PAT_ITER,    /* child, which begins cycle c (c mod num) / num later; kind 1: earlier */
	US_PAT_LINGER,  /* the first num / den of each cycle of the child, again and again */
	US_PAT_SHUFFLE, /* num parts of each cycle of the child in a random order; kind 1: with repetitions */
	US_PAT_BITE,    /* the second child's numbers say which of num parts of the first one's cycle comes */
	US_PAT_ROT,     /* child, values moved num events to the left within each cycle */
	US_PAT_ARP,     /* child, events with one and the same time one after the other; kind: enum us_pattern_arp */
	US_PAT_WHEN,    /* by cycle, the first child or the second: kind is enum us_pattern_when */
	US_PAT_CHUNK,   /* of two children the first in one of num parts of the cycle, another each time; cycles of both
	                 * take num cycles. kind 1: from the last part on, and cycles take one */
	US_PAT_IF,      /* while the first child says true the second, else the third */
	US_PAT_PICK,    /* the first child's numbers say which of the others plays */
	US_PAT_CHOOSE,  /* one child per cycle, by chance and weight */
	US_PAT_KEEP,    /* child, those events for which kind, enum us_pattern_keep, is true */
	US_PAT_VALUE,   /* child, with values that kind, enum us_pattern_change, makes of it and the second child's */
	US_PAT_STRUCT,  /* events of the first child that are true, with the values of the second */
	US_PAT_MASK,    /* events of the first child while the second is true */
	US_PAT_SEGMENT, /* num events a cycle, with the values of the child */
	US_PAT_DEGRADE, /* child, each event dropped with probability value; kind 1: the other ones */
	US_PAT_CHOP,    /* child, each event in num pieces, which play the num-th parts of its sound */
	US_PAT_OPS
};

enum us_pattern_signal {
	US_SIG_SINE,
	US_SIG_COSINE,
	US_SIG_SAW,
	US_SIG_ISAW,
	US_SIG_TRI,
	US_SIG_SQUARE,
	US_SIG_RAND,
	US_SIG_PERLIN,
	US_SIG_IRAND, /* 0 to num - 1 */
	US_SIG_LAST = US_SIG_IRAND,
};

enum us_pattern_when {
	US_WHEN_EVERY, /* cycle mod num is den */
	US_WHEN_MOD,   /* cycle mod num is den or more */
	US_WHEN_CHANCE /* with probability value */
};

enum us_pattern_keep {
	US_KEEP_NAME,   /* has name num */
	US_KEEP_VALUE,  /* is the number `value`, or a name with it */
	US_KEEP_WITHIN, /* begins in its cycle from `num` to `den`, both in from/weight-ths */
	US_KEEP_NOT = 8 /* the other ones */
};

enum us_pattern_change {
	US_CHANGE_ADD,
	US_CHANGE_SUB,
	US_CHANGE_MUL,
	US_CHANGE_DIV,
	US_CHANGE_INVERT,
	US_CHANGE_VELOCITY, /* times the one that is there */
	US_CHANGE_SIDE,     /* -1 left, 1 right */
	US_CHANGE_SPEED,    /* times */
	US_CHANGE_BEGIN,
	US_CHANGE_END,
	US_CHANGE_TO_NUMBER,   /* of a name */
	US_CHANGE_TO_VELOCITY, /* and not times it */
	US_CHANGE_IS,          /* kept while the second child is num / den */
	US_CHANGE_PART,        /* striate: part num of den of the sound */
	US_CHANGE_LAST = US_CHANGE_PART
};

enum us_pattern_arp {
	US_ARP_UP,
	US_ARP_DOWN,
	US_ARP_UPDOWN,
	US_ARP_DOWNUP,
	US_ARP_UPANDDOWN, /* up and down, with both ends twice */
	US_ARP_CONVERGE,
	US_ARP_DIVERGE,
	US_ARP_PINKYUP,
	US_ARP_THUMBUP,
	US_ARP_LAST = US_ARP_THUMBUP
};

/* Children come behind their parents, so there is no circle; nodes may share them. A number that is a pattern of its
 * own is the last child, and `arguments` counts them. */
struct us_pattern_node {
	uint8_t op, kind;
	uint8_t flags;     /* enum us_pattern_node_flags */
	uint8_t arguments; /* how many of the children stand for num (and euclid's hits, steps and turn) */
	uint16_t first;    /* its children are nodes first, first + 1 … */
	uint16_t children;
	uint16_t place; /* where it stands in the text, from 1; 0: nowhere. Dice are thrown by it */
	uint16_t name;  /* ATOM: which of the pattern's names, from 1; 0: a number or a note */
	union {
		struct {
			int32_t num, den; /* a fraction; EUCLID: hits and steps */
		};
		struct {
			float value, velocity;
		};
	};
	uint32_t from,
	    weight; /* in a sequence: where it begins and how long it is, in parts. EUCLID: from is the turn */
};
_Static_assert(sizeof(struct us_pattern_node) == 28, "no hidden padding");

enum us_pattern_node_flags {
	US_PAT_IS_SIGNAL = 1, /* a signal somewhere below: its value depends on how much of it is asked for */
	US_PAT_BY_VALUE = 2,  /* VALUE, DEGRADE: the second child says the amount, else `value` does */
	US_PAT_IS_NOTE = 4,   /* ATOM: value is semitones above c4, whatever the scale */
};

/* When it takes over from the one before: a beat or a bar is the next one, which the engine names when it has come. */
enum us_pattern_start {
	US_START_NOW,
	US_START_CYCLE,
	US_START_BEAT,
	US_START_BAR,
	US_START_AT, /* a named beat */
	US_START_LAST = US_START_AT
};

struct us_pattern {
	uint32_t serial; /* another one with each change */
	uint32_t seed;
	uint32_t bytes;   /* of all of it; 0: there is none yet */
	uint16_t nodes;   /* node 0 is the root; 0: silence */
	uint16_t names;   /* name n has output n. Those that the text does not say keep their place */
	uint16_t text_at; /* in units of 4 bytes */
	uint8_t start;    /* enum us_pattern_start */
	uint8_t pad;
	uint32_t pad2;
	int64_t ticks; /* of a cycle */
	double beat;   /* US_START_AT */
	struct us_pattern_node node[];
};
_Static_assert(offsetof(struct us_pattern, node) == 40, "no hidden padding");
enum {
	US_PATTERN_HEAD = 40,
	US_PATTERN_BYTES = US_PATTERN_HEAD + US_PATTERN_NODES * 28 + US_PATTERN_NAMES * US_PATTERN_NAME_BYTES +
	                   US_PATTERN_TEXT + 7, /* of the longest; whole 8 bytes */
};

/* A pattern that has not been read yet has no text and no names. */
static inline const char *us_pattern_text(const struct us_pattern *p)
{
	return p->bytes ? (const char *)p + 4u * p->text_at : "";
}
/* Name n, from 1 to `names`: they stand one behind the other, each with its terminating 0. */
static inline const char *us_pattern_name(const struct us_pattern *p, uint32_t n)
{
	const char *name = (const char *)&p->node[p->nodes];
	for (; n > 1; n--)
		while (*name++)
			;
	return name;
}

/* What happens: one event, or the piece of one that was asked for. In ticks from the beginning of cycle 0. */
struct us_hap {
	int64_t begin, end; /* the whole event */
	int64_t from, to;   /* the piece of it within the span; it begins here if begin is from */
	union {
		struct {
			float velocity, side; /* 0 to 1; -1 left to 1 right */
		};
		struct {
			int32_t num, den; /* of US_PAT_NUMBER */
		};
	};
	float value;              /* a number, or semitones above c4 for a note; of a name the number behind it */
	float start, stop, speed; /* which part of its sound, 0 to 1, and how fast */
	uint16_t name, place;
	uint16_t flags; /* enum us_hap_flags */
	int16_t sharp;  /* semitones on top of the number, whatever the scale: 3# is 1 */
};
_Static_assert(sizeof(struct us_hap) == 64, "no hidden padding");
enum us_hap_flags {
	US_HAP_ANALOG = 1, /* of a signal: it has no beginning */
	US_HAP_NOTE = 2,   /* value is semitones above c4 and no degree of a scale */
};

enum { US_PATTERN_FULL = -1, US_PATTERN_TIRED = -2 };

/* Events and pieces of them in [from, to), at most a cycle; returns how many, or FULL if there are more than `room`:
 * ask for less; or TIRED if it took too much work, which a pattern that src/pattern has read never does. `hap` is used
 * as a store, too: room beyond the answer speeds nothing up but allows it. [rt, any thread] */
int us_pattern_query(const struct us_pattern *p, int64_t from, int64_t to, struct us_hap *hap, uint32_t room);

/* Only those that begin in the span, in the order in which they do; what begins at once in the order of the text. */
int us_pattern_onsets(const struct us_pattern *p, int64_t from, int64_t to, struct us_hap *hap, uint32_t room);

/* Whatever came from a journal or a checkpoint: can it be asked without harm? `room` bytes are there. [rt] */
bool us_pattern_is_sound(const struct us_pattern *p, size_t room);

static inline bool us_hap_begins(const struct us_hap *h)
{
	return h->begin == h->from && !(h->flags & US_HAP_ANALOG);
}

/* Cycles are numbered modulo this, so that a tick's number fits: 16,384 of them with the finest ticks, some 16 million
 * with a thousand times coarser ones. */
static inline int64_t us_pattern_cycles(const struct us_pattern *p)
{
	return p->ticks > 0 && p->ticks <= US_PATTERN_TICKS
	           ? (1ll << 54) / US_PATTERN_TICKS * (US_PATTERN_TICKS / p->ticks)
	           : 1;
}

#endif
