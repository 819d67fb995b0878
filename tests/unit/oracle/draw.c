/* draw.c — a random text in mini-notation with random changes behind it, written down and built as a tree at once. What
 * goes by chance is left out, unless the text alone is wanted. See oracle.h. */
#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 23, KIDS = 64 };

static struct {
	uint64_t dice;
	char *text;
	size_t bytes, room;
	uint64_t store[ROOM / 8]; /* of trees */
	size_t used;
	bool chance;
} pen;

void *oracle_get(size_t bytes)
{
	bytes = (bytes + 15) / 16 * 16;
	if (pen.used + bytes > ROOM)
		abort();
	void *p = (char *)pen.store + pen.used;
	pen.used += bytes;
	return memset(p, 0, bytes);
}

static int throw(int faces)
{
	pen.dice = pen.dice * 6364136223846793005u + 1442695040888963407u;
	return (int)((pen.dice >> 33) % (uint64_t)faces);
}
static bool once_in(int n)
{
	return throw(n) == 0;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	const int n = vsnprintf(pen.text + pen.bytes, pen.room - pen.bytes, format, list);
	va_end(list);
	pen.bytes += (size_t)n;
	if (pen.bytes >= pen.room)
		abort();
}

/* --- trees -------------------------------------------------------------------------------------------------------- */

static struct tree *grow(enum oracle_op op)
{
	struct tree *t = oracle_get(sizeof *t);
	t->op = op;
	t->x = t->y = (struct frac){0, 1};
	return t;
}
static struct tree *with_kids(enum oracle_op op, size_t count, ...)
{
	struct tree *t = grow(op);
	va_list list;
	t->kids = count;
	t->kid = oracle_get(count * sizeof *t->kid);
	va_start(list, count);
	for (size_t i = 0; i < count; i++)
		t->kid[i] = va_arg(list, struct tree *);
	va_end(list);
	return t;
}
static struct tree *over(enum oracle_op op, struct tree *kid)
{
	return with_kids(op, 1, kid);
}
static struct tree *over_x(enum oracle_op op, struct tree *kid, struct frac x)
{
	struct tree *t = over(op, kid);
	t->x = x;
	return t;
}
static struct tree *pure(float value, const char *name)
{
	struct tree *t = grow(O_PURE);
	t->event =
	    (struct event){.number = {0, 1}, .value = value, .velocity = 0.8f, .stop = 1, .speed = 1, .name = name};
	return t;
}
static struct tree *changed(enum oracle_change kind, struct tree *kid, float value)
{
	struct tree *t = over(O_CHANGE, kid);
	t->kind = kind;
	t->value = value;
	return t;
}

/* A row while it is drawn. */
struct row {
	struct tree *kid[KIDS];
	struct frac weight[KIDS];
	size_t count;
};
static void hang(struct row *r, struct tree *kid, struct frac weight)
{
	if (r->count == KIDS)
		abort();
	r->kid[r->count] = kid;
	r->weight[r->count++] = weight;
}
static struct frac sum_of(const struct row *r)
{
	struct frac sum = {0, 1};
	for (size_t i = 0; i < r->count; i++)
		sum = frac_add(sum, r->weight[i]);
	return r->count ? sum : (struct frac){1, 1};
}
static struct tree *tree_of(const struct row *r, enum oracle_op op)
{
	if (!r->count)
		return grow(O_SILENCE);
	struct tree *t = grow(op);
	t->kids = r->count;
	t->kid = oracle_get(r->count * sizeof *t->kid);
	t->weight = oracle_get(r->count * sizeof *t->weight);
	memcpy(t->kid, r->kid, r->count * sizeof *t->kid);
	memcpy(t->weight, r->weight, r->count * sizeof *t->weight);
	return t;
}
static struct tree *fast(struct tree *t, struct frac x)
{
	return over_x(O_FAST, t, x);
}
static struct tree *late(struct tree *t, struct frac x)
{
	return over_x(O_LATE, t, x);
}
static struct tree *earlier(struct tree *t, struct frac x)
{
	return late(t, (struct frac){-x.num, x.den});
}
static struct tree *slow(struct tree *t, struct frac x)
{
	return fast(t, frac_div((struct frac){1, 1}, x));
}

/* --- words -------------------------------------------------------------------------------------------------------- */

enum mode { PLAIN, VALUES, TRUTH, NUMBERS };

/* Numbers that may stand here, as they are written. */
struct choice {
	const char *text;
	struct frac x;
};
struct draw {
	enum mode mode;
	const struct choice *choice; /* NUMBERS */
	int choices;
	bool signals;
};

