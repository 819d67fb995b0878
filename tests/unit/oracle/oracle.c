/* oracle.c — see oracle.h. Definitions are Tidal's (McLean, Making programming languages to dance to, 2014; the
 * documentation of its library), each written as it is said there. */
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool oracle_spoilt;

/* --- fractions ---------------------------------------------------------------------------------------------------- */

static struct frac lowest(__int128 num, __int128 den)
{
	__int128 a = num < 0 ? -num : num, b = den < 0 ? -den : den;
	while (b) {
		const __int128 rest = a % b;
		a = b;
		b = rest;
	}
	a = a ? a : 1;
	a = den < 0 ? -a : a;
	num /= a;
	den /= a;
	if (num > INT64_MAX / 4 || num < INT64_MIN / 4 || den > INT64_MAX / 4 || !den) {
		oracle_spoilt = true;
		return (struct frac){0, 1};
	}
	return (struct frac){(int64_t)num, (int64_t)den};
}
struct frac frac_of(int64_t num, int64_t den)
{
	return lowest(num, den);
}
struct frac frac_add(struct frac a, struct frac b)
{
	return lowest((__int128)a.num * b.den + (__int128)b.num * a.den, (__int128)a.den * b.den);
}
struct frac frac_sub(struct frac a, struct frac b)
{
	return frac_add(a, (struct frac){-b.num, b.den});
}
struct frac frac_mul(struct frac a, struct frac b)
{
	return lowest((__int128)a.num * b.num, (__int128)a.den * b.den);
}
struct frac frac_div(struct frac a, struct frac b)
{
	return lowest((__int128)a.num * b.den, (__int128)a.den * b.num);
}
int frac_compare(struct frac a, struct frac b)
{
	const __int128 x = (__int128)a.num * b.den, y = (__int128)b.num * a.den;
	return (x > y) - (x < y);
}
static struct frac later_of(struct frac a, struct frac b)
{
	return frac_compare(a, b) > 0 ? a : b;
}
static struct frac sooner_of(struct frac a, struct frac b)
{
	return frac_compare(a, b) < 0 ? a : b;
}
static struct frac whole(int64_t n)
{
	return (struct frac){n, 1};
}
static int64_t floor_of(struct frac x)
{
	return x.num / x.den - (x.num % x.den < 0);
}
static int64_t modulo(int64_t a, int64_t b)
{
	return ((a % b) + b) % b;
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static void put(struct events *all, struct event e)
{
	if (frac_compare(e.from, e.to) >= 0)
		return;
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		all->at = realloc(all->at, all->room * sizeof *all->at);
		if (!all->at)
			abort();
	}
	all->at[all->count++] = e;
}

/* The part of an event within two moments. */
static struct event part_of(struct event e, struct frac from, struct frac to)
{
	e.from = later_of(e.from, from);
	e.to = sooner_of(e.to, to);
	return e;
}

/* Times of an event become a * t + b. */
static struct event moved(struct event e, struct frac a, struct frac b)
{
	e.begin = frac_add(frac_mul(e.begin, a), b);
	e.end = frac_add(frac_mul(e.end, a), b);
	e.from = frac_add(frac_mul(e.from, a), b);
	e.to = frac_add(frac_mul(e.to, a), b);
	return e;
}

/* A tree in a time of its own: what it does at t happens at a * t + b. */
static void ask_moved(const struct tree *t, struct frac a, struct frac b, struct frac from, struct frac to,
                      struct events *all)
{
	const size_t before = all->count;
	oracle_ask(t, frac_div(frac_sub(from, b), a), frac_div(frac_sub(to, b), a), all);
	for (size_t i = before; i < all->count; i++)
		all->at[i] = moved(all->at[i], a, b);
}

/* --- what begins anew in each cycle: t in [from, to), which lies in cycle c ------------------------------------- */

static void ask_row(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	struct frac sum = whole(0), at = whole(c);
	for (size_t i = 0; i < t->kids; i++)
		sum = frac_add(sum, t->weight[i]);
	for (size_t i = 0; i < t->kids; i++) {
		const struct frac length = frac_div(t->weight[i], sum), end = frac_add(at, length);
		const struct frac a = later_of(from, at), b = sooner_of(to, end);
		if (frac_compare(a, b) < 0) /* the kid's cycle c fills it */
			ask_moved(t->kid[i], length, frac_sub(at, frac_mul(whole(c), length)), a, b, all);
		at = end;
	}
}

