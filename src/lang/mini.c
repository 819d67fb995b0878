/* mini.c — see mini.h. A parser by recursive descent over a bounded text, into a tree of twigs; then the tree is laid
 * flat, children behind their parents, so that the player can trust that nothing goes round in circles. */
#include "mini.h"

#include "chords.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TWIGS = 512, NAMES = 32, NAME_BYTES = 24, DEPTH = US_PATTERN_DEPTH / 2, NONE = 0xffff };

struct twig {
	struct us_pattern_node node;
	uint16_t child, next; /* first child, next sibling */
	uint16_t laid;        /* where its children lie, once they do; of the twig that owns them */
};

struct mini {
	const char *text, *at;
	struct twig twig[TWIGS];
	uint32_t count, depth;
	char name[NAMES][NAME_BYTES];
	uint32_t names;
	struct us_err *err;
};

/* Children of a sequence while it is read. */
struct row {
	uint16_t first, last;
	uint32_t count;
};

/* --- twigs --------------------------------------------------------------------------------------------- */

static int refuse(struct mini *m, const char *right)
{
	if (*m->at)
		return us_fail(m->err, "'%.12s' cannot stand here; %s", m->at, right);
	return us_fail(m->err, "the pattern ends too soon; %s", right);
}

static uint16_t grow(struct mini *m, enum us_pattern_op op)
{
	if (m->count == TWIGS) {
		us_fail(m->err, "more than %d steps; a pattern of so many is better cut in two", TWIGS);
		return NONE;
	}
	m->twig[m->count] = (struct twig){
	    .node = {.op = (uint8_t)op, .weight = 1, .velocity = 0.8f}, .child = NONE, .next = NONE, .laid = NONE};
	return (uint16_t)m->count++;
}

static void hang(struct mini *m, struct row *row, uint16_t twig)
{
	if (row->count++)
		m->twig[row->last].next = twig;
	else
		row->first = twig;
	row->last = twig;
}

/* A twig over a row. */
static uint16_t bind(struct mini *m, enum us_pattern_op op, const struct row *row)
{
	const uint16_t t = grow(m, op);
	if (t == NONE)
		return NONE;
	if (row->count > 255) {
		us_fail(m->err, "more than 255 steps side by side");
		return NONE;
	}
	m->twig[t].child = row->count ? row->first : NONE;
	m->twig[t].node.children = (uint8_t)row->count;
	return t;
}

static uint16_t over(struct mini *m, enum us_pattern_op op, uint16_t child)
{
	struct row row = {0};
	if (child == NONE)
		return NONE;
	const float weight = m->twig[child].node.weight;
	m->twig[child].node.weight = 1;
	hang(m, &row, child);
	const uint16_t t = bind(m, op, &row);
	if (t != NONE)
		m->twig[t].node.weight = weight;
	return t;
}

/* The same again; what lies below is shared. */
static uint16_t again(struct mini *m, uint16_t twig)
{
	const uint16_t t = grow(m, US_PAT_REST);
	if (t == NONE)
		return NONE;
	m->twig[t] = m->twig[twig];
	m->twig[t].next = NONE;
	return t;
}

/* --- words --------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_blanks(struct mini *m)
{
	while (is_blank(*m->at))
		m->at++;
}

/* Without the locale: the C library's would take a comma for a point in some countries. */
static int read_number(struct mini *m, float *value)
{
	const char *p = m->at;
	double sign = 1, x = 0, scale = 1;
	if (*p == '-' || *p == '+')
		sign = *p++ == '-' ? -1 : 1;
	if (!is_digit(*p) && !(*p == '.' && is_digit(p[1])))
		return refuse(m, "a number would be right");
	for (; is_digit(*p) && x < 1e7; p++)
		x = x * 10 + (*p - '0');
	if (*p == '.' && is_digit(p[1]))
		for (p++; is_digit(*p); p++)
			x += (scale /= 10) * (*p - '0');
	if (is_digit(*p))
		return refuse(m, "a number below ten million would be right");
	m->at = p;
	*value = (float)(sign * x);
	return US_OK;
}

static int read_whole(struct mini *m, int least, int most, int *value)
{
	float x;
	skip_blanks(m);
	const char *begin = m->at;
	if (read_number(m, &x))
		return US_FAILED;
	if (x < (float)least || x > (float)most || x != (float)(int)x) {
		m->at = begin;
		return us_fail(m->err, "a whole number from %d to %d would be right", least, most);
	}
	*value = (int)x;
	skip_blanks(m);
	return US_OK;
}