static const struct choice factors[] = {{"2", {2, 1}},   {"3", {3, 1}}, {"1.5", {3, 2}}, {"4", {4, 1}},
                                        {"0.5", {1, 2}}, {"1", {1, 1}}, {"3%4", {3, 4}}, {"1e0", {1, 1}}},
			   parts[] = {{"1/8", {1, 8}}, {"0.25", {1, 4}}, {"1/3", {1, 3}}, {"3/8", {3, 8}},
                                      {"1h", {1, 2}},  {"0.75", {3, 4}}, {"0", {0, 1}},   {"2%5", {2, 5}}},
			   lingers[] = {{"1/4", {1, 4}},    {"1h", {1, 2}}, {"0.75", {3, 4}},
                                        {"-0.25", {-1, 4}}, {"1", {1, 1}},  {"-1/3", {-1, 3}}},
			   wholes[] = {{"2", {2, 1}}, {"3", {3, 1}}, {"4", {4, 1}}, {"5", {5, 1}}, {"1", {1, 1}}},
			   plies[] = {{"2", {2, 1}}, {"3", {3, 1}}, {"1.5", {3, 2}}, {"4", {4, 1}}, {"1", {1, 1}}},
			   indices[] = {{"0", {0, 1}}, {"1", {1, 1}}, {"2", {2, 1}}, {"3", {3, 1}}, {"-1", {-1, 1}}},
			   hits[] = {{"3", {3, 1}}, {"5", {5, 1}},   {"2", {2, 1}},
                                     {"1", {1, 1}}, {"-3", {-3, 1}}, {"0", {0, 1}}},
			   steps[] = {{"8", {8, 1}}, {"5", {5, 1}}, {"4", {4, 1}}, {"7", {7, 1}}, {"6", {6, 1}}},
			   turns[] = {{"0", {0, 1}}, {"1", {1, 1}}, {"2", {2, 1}}, {"-1", {-1, 1}}, {"3", {3, 1}}},
			   rots[] = {{"1", {1, 1}}, {"2", {2, 1}}, {"-1", {-1, 1}}, {"0", {0, 1}}, {"5", {5, 1}}};
#define CHOICES(of) of, (int)(sizeof(of) / sizeof(of)[0])

static const char *const names[] = {"bd", "sn", "hh", "cp_1", "808oh"};

static struct tree *chord(void)
{
	static const struct {
		const char *text;
		int count;
		float tone[5];
	} chords[] = {{"c4'maj", 3, {0, 4, 7}},     {"e4'min7", 4, {4, 7, 11, 14}},     {"c'maj'i", 3, {4, 7, 12}},
	              {"c'min'o", 3, {-12, -5, 3}}, {"f'maj'5", 5, {5, 9, 12, 17, 21}}, {"c'maj'd1", 3, {-5, 0, 4}}};
	const int i = throw(6);
	struct row r = {.count = 0};
	say("%s", chords[i].text);
	for (int k = 0; k < chords[i].count; k++)
		hang(&r, pure(chords[i].tone[k], NULL), (struct frac){1, 1});
	return tree_of(&r, O_STACK);
}

static struct tree *name(void)
{
	static const float velocities[] = {0.5f, 1, 0.25f};
	struct tree *t = pure(0, names[throw(5)]);
	say("%s", t->event.name);
	if (!once_in(5))
		return t;
	t->event.value = (float) throw(4);
	say(":%g", (double)t->event.value);
	if (once_in(2)) {
		t->event.velocity = velocities[throw(3)];
		say(":%g", (double)t->event.velocity);
	}
	return t;
}

static struct tree *number(void)
{
	static const struct {
		const char *text;
		float value;
		int sharp;
	} values[] = {{"0", 0, 0},      {"1", 1, 0},     {"2", 2, 0},    {"7", 7, 0},     {"-4", -4, 0},
	              {"0.5", 0.5f, 0}, {"3#", 3, 1},    {"c4", 0, 0},   {"eb3", -9, 0},  {"f#5", 18, 0},
	              {"bf", 10, 0},    {"3h", 1.5f, 0}, {"2e1", 20, 0}, {"5%2", 2.5f, 0}};
	const int i = throw(14);
	struct tree *t = pure(values[i].value, NULL);
	t->event.sharp = values[i].sharp;
	say("%s", values[i].text);
	if (i < 6 && once_in(8)) {
		t->event.velocity = 0.25f;
		say(":0.25");
	}
	return t;
}

static struct tree *signal(void)
{
	static const char *const words[] = {"saw", "isaw", "tri", "square", "sine", "cosine"};
	struct tree *t = grow(O_SIGNAL);
	t->event = pure(0, NULL)->event;
	t->name = words[throw(6)];
	say("%s", t->name);
	return t;
}