static void ask_rev(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	const struct frac both = whole(2 * c + 1);
	const size_t before = all->count;
	oracle_ask(t->kid[0], frac_sub(both, to), frac_sub(both, from), all);
	for (size_t i = before; i < all->count; i++) {
		const struct event e = all->at[i];
		all->at[i].begin = frac_sub(both, e.end);
		all->at[i].end = frac_sub(both, e.begin);
		all->at[i].from = frac_sub(both, e.to);
		all->at[i].to = frac_sub(both, e.from);
	}
}

/* Pairs of lists, as Bjorklund's algorithm is told: heads and tails are joined until few tails are left. */
static int spread(int hits, int steps, bool on[])
{
	struct {
		int bytes;
		bool on[512];
	} *list = calloc((size_t)steps, sizeof *list);
	int heads = hits < 0 ? -hits : hits, count = steps;
	heads = heads > steps ? steps : heads;
	for (int i = 0; i < steps; i++) {
		list[i].bytes = 1;
		list[i].on[0] = i < heads;
	}
	while (heads > 1 && count - heads > 1) {
		const int tails = count - heads, pairs = heads < tails ? heads : tails;
		for (int i = 0; i < pairs; i++) { /* the first tails go behind the first heads */
			memcpy(list[i].on + list[i].bytes, list[heads + i].on, (size_t)list[heads + i].bytes);
			list[i].bytes += list[heads + i].bytes;
		}
		if (heads >= tails) { /* heads without a tail are the tails now */
			count = heads;
		} else {
			memmove(list + heads, list + heads + pairs, (size_t)(tails - pairs) * sizeof *list);
			count -= pairs;
		}
		heads = pairs;
	}
	int n = 0;
	for (int i = 0; i < count; i++)
		for (int k = 0; k < list[i].bytes; k++)
			on[n++] = list[i].on[k] != (hits < 0);
	free(list);
	return n;
}

static void ask_euclid(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	bool on[1024];
	const int steps = t->steps < 1 ? 1 : t->steps;
	static struct tree silence = {.op = O_SILENCE};
	spread(t->hits, steps, on);
	struct tree *kid[512];
	struct frac weight[512];
	for (int i = 0; i < steps; i++) {
		kid[i] = on[modulo(i + t->turn, steps)] != (t->kind & 1) ? t->kid[0] : &silence;
		weight[i] = whole(1);
	}
	ask_row(&(struct tree){.kid = kid, .weight = weight, .kids = (size_t)steps}, c, from, to, all);
}

static int by_part(const void *x, const void *y)
{
	const struct event *a = *(struct event *const *)x, *b = *(struct event *const *)y;
	const int order = frac_compare(a->from, b->from);
	return order ? order : (a > b) - (a < b);
}

/* Pieces of one event, one behind the other, are one. */
static size_t united(struct event *order[], size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;
		for (; k < kept; k++) {
			struct event a = *order[k], b = *order[i];
			const bool goes_on = !frac_compare(a.to, b.from) && !frac_compare(a.begin, b.begin) &&
			                     !frac_compare(a.end, b.end);
			if (goes_on && a.value == b.value && a.name == b.name && a.velocity == b.velocity &&
			    a.side == b.side && a.sharp == b.sharp && a.start == b.start && a.stop == b.stop &&
			    a.speed == b.speed)
				break;
		}
		if (k < kept)
			order[k]->to = order[i]->to;
		else
			order[kept++] = order[i];
	}
	return kept;
}

/* All of the cycle in order; each event gets the value of the one that stands x further on. */
static void ask_rot(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	struct events cycle = {0};
	oracle_ask(t->kid[0], whole(c), whole(c + 1), &cycle);
	struct event **order = malloc((cycle.count + 1) * sizeof *order);
	for (size_t i = 0; i < cycle.count; i++)
		order[i] = &cycle.at[i];
	qsort(order, cycle.count, sizeof *order, by_part);
	const size_t count = united(order, cycle.count);
	for (size_t i = 0; i < count; i++) {
		struct event e = *order[modulo((int64_t)i + floor_of(t->x), (int64_t)count)];
		e.begin = order[i]->begin;
		e.end = order[i]->end;
		e.from = order[i]->from;
		e.to = order[i]->to;
		e.analog = order[i]->analog;
		put(all, part_of(e, from, to));
	}
	free(order);
	free(cycle.at);
}

static void ask_pure(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	struct event e = t->event;
	e.begin = e.from = whole(c);
	e.end = e.to = whole(c + 1);
	put(all, part_of(e, from, to));
}

