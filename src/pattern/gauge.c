/* gauge.c — what is known of one node before it plays, from its children: the grid, how many events, how many at once,
 * how much work a question is. Upper bounds. See measure.h. */
#include "measure.h"

#include <math.h>
#include <stdlib.h>

static void list(struct measure *m, uint32_t index)
{
	const struct us_pattern_node *n = &m->p->node[index];
	if (n->op == US_PAT_NUMBER) {
		for (uint32_t i = 0; i < m->numbers; i++)
			if (m->number[i].num == n->num && m->number[i].den == n->den)
				return;
		if (m->numbers < US_GAUGE_NUMBERS)
			m->number[m->numbers++] = (struct fraction){n->num, n->den};
		return;
	}
	for (uint32_t i = 0; i + n->arguments < n->children; i++)
		list(m, n->first + i);
}

/* The numbers that a node may have: the one in it, or those of its patterns. */
static void list_numbers(struct measure *m, const struct us_pattern_node *n)
{
	m->numbers = 0;
	if (n->op == US_PAT_EUCLID && n->arguments)
		list(m, n->first + 2); /* its steps decide */
	else if (n->op == US_PAT_EUCLID)
		m->number[m->numbers++] = (struct fraction){n->den, 1};
	else if (n->arguments)
		list(m, n->first + n->children - 1u);
	else
		m->number[m->numbers++] = (struct fraction){n->num, n->den};
	for (uint32_t i = 0; n->op == US_PAT_FAST && n->kind && i < m->numbers; i++) /* slower is a fraction faster */
		m->number[i] = (struct fraction){m->number[i].den, m->number[i].num};
}

static double least_of(const struct measure *m)
{
	double least = INFINITY;
	for (uint32_t i = 0; i < m->numbers; i++)
		least = fmin(least, fabs((double)m->number[i].num / (double)m->number[i].den));
	return least;
}

static double most_of(const struct measure *m)
{
	double most = 0;
	for (uint32_t i = 0; i < m->numbers; i++)
		most = fmax(most, fabs((double)m->number[i].num / (double)m->number[i].den));
	return most;
}

static double in_a_cycle(const struct gauge *g)
{
	return g->events + 2 * g->at_once;
}

/* What a question about a whole cycle keeps while it is worked out: what the children before have said, what the one
 * that is asked keeps, and the answer. Where one is asked for more than a cycle, it counts for each. */
static double wide_of(const struct measure *m, const struct us_pattern_node *n, const struct gauge *own)
{
	double said = 0, wide = 0;
	const bool meets =
	    n->op != US_PAT_SEQ && n->op != US_PAT_STACK && n->op != US_PAT_CHUNK && n->op != US_PAT_WHEN;
	const double cycles = n->op == US_PAT_FAST ? ceil(most_of(m)) + 1 : 1;
	for (uint32_t i = 0; i < n->children; i++) {
		const struct gauge *c = &m->gauge[n->first + i];
		const double each =
		    i && meets ? ceil(m->gauge[n->first].longest) + 1 : cycles; /* while an event lasts */
		wide = fmax(wide, said + c->wide * each);
		said += in_a_cycle(c) * each;
	}
	return fmax(wide, said + own->room) + in_a_cycle(own);
}

/* What all nodes have in common: the sum and the maximum of children. */
static void sum_up(struct measure *m, const struct us_pattern_node *n, struct gauge *sum, struct gauge *most)
{
	*sum = *most = (struct gauge){.grid = 1, .stretch = 1};
	for (uint32_t i = 0; i < n->children; i++) {
		const struct gauge *c = &m->gauge[n->first + i];
		sum->grid = us_least_common(sum->grid, c->grid);
		sum->events += c->events;
		sum->peak += c->peak;
		sum->room = fmax(sum->room, sum->at_once + c->room);
		sum->at_once += c->at_once;
		sum->work += c->work;
		sum->all += c->all;
		most->events = fmax(most->events, c->events);
		most->peak = fmax(most->peak, c->peak);
		most->at_once = fmax(most->at_once, c->at_once);
		most->room = fmax(most->room, c->room);
		most->work = fmax(most->work, c->work);
		sum->longest = most->longest = fmax(most->longest, c->longest);
		sum->stretch = most->stretch = fmax(most->stretch, c->stretch);
		sum->depth = most->depth = c->depth > most->depth ? c->depth : most->depth;
		sum->signal |= c->signal;
		sum->analog |= c->analog;
		sum->lost |= c->lost;
	}
	most->grid = sum->grid;
	most->all = sum->all;
	most->signal = sum->signal;
	most->analog = sum->analog;
	most->lost = sum->lost;
}

