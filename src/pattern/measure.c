/* measure.c — what is too much: how finely the cycle of a pattern must be divided so that all its times are whole, how
 * many events it has, how many at once, and how much work a question is. From the leaves up, each node once; upper
 * bounds, so that what passes here never fails when it is asked. See parse.h. */
#include "measure.h"

#include <math.h>
#include <stdlib.h>

enum trouble { NO_TROUBLE, TOO_FINE, TOO_MANY, TOO_MANY_AT_ONCE, TOO_MUCH_WORK, TOO_DEEP, NO_EVENTS };

static enum trouble trouble_of(const struct gauge *g)
{
	if (!g->grid || g->grid > US_PATTERN_TICKS || (double)g->grid * g->stretch > 0x1p50)
		return TOO_FINE;
	if (g->events > US_PATTERN_EVENTS)
		return TOO_MANY;
	if (g->at_once > US_PATTERN_AT_ONCE || g->room > US_PATTERN_HAPS - 8)
		return TOO_MANY_AT_ONCE;
	if (g->work > US_PATTERN_WORK / 16)
		return TOO_MUCH_WORK;
	if (g->depth > US_PATTERN_DEPTH - 4)
		return TOO_DEEP;
	return g->analog || g->lost ? NO_EVENTS : NO_TROUBLE;
}

static int refuse(const struct gauge *g, struct us_err *err)
{
	switch (trouble_of(g)) {
	case TOO_FINE:
		return us_fail(err,
		               "its cycle would have to be divided into more than 2^40 parts; expected fractions with "
		               "smaller denominators, or such that have more in common");
	case TOO_MANY:
		return us_fail(err, "a cycle of %.0f events; at most %d", g->events, US_PATTERN_EVENTS);
	case TOO_MANY_AT_ONCE:
		return us_fail(err, "%.0f events at one moment; at most %d",
		               fmax(g->at_once, g->room - US_PATTERN_HAPS + US_PATTERN_AT_ONCE), US_PATTERN_AT_ONCE);
	case TOO_MUCH_WORK:
		return us_fail(err, "%.0f steps of work for one moment of it; at most %d", g->work,
		               US_PATTERN_WORK / 16);
	case TOO_DEEP:
		return us_fail(err, "changes and brackets within each other, %u deep; at most %d", g->depth,
		               US_PATTERN_DEPTH - 4);
	case NO_EVENTS:
		return us_fail(err, "a signal has no events of its own; expected segment 8 or struct behind it");
	default:
		return US_OK;
	}
}

/* Down to the last node that has the same trouble by itself, and from there to the first word below it. */
static uint32_t place_of(const struct measure *m)
{
	const struct us_pattern_node *n = m->p->node;
	for (uint32_t i = 0; i < n->children;) {
		const bool same = trouble_of(&m->gauge[n->first + i]) == trouble_of(&m->gauge[0]);
		n = same ? &m->p->node[n->first + i] : n;
		i = same ? 0 : i + 1;
	}
	while (!n->place && n->children)
		n = &m->p->node[n->first];
	return n->place;
}

int us_measure(struct us_pattern *p, uint32_t *place, struct us_err *err)
{
	struct measure m = {.p = p, .gauge = calloc(p->nodes + 1u, sizeof(struct gauge))};
	if (!m.gauge)
		return us_fail(err, "no memory to measure a pattern");
	for (uint32_t i = p->nodes; i-- > 0;) {
		m.gauge[i] = us_gauge(&m, &p->node[i]);
		if (m.gauge[i].signal)
			p->node[i].flags |= US_PAT_IS_SIGNAL;
	}
	p->ticks = m.gauge[0].grid ? m.gauge[0].grid : 1;
	const int failed = refuse(&m.gauge[0], err);
	if (failed)
		*place = place_of(&m);
	free(m.gauge);
	return failed;
}