/* c, f#, eb3, as5: semitones above c4. Only if the whole word is one. */
static bool is_note(const char *word, size_t bytes, float *semitones)
{
	static const int8_t of_letter[] = {9, 11, 0, 2, 4, 5, 7};
	size_t n = 1;
	if (word[0] < 'a' || word[0] > 'g')
		return false;
	int pitch = of_letter[word[0] - 'a'];
	for (; n < bytes && n < 3 && (word[n] == '#' || word[n] == 's' || word[n] == 'b' || word[n] == 'f'); n++)
		pitch += word[n] == '#' || word[n] == 's' ? 1 : -1;
	if (n < bytes) {
		const bool below = word[n] == '-';
		n += below;
		if (n + 1 != bytes || !is_digit(word[n]))
			return false;
		pitch += 12 * ((below ? -1 : 1) * (word[n] - '0') - 4);
	}
	*semitones = (float)pitch;
	return true;
}

static int name_number(struct mini *m, const char *word, size_t bytes, uint8_t *number)
{
	if (bytes >= NAME_BYTES)
		return us_fail(m->err, "a name of %zu letters; the longest has %d", bytes, NAME_BYTES - 1);
	for (uint32_t i = 0; i < m->names; i++)
		if (strlen(m->name[i]) == bytes && memcmp(m->name[i], word, bytes) == 0) {
			*number = (uint8_t)(i + 1);
			return US_OK;
		}
	if (m->names == NAMES)
		return us_fail(m->err, "more than %d different names in one pattern", NAMES);
	memcpy(m->name[m->names], word, bytes);
	*number = (uint8_t)++m->names;
	return US_OK;
}

/* --- atoms --------------------------------------------------------------------------------------------- */

static uint16_t atom(struct mini *m, float value, uint8_t name, float velocity)
{
	const uint16_t t = grow(m, US_PAT_ATOM);
	if (t != NONE) {
		m->twig[t].node.value = value;
		m->twig[t].node.name = name;
		m->twig[t].node.velocity = velocity;
	}
	return t;
}

/* X.x.: each letter is a step of the row that it stands in. */
static bool is_drums(const char *word, size_t bytes)
{
	bool hit = false;
	for (size_t i = 0; i < bytes; i++) {
		if (word[i] != 'x' && word[i] != 'X' && word[i] != '.')
			return false;
		hit |= word[i] != '.';
	}
	return hit;
}

static int read_drums(struct mini *m, size_t bytes, struct row *row)
{
	uint8_t number;
	if (name_number(m, "x", 1, &number))
		return US_FAILED;
	for (; bytes--; m->at++) {
		const uint16_t t = *m->at == '.' ? grow(m, US_PAT_REST) : atom(m, 0, number, *m->at == 'X' ? 1 : 0.7f);
		if (t == NONE)
			return US_FAILED;
		hang(m, row, t);
	}
	return US_OK;
}

/* c4'min7: its tones at once. */
static uint16_t chord(struct mini *m, float root)
{
	struct row row = {0};
	char name[16] = "";
	size_t n = 0;
	for (m->at++; (is_letter(*m->at) || is_digit(*m->at)) && n + 1 < sizeof name; m->at++)
		name[n++] = *m->at;
	const int8_t *tones = us_chord(name);
	if (!tones) {
		m->at -= n;
		us_fail(m->err, "there is no chord '%s'; there are %s", name, us_chord_names());
		return NONE;
	}
	for (int i = 0; i == 0 || tones[i]; i++) {
		const uint16_t t = atom(m, root + tones[i], 0, 0.8f);
		if (t == NONE)
			return NONE;
		hang(m, &row, t);
	}
	return bind(m, US_PAT_STACK, &row);
}

