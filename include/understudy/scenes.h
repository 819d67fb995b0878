/* scenes.h — where scenes are kept: named sets of knobs and patterns, as text. Shared memory holds it, so that it
 * outlives control, which alone writes it. No sound depends on it before a scene is recalled, and then it has become
 * records.
 *
 * A line for each value: NAME PLACE VALUE, where PLACE is vcf.cutoff, drums.play, tempo or gain. */
#ifndef UNDERSTUDY_SCENES_H
#define UNDERSTUDY_SCENES_H

#include <stdint.h>

enum { US_SCENES_BYTES = 1 << 16 }; /* all scenes together, with a terminating 0 */

/* Two copies, so that who dies while it writes leaves the other one whole. */
struct us_scenes {
	_Atomic uint32_t which; /* the one that counts; stored last (release) */
	char text[2][US_SCENES_BYTES];
};

#endif
