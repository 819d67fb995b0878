/* event_rt.c — what is done to each event by itself, or to those with one and the same time. See query.h. */
#include "query.h"

/* Puts piece [begin, end) of an event into the answer, as far as it lies in what was asked for. */
static void add_piece(struct query *q, const struct us_hap *h, int64_t begin, int64_t end)
{
	const int64_t from = us_later_of(begin, h->from), to = us_sooner_of(end, h->to);
	if (from >= to)
		return;
	struct us_hap *piece = us_hap_add(q);
	if (!piece)
		return;
	*piece = *h;
	piece->begin = begin;
	piece->end = end;
	piece->from = from;
	piece->to = to;
}

static bool is_analog(const struct us_hap *h)
{
	return h->flags & US_HAP_ANALOG;
}

/* Events of `length` from its beginning on, up to its end; the last one may be too long. */
static void divide(struct query *q, const struct us_hap *h, int64_t length, int32_t pieces)
{
	if (length <= 0)
		return;
	int64_t k = (h->from - h->begin) / length;
	for (; h->begin + k * length < h->to && us_spend(q); k++) {
		const uint32_t count = q->count;
		add_piece(q, h, h->begin + k * length, h->begin + (k + 1) * length);
		if (q->count > count && pieces > 0) {
			struct us_hap *p = &q->hap[count];
			const float part = (h->stop - h->start) / (float)pieces;
			p->start = h->start + part * (float)k;
			p->stop = p->start + part;
		}
	}
}

/* An endless row of pieces, num a cycle, den units long, of which the event shows the cycle that it begins in. */
static void ply(struct query *q, const struct us_hap *h, const struct numbers *x, int64_t cycle)
{
	const int64_t unit = (h->end - h->begin) / x->num;
	const int64_t before = cycle % x->den * x->num % x->den, skipped = before < 0 ? before + x->den : before;
	if (unit <= 0)
		return;
	int64_t k = ((h->from - h->begin) / unit + skipped) / x->den;
	for (;; k++) {
		const int64_t at = h->begin + (k * x->den - skipped) * unit, end = at + x->den * unit;
		if (at >= h->to || !us_spend(q))
			return;
		add_piece(q, h, us_later_of(at, h->begin), us_sooner_of(end, h->end));
	}
}

void us_answer_ply(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	if (x->num <= 0 || x->den <= 0)
		return;
	us_ask_child(q, n, 0, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until; i++) {
		const struct us_hap h = q->hap[i];
		if (!is_analog(&h))
			ply(q, &h, x, us_floor_div(h.begin, s.length));
	}
	us_haps_drop(q, mark, until);
}

void us_answer_chop(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	if (x->num <= 0)
		return;
	us_ask_child(q, n, 0, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until; i++) {
		const struct us_hap h = q->hap[i];
		if (!is_analog(&h))
			divide(q, &h, (h.end - h.begin) / x->num, x->num);
	}
	us_haps_drop(q, mark, until);
}

void us_answer_press(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	us_ask_child(q, n, 0, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until; i++) {
		const struct us_hap h = q->hap[i];
		const int64_t pause = us_part_of(h.end - h.begin, x->num, x->den);
		if (!is_analog(&h) && pause >= 0 && pause < h.end - h.begin)
			add_piece(q, &h, h.begin + pause, h.end);
	}
	us_haps_drop(q, mark, until);
}

static bool is_kept(const struct us_pattern_node *n, const struct us_hap *h, int64_t length)
{
	const int64_t begin = h->begin - us_floor_div(h->begin, length) * length;
	switch (n->kind & ~US_KEEP_NOT) {
	case US_KEEP_NAME:
		return h->name == n->num;
	case US_KEEP_VALUE:
		return h->value == n->value;
	default:
		return begin >= us_part_of(length, n->num, n->name) && begin < us_part_of(length, n->den, n->name);
	}
}

void us_answer_keep(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	(void)x;
	us_ask_child(q, n, 0, s);
	uint32_t kept = mark;
	for (uint32_t i = mark; i < q->count; i++)
		if (is_kept(n, &q->hap[i], s.length) != !!(n->kind & US_KEEP_NOT))
			q->hap[kept++] = q->hap[i];
	q->count = kept;
}