static uint16_t read_word(struct mini *m)
{
	const char *begin = m->at;
	float value;
	uint8_t number = 0;
	size_t n = 0;
	const char *digit = begin + (*begin == '-');
	if (is_digit(*digit) || (*digit == '.' && is_digit(digit[1])))
		return read_number(m, &value) ? NONE : atom(m, value, 0, 0.8f);
	while (is_letter(begin[n]) || is_digit(begin[n]) || begin[n] == '#' ||
	       (n && begin[n] == '-' && is_digit(begin[n + 1])))
		n++;
	if (!n) {
		refuse(m, "a step would be right: a name, a note, a number, ~ or [");
		return NONE;
	}
	m->at += n;
	if (is_note(begin, n, &value))
		return *m->at == '\'' ? chord(m, value) : atom(m, value, 0, 0.8f);
	m->at = begin;
	if (memchr(begin, '#', n) || name_number(m, begin, n, &number)) {
		if (memchr(begin, '#', n))
			refuse(m, "a note such as c#4 or a name would be right");
		return NONE;
	}
	m->at += n;
	return atom(m, 0, number, 0.8f);
}

/* --- steps --------------------------------------------------------------------------------------------- */

static uint16_t read_rows(struct mini *m, char close);

static uint16_t read_group(struct mini *m)
{
	const char open = *m->at;
	const char close = open == '[' ? ']' : open == '<' ? '>' : '}';
	if (++m->depth > DEPTH) {
		us_fail(m->err, "brackets within brackets, more than %d deep", DEPTH);
		return NONE;
	}
	m->at++;
	const uint16_t t = read_rows(m, close);
	m->depth--;
	return t;
}

static uint16_t fast(struct mini *m, uint16_t step, bool slow)
{
	float factor;
	const char *begin = ++m->at;
	if (read_number(m, &factor))
		return NONE;
	if (!(factor >= 1.f / 64 && factor <= 64)) {
		m->at = begin;
		us_fail(m->err, "a factor from 1/64 to 64 would be right");
		return NONE;
	}
	const uint16_t t = over(m, US_PAT_FAST, step);
	if (t != NONE) {
		m->twig[t].node.value = slow ? 1 : factor;
		m->twig[t].node.divisor = slow ? factor : 1;
	}
	return t;
}

static uint16_t euclid(struct mini *m, uint16_t step)
{
	int hits, steps, rotate = 0;
	m->at++;
	if (read_whole(m, -US_PATTERN_STEPS, US_PATTERN_STEPS, &hits))
		return NONE;
	if (*m->at != ',') {
		refuse(m, "hits and steps would be right, as in (3,8)");
		return NONE;
	}
	m->at++;
	if (read_whole(m, 1, US_PATTERN_STEPS, &steps))
		return NONE;
	if (*m->at == ',') {
		m->at++;
		if (read_whole(m, -US_PATTERN_STEPS, US_PATTERN_STEPS, &rotate))
			return NONE;
	}
	if (*m->at != ')') {
		refuse(m, "a ) would be right, as in (3,8) or (3,8,2)");
		return NONE;
	}
	m->at++;
	const uint16_t t = over(m, US_PAT_EUCLID, step);
	if (t != NONE) {
		m->twig[t].node.steps[0] = (int8_t)hits;
		m->twig[t].node.steps[1] = (int8_t)steps;
		m->twig[t].node.steps[2] = (int8_t)rotate;
	}
	return t;
}

static uint16_t perhaps(struct mini *m, uint16_t step)
{
	float chance = 0.5f;
	m->at++;
	if ((is_digit(*m->at) || *m->at == '.') && read_number(m, &chance))
		return NONE;
	const uint16_t t = over(m, US_PAT_DEGRADE, step);
	if (t != NONE)
		m->twig[t].node.value = chance < 0 ? 0 : chance > 1 ? 1 : chance;
	return t;
}

/* name:3 is a name with a number, 7:0.5 a number with a velocity. */
static uint16_t colon(struct mini *m, uint16_t step)
{
	float value;
	m->at++;
	if (m->twig[step].node.op != US_PAT_ATOM) {
		refuse(m, "only a name or a number can have a : behind it");
		return NONE;
	}
	if (read_number(m, &value))
		return NONE;
	if (m->twig[step].node.name)
		m->twig[step].node.value = value;
	else
		m->twig[step].node.velocity = value < 0 ? 0 : value > 1 ? 1 : value;
	return step;
}