static struct tree *steady_word(const struct draw *d)
{
	if (d->mode == NUMBERS) {
		const struct choice *c = &d->choice[throw(d->choices)];
		struct tree *t = pure((float)c->x.num / (float)c->x.den, NULL);
		t->event.number = c->x;
		say("%s", c->text);
		return t;
	}
	if (d->mode == TRUTH) {
		static const char *const words[] = {"t", "f", "1", "0", "true"};
		const int i = throw(5);
		say("%s", words[i]);
		return pure(i % 2 == 0, NULL);
	}
	if (d->signals && once_in(6))
		return signal();
	if (d->mode == PLAIN && once_in(3))
		return name();
	return d->mode == PLAIN && once_in(10) ? chord() : number();
}

/* With chance now and then: perhaps, or one of two. */
static struct tree *word(const struct draw *d)
{
	const bool chance = pen.chance && once_in(5);
	if (chance)
		say("[");
	struct tree *t = steady_word(d);
	if (chance && d->mode != NUMBERS && once_in(2))
		say(once_in(2) ? "?]" : "?0.3]");
	else if (chance) {
		say(" | ");
		steady_word(d);
		say("]");
	}
	return t;
}

/* --- steps and rows ----------------------------------------------------------------------------------------------- */

static struct tree *row(const struct draw *d, int depth);
static struct tree *group(const struct draw *d, int depth);

/* A number, or a pattern of numbers: then the tree is a join of what it would be. */
static struct tree *argument(const struct choice *choice, int choices, struct frac *x)
{
	const struct draw d = {NUMBERS, choice, choices, false};
	if (once_in(3))
		return group(&d, 0);
	const struct choice *c = &choice[throw(choices)];
	say("%s", c->text);
	*x = c->x;
	return NULL;
}
static struct tree *with_argument(enum oracle_op op, struct tree *kid, struct tree *numbers, struct frac x, int kind)
{
	struct tree *t;
	if (numbers) {
		t = with_kids(O_JOIN, 2, kid, numbers);
		t->inner = op;
		t->kind = kind;
		return t;
	}
	if (op == O_FAST && kind)
		return slow(kid, x);
	if (op == O_LATE && kind)
		return earlier(kid, x);
	t = over_x(op, kid, x);
	t->kind = kind;
	return t;
}

static struct tree *euclid(struct tree *kid, const char *between, bool others)
{
	struct frac x[3] = {{0, 1}, {0, 1}, {0, 1}};
	struct tree *n[3] = {NULL, NULL, NULL};
	n[0] = argument(CHOICES(hits), &x[0]);
	say("%s", between);
	n[1] = argument(CHOICES(steps), &x[1]);
	if (once_in(2)) {
		say("%s", between);
		n[2] = argument(CHOICES(turns), &x[2]);
	}
	struct tree *t = over(O_EUCLID, kid);
	if (n[0] || n[1] || n[2]) {
		for (int i = 0; i < 3; i++)
			if (!n[i])
				(n[i] = pure(0, NULL))->event.number = x[i];
		t = with_kids(O_JOIN, 4, kid, n[0], n[1], n[2]);
		t->inner = O_EUCLID;
	}
	t->hits = (int)x[0].num;
	t->steps = (int)x[1].num;
	t->turn = (int)x[2].num;
	t->kind = others;
	return t;
}

static struct tree *modified(struct tree *t, const struct draw *d)
{
	struct frac x = {1, 1};
	const int i = throw(10);
	if (i == 0 || (i == 1 && d->mode != NUMBERS)) { /* 1/4/2 is a number */
		say(i ? "/" : "*");
		struct tree *numbers = argument(CHOICES(factors), &x);
		return with_argument(O_FAST, t, numbers, x, i);
	}
	if (i == 2 && d->mode != NUMBERS) {
		say("(");
		t = euclid(t, ",", false);
		say(")");
	}
	return t;
}

/* bd:<0 1>, 7:<0.5 1>: a number, or a velocity, by a pattern. */
static struct tree *word_or_more(const struct draw *d)
{
	const size_t begin = pen.bytes;
	struct tree *t = word(d);
	if (t->op != O_PURE || d->mode != PLAIN || !once_in(12) || pen.text[begin] == '[' ||
	    memchr(pen.text + begin, ':', pen.bytes - begin))
		return t;
	const struct draw values = {VALUES, NULL, 0, false};
	say(":");
	struct tree *made = with_kids(O_CHANGE_WITH, 2, t, group(&values, 0));
	made->kind = t->event.name ? C_NUMBER : C_SET_VELOCITY;
	return made;
}