static struct gauge of_sequence(const struct measure *m, const struct us_pattern_node *n, struct gauge sum,
                                struct gauge most)
{
	struct gauge g = sum;
	g.at_once = most.at_once;
	g.room = most.room;
	g.work = most.work + 16;
	g.all = sum.all + 2 * n->children;
	g.grid = n->num;
	g.longest = g.peak = 0;
	g.stretch = 1;
	for (uint32_t i = 0; i < n->children; i++) {
		const struct gauge *c = &m->gauge[n->first + i];
		const uint32_t weight = m->p->node[n->first + i].weight;
		const double part = (double)weight / (double)n->num;
		g.grid = us_least_common(g.grid, us_grid_scaled(c->grid, weight, n->num));
		g.longest = fmax(g.longest, c->longest * part);
		g.stretch = fmax(g.stretch, c->stretch * part);
		g.peak = fmax(g.peak, c->peak / part);
	}
	return g;
}

/* So many times what the child has, each so much shorter. */
static struct gauge repeated(struct gauge g, double count)
{
	g.events *= count;
	g.peak *= count;
	g.all = g.all * count + 2 * count;
	g.longest /= count;
	g.work += 4;
	return g;
}

static struct gauge of_fast(const struct measure *m, struct gauge g)
{
	const int64_t grid = g.grid;
	const double most = most_of(m), least = least_of(m);
	for (uint32_t i = 0; i < m->numbers; i++)
		if (m->number[i].num > 0)
			g.grid =
			    us_least_common(i ? g.grid : 1, us_grid_scaled(grid, m->number[i].den, m->number[i].num));
	g.events = fmin(g.events * ceil(most), g.peak * most + g.at_once);
	g.peak *= most;
	g.all = g.all * ceil(most) + 2;
	g.longest /= least;
	g.stretch = fmax(1, g.stretch / least);
	return g;
}

/* Of two children, for each event of the first what the second says meanwhile. */
static struct gauge of_meeting(const struct gauge *left, const struct gauge *right, struct gauge g)
{
	const double during = right->signal ? right->events * ceil(left->longest) + 2 * right->at_once : right->at_once;
	const double asked = right->signal ? right->all * (ceil(left->longest) + 1) : right->work;
	g.events = left->events * during;
	g.peak = left->peak * during;
	g.at_once = left->at_once * right->at_once;
	g.room = fmax(left->room, left->at_once * (1 + right->at_once) + fmax(right->room, during));
	g.work = left->work + left->at_once * (asked + 2);
	g.all = left->all + (left->events + 2) * (asked + 2);
	g.longest = left->longest;
	return g;
}

static int64_t arpeggio_grid(enum us_pattern_arp kind, double at_once)
{
	int64_t grid = 1;
	for (int64_t count = 1; count <= (int64_t)fmin(at_once, 64); count++) {
		const bool twice =
		    kind == US_ARP_UPDOWN || kind == US_ARP_DOWNUP || kind == US_ARP_PINKYUP || kind == US_ARP_THUMBUP;
		const int64_t notes = kind == US_ARP_UPANDDOWN ? 2 * count
		                      : twice                  ? (count > 1 ? 2 * count - 2 : 1)
		                                               : count;
		grid = us_least_common(grid, notes);
	}
	return grid;
}

static int64_t with_parts(const struct measure *m, int64_t grid, bool of_num)
{
	for (uint32_t i = 0; i < m->numbers; i++)
		grid = us_least_common(grid, of_num ? m->number[i].num : m->number[i].den);
	return grid;
}

static int64_t divided_by(const struct measure *m, int64_t grid, bool by_num)
{
	const int64_t parts = with_parts(m, 1, by_num);
	return parts && grid ? us_product(grid, parts) : 0;
}

