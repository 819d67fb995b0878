/* osc_read.c — see osc.h: packets of OSC 1.0 to commands. A bundle is taken element by element: what is wrong with one
 * is said, with its address, and the next one follows. Nothing is copied: strings are told where they lie in the
 * packet. */
#include "osc.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <understudy/record.h>

enum { MOST_DEPTH = 64, HEAD_BYTES = 16, MOST_ELEMENTS_REFUSED = 16 };

struct reader {
	us_osc_take *take;
	us_osc_refuse *refuse;
	void *context;
	uint32_t refused;
};

static void complain(struct reader *r, const char *address, const char *text)
{
	if (r->refused++ < MOST_ELEMENTS_REFUSED)
		r->refuse(r->context, address, text);
}

static uint32_t word_at(const char *p)
{
	uint32_t word;
	memcpy(&word, p, sizeof word);
	return ntohl(word);
}

static uint64_t long_at(const char *p)
{
	return (uint64_t)word_at(p) << 32 | word_at(p + 4);
}

static double float_of(uint32_t bits)
{
	float f;
	memcpy(&f, &bits, sizeof f);
	return (double)f;
}

static double double_of(uint64_t bits)
{
	double d;
	memcpy(&d, &bits, sizeof d);
	return d;
}

/* Bytes of a string with its padding; 0: it does not end within `left`. */
static size_t text_bytes(const char *text, size_t left)
{
	const size_t n = strnlen(text, left);
	const size_t whole = n / 4 * 4 + 4;
	return n < left && whole <= left ? whole : 0;
}

/* One argument of this type. Returns the bytes that it takes, or SIZE_MAX: it does not end within `left`, or there is
 * no such type. */
static size_t read_argument(struct us_arg *a, char type, const char *p, size_t left)
{
	size_t bytes = 0;
	*a = (struct us_arg){.type = type};
	if (strchr("TFNI", type))
		return 0;
	if (strchr("sSb", type)) {
		bytes = type != 'b' ? text_bytes(p, left) : left >= 4 ? 4 + ((size_t)word_at(p) + 3) / 4 * 4 : 0;
		if (type != 'b')
			*a = (struct us_arg){.type = 's', .s = p};
	} else if (strchr("ifcrm", type)) {
		bytes = 4;
	} else if (strchr("hdt", type)) {
		bytes = 8;
	}
	if (bytes == 0 || bytes > left)
		return SIZE_MAX;
	if (type == 'i' || type == 'c')
		*a =
		    (struct us_arg){.type = 'i', .i = type == 'c' ? (int64_t)(word_at(p) & 0xff) : (int32_t)word_at(p)};
	else if (type == 'h')
		*a = (struct us_arg){.type = 'i', .i = (int64_t)long_at(p)};
	else if (type == 'f')
		*a = (struct us_arg){.type = 'd', .d = float_of(word_at(p))};
	else if (type == 'd')
		*a = (struct us_arg){.type = 'd', .d = double_of(long_at(p))};
	return bytes;
}

/* Of more arguments than a command can have the first are kept: no address takes as many, so it is refused in words.
 * Arrays are what is in them. */
static const char *read_typed(struct us_command *c, const char *types, const char *p, size_t left)
{
	int open = 0;
	for (; *types; types++) {
		struct us_arg a;
		open += *types == '[' ? 1 : *types == ']' ? -1 : 0;
		if (open < 0)
			return "malformed OSC: an array ends that has not begun";
		if (*types == '[' || *types == ']')
			continue;
		const size_t bytes = read_argument(&a, *types, p, left);
		if (bytes == SIZE_MAX)
			return strchr("ifcrmhdtsSb", *types) ? "malformed OSC: an argument is cut short"
			                                     : "malformed OSC: there is no such type of argument";
		p += bytes;
		left -= bytes;
		if (c->argc < US_COMMAND_ARGS)
			c->arg[c->argc++] = a;
	}
	return open ? "malformed OSC: an array does not end" : NULL;
}