static void step(struct row *r, const struct draw *d, int depth)
{
	static const struct choice weights[] = {{"2", {2, 1}}, {"3", {3, 1}}, {"1.5", {3, 2}}, {"0.5", {1, 2}}};
	struct frac weight = {1, 1};
	if (once_in(8) && (r->count || d->mode != NUMBERS)) {
		say(once_in(2) ? "-" : "~");
		hang(r, grow(O_SILENCE), weight);
		return;
	}
	if (r->count && once_in(14)) {
		say("_");
		r->weight[r->count - 1] = frac_add(r->weight[r->count - 1], weight);
		return;
	}
	if (r->count && once_in(20)) {
		say("!");
		hang(r, r->kid[r->count - 1], r->weight[r->count - 1]);
		return;
	}
	if (d->mode == PLAIN && once_in(30)) {
		const int from = throw(4), to = throw(5);
		struct row numbers = {.count = 0};
		say("%d .. %d", from, to);
		for (int i = from; from < to ? i <= to : i >= to; i += from < to ? 1 : -1)
			hang(&numbers, pure((float)i, NULL), weight);
		hang(r, tree_of(&numbers, O_ROW), weight);
		return;
	}
	struct tree *t = depth > 0 && once_in(2) ? group(d, depth - 1) : word_or_more(d);
	if (t->op != O_SILENCE && once_in(2))
		t = modified(t, d);
	if (once_in(8)) {
		const struct choice *c = &weights[throw(4)];
		say("@%s", c->text);
		weight = c->x;
	}
	hang(r, t, weight);
	if (once_in(10)) {
		const int times = 2 + throw(3);
		say("!%d", times);
		for (int i = 1; i < times; i++)
			hang(r, t, weight);
	}
}

static void steps_of(struct row *r, const struct draw *d, int depth)
{
	const int count = 1 + throw(4);
	for (int i = 0; i < count; i++) {
		say(i ? " " : "");
		step(r, d, depth);
	}
}

static struct tree *row(const struct draw *d, int depth)
{
	struct row r = {.count = 0};
	const int feet = once_in(12) ? 2 + throw(2) : 1;
	for (int i = 0; i < feet; i++) {
		struct row foot = {.count = 0};
		say(i ? " . " : "");
		steps_of(&foot, d, depth);
		struct tree *t = foot.count == 1 ? foot.kid[0] : tree_of(&foot, O_ROW); /* one alone is not a row */
		if (feet == 1)
			return t;
		hang(&r, t, (struct frac){1, 1});
	}
	return tree_of(&r, O_ROW);
}

/* <a b>: a row as slow as it is long. */
static struct tree *slowly(const struct row *r)
{
	bool plain = true;
	for (size_t i = 0; i < r->count; i++)
		plain &= r->weight[i].num == 1 && r->weight[i].den == 1;
	return plain && r->count ? tree_of(r, O_CAT) : slow(tree_of(r, O_ROW), sum_of(r));
}