/* The structure of a node of one child, whose numbers have been listed. */
static struct gauge of_one(const struct measure *m, const struct us_pattern_node *n, struct gauge g)
{
	const double most = fmax(1, ceil(most_of(m)));
	switch (n->op) {
	case US_PAT_TIMES:
		g.grid = us_product(g.grid, n->num);
		return repeated(g, n->num);
	case US_PAT_EUCLID:
		g.grid = divided_by(m, g.grid, true);
		g = repeated(g, most);
		if (!n->arguments)
			g.events = g.events / most * fmin(fabs((double)n->num), most);
		g.longest *= most / fmax(1, least_of(m));
		g.work += 16;
		return g;
	case US_PAT_FAST:
		return of_fast(m, g);
	case US_PAT_LATE:
		g.grid = with_parts(m, g.grid, false);
		break;
	case US_PAT_PLY:
	case US_PAT_CHOP:
		g.grid = divided_by(m, g.grid, true);
		g.longest *= (most + 1) / fmax(least_of(m), 1);
		g.room += g.at_once;
		g = repeated(g, with_parts(m, 1, false) == 1 ? most : most + 1); /* an event may begin within a piece */
		break;
	case US_PAT_PRESS:
		g.grid = divided_by(m, g.grid, false);
		g.room += g.at_once;
		break;
	case US_PAT_ITER:
	case US_PAT_SEGMENT:
		g.grid = with_parts(m, g.grid, true);
		break;
	case US_PAT_SHUFFLE:
		g.grid = with_parts(m, g.grid, true);
		g.events = fmin(g.peak + g.at_once * most, g.events * most);
		g.work += most * most;
		g.all += most * most * most;
		break;
	case US_PAT_LINGER:
		g.grid = with_parts(m, g.grid, false);
		g.peak += g.at_once * ceil(1 / least_of(m));
		g.events = fmin(g.peak, g.events * ceil(1 / least_of(m)));
		g.all *= ceil(1 / least_of(m));
		break;
	case US_PAT_ROT:
		g.wide = m->gauge[n->first].wide + in_a_cycle(&g);
		g.room = fmax(g.wide, 2 * in_a_cycle(&g));
		g.work = g.all + g.events * 4;
		break;
	case US_PAT_ARP:
		g.grid = g.grid ? us_product(g.grid, arpeggio_grid((enum us_pattern_arp)n->kind, g.at_once)) : 0;
		g.room += 3 * g.at_once;
		g.work += g.at_once * (g.work + 4);
		g.events *= 2;
		g.peak *= 2;
		g.all += g.events * 4;
		break;
	case US_PAT_KEEP:
		if ((n->kind & ~US_KEEP_NOT) == US_KEEP_WITHIN)
			g.grid = us_least_common(g.grid, n->name);
		break;
	default:
		break;
	}
	g.work += 2;
	return g;
}

static struct gauge of_segment(const struct measure *m, const struct us_pattern_node *n, struct gauge g)
{
	const struct gauge pulse = {.grid = 1,
	                            .events = ceil(most_of(m)),
	                            .peak = most_of(m),
	                            .at_once = 1,
	                            .room = 1,
	                            .work = 1,
	                            .all = most_of(m),
	                            .longest = 1 / least_of(m)};
	const struct gauge child = m->gauge[n->first];
	return of_meeting(&pulse, &child, of_one(m, n, g));
}

static struct gauge of_bite(const struct measure *m, const struct us_pattern_node *n)
{
	const struct gauge *child = &m->gauge[n->first], *which = &m->gauge[n->first + 1];
	struct gauge g = *child;
	g.grid = child->grid && which->grid ? us_product(which->grid, us_grid_scaled(child->grid, n->num, 1)) : 0;
	g.events = which->events * (fmin(child->events, ceil(child->peak / n->num)) + child->at_once);
	g.peak = which->peak * (child->peak / n->num + child->at_once);
	g.at_once = which->at_once * child->at_once;
	g.room = which->at_once + g.at_once + child->room;
	g.work = which->work + which->at_once * (child->work + 2);
	g.all = which->all + (which->events + 2) * (child->all + 2);
	g.longest = which->longest;
	g.stretch = fmax(which->stretch, which->longest * n->num * child->stretch);
	g.lost |= which->lost || which->analog;
	return g;
}

/* Of a pattern that steers and has a signal: it is asked for whole cycles, at most two of them for one moment. */
static void steer(struct gauge *g, const struct gauge *by)
{
	if (!by->signal)
		return;
	g->room += 2 * in_a_cycle(by) + by->wide;
	g->work += 2 * by->all;
	g->signal = true;
}

