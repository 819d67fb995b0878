/* roll.h — which instances play, and which scenes there are, as control says: for completion, for `who`, and for the
 * units of answers. [one thread] */
#ifndef US_ROLL_H
#define US_ROLL_H

#include "talk.h"

#include <understudy/record.h>

enum { US_ROLL_SCENES = 64 }; /* that are completed */

struct us_roll {
	uint32_t count;
	struct us_roll_entry {
		char name[US_NAME_BYTES];
		const struct us_module *module; /* NULL: one that we do not have */
		uint32_t voices;
		bool bypassed;
	} list[US_MAX_INSTANCES];
	uint32_t scenes;
	char scene[US_ROLL_SCENES][US_NAME_BYTES];
};

/* Asks what plays; false, and *roll is as before, if nobody answers in time. Who listened then listens no more. */
bool us_roll_ask(struct us_talk *talk, struct us_roll *roll, uint32_t patience_ms);
/* NULL: nobody is called so. */
const struct us_roll_entry *us_roll_find(const struct us_roll *roll, const char *name);

#endif