static struct tree *group(const struct draw *d, int depth)
{
	struct row rows = {.count = 0};
	struct frac total[2], x = {1, 1};
	struct tree *numbers = NULL;
	const int kind = throw(3), count = once_in(4) ? 2 : 1;
	say("%c", "[<{"[kind]);
	for (int i = 0; i < count; i++) {
		struct row r = {.count = 0};
		say(i ? ", " : "");
		if (kind == 0) {
			hang(&rows, row(d, depth), (struct frac){1, 1});
			continue;
		}
		steps_of(&r, d, depth);
		total[i] = sum_of(&r);
		hang(&rows, kind == 1 ? slowly(&r) : tree_of(&r, O_ROW), (struct frac){1, 1});
	}
	say("%c", "]>}"[kind]);
	if (kind < 2)
		return tree_of(&rows, O_STACK);
	x = total[0];
	if (!once_in(4)) {
		say("%%");
		numbers = argument(CHOICES(wholes), &x);
	}
	for (int i = 0; i < count; i++) {
		rows.kid[i] = slow(rows.kid[i], total[i]);
		rows.kid[i] = with_argument(O_FAST, rows.kid[i], numbers, x, 0);
	}
	return tree_of(&rows, O_STACK);
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static struct tree *change(struct tree *t, int depth);

static struct tree *changes(struct tree *t, int depth)
{
	const int count = once_in(3) ? 2 : 1;
	say("(");
	for (int i = 0; i < count; i++) {
		say(i ? "; " : "");
		t = change(t, depth - 1);
	}
	say(")");
	return t;
}

/* A pattern where a change takes one: a group, or a whole one in brackets. */
static struct tree *taken(const struct draw *d)
{
	if (!once_in(4))
		return group(d, once_in(3) ? 1 : 0);
	say("(");
	struct tree *t = row(d, 0);
	say("; ");
	if (once_in(2)) {
		say("rev");
		t = over(O_REV, t);
	} else {
		say("fast 2");
		t = fast(t, (struct frac){2, 1});
	}
	say(")");
	return t;
}

static struct tree *by_values(struct tree *t, const char *word, enum oracle_change kind, const float values[3])
{
	const struct draw d = {VALUES, NULL, 0, once_in(3)};
	say("%s ", word);
	if (once_in(3)) {
		struct tree *made = with_kids(O_CHANGE_WITH, 2, t, taken(&d));
		made->kind = kind;
		return made;
	}
	const float x = values[throw(3)];
	say("%g", (double)x);
	return changed(kind, t, x);
}

static struct tree *timed(struct tree *t, const char *word, enum oracle_op op, const struct choice *choice, int choices,
                          int kind)
{
	struct frac x = {1, 1};
	say("%s ", word);
	struct tree *numbers = argument(choice, choices, &x);
	return with_argument(op, t, numbers, x, kind);
}

static struct tree *echoes(struct tree *t, int depth)
{
	static const float factors_of[] = {0.5f, 1, 0.75f};
	const int times = 1 + throw(4), kind = throw(3);
	const struct choice *c = &parts[throw(8)];
	const float factor = factors_of[throw(3)];
	struct row r = {.count = 0};
	float velocity = 1;
	hang(&r, t, (struct frac){1, 1});
	if (kind == 2) {
		say("echoWith %d %s ", times, c->text);
		const size_t bytes = pen.bytes;
		struct tree *last = t;
		const uint64_t dice = pen.dice;
		for (int i = 1; i < (times > 1 ? times : 2); i++) {
			pen.bytes = bytes; /* the same text each time */
			pen.dice = dice;
			last = changes(late(last, c->x), depth);
			if (i < times)
				hang(&r, last, (struct frac){1, 1});
		}
		return tree_of(&r, O_STACK);
	}
	if (kind)
		say("echo %d %s %g", times, c->text, (double)factor);
	else
		say("stut %d %g %s", times, (double)factor, c->text);
	for (int i = 1; i < times; i++) {
		velocity *= factor;
		hang(&r, changed(C_VELOCITY, late(t, frac_mul(c->x, (struct frac){i, 1})), velocity),
		     (struct frac){1, 1});
	}
	return tree_of(&r, O_STACK);
}

static struct tree *ply_with(struct tree *t, int depth)
{
	const int times = 1 + throw(3);
	struct row r = {.count = 0};
	say("plyWith %d ", times);
	const size_t bytes = pen.bytes;
	const uint64_t dice = pen.dice;
	struct tree *last = t;
	hang(&r, t, (struct frac){1, 1});
	for (int i = 1; i < (times > 1 ? times : 2); i++) {
		pen.bytes = bytes;
		pen.dice = dice;
		last = changes(last, depth);
		if (i < times)
			hang(&r, last, (struct frac){1, 1});
	}
	struct tree *made = over(O_ARP, tree_of(&r, O_STACK));
	made->name = "up";
	return made;
}

static struct tree *kept(struct tree *t, enum oracle_keep kind, const char *name, float value, struct frac x,
                         struct frac y, bool others)
{
	struct tree *made = over(O_KEEP, t);
	made->kind = kind;
	made->name = name;
	made->value = value;
	made->x = x;
	made->y = y;
	made->turn = others;
	return made;
}

static struct tree *within(struct tree *t, struct tree *to, struct frac x, struct frac y)
{
	return with_kids(O_STACK, 2, kept(to, K_WITHIN, NULL, 0, x, y, false), kept(t, K_WITHIN, NULL, 0, x, y, true));
}

static struct tree *when(struct tree *to, struct tree *t, int n, int at, bool below)
{
	struct tree *made = with_kids(O_WHEN, 2, to, t);
	made->x = (struct frac){n, 1};
	made->y = (struct frac){at, 1};
	made->kind = below;
	return made;
}

static struct tree *chunk(struct tree *t, int depth)
{
	const int n = 1 + throw(4);
	const bool back = once_in(2);
	struct row r = {.count = 0};
	say(back ? once_in(2) ? "chunk' %d " : "chunk -%d " : "chunk %d ", n);
	struct tree *to = changes(t, depth), *each = NULL;
	for (int i = 0; i < n; i++) {
		const int k = back ? n - 1 - i : i;
		struct tree *part = within(t, to, frac_of(k, n), frac_of(k + 1, n));
		hang(&r, part, (struct frac){1, 1});
		each = each ? when(part, each, n, i, false) : part;
	}
	return back ? each : tree_of(&r, O_CAT);
}

static struct tree *by_cycle(struct tree *t, int depth)
{
	const int n = 1 + throw(4), at = throw(n);
	struct frac x = {1, 1};
	switch (throw(6)) {
	case 0:
		say("lastOf %d ", n);
		return when(changes(t, depth), t, n, n - 1, false);
	case 1:
		say("every' %d %d ", n, at);
		return when(changes(t, depth), t, n, at, false);
	case 2:
		say("whenmod %d %d ", n, at);
		return when(changes(t, depth), t, n, at, true);
	case 3: {
		say("foldEvery [2 3] ");
		const size_t bytes = pen.bytes;
		const uint64_t dice = pen.dice;
		t = when(changes(t, depth), t, 2, 0, false);
		pen.bytes = bytes;
		pen.dice = dice;
		return when(changes(t, depth), t, 3, 0, false);
	}
	case 4: {
		const struct draw d = {TRUTH, NULL, 0, false};
		say("when ");
		struct tree *truth = taken(&d);
		say(" ");
		return with_kids(O_IF, 3, truth, changes(t, depth), t);
	}
	default: {
		say("every ");
		struct tree *numbers = argument(CHOICES(wholes), &x);
		say(" ");
		struct tree *to = changes(t, depth);
		if (!numbers)
			return when(to, t, (int)x.num, 0, false);
		struct tree *made = with_kids(O_JOIN, 3, to, t, numbers);
		made->inner = O_WHEN;
		return made;
	}
	}
}

static struct tree *inside(struct tree *t, int depth)
{
	struct frac x = {1, 1};
	struct row r = {.count = 0};
	const bool out = once_in(2);
	say(out ? "outside " : "inside ");
	struct tree *numbers = argument(CHOICES(factors), &x);
	say(" ");
	if (!numbers)
		return out ? slow(changes(fast(t, x), depth), x) : fast(changes(slow(t, x), depth), x);
	const size_t bytes = pen.bytes;
	const uint64_t dice = pen.dice;
	hang(&r, numbers, (struct frac){0, 1});
	for (int i = 0; i < (int)(sizeof factors / sizeof factors[0]); i++) {
		x = factors[i].x;
		pen.bytes = bytes;
		pen.dice = dice;
		hang(&r, out ? slow(changes(fast(t, x), depth), x) : fast(changes(slow(t, x), depth), x), x);
	}
	return tree_of(&r, O_BY_NUMBER);
}

static struct tree *several(struct tree *t, int depth)
{
	struct frac x = {0, 1};
	switch (throw(7)) {
	case 0: {
		say("off ");
		struct tree *numbers = argument(CHOICES(parts), &x);
		say(" ");
		return with_kids(O_STACK, 2, t, changes(with_argument(O_LATE, t, numbers, x, 0), depth));
	}
	case 1:
		say("superimpose ");
		return with_kids(O_STACK, 2, t, changes(t, depth));
	case 2: {
		say("layer ");
		struct tree *first = changes(t, depth);
		say(" ");
		return with_kids(O_STACK, 2, first, changes(t, depth));
	}
	case 3: {
		say("jux ");
		struct tree *left = changed(C_SIDE, t, -1);
		return with_kids(O_STACK, 2, left, changes(changed(C_SIDE, t, 1), depth));
	}
	case 4: {
		const int from = throw(3), to = from + 1 + throw(4 - from);
		say("within %d/4 %d/4 ", from, to);
		return within(t, changes(t, depth), frac_of(from, 4), frac_of(to, 4));
	}
	case 5: {
		const char *name = names[throw(5)];
		say("fix %s ", name);
		struct tree *to = changes(kept(t, K_NAME, name, 0, x, x, false), depth);
		return with_kids(O_STACK, 2, to, kept(t, K_NAME, name, 0, x, x, true));
	}
	default:
		if (once_in(2)) {
			say("never ");
			changes(t, depth);
			return t;
		}
		say("always ");
		return changes(t, depth);
	}
}

static struct tree *striate(struct tree *t)
{
	const int n = 1 + throw(4);
	struct row r = {.count = 0};
	say("striate %d", n);
	for (int i = 0; i < n; i++) {
		struct tree *part = changed(C_PART, t, 0);
		part->x = (struct frac){i, 1};
		part->y = (struct frac){n, 1};
		hang(&r, part, (struct frac){1, 1});
	}
	return tree_of(&r, O_ROW);
}

static struct tree *hurry(struct tree *t)
{
	struct frac x = {1, 1};
	say("hurry ");
	struct tree *numbers = argument(CHOICES(factors), &x);
	struct tree *made = with_argument(O_FAST, t, numbers, x, 0);
	if (!numbers)
		return changed(C_SPEED, made, (float)x.num / (float)x.den);
	made = with_kids(O_CHANGE_WITH, 2, made, numbers);
	made->kind = C_SPEED;
	return made;
}

static struct tree *truth_of(struct tree *t, bool is_mask)
{
	const struct draw d = {TRUTH, NULL, 0, false};
	say(is_mask ? "mask " : "struct ");
	struct tree *truth = once_in(4) ? taken(&d) : row(&d, once_in(3) ? 1 : 0);
	return is_mask ? with_kids(O_MASK, 2, t, truth) : with_kids(O_STRUCT, 2, truth, t);
}

static struct tree *pick(struct tree *t)
{
	const struct draw d = {PLAIN, NULL, 0, false};
	say("pick ");
	struct tree *first = group(&d, 0);
	say(" ");
	return with_kids(O_PICK, 3, t, first, group(&d, 0));
}

static struct tree *bite(struct tree *t)
{
	const struct draw d = {NUMBERS, CHOICES(indices), false};
	const int n = 1 + throw(4);
	say("bite %d ", n);
	struct tree *which = group(&d, 0);
	struct tree *made = with_kids(O_BITE, 2, t, which);
	made->x = (struct frac){n, 1};
	return made;
}

static struct tree *arp(struct tree *t)
{
	static const char *const modes[] = {"up",       "down",    "updown",  "downup", "up&down",
	                                    "converge", "diverge", "pinkyup", "thumbup"};
	struct tree *made = over(O_ARP, t);
	made->name = modes[throw(9)];
	say("arp %s", made->name);
	return made;
}

static struct tree *nudge(struct tree *t)
{
	const struct choice *c = &parts[throw(8)];
	say("nudge %s", c->text);
	return late(t, c->x);
}

static struct tree *press(struct tree *t)
{
	const struct choice *c = &parts[throw(8)];
	if (once_in(2)) {
		say("press");
		return over_x(O_PRESS, t, (struct frac){1, 2});
	}
	say("pressBy %s", c->text);
	return over_x(O_PRESS, t, c->x);
}

static struct tree *range(struct tree *t)
{
	say("range -3 20");
	return changed(C_ADD, changed(C_MUL, t, 23), -3);
}

static struct tree *brak(struct tree *t)
{
	struct row r = {.count = 0};
	say("brak");
	hang(&r, t, (struct frac){1, 1});
	hang(&r, grow(O_SILENCE), (struct frac){1, 1});
	return when(late(tree_of(&r, O_ROW), (struct frac){1, 4}), t, 2, 1, false);
}

static struct tree *by_value(struct tree *t)
{
	static const float small[] = {0.5f, 1, 0.25f}, notes[] = {7, -5, 12}, times[] = {2, -1, 0.5f};
	switch (throw(9)) {
	case 0:
		say("+7");
		return changed(C_ADD, t, 7);
	case 1:
		return by_values(t, "add", C_ADD, notes);
	case 2:
		return by_values(t, "sub", C_SUB, notes);
	case 3:
		return by_values(t, "mul", C_MUL, times);
	case 4:
		return by_values(t, "div", C_DIV, times);
	case 5:
		return by_values(t, "vel", C_VELOCITY, small);
	case 6:
		return by_values(t, "speed", C_SPEED, times);
	case 7:
		return by_values(t, "begin", C_BEGIN, small);
	default:
		return by_values(t, "end", C_END, small);
	}
}

static struct tree *by_time(struct tree *t)
{
	switch (throw(11)) {
	case 0:
		return timed(t, "fast", O_FAST, CHOICES(factors), 0);
	case 1:
		return timed(t, "slow", O_FAST, CHOICES(factors), 1);
	case 2:
		return timed(t, "late", O_LATE, CHOICES(parts), 0);
	case 3:
		return timed(t, "early", O_LATE, CHOICES(parts), 1);
	case 4:
		return timed(t, "iter", O_ITER, CHOICES(wholes), 0);
	case 5:
		return timed(t, "ply", O_PLY, CHOICES(plies), 0);
	case 6:
		return timed(t, "linger", O_LINGER, CHOICES(lingers), 0);
	case 7:
		return timed(t, "rot", O_ROT, CHOICES(rots), 0);
	case 8:
		return timed(t, "chop", O_CHOP, CHOICES(wholes), 0);
	case 9:
		return timed(t, "segment", O_SEGMENT, CHOICES(factors), 0);
	default: {
		const bool others = once_in(3);
		say(others ? "euclidInv " : "euclid ");
		return euclid(t, " ", others);
	}
	}
}

static struct tree *plain(struct tree *t, int depth)
{
	switch (throw(14)) {
	case 0:
	case 1:
		say("rev");
		return over(O_REV, t);
	case 2: {
		say("palindrome");
		struct tree *back = over(O_REV, t);
		return with_kids(O_CAT, 2, t, back);
	}
	case 3:
		return nudge(t);
	case 4:
		return press(t);
	case 5:
		return brak(t);
	case 6:
		return range(t);
	case 7:
		return bite(t);
	case 8:
		return arp(t);
	case 9:
		return striate(t);
	case 10:
		return hurry(t);
	case 11:
		return once_in(2) ? pick(t) : (say("inv"), changed(C_INVERT, t, 0));
	default:
		return truth_of(t, depth % 2);
	}
}

static struct tree *change(struct tree *t, int depth);

/* What throws dice: by itself, or as the number, the truth or the choice of something else. */
static struct tree *by_chance(struct tree *t, int depth)
{
	static const char *const alone[] = {"degrade",
	                                    "degradeBy 0.3",
	                                    "degradeBy <0.2 0.8>",
	                                    "shuffle 4",
	                                    "scramble 3",
	                                    "mask rand",
	                                    "+(choose 0 12)",
	                                    "add (wchoose 0@2 [7 5])",
	                                    "rot (irand 3)",
	                                    "+(irand 5)",
	                                    "ply (choose 1 2)",
	                                    "fast (wchoose 1@2 2)",
	                                    "vel perlin",
	                                    "mask (choose 1 0 1)",
	                                    "late (choose 0 1/8)",
	                                    "bite 4 (irand 4)",
	                                    "iter (choose 2 4)",
	                                    "segment (choose 2 4)",
	                                    "bite 2 (choose 0 [1 0])",
	                                    "range 0 (choose 5 9)",
	                                    "pick (0 1) (choose 4 [5 6])"};
	static const char *const over[] = {"sometimes",         "somecycles", "often",
	                                   "sometimesBy 0.3",   "when rand",  "when square",
	                                   "when (choose t f)", "almostNever"};
	if (depth <= 0 || once_in(2)) {
		say("%s", alone[throw(sizeof alone / sizeof alone[0])]);
		return t;
	}
	say("%s (", over[throw(sizeof over / sizeof over[0])]);
	t = change(t, depth - 1);
	say(")");
	return t;
}

static struct tree *change(struct tree *t, int depth)
{
	if (pen.chance && once_in(3))
		return by_chance(t, depth);
	const int kind = throw(depth > 0 ? 10 : 6);
	if (kind < 3)
		return by_time(t);
	if (kind == 3)
		return by_value(t);
	if (kind < 6)
		return plain(t, throw(2));
	switch (throw(6)) {
	case 0:
		return by_cycle(t, depth);
	case 1:
		return several(t, depth);
	case 2:
		return inside(t, depth);
	case 3:
		return echoes(t, depth);
	case 4:
		return ply_with(t, depth);
	default:
		return chunk(t, depth);
	}
}

static void begin(uint64_t seed, char *text, size_t room, bool chance)
{
	pen.dice = seed * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 4; i++)
		throw(2);
	pen.text = text;
	pen.bytes = 0;
	pen.room = room;
	pen.used = 0;
	pen.chance = chance;
}