/* While one pattern says which, one of the others. */
static struct gauge of_choice(const struct measure *m, const struct us_pattern_node *n, struct gauge sum,
                              struct gauge most)
{
	const struct gauge *which = &m->gauge[n->first];
	struct gauge g = most;
	g.analog = false;
	for (uint32_t i = 1; i < n->children; i++)
		g.analog |= m->gauge[n->first + i].analog;
	g.events = fmin(sum.events, most.peak) * fmax(1, which->at_once);
	g.at_once = most.at_once * which->at_once;
	g.room = which->at_once + g.at_once + most.room;
	g.work = which->work + which->at_once * (most.work + 2);
	g.all = sum.all + 2 * which->events;
	steer(&g, which);
	return g;
}

/* A number that is a pattern of its own: its events are kept meanwhile, and several at once count each. */
static struct gauge joined(const struct measure *m, const struct us_pattern_node *n, struct gauge g)
{
	for (uint32_t i = n->children - n->arguments; i < n->children; i++) {
		const struct gauge *a = &m->gauge[n->first + i];
		g.grid = us_least_common(g.grid, a->grid);
		g.at_once *= fmax(1, a->at_once);
		g.events *= fmax(1, a->at_once);
		g.peak *= fmax(1, a->at_once);
		g.room = g.room + a->at_once + a->room;
		g.work = a->work + fmax(1, a->at_once) * g.work;
		g.all = a->all + fmax(1, a->events + 1) * g.all;
		g.stretch = fmax(g.stretch, a->stretch);
		g.depth = a->depth > g.depth ? a->depth : g.depth;
		g.lost |= a->lost;
		steer(&g, a);
	}
	return g;
}

struct gauge us_gauge(struct measure *m, const struct us_pattern_node *n)
{
	struct us_pattern_node own = *n;
	struct gauge sum, most, g;
	own.children -= n->arguments;
	list_numbers(m, n);
	sum_up(m, &own, &sum, &most);
	switch (n->op) {
	case US_PAT_REST:
		return (struct gauge){.grid = 1, .work = 1, .all = 1, .stretch = 1};
	case US_PAT_ATOM:
	case US_PAT_NUMBER:
	case US_PAT_SIGNAL:
		g = (struct gauge){.grid = 1,
		                   .events = 1,
		                   .peak = 1,
		                   .at_once = 1,
		                   .room = 1,
		                   .work = 2,
		                   .all = 4,
		                   .longest = 1,
		                   .stretch = 1,
		                   .analog = n->op == US_PAT_SIGNAL,
		                   .signal = n->op == US_PAT_SIGNAL};
		break;
	case US_PAT_SEQ:
		g = of_sequence(m, n, sum, most);
		break;
	case US_PAT_STACK:
		g = sum;
		break;
	case US_PAT_CHUNK:
		g = sum;
		g.grid = us_least_common(g.grid, n->num);
		break;
	case US_PAT_WHEN:
	case US_PAT_CHOOSE:
		g = most;
		g.work += 2;
		break;
	case US_PAT_IF:
	case US_PAT_PICK:
		g = of_choice(m, n, sum, most);
		break;
	case US_PAT_BITE:
		g = of_bite(m, n);
		break;
	case US_PAT_SEGMENT:
		g = of_segment(m, n, sum);
		g.analog = false;
		break;
	case US_PAT_STRUCT:
	case US_PAT_MASK:
		g = of_meeting(&m->gauge[n->first], &m->gauge[n->first + 1], sum);
		g.analog = m->gauge[n->first].analog;
		break;
	default:
		if (n->flags & US_PAT_BY_VALUE) {
			g = of_meeting(&m->gauge[n->first], &m->gauge[n->first + 1], sum);
			g.analog = m->gauge[n->first].analog;
		} else {
			g = of_one(m, n, sum);
			const bool events =
			    n->op == US_PAT_PLY || n->op == US_PAT_ARP || n->op == US_PAT_CHOP || n->op == US_PAT_PRESS;
			g.lost |= events && g.analog;
			g.analog &= !events;
		}
	}
	g.depth++;
	g.work++;
	g.all++;
	if (n->arguments)
		g = joined(m, n, g);
	list_numbers(m, n);
	g.wide = wide_of(m, n, &g);
	return g;
}