/* Dice are thrown by the place in the text and the moment at which an event begins, so what begins at once falls
 * together, and those who must agree do. */
void us_answer_degrade(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	const float probability = n->arguments ? (float)((double)x->num / (double)(x->den > 0 ? x->den : 1)) : n->value;
	us_ask_child(q, n, 0, s);
	uint32_t kept = mark;
	for (uint32_t i = mark; i < q->count; i++) {
		const struct us_hap *h = &q->hap[i];
		const bool falls = us_chance(q, n->place, h->begin, s.length) < probability;
		if (falls == (n->kind != 0))
			q->hap[kept++] = *h;
	}
	q->count = kept;
}

/* --- one after the other ------------------------------------------------------------------------------------------
 */

/* Of `count` events that last equally long, in `order`: which ones come. Returns how many times. */
static uint32_t arpeggio(enum us_pattern_arp kind, uint32_t count, uint16_t order[static 2 * US_PATTERN_HAPS])
{
	uint32_t n = 0;
	const uint32_t last = count - 1;
	switch (kind) {
	case US_ARP_UP:
	case US_ARP_UPDOWN:
	case US_ARP_UPANDDOWN:
		for (uint32_t i = 0; i < count; i++)
			order[n++] = (uint16_t)i;
		if (kind != US_ARP_UP) /* and back, without the ends or with them */
			for (uint32_t i = 0; i < count - (kind == US_ARP_UPDOWN); i++)
				order[n++] = (uint16_t)(last - i - (kind == US_ARP_UPDOWN));
		if (kind == US_ARP_UPDOWN && count > 1)
			n--;
		break;
	case US_ARP_DOWN:
	case US_ARP_DOWNUP:
		for (uint32_t i = 0; i < count; i++)
			order[n++] = (uint16_t)(last - i);
		for (uint32_t i = 1; kind == US_ARP_DOWNUP && i < last; i++)
			order[n++] = (uint16_t)i;
		break;
	case US_ARP_CONVERGE:
	case US_ARP_DIVERGE:
		for (uint32_t i = 0; i < count; i++) {
			const uint32_t k = kind == US_ARP_CONVERGE ? i : last - i;
			order[n++] = (uint16_t)(k % 2 ? last - k / 2 : k / 2);
		}
		break;
	case US_ARP_PINKYUP:
	case US_ARP_THUMBUP:
		for (uint32_t i = 0; i < last; i++) {
			order[n++] = (uint16_t)(kind == US_ARP_PINKYUP ? i : 0);
			order[n++] = (uint16_t)(kind == US_ARP_PINKYUP ? last : i + 1);
		}
		break;
	}
	return n ? n : (order[0] = 0, 1);
}

static bool is_of(const struct us_hap *h, int64_t begin, int64_t end)
{
	return h->begin == begin && h->end == end && !is_analog(h);
}

/* Those of [mark, until) that begin at a moment and end at another. */
static uint32_t members(const struct query *q, uint32_t mark, uint32_t until, int64_t begin, int64_t end,
                        uint16_t member[static US_PATTERN_HAPS])
{
	uint32_t count = 0;
	for (uint32_t k = mark; k < until && count < US_PATTERN_HAPS; k++)
		if (is_of(&q->hap[k], begin, end) && q->hap[k].from == begin)
			member[count++] = (uint16_t)k;
	return count;
}

/* Pieces of a group in [from, to); what began of it is in [asked, told). */
static void spread(struct query *q, const struct us_pattern_node *n, const struct us_hap *of, uint32_t asked,
                   uint32_t told)
{
	uint16_t member[US_PATTERN_HAPS], order[2 * US_PATTERN_HAPS];
	const uint32_t count = members(q, asked, told, of->begin, of->end, member);
	if (!count)
		return;
	const uint32_t notes = arpeggio((enum us_pattern_arp)n->kind, count, order);
	const int64_t length = (of->end - of->begin) / notes;
	if (length <= 0)
		return;
	uint32_t k = (uint32_t)((of->from - of->begin) / length);
	for (; k < notes && of->begin + length * k < of->to && us_spend(q); k++) {
		struct us_hap one = q->hap[member[order[k]]];
		one.from = of->from;
		one.to = of->to;
		add_piece(q, &one, of->begin + length * k, of->begin + length * (k + 1));
	}
}