static uint16_t modify(struct mini *m, uint16_t step, int *times)
{
	float weight;
	while (step != NONE) {
		switch (*m->at) {
		case '*':
		case '/':
			step = fast(m, step, *m->at == '/');
			break;
		case '(':
			step = euclid(m, step);
			break;
		case '?':
			step = perhaps(m, step);
			break;
		case ':':
			step = colon(m, step);
			break;
		case '@':
			m->at++;
			if (read_number(m, &weight) || !(weight > 0)) {
				us_fail(m->err, "a weight above 0 would be right, as in bd@3");
				return NONE;
			}
			m->twig[step].node.weight = weight;
			break;
		case '!':
			m->at++;
			if (!is_digit(*m->at))
				++*times;
			else if (read_whole(m, 1, 64, times))
				return NONE;
			break;
		default:
			return step;
		}
	}
	return NONE;
}

/* 0 .. 3 */
static int range(struct mini *m, struct row *row)
{
	float end;
	const struct us_pattern_node *from = &m->twig[row->last].node;
	if (!row->count || from->op != US_PAT_ATOM || from->name)
		return refuse(m, "a number before .. would be right, as in 0 .. 3");
	m->at += 2;
	skip_blanks(m);
	if (read_number(m, &end))
		return US_FAILED;
	const float step = end > from->value ? 1 : -1;
	for (float x = from->value + step; step > 0 ? x <= end : x >= end; x += step) {
		const uint16_t t = atom(m, x, 0, 0.8f);
		if (t == NONE)
			return US_FAILED;
		hang(m, row, t);
	}
	return US_OK;
}

static int read_step(struct mini *m, struct row *row)
{
	const char c = *m->at;
	size_t n = 0;
	int times = 1;
	uint16_t step;
	if (c == '_' || c == '!') {
		if (!row->count)
			return refuse(m, "it belongs to a step before it");
		m->at++;
		if (c == '_') {
			m->twig[row->last].node.weight += 1;
			return US_OK;
		}
		const uint16_t t = again(m, row->last);
		if (t != NONE)
			hang(m, row, t);
		return t == NONE ? US_FAILED : US_OK;
	}
	if (c == '.' && m->at[1] == '.' && (is_blank(m->at[2]) || is_digit(m->at[2]) || m->at[2] == '-'))
		return range(m, row);
	while (m->at[n] == 'x' || m->at[n] == 'X' || m->at[n] == '.')
		n++;
	if (n && is_drums(m->at, n) && !is_letter(m->at[n]) && !is_digit(m->at[n]) && n > 1)
		return read_drums(m, n, row);
	if (c == '~' || (c == '-' && !is_digit(m->at[1]) && m->at[1] != '.')) {
		m->at++;
		step = grow(m, US_PAT_REST);
	} else if (c == '[' || c == '<' || c == '{') {
		step = read_group(m);
	} else {
		step = read_word(m);
	}
	step = modify(m, step, &times);
	if (step == NONE)
		return US_FAILED;
	hang(m, row, step);
	for (; times > 1; times--) {
		const uint16_t t = again(m, row->last);
		if (t == NONE)
			return US_FAILED;
		hang(m, row, t);
	}
	return US_OK;
}

/* --- rows ---------------------------------------------------------------------------------------------- */

static uint16_t finish_row(struct mini *m, const struct row *row, char close, float weight)
{
	if (!row->count)
		return grow(m, US_PAT_REST);
	if (close == '>' && weight == (float)row->count)
		return bind(m, US_PAT_ALT, row);
	if (close == '>') { /* <a@3 b>: a is one step of three cycles */
		const uint16_t t = over(m, US_PAT_FAST, bind(m, US_PAT_SEQ, row));
		if (t != NONE) {
			m->twig[t].node.value = 1;
			m->twig[t].node.divisor = weight;
		}
		return t;
	}
	if (row->count > 1)
		return bind(m, US_PAT_SEQ, row);
	m->twig[row->first].node.weight = 1;
	return row->first;
}

/* {a b c}%4, or as many a cycle as the first row has. Each row runs at its own speed. */
static int polymetre(struct mini *m, struct row *rows, const uint32_t *counts)
{
	float steps = (float)counts[0];
	if (*m->at == '%') {
		m->at++;
		if (read_number(m, &steps) || !(steps > 0))
			return us_fail(m->err, "a number of steps a cycle would be right, as in {a b c}%%4");
	}
	struct row fastened = {0};
	uint16_t t = rows->first;
	for (uint32_t i = 0; i < rows->count; i++) {
		const uint16_t next = m->twig[t].next;
		m->twig[t].next = NONE;
		const uint16_t f = over(m, US_PAT_FAST, t);
		if (f == NONE)
			return US_FAILED;
		m->twig[f].node.value = steps;
		m->twig[f].node.divisor = (float)counts[i];
		hang(m, &fastened, f);
		t = next;
	}
	*rows = fastened;
	return US_OK;
}