/* In cycle c of the answer cycle c / kids of a kid. */
static void ask_cat(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	const int64_t n = (int64_t)t->kids, which = modulo(c, n), cycle = (c - which) / n;
	ask_moved(t->kid[which], whole(1), whole(c - cycle), from, to, all);
}

/* cat of what is 0, 1, 2 … x-ths earlier */
static void ask_iter(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	const int64_t n = floor_of(t->x), which = modulo(c, n), cycle = (c - which) / n;
	ask_moved(t->kid[0], whole(1), frac_sub(whole(c - cycle), frac_of(which, n)), from, to, all);
}

static void ask_when(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all)
{
	const int64_t n = floor_of(t->x), at = floor_of(t->y);
	const bool is = n > 0 && (t->kind ? modulo(c, n) >= at : modulo(c, n) == at);
	oracle_ask(t->kid[is ? 0 : 1], from, to, all);
}

/* --- by event ----------------------------------------------------------------------------------------------------- */

static float clamp(float x, float least, float most)
{
	return x < least ? least : x > most ? most : x;
}

static bool is_true(const struct event *e)
{
	return e->name || e->value != 0;
}

static void change(struct event *e, enum oracle_change kind, float x)
{
	const float length = e->stop - e->start;
	switch (kind) {
	case C_ADD:
		e->value = e->name ? e->value : e->value + x;
		break;
	case C_SUB:
		e->value = e->name ? e->value : e->value - x;
		break;
	case C_MUL:
		e->value = e->name ? e->value : e->value * x;
		break;
	case C_DIV:
		e->value = e->name ? e->value : x == 0 ? 0 : e->value / x;
		break;
	case C_INVERT:
		e->value = e->value == 0;
		break;
	case C_VELOCITY:
		e->velocity = clamp(e->velocity * x, 0, 1);
		break;
	case C_SIDE:
		e->side = x;
		break;
	case C_SPEED:
		e->speed = clamp(e->speed * x, -64, 64);
		break;
	case C_BEGIN:
		e->start = clamp(x, 0, 1);
		break;
	case C_END:
		e->stop = clamp(x, 0, 1);
		break;
	case C_NUMBER:
		e->value = x;
		break;
	case C_SET_VELOCITY:
		e->velocity = clamp(x, 0, 1);
		break;
	default:
		(void)length;
	}
}

static void sound_part(struct event *e, int64_t k, int64_t parts)
{
	const float length = e->stop - e->start, begin = e->start;
	e->start = begin + length * (float)k / (float)parts;
	e->stop = begin + length * (float)(k + 1) / (float)parts;
}

/* Within an event, what an endless row of pieces, so many a cycle, does in the cycle in which it begins. */
static void put_pieces(const struct event *e, struct frac times, bool sound, struct events *all)
{
	const struct frac length = frac_sub(e->end, e->begin), cycle = whole(floor_of(e->begin));
	const int64_t first = floor_of(frac_mul(cycle, times));
	for (int64_t k = first;; k++) {
		const struct frac at = frac_sub(frac_div(whole(k), times), cycle);
		const struct frac until = frac_sub(frac_div(whole(k + 1), times), cycle);
		if (frac_compare(at, whole(1)) >= 0 || oracle_spoilt)
			return;
		struct event piece = *e;
		piece.begin = later_of(e->begin, frac_add(e->begin, frac_mul(at, length)));
		piece.end = sooner_of(e->end, frac_add(e->begin, frac_mul(until, length)));
		if (sound)
			sound_part(&piece, k - first, floor_of(times));
		put(all, part_of(piece, piece.begin, piece.end));
	}
}

static void put_pressed(const struct event *e, struct frac pause, struct events *all)
{
	struct event late = *e;
	late.begin = frac_add(e->begin, frac_mul(frac_sub(e->end, e->begin), pause));
	put(all, part_of(late, late.begin, late.end));
}

static bool is_kept(const struct tree *t, const struct event *e)
{
	const struct frac at = frac_sub(e->begin, whole(floor_of(e->begin)));
	switch (t->kind) {
	case K_NAME:
		return e->name && strcmp(e->name, t->name) == 0;
	case K_VALUE:
		return e->value == t->value;
	default:
		return frac_compare(at, t->x) >= 0 && frac_compare(at, t->y) < 0;
	}
}