/* What comes next of hap i from `at` on that no earlier one with the same ends has. */
static struct span alone(const struct query *q, uint32_t mark, uint32_t i, int64_t at)
{
	const struct us_hap *h = &q->hap[i];
	struct span part = {at, h->to, 0};
	for (uint32_t k = mark; k < i; k++) {
		const struct us_hap *other = &q->hap[k];
		if (!is_of(other, h->begin, h->end) || other->to <= part.from || other->from >= part.to)
			continue;
		if (other->from > part.from) {
			part.to = other->from;
			continue;
		}
		part = (struct span){other->to, h->to, 0};
		k = mark - 1; /* once more, from there on */
	}
	return part;
}

/* Events that begin and end together, in the order in which they came, as long as one of them lasts. What began before
 * the question is asked for again, as it began. */
void us_answer_arp(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	(void)x;
	us_ask_child(q, n, 0, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		struct us_hap h = q->hap[i];
		struct span part = alone(q, mark, i, h.from);
		if (is_analog(&h) || part.from >= part.to)
			continue;
		uint32_t asked = mark, told = until;
		if (h.begin < s.from) {
			asked = q->count;
			us_ask_child(q, n, 0, (struct span){h.begin, h.begin + 1, s.length});
			told = q->count;
		}
		for (; part.from < part.to && us_spend(q); part = alone(q, mark, i, part.to)) {
			h.from = part.from;
			h.to = part.to;
			spread(q, n, &h, asked, told);
		}
		if (h.begin < s.from)
			us_haps_drop(q, asked, told);
	}
	us_haps_drop(q, mark, until);
}

static void take_value(struct us_hap *to, const struct us_hap *from)
{
	to->velocity = from->velocity;
	to->side = from->side;
	to->value = from->value;
	to->start = from->start;
	to->stop = from->stop;
	to->speed = from->speed;
	to->name = from->name;
	to->sharp = from->sharp;
	to->flags = (uint16_t)((to->flags & ~US_HAP_NOTE) | (from->flags & US_HAP_NOTE));
	to->place = from->place;
}

static bool goes_on(const struct us_hap *h, const struct us_hap *next)
{
	return h->begin == next->begin && h->end == next->end && h->to == next->from && h->value == next->value &&
	       h->name == next->name && h->velocity == next->velocity && h->side == next->side &&
	       h->sharp == next->sharp && h->start == next->start && h->stop == next->stop && h->speed == next->speed;
}

/* Pieces of one event become one piece; all are in the order of time. */
static void unite(struct query *q, uint32_t mark)
{
	uint32_t kept = mark;
	for (uint32_t i = mark; i < q->count; i++) {
		const struct us_hap h = q->hap[i];
		uint32_t k = mark;
		while (k < kept && !goes_on(&q->hap[k], &h))
			k++;
		if (k < kept)
			q->hap[k].to = h.to;
		else
			q->hap[kept++] = h;
	}
	q->count = kept;
}

/* All of a cycle is asked for, to know whose value is whose. */
static void rotate(struct query *q, uint32_t mark, struct span piece, int64_t by)
{
	for (uint32_t i = mark + 1; i < q->count; i++) {
		const struct us_hap h = q->hap[i];
		uint32_t k = i;
		for (; k > mark && q->hap[k - 1].from > h.from; k--)
			q->hap[k] = q->hap[k - 1];
		q->hap[k] = h;
	}
	unite(q, mark);
	const uint32_t until = q->count, count = until - mark;
	for (uint32_t i = 0; i < count; i++) {
		struct us_hap h = q->hap[mark + i];
		const int64_t other = ((int64_t)i + by) % (int64_t)count;
		take_value(&h, &q->hap[mark + (uint32_t)(other < 0 ? other + (int64_t)count : other)]);
		h.from = us_later_of(h.from, piece.from);
		h.to = us_sooner_of(h.to, piece.to);
		if (h.from < h.to) {
			struct us_hap *to = us_hap_add(q);
			if (to)
				*to = h;
		}
	}
	us_haps_drop(q, mark, until);
}

void us_answer_rot(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const uint32_t mark = q->count;
		us_ask_child(q, n, 0, (struct span){c * s.length, (c + 1) * s.length, s.length});
		if (q->count > mark)
			rotate(q, mark, us_within(s, c), x->num);
	}
}