/* Rows to the closing bracket, or to the end of the text: side by side with a comma, one of them with a bar. */
static uint16_t read_rows(struct mini *m, char close)
{
	enum { ROWS = 32 };
	struct row rows = {0}, row = {0};
	uint32_t counts[ROWS];
	char between = 0;
	for (;;) {
		skip_blanks(m);
		const char c = *m->at;
		if (c && c != ',' && c != '|' && c != close) {
			if (read_step(m, &row))
				return NONE;
			continue;
		}
		if (c == 0 && close) {
			us_fail(m->err, "a bracket is not closed; a %c would be right", close);
			return NONE;
		}
		if (between && (c == ',' || c == '|') && c != between) {
			refuse(m, "a row has commas or bars, not both; put brackets around one of them");
			return NONE;
		}
		float weight = 0;
		uint16_t t = row.first;
		for (uint32_t i = 0; i < row.count; i++, t = m->twig[t].next)
			weight += m->twig[t].node.weight;
		t = finish_row(m, &row, close, weight);
		if (t == NONE)
			return NONE;
		if (rows.count == ROWS) {
			us_fail(m->err, "more than %d rows at once", ROWS);
			return NONE;
		}
		counts[rows.count] = row.count ? (uint32_t)(weight + 0.5f) : 1;
		hang(m, &rows, t);
		row = (struct row){0};
		if (c == ',' || c == '|') {
			between = c;
			m->at++;
			continue;
		}
		if (c)
			m->at++;
		break;
	}
	if (close == '}' && polymetre(m, &rows, counts))
		return NONE;
	return rows.count == 1 ? rows.first : bind(m, between == '|' ? US_PAT_CHOOSE : US_PAT_STACK, &rows);
}

/* --- laying flat --------------------------------------------------------------------------------------- */

/* Breadth first, so children lie side by side and behind their parents. Twigs that share what lies below share it here.
 */
static int lay(struct mini *m, uint16_t root, struct us_pattern *p)
{
	uint16_t order[US_PATTERN_NODES];
	uint32_t count = 1;
	order[0] = root;
	for (uint32_t i = 0; i < count; i++) {
		struct twig *t = &m->twig[order[i]];
		p->node[i] = t->node;
		if (t->child == NONE)
			continue;
		struct twig *owner = &m->twig[t->child]; /* the first child knows where the row lies */
		if (owner->laid != NONE && owner->laid > i) {
			p->node[i].first = owner->laid;
			continue;
		}
		if (count + t->node.children > US_PATTERN_NODES)
			return us_fail(m->err, "more than %d steps, with what repeats; cut it in two",
			               US_PATTERN_NODES);
		p->node[i].first = owner->laid = (uint16_t)count;
		uint16_t c = t->child;
		for (uint32_t n = 0; n < t->node.children; n++, c = m->twig[c].next)
			order[count++] = c;
	}
	p->nodes = (uint16_t)count;
	return US_OK;
}

int us_mini_read(struct us_pattern *pattern, const char *text, uint32_t *column, struct us_err *err)
{
	struct us_err unread;
	struct mini *m = calloc(1, sizeof *m);
	struct us_pattern *p = calloc(1, sizeof *p);
	int failed = !m || !p ? us_fail(err, "no memory to read a pattern") : US_OK;
	*column = 1;
	if (!failed) {
		m->text = m->at = text;
		m->err = err ? err : &unread;
		failed = strlen(text) >= US_PATTERN_TEXT ? us_fail(err, "a pattern of %zu letters; the longest has %d",
		                                                   strlen(text), US_PATTERN_TEXT - 1)
		                                         : US_OK;
	}
	if (!failed) {
		const uint16_t root = read_rows(m, 0);
		failed = root == NONE || lay(m, root, p);
		*column = (uint32_t)(m->at - text) + 1;
	}
	if (!failed) {
		memcpy(pattern->node, p->node, sizeof p->node);
		memset(pattern->text, 0, sizeof pattern->text);
		strcpy(pattern->text, text);
		pattern->nodes = p->nodes;
	}
	free(m);
	free(p);
	return failed ? US_FAILED : US_OK;
}
