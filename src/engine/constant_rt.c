/* constant_rt.c — buffers that hold one value in every frame, found by that value: a knob at rest costs nothing. For
 * input_rt.c. */
#include "inside.h"

enum { PROBES = US_MAX_INPUTS + 1 }; /* an instance never finds all of them taken by its own inputs */
_Static_assert((int)PROBES < (int)US_CONSTANTS, "there is always one to take");

static uint32_t bits_of(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

/* A buffer with this value in every frame, that nobody else will get in this call. */
const us_vec *us_constant(struct us_constants *c, float value)
{
	uint32_t bits = bits_of(value), home = bits * 0x9e3779b1u >> 16, free = US_NONE;
	for (uint32_t p = 0; p < PROBES; p++) {
		uint32_t i = (home + p) % US_CONSTANTS;
		if (c->value[i] == bits) {
			c->asked_by[i] = c->asker;
			return c->buffer[i];
		}
		/* rather one that nobody has had: two values with the same home would drive each other out for ever */
		if (c->asked_by[i] != c->asker && (free == US_NONE || (c->asked_by[free] && !c->asked_by[i])))
			free = i;
		if (p >= 3 && free != US_NONE)
			break;
	}
	us_vec all = us_splat(value);
	for (uint32_t i = 0; i < US_BLOCK * US_WIDE; i++)
		c->buffer[free][i] = all;
	c->value[free] = bits;
	c->asked_by[free] = c->asker;
	c->fills++;
	return c->buffer[free];
}

/* The same for a cable, after the knobs of this seat were bound: none of their buffers may be taken. */
const us_vec *us_constant_beside(struct us_engine *e, const struct us_node *n, float value)
{
	struct us_constants *c = &e->constants;
	c->asker++;
	for (uint32_t k = 0; k < n->inputs; k++) {
		const uintptr_t i = ((uintptr_t)e->in[n->input_row + k] - (uintptr_t)c->buffer) / sizeof *c->buffer;
		if (i < US_CONSTANTS)
			c->asked_by[i] = c->asker;
	}
	return us_constant(c, value);
}