static void each_event(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events list = {0};
	oracle_ask(t->kid[0], from, to, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct event *e = &list.at[i];
		if (t->op == O_PLY || t->op == O_CHOP)
			put_pieces(e, t->x, t->op == O_CHOP, all);
		else if (t->op == O_PRESS)
			put_pressed(e, t->x, all);
		else if (t->op == O_KEEP && is_kept(t, e) != (t->turn != 0))
			put(all, *e);
		else if (t->op == O_CHANGE) {
			if (t->kind == C_PART)
				sound_part(e, floor_of(t->x), floor_of(t->y));
			else
				change(e, (enum oracle_change)t->kind, t->value);
			put(all, *e);
		}
	}
	free(list.at);
}

/* Which of n events with one and the same time come, one after the other. */
static size_t arpeggio(const char *mode, size_t n, size_t order[])
{
	size_t count = 0, low = 0, high = n;
	const bool back = !strcmp(mode, "down") || !strcmp(mode, "downup");
	if (!strcmp(mode, "converge") || !strcmp(mode, "diverge")) {
		while (low < high) {
			order[count++] = low++;
			if (low < high)
				order[count++] = --high;
		}
		for (size_t i = 0; mode[0] == 'd' && i < count / 2; i++) {
			const size_t other = order[count - 1 - i];
			order[count - 1 - i] = order[i];
			order[i] = other;
		}
		return count;
	}
	if (!strcmp(mode, "pinkyup") || !strcmp(mode, "thumbup")) {
		for (size_t i = 0; i + 1 < n; i++) {
			order[count++] = mode[0] == 'p' ? i : 0;
			order[count++] = mode[0] == 'p' ? n - 1 : i + 1;
		}
		return count ? count : (order[0] = 0, 1);
	}
	for (size_t i = 0; i < n; i++)
		order[count++] = back ? n - 1 - i : i;
	if (!strcmp(mode, "up&down"))
		for (size_t i = n; i-- > 0;)
			order[count++] = i;
	if (!strcmp(mode, "updown") || !strcmp(mode, "downup")) /* without either end */
		for (size_t i = 1; i + 1 < n; i++)
			order[count++] = back ? i : n - 1 - i;
	return count;
}

static bool same_time(const struct event *a, const struct event *b)
{
	return !frac_compare(a->begin, b->begin) && !frac_compare(a->end, b->end);
}

/* What of a piece lies in an event, without what lies in one of those before it that begin and end together with it. */
static void put_alone(const struct event *before, size_t count, const struct event *e, struct event piece,
                      struct events *all)
{
	piece = part_of(piece, e->from, e->to);
	for (size_t i = 0; i < count; i++) {
		const struct event *b = &before[i];
		if (!same_time(b, e) || b->analog || frac_compare(b->from, piece.to) >= 0 ||
		    frac_compare(b->to, piece.from) <= 0)
			continue;
		put_alone(before + i + 1, count - i - 1, e, part_of(piece, piece.from, b->from), all);
		piece.from = later_of(piece.from, b->to);
	}
	put(all, piece);
}

/* Those that begin and end together, as they began, one after the other, as long as any of them lasts. */
static void ask_arp(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events list = {0}, then = {0};
	oracle_ask(t->kid[0], from, to, &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct event *e = &list.at[i];
		size_t n = 0;
		then.count = 0;
		oracle_ask(t->kid[0], e->begin, e->end, &then);
		for (size_t k = 0; k < then.count; k++)
			if (same_time(e, &then.at[k]) && !then.at[k].analog &&
			    !frac_compare(then.at[k].from, then.at[k].begin))
				then.at[n++] = then.at[k];
		size_t *order = malloc((2 * n + 2) * sizeof *order);
		const size_t notes = n && !e->analog ? arpeggio(t->name, n, order) : 0;
		for (size_t k = 0; k < notes; k++) {
			const struct frac length = frac_div(frac_sub(e->end, e->begin), whole((int64_t)notes));
			struct event one = then.at[order[k]];
			one.begin = one.from = frac_add(e->begin, frac_mul(whole((int64_t)k), length));
			one.end = one.to = frac_add(one.begin, length);
			put_alone(list.at, i, e, one, all);
		}
		free(order);
	}
	free(list.at);
	free(then.at);
}

/* --- patterns that meet ------------------------------------------------------------------------------------------- */

