/* convention.h — which convention of pitch a text is written in. Its first statement says it, `understudy 2`: pitch 0
 * is c4 everywhere. In convention 1, that of files without such a line, some knobs rested elsewhere; who reads such a
 * text says those knobs to the synth, which knows the second only. For src/lang. */
#ifndef US_CONVENTION_H
#define US_CONVENTION_H

#include <stdint.h>
#include <understudy/module.h>

enum { US_CONVENTION_FIRST = 1, US_CONVENTION = 2 };
#define US_CONVENTION_WORD "understudy"

/* Where an input rested in convention 1, as the language writes it. NULL: where it rests now. */
const char *us_convention_rested(const struct us_module *module, uint32_t input);

#endif
