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
			divide(q, &h, (h.end - h.begin) / x->num * x->den, 0);
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

/* Events with the same time in the order in which they came; the others keep theirs. */
void us_answer_arp(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	uint16_t member[US_PATTERN_HAPS], order[2 * US_PATTERN_HAPS];
	const uint32_t mark = q->count;
	(void)x;
	us_ask_child(q, n, 0, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		const struct us_hap *h = &q->hap[i];
		bool again = is_analog(h);
		uint32_t count = 0;
		for (uint32_t k = mark; k < until && !again && count < US_PATTERN_HAPS; k++) {
			if (q->hap[k].begin != h->begin || q->hap[k].end != h->end || is_analog(&q->hap[k]))
				continue;
			again = k < i;
			member[count++] = (uint16_t)k;
		}
		if (again)
			continue;
		const int64_t begin = h->begin, length = h->end - h->begin;
		const uint32_t notes = arpeggio((enum us_pattern_arp)n->kind, count, order);
		for (uint32_t k = 0; k < notes && us_spend(q); k++) {
			const struct us_hap one = q->hap[member[order[k]]];
			add_piece(q, &one, begin + length / notes * k, begin + length / notes * (k + 1));
		}
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
	to->place = from->place;
}

/* All of a cycle is asked for, to know whose value is whose. */
static void rotate(struct query *q, uint32_t mark, struct span piece, int64_t by)
{
	const uint32_t count = q->count - mark;
	for (uint32_t i = mark + 1; i < q->count; i++) {
		const struct us_hap h = q->hap[i];
		uint32_t k = i;
		for (; k > mark && q->hap[k - 1].from > h.from; k--)
			q->hap[k] = q->hap[k - 1];
		q->hap[k] = h;
	}
	const uint32_t until = q->count;
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