void oracle_draw_chance(uint64_t seed, char *text, size_t room)
{
	static const char *const sources[] = {"choose", "wchoose", "irand 5", "rand", "irand <3 9>", "perlin"};
	begin(seed, text, room, true);
	const struct draw d = {PLAIN, NULL, 0, false};
	const int source = throw(10), chain = throw(5);
	if (source < 6)
		say("%s", sources[source]);
	for (int i = 0, choices = source < 2 ? 1 + throw(4) : 0; i < choices; i++) {
		say(" ");
		group(&d, 1);
		if (source == 1 && once_in(2))
			say("@%d", 1 + throw(4));
	}
	if (source >= 6)
		row(&d, throw(3));
	if (source >= 2 && source < 6)
		say("; segment %d", 1 + throw(6));
	for (int i = 0; i < chain; i++) {
		say("; ");
		change(grow(O_SILENCE), 2);
	}
}

const struct tree *oracle_draw(uint64_t seed, char *text, size_t room)
{
	begin(seed, text, room, false);
	const bool signals = once_in(12);
	const struct draw d = {PLAIN, NULL, 0, signals};
	struct row rows = {.count = 0};
	const int side_by_side = once_in(5) ? 2 : 1, chain = signals ? 1 + throw(3) : throw(5);
	for (int i = 0; i < side_by_side; i++) {
		say(i ? ", " : "");
		hang(&rows, row(&d, throw(3)), (struct frac){1, 1});
	}
	struct tree *t = tree_of(&rows, O_STACK);
	if (signals) {
		say("; ");
		t = timed(t, "segment", O_SEGMENT, CHOICES(wholes), 0);
	}
	for (int i = 0; i < chain; i++) {
		say("; ");
		t = change(t, 2);
	}
	return t;
}
