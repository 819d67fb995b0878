/* query_rt.c — us_pattern_query: one question, worked out. See query.h. */
#include "query.h"

#include <string.h>

static us_answer *const answers[US_PAT_OPS] = {
    [US_PAT_ATOM] = us_answer_atom,       [US_PAT_NUMBER] = us_answer_number,   [US_PAT_SIGNAL] = us_answer_signal,
    [US_PAT_SEQ] = us_answer_seq,         [US_PAT_TIMES] = us_answer_times,     [US_PAT_STACK] = us_answer_stack,
    [US_PAT_FAST] = us_answer_fast,       [US_PAT_LATE] = us_answer_late,       [US_PAT_REV] = us_answer_rev,
    [US_PAT_PLY] = us_answer_ply,         [US_PAT_PRESS] = us_answer_press,     [US_PAT_EUCLID] = us_answer_euclid,
    [US_PAT_ITER] = us_answer_iter,       [US_PAT_LINGER] = us_answer_linger,   [US_PAT_SHUFFLE] = us_answer_shuffle,
    [US_PAT_BITE] = us_answer_bite,       [US_PAT_ROT] = us_answer_rot,         [US_PAT_ARP] = us_answer_arp,
    [US_PAT_WHEN] = us_answer_when,       [US_PAT_CHUNK] = us_answer_chunk,     [US_PAT_IF] = us_answer_if,
    [US_PAT_PICK] = us_answer_pick,       [US_PAT_CHOOSE] = us_answer_choose,   [US_PAT_KEEP] = us_answer_keep,
    [US_PAT_VALUE] = us_answer_value,     [US_PAT_STRUCT] = us_answer_struct,   [US_PAT_MASK] = us_answer_mask,
    [US_PAT_SEGMENT] = us_answer_segment, [US_PAT_DEGRADE] = us_answer_degrade, [US_PAT_CHOP] = us_answer_chop,
};

bool us_spend(struct query *q)
{
	if (q->work && !q->full) {
		q->work--;
		return true;
	}
	q->tired |= !q->work;
	return false;
}

struct us_hap *us_hap_add(struct query *q)
{
	if (q->count < q->room)
		return &q->hap[q->count++];
	q->full = true;
	return NULL;
}

void us_haps_drop(struct query *q, uint32_t mark, uint32_t until)
{
	if (until <= mark)
		return;
	memmove(q->hap + mark, q->hap + until, (q->count - until) * sizeof *q->hap);
	q->count -= until - mark;
}

void us_ask(struct query *q, uint32_t index, struct span s)
{
	if (index >= q->nodes || s.from >= s.to || s.length <= 0 || !q->depth || !us_spend(q))
		return;
	const struct us_pattern_node *n = &q->node[index];
	if (n->op >= US_PAT_OPS || !answers[n->op])
		return;
	q->depth--;
	if (n->arguments)
		us_join(q, n, s);
	else
		answers[n->op](q, n, &(struct numbers){n->num, n->den, (int16_t)n->name}, s);
	q->depth++;
}

void us_ask_child(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s)
{
	if (child < n->children)
		us_ask(q, n->first + child, s);
}

void us_ask_later(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s, int64_t later)
{
	const uint32_t mark = q->count;
	us_ask_child(q, n, child, (struct span){s.from - later, s.to - later, s.length});
	for (uint32_t i = mark; i < q->count; i++) {
		q->hap[i].begin += later;
		q->hap[i].end += later;
		q->hap[i].from += later;
		q->hap[i].to += later;
	}
}

void us_ask_sampled(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s)
{
	const bool before = q->sampled;
	q->sampled = true;
	us_ask_child(q, n, child, s);
	q->sampled = before;
}

bool us_is_signal(const struct query *q, const struct us_pattern_node *n, uint32_t child)
{
	return n->first + child < q->nodes && q->node[n->first + child].flags & US_PAT_IS_SIGNAL;
}

void us_ask_steering(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s)
{
	if (q->sampled || !us_is_signal(q, n, child)) {
		us_ask_child(q, n, child, s);
		return;
	}
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const uint32_t mark = q->count;
		uint32_t kept = mark;
		us_ask_sampled(q, n, child, (struct span){c * s.length, (c + 1) * s.length, s.length});
		for (uint32_t i = mark; i < q->count; i++) {
			struct us_hap h = q->hap[i];
			h.from = us_later_of(h.from, s.from);
			h.to = us_sooner_of(h.to, s.to);
			if (h.from < h.to)
				q->hap[kept++] = h;
		}
		q->count = kept;
	}
}

/* Once for each span in which the numbers stay the same; `known` of them are. */
static void join_from(struct query *q, const struct us_pattern_node *n, struct numbers x, uint32_t known, struct span s)
{
	if (known == n->arguments) {
		answers[n->op](q, n, &x, s);
		return;
	}
	const uint32_t mark = q->count;
	us_ask_steering(q, n, n->children - n->arguments + known, s);
	const uint32_t until = q->count;
	for (uint32_t i = mark; i < until && us_spend(q); i++) {
		const struct us_hap *h = &q->hap[i];
		struct numbers y = x;
		const int32_t whole = h->den > 0 ? (int32_t)us_floor_div(h->num, h->den) : 0;
		if (n->op != US_PAT_EUCLID)
			y = (struct numbers){h->num, h->den, x.turn};
		else if (known == 0)
			y.num = whole;
		else if (known == 1)
			y.den = whole;
		else
			y.turn = whole;
		join_from(q, n, y, known + 1, (struct span){h->from, h->to, s.length});
	}
	us_haps_drop(q, mark, until);
}

void us_join(struct query *q, const struct us_pattern_node *n, struct span s)
{
	join_from(q, n, (struct numbers){n->num, n->den, (int16_t)n->name}, 0, s);
}

int us_pattern_query(const struct us_pattern *p, int64_t from, int64_t to, struct us_hap *hap, uint32_t room)
{
	struct query q = {.node = p->node,
	                  .nodes = p->nodes,
	                  .seed = p->seed,
	                  .hap = hap,
	                  .room = room,
	                  .work = US_PATTERN_WORK,
	                  .depth = US_PATTERN_DEPTH};
	if (p->nodes && p->ticks > 0)
		us_ask(&q, 0, (struct span){from, to, p->ticks});
	return q.full ? US_PATTERN_FULL : q.tired ? US_PATTERN_TIRED : (int)q.count;
}

int us_pattern_onsets(const struct us_pattern *p, int64_t from, int64_t to, struct us_hap *hap, uint32_t room)
{
	const int count = us_pattern_query(p, from, to, hap, room);
	int kept = 0;
	for (int i = 0; i < count; i++) {
		if (!us_hap_begins(&hap[i]))
			continue;
		const struct us_hap h =
		    hap[i]; /* by insertion: mostly sorted already, and equal times keep their order */
		int k = kept++;
		for (; k > 0 && hap[k - 1].begin > h.begin; k--)
			hap[k] = hap[k - 1];
		hap[k] = h;
	}
	return count < 0 ? count : kept;
}