/* For each of `left`, what `right` says while it lasts. */
static void ask_meet(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events left = {0}, right = {0};
	oracle_ask(t->kid[0], from, to, &left);
	for (size_t i = 0; i < left.count; i++) {
		const struct event *l = &left.at[i];
		right.count = 0;
		oracle_ask(t->kid[1], l->analog ? l->from : l->begin, l->analog ? l->to : l->end, &right);
		for (size_t k = 0; k < right.count; k++) {
			const struct event *r = &right.at[k];
			struct event e = t->op == O_STRUCT ? *r : *l;
			if ((t->op == O_STRUCT && !is_true(l)) || (t->op == O_MASK && !is_true(r)) ||
			    (t->op == O_CHANGE_WITH && t->kind == C_IS && frac_compare(r->number, t->x)))
				continue;
			if (t->op == O_CHANGE_WITH)
				change(&e, (enum oracle_change)t->kind, r->value);
			e.begin = l->begin;
			e.end = l->end;
			e.from = l->from;
			e.to = l->to;
			e.analog = l->analog;
			put(all, part_of(e, r->from, r->to));
		}
	}
	free(left.at);
	free(right.at);
}

static void ask_if(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events which = {0};
	oracle_ask(t->kid[0], from, to, &which);
	for (size_t i = 0; i < which.count; i++) {
		const float x = clamp(which.at[i].value, 0, (float)(t->kids - 2));
		size_t kid = t->op == O_PICK ? 1 + (size_t)x : is_true(&which.at[i]) ? 1 : 2;
		for (size_t k = 1; t->op == O_BY_NUMBER && k < t->kids; k++)
			if (!frac_compare(t->weight[k], which.at[i].number))
				kid = k;
		oracle_ask(t->kid[kid], which.at[i].from, which.at[i].to, all);
	}
	free(which.at);
}

/* Each event of kid 1 is filled by the part of kid 0's cycle that it numbers. */
static void ask_bite(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events which = {0};
	const int64_t parts = floor_of(t->x);
	oracle_ask(t->kid[1], from, to, &which);
	for (size_t i = 0; i < which.count; i++) {
		const struct event *w = &which.at[i];
		const struct frac length = frac_mul(frac_sub(w->end, w->begin), whole(parts)); /* of a cycle of kid 0 */
		const int64_t c = floor_of(w->begin);
		const struct frac part = frac_of(modulo(floor_of(w->number), parts), parts);
		const struct frac begin = frac_sub(w->begin, frac_mul(frac_add(whole(c), part), length));
		const size_t before = all->count;
		ask_moved(t->kid[0], length, begin, w->from, w->to, all);
		for (size_t k = before; k < all->count; k++) { /* nothing reaches out of it */
			all->at[k].begin = later_of(all->at[k].begin, w->begin);
			all->at[k].end = sooner_of(all->at[k].end, w->end);
		}
	}
	free(which.at);
}

static void ask_segment(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events list = {0};
	const struct frac length = frac_div(whole(1), t->x);
	for (int64_t k = floor_of(frac_div(from, length)); frac_compare(frac_mul(whole(k), length), to) < 0; k++) {
		const struct frac begin = frac_mul(whole(k), length), end = frac_add(begin, length);
		list.count = 0;
		oracle_ask(t->kid[0], begin, end, &list);
		for (size_t i = 0; i < list.count; i++) {
			struct event e = list.at[i];
			e.begin = begin;
			e.end = end;
			e.analog = false;
			put(all, part_of(e, from, to));
		}
	}
	free(list.at);
}

/* The first x of cycle k of the kid, in the k-th x of time; of a negative x the last. */
static void ask_linger(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	const struct frac length = t->x.num < 0 ? frac_sub(whole(0), t->x) : t->x;
	const struct frac begin = t->x.num < 0 ? frac_sub(whole(1), length) : whole(0);
	if (!length.num)
		return;
	for (int64_t k = floor_of(frac_div(from, length)); frac_compare(frac_mul(whole(k), length), to) < 0; k++) {
		const struct frac at = frac_mul(whole(k), length), end = frac_add(at, length);
		ask_moved(t->kid[0], whole(1), frac_sub(at, frac_add(whole(k), begin)), later_of(from, at),
		          sooner_of(to, end), all);
	}
}

/* The last kids are patterns of numbers, one after the other. */
static void ask_join(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	struct events list = {0};
	const size_t numbers = t->inner == O_EUCLID ? 3 : 1;
	oracle_ask(t->kid[t->kids - numbers + (size_t)t->given], from, to, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct tree now = *t;
		const int64_t n = floor_of(list.at[i].number);
		now.x = list.at[i].number;
		now.y = whole(0);
		if (numbers == 3) {
			now.hits = t->given == 0 ? (int)n : t->hits;
			now.steps = t->given == 1 ? (int)n : t->steps;
			now.turn = t->given == 2 ? (int)n : t->turn;
		}
		if ((size_t)++now.given == numbers)
			now.op = t->inner;
		if (now.op == O_LATE && t->kind)
			now.x.num = -now.x.num;
		if (now.op == O_FAST && t->kind)
			now.x = frac_div(whole(1), now.x);
		oracle_ask(&now, list.at[i].from, list.at[i].to, all);
	}
	free(list.at);
}

