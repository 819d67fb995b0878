/* join_rt.c — patterns that meet: one gives the time, the other the values. See query.h. */
#include "query.h"

/* For each event of child `left` the moments of child `right` within it, as `meet` says: pieces of the event, in the
 * place of the other's. `meet` returns false for what falls away. */
typedef bool meet_fn(const struct us_pattern_node *n, const struct us_hap *left, struct us_hap *right);

static void meet(struct query *q, const struct us_pattern_node *n, uint32_t left, uint32_t right, struct span s,
                 meet_fn *fn)
{
	const uint32_t mark = q->count;
	us_ask_child(q, n, left, s);
	const uint32_t until = q->count;
	const bool signal = us_is_signal(q, n, right);
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		const struct us_hap h = q->hap[i];
		const bool whole = signal && !(h.flags & US_HAP_ANALOG);
		uint32_t kept = q->count;
		const uint32_t before = q->count;
		if (whole)
			us_ask_sampled(q, n, right, (struct span){h.begin, h.end, s.length});
		else
			us_ask_child(q, n, right, (struct span){h.from, h.to, s.length});
		for (uint32_t k = before; k < q->count; k++) {
			struct us_hap r = q->hap[k];
			const int64_t from = us_later_of(r.from, h.from), to = us_sooner_of(r.to, h.to);
			if (from >= to || !fn(n, &h, &r))
				continue;
			r.begin = h.begin;
			r.end = h.end;
			r.from = from;
			r.to = to;
			r.flags = h.flags;
			q->hap[kept++] = r;
		}
		q->count = kept;
	}
	us_haps_drop(q, mark, until);
}

static bool is_true(const struct us_hap *h)
{
	return h->name || h->value != 0;
}

/* Its time is the first one's, its value the second one's. */
static bool meet_struct(const struct us_pattern_node *n, const struct us_hap *left, struct us_hap *right)
{
	(void)n;
	(void)right;
	return is_true(left);
}

static bool meet_mask(const struct us_pattern_node *n, const struct us_hap *left, struct us_hap *right)
{
	(void)n;
	const bool is = is_true(right);
	*right = *left;
	return is;
}

static float within(float x, float least, float most)
{
	return x > least ? (x < most ? x : most) : least;
}

/* Where in the sound of an event a part of it lies. */
static void shorten(struct us_hap *h, float from, float to)
{
	const float length = h->stop - h->start;
	h->stop = h->start + length * to;
	h->start += length * from;
}

static void change(struct us_hap *h, enum us_pattern_change kind, float x)
{
	switch (kind) {
	case US_CHANGE_ADD:
		h->value += h->name ? 0 : x;
		break;
	case US_CHANGE_SUB:
		h->value -= h->name ? 0 : x;
		break;
	case US_CHANGE_MUL:
		h->value *= h->name ? 1 : x;
		break;
	case US_CHANGE_DIV:
		h->value = h->name ? h->value : x != 0 ? h->value / x : 0;
		break;
	case US_CHANGE_INVERT:
		h->value = h->value == 0;
		break;
	case US_CHANGE_VELOCITY:
		h->velocity = within(h->velocity * x, 0, 1);
		break;
	case US_CHANGE_SIDE:
		h->side = x;
		break;
	case US_CHANGE_SPEED:
		h->speed = within(h->speed * x, -64, 64);
		break;
	case US_CHANGE_BEGIN:
		h->start = within(x, 0, 1);
		break;
	case US_CHANGE_END:
		h->stop = within(x, 0, 1);
		break;
	case US_CHANGE_TO_NUMBER:
		h->value = x;
		break;
	case US_CHANGE_TO_VELOCITY:
		h->velocity = within(x, 0, 1);
		break;
	default:
		break;
	}
}

static bool meet_value(const struct us_pattern_node *n, const struct us_hap *left, struct us_hap *right)
{
	const float x = right->value;
	const bool same = right->num == n->num && right->den == n->den;
	*right = *left;
	if (n->kind == US_CHANGE_IS)
		return same;
	change(right, (enum us_pattern_change)n->kind, x);
	return true;
}

