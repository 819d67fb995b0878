/* measure.h — private to measure.c and gauge.c: what is known of a pattern before it plays. See parse.h. */
#ifndef US_PATTERN_MEASURE_H
#define US_PATTERN_MEASURE_H

#include "parse.h"

enum { US_GAUGE_NUMBERS = 256 };

/* Of one node, in cycles of its own. */
struct gauge {
	int64_t grid;   /* parts of a cycle; all times are whole numbers of them. 0: too many */
	double events;  /* that begin in one cycle */
	double peak;    /* the same, if the whole cycle were like its densest moment */
	double at_once; /* that last at one moment */
	double room;    /* that a question about one moment must keep, */
	double wide;    /* and one about a whole cycle */
	double work;    /* nodes that it visits, */
	double all;     /* and a question about a whole cycle */
	double longest; /* event */
	double stretch; /* the longest cycle of a node below */
	uint32_t depth;
	bool analog, signal;
	bool lost; /* a signal, where only events are of use */
};

struct measure {
	const struct us_pattern *p;
	struct gauge *gauge;
	struct fraction number[US_GAUGE_NUMBERS]; /* that stand for a node's number */
	uint32_t numbers;
};

/* Of a node whose children have been gauged. */
struct gauge us_gauge(struct measure *m, const struct us_pattern_node *n);

#endif