/* 220.0 is C\ as text; "on" and "c4" are huge as numbers. */
static bool is_likely_float(const char *p, size_t letters)
{
	const double f = fabs(float_of(word_at(p)));
	return letters <= 2 && f > 1e-6 && f < 1e6;
}

/* Old senders say no types. What they can have sent is told by its looks: visible letters that end in zeros are text, a
 * number that is small as an integer is one, all else is a float. */
static const char *read_untyped(struct us_command *c, const char *p, size_t left)
{
	while (left) {
		const size_t text = text_bytes(p, left), letters = strnlen(p, left);
		size_t visible = 0;
		while (visible < letters && p[visible] >= ' ' && p[visible] < 127)
			visible++;
		struct us_arg a = {.type = 's', .s = p};
		size_t bytes = text;
		if (!text || letters < 2 || visible != letters || is_likely_float(p, letters)) {
			const int32_t whole = (int32_t)word_at(p);
			const bool small = whole > -(1 << 20) && whole < 1 << 20;
			a = small ? (struct us_arg){.type = 'i', .i = whole}
			          : (struct us_arg){.type = 'd', .d = float_of((uint32_t)whole)};
			bytes = 4;
		}
		p += bytes;
		left -= bytes;
		if (c->argc < US_COMMAND_ARGS)
			c->arg[c->argc++] = a;
	}
	return NULL;
}

static void read_message(struct reader *r, const char *p, size_t bytes, uint64_t ntp)
{
	struct us_command command = {.address = p, .at = US_NOW};
	const size_t address = text_bytes(p, bytes);
	if (!address) {
		complain(r, "/", "malformed OSC: an address that does not end");
		return;
	}
	const char *types = p + address, *wrong;
	size_t left = bytes - address;
	if (left && types[0] == ',') {
		const size_t n = text_bytes(types, left);
		wrong = n ? read_typed(&command, types + 1, types + n, left - n)
		          : "malformed OSC: its types, as in ,if, do not end";
	} else {
		wrong = read_untyped(&command, types, left);
	}
	if (wrong)
		complain(r, p, wrong);
	else
		r->take(r->context, &command, ntp);
}

static void read_element(struct reader *r, const char *p, size_t bytes, uint64_t ntp, uint32_t depth);

static void read_bundle(struct reader *r, const char *p, size_t bytes, uint32_t depth)
{
	if (bytes < HEAD_BYTES) {
		complain(r, "#bundle", "malformed OSC: a bundle without a time");
		return;
	}
	if (depth == MOST_DEPTH) {
		complain(r, "#bundle", "bundles in bundles, more than 64 deep");
		return;
	}
	const uint64_t ntp = long_at(p + 8);
	for (size_t at = HEAD_BYTES; at < bytes;) {
		const size_t size = bytes - at >= 4 ? word_at(p + at) : SIZE_MAX;
		if (size > bytes - at - 4) {
			complain(r, "#bundle", "malformed OSC: an element that is larger than its bundle");
			return;
		}
		read_element(r, p + at + 4, size, ntp, depth + 1);
		at += 4 + size;
	}
}

static void read_element(struct reader *r, const char *p, size_t bytes, uint64_t ntp, uint32_t depth)
{
	if (bytes == 0)
		complain(r, "/", "an empty packet; OSC begins with / or #bundle");
	else if (bytes % 4 != 0)
		complain(r, "/", "not OSC: its size is no multiple of 4");
	else if (bytes >= 8 && memcmp(p, "#bundle", 8) == 0)
		read_bundle(r, p, bytes, depth);
	else if (p[0] == '/')
		read_message(r, p, bytes, ntp);
	else
		complain(r, "/", "not OSC: what is sent begins with / or #bundle");
}

int us_osc_decode(const void *packet, size_t bytes, us_osc_take *take, us_osc_refuse *refuse, void *context)
{
	struct reader r = {.take = take, .refuse = refuse, .context = context};
	read_element(&r, packet, bytes, US_OSC_IMMEDIATELY, 0);
	return r.refused ? US_FAILED : US_OK;
}