void us_answer_value(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	if (n->flags & US_PAT_BY_VALUE) {
		meet(q, n, 0, 1, s, meet_value);
		return;
	}
	us_ask_child(q, n, 0, s);
	for (uint32_t i = mark; i < q->count; i++)
		if (n->kind == US_CHANGE_PART)
			shorten(&q->hap[i], (float)x->num / (float)x->den, (float)(x->num + 1) / (float)x->den);
		else
			change(&q->hap[i], (enum us_pattern_change)n->kind, n->value);
}

void us_answer_struct(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	meet(q, n, 0, 1, s, meet_struct);
}

void us_answer_mask(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	meet(q, n, 0, 1, s, meet_mask);
}

/* num events a cycle, each with what the child says in it. */
void us_answer_segment(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t length = x->num > 0 && x->den > 0 ? s.length / x->num * x->den : 0;
	const bool signal = us_is_signal(q, n, 0);
	if (length <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, length); c * length < s.to && us_spend(q); c++) {
		const int64_t begin = c * length, end = begin + length;
		const int64_t from = us_later_of(begin, s.from), to = us_sooner_of(end, s.to);
		const uint32_t mark = q->count;
		uint32_t kept = mark;
		if (signal)
			us_ask_sampled(q, n, 0, (struct span){begin, end, s.length});
		else
			us_ask_child(q, n, 0, (struct span){from, to, s.length});
		for (uint32_t i = mark; i < q->count; i++) {
			struct us_hap h = q->hap[i];
			h.begin = begin;
			h.end = end;
			h.from = us_later_of(h.from, from);
			h.to = us_sooner_of(h.to, to);
			h.flags &= (uint16_t)~US_HAP_ANALOG;
			if (h.from < h.to)
				q->hap[kept++] = h;
		}
		q->count = kept;
	}
}

/* While the first child says true the second, else the third; or the one that its number says. */
static void choose(struct query *q, const struct us_pattern_node *n, struct span s, bool by_number)
{
	const uint32_t mark = q->count;
	if (n->children < 2)
		return;
	us_ask_steering(q, n, 0, s);
	const uint32_t until = q->count, last = n->children - 1u;
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		const struct us_hap h = q->hap[i];
		const float x = within(h.value, 0, (float)(last - 1));
		const uint32_t child = by_number ? 1 + (uint32_t)x : is_true(&h) ? 1 : 2;
		us_ask_child(q, n, child, (struct span){h.from, h.to, s.length});
	}
	us_haps_drop(q, mark, until);
}

void us_answer_if(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	choose(q, n, s, false);
}

void us_answer_pick(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	choose(q, n, s, true);
}

/* The part of the first child's cycle that a number of the second names fills that number's whole time. */
static void bite_one(struct query *q, const struct us_pattern_node *n, const struct us_hap *h, int64_t parts,
                     int64_t length)
{
	const int64_t last = h->end - h->begin;
	const int64_t part = us_floor_div(h->num, h->den > 0 ? h->den : 1);
	const int64_t turn = part - us_floor_div(part, parts) * parts;
	const int64_t cycle = us_floor_div(h->begin, length);
	const uint32_t mark = q->count;
	/* In the first child's time a cycle lasts `parts` of this event; cycle c begins at c of those. */
	const int64_t later = h->begin - (cycle * parts + turn) * last;
	us_ask_later(q, n, 0, (struct span){h->from, h->to, last * parts}, later);
	for (uint32_t i = mark; i < q->count; i++) { /* nothing of it reaches out of the bite */
		struct us_hap *e = &q->hap[i];
		e->begin = us_later_of(e->begin, h->begin);
		e->end = us_sooner_of(e->end, h->end);
		e->from = us_later_of(e->from, h->from);
		e->to = us_sooner_of(e->to, h->to);
	}
}

void us_answer_bite(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const uint32_t mark = q->count;
	if (x->num <= 0 || n->children < 2)
		return;
	us_ask_child(q, n, 1, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		const struct us_hap h = q->hap[i];
		if (!(h.flags & US_HAP_ANALOG))
			bite_one(q, n, &h, x->num, s.length);
	}
	us_haps_drop(q, mark, until);
}