static void ask_signal(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	const struct frac middle = frac_div(frac_add(from, to), whole(2));
	const struct frac phase = frac_sub(middle, whole(floor_of(middle)));
	const double x = (double)phase.num / (double)phase.den;
	struct event e = t->event;
	e.begin = e.from = from;
	e.end = e.to = to;
	e.analog = true;
	e.value = (float)(!strcmp(t->name, "sine")     ? 0.5 + 0.5 * sin(2 * M_PI * x)
	                  : !strcmp(t->name, "cosine") ? 0.5 + 0.5 * cos(2 * M_PI * x)
	                  : !strcmp(t->name, "saw")    ? x
	                  : !strcmp(t->name, "isaw")   ? 1 - x
	                  : !strcmp(t->name, "tri")    ? (x < 0.5 ? 2 * x : 2 - 2 * x)
	                                               : (x < 0.5 ? 0 : 1));
	put(all, e);
}

/* --- ------------------------------------------------------------------------------------------------------------- */

typedef void by_cycle(const struct tree *t, int64_t c, struct frac from, struct frac to, struct events *all);

static void each_cycle(by_cycle *ask, const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	for (int64_t c = floor_of(from); frac_compare(whole(c), to) < 0; c++)
		ask(t, c, later_of(from, whole(c)), sooner_of(to, whole(c + 1)), all);
}

void oracle_ask(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	if (oracle_spoilt || frac_compare(from, to) >= 0)
		return;
	switch (t->op) {
	case O_SILENCE:
		return;
	case O_PURE:
		each_cycle(ask_pure, t, from, to, all);
		return;
	case O_SIGNAL:
		ask_signal(t, from, to, all);
		return;
	case O_STACK:
		for (size_t i = 0; i < t->kids; i++)
			oracle_ask(t->kid[i], from, to, all);
		return;
	case O_ROW:
		each_cycle(ask_row, t, from, to, all);
		return;
	case O_CAT:
		each_cycle(ask_cat, t, from, to, all);
		return;
	case O_FAST:
		if (t->x.num > 0)
			ask_moved(t->kid[0], frac_div(whole(1), t->x), whole(0), from, to, all);
		return;
	case O_LATE:
		ask_moved(t->kid[0], whole(1), t->x, from, to, all);
		return;
	case O_REV:
		each_cycle(ask_rev, t, from, to, all);
		return;
	case O_EUCLID:
		each_cycle(ask_euclid, t, from, to, all);
		return;
	case O_ITER:
		each_cycle(ask_iter, t, from, to, all);
		return;
	case O_ROT:
		each_cycle(ask_rot, t, from, to, all);
		return;
	case O_WHEN:
		each_cycle(ask_when, t, from, to, all);
		return;
	case O_JOIN:
		ask_join(t, from, to, all);
		return;
	case O_PLY:
	case O_CHOP:
	case O_PRESS:
	case O_KEEP:
	case O_CHANGE:
		each_event(t, from, to, all);
		return;
	case O_LINGER:
		ask_linger(t, from, to, all);
		return;
	case O_BITE:
		ask_bite(t, from, to, all);
		return;
	case O_ARP:
		ask_arp(t, from, to, all);
		return;
	case O_CHANGE_WITH:
	case O_STRUCT:
	case O_MASK:
		ask_meet(t, from, to, all);
		return;
	case O_SEGMENT:
		ask_segment(t, from, to, all);
		return;
	case O_IF:
	case O_PICK:
	case O_BY_NUMBER:
		ask_if(t, from, to, all);
		return;
	}
}

void oracle_onsets(const struct tree *t, struct frac from, struct frac to, struct events *all)
{
	size_t kept = 0;
	all->count = 0;
	oracle_ask(t, from, to, all);
	for (size_t i = 0; i < all->count; i++) {
		const struct event e = all->at[i];
		if (e.analog || frac_compare(e.begin, e.from))
			continue;
		size_t k = kept++;
		for (; k > 0 && frac_compare(all->at[k - 1].begin, e.begin) > 0; k--)
			all->at[k] = all->at[k - 1];
		all->at[k] = e;
	}
	all->count = kept;
}
