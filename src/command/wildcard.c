/* wildcard.c — see wildcard.h. The set of reachable positions in a name is one 64-bit word: bit i says "the pattern so
 * far can have eaten i characters". Every element of the pattern maps the set to the next one. */
#include "wildcard.h"

#include <stdint.h>
#include <string.h>

bool us_wildcard_is(const char *address)
{
	return strpbrk(address, "?*[{") || strstr(address, "//");
}

static int check_brackets(const char *part, struct us_err *err)
{
	for (const char *p = part; *p; p++) {
		if (*p != '[' && *p != '{')
			continue;
		char close = *p == '[' ? ']' : '}';
		const char *end = strchr(p, close);
		if (!end)
			return us_fail(err, "the pattern has a %c without its %c", *p, close);
		if (strpbrk(p + 1, "[{") && strpbrk(p + 1, "[{") < end)
			return us_fail(err, "brackets inside brackets are not OSC: %s", part);
		p = end;
	}
	return US_OK;
}

int us_wildcard_read(struct us_wildcard *pattern, const char *address, struct us_err *err)
{
	if (strlen(address) >= sizeof pattern->text)
		return us_fail(err, "the address is longer than %d bytes", US_ADDRESS_BYTES - 1);
	memset(pattern, 0, sizeof *pattern);
	pattern->budget = US_WILDCARD_STEPS;
	strcpy(pattern->text, address);
	for (char *p = pattern->text; *p;) {
		bool descends = p[0] == '/' && p[1] == '/';
		while (*p == '/')
			*p++ = 0;
		if (pattern->parts == US_WILDCARD_PARTS)
			return us_fail(err, "the pattern has more than %d parts", US_WILDCARD_PARTS);
		pattern->descends[pattern->parts] = descends;
		if (!*p) /* a final slash: only // means something there */
			return descends ? US_OK : us_fail(err, "an address does not end with a slash");
		pattern->part[pattern->parts++] = p;
		p += strcspn(p, "/");
	}
	for (size_t i = 0; i < pattern->parts; i++)
		if (check_brackets(pattern->part[i], err))
			return US_FAILED;
	return US_OK;
}

/* [abc], [a-z], [!a-z]: is c in it? p stands on the '['. */
static bool in_class(const char *p, const char *end, char c)
{
	bool negated = *++p == '!', found = false;
	for (p += negated; p < end; p++) {
		if (p[1] == '-' && p + 2 < end) {
			found |= p[0] <= c && c <= p[2];
			p += 2;
		} else {
			found |= *p == c;
		}
	}
	return found != negated;
}

static bool spend(size_t *budget, size_t steps)
{
	*budget -= steps < *budget ? steps : *budget;
	return *budget > 0;
}

/* Every position of the set goes one further where the name's character is right. */
static uint64_t step(uint64_t set, const char *name, const char *element, const char *end)
{
	uint64_t next = 0;
	for (uint64_t left = set; left; left &= left - 1) {
		char c = name[__builtin_ctzll(left)];
		bool right = c && (*element == '?' || (*element == '[' ? in_class(element, end, c) : *element == c));
		if (right)
			next |= (left & -left) << 1;
	}
	return next;
}

/* {one,two}: the set after any of the words. p stands on the '{'. */
static uint64_t alternatives(uint64_t set, const char *name, const char *p, const char *end)
{
	uint64_t next = 0;
	while (p < end) {
		uint64_t word = set;
		for (p++; p < end && *p != ','; p++) {
			uint64_t after = 0;
			for (uint64_t left = word; left; left &= left - 1)
				if (name[__builtin_ctzll(left)] == *p)
					after |= (left & -left) << 1;
			word = after;
		}
		next |= word;
	}
	return next;
}

bool us_wildcard_part(const char *part, const char *name, size_t *budget)
{
	size_t length = strlen(name);
	if (length > US_WILDCARD_NAME_BYTES)
		return false;
	uint64_t all = length == 63 ? ~0ull : (2ull << length) - 1, set = 1;
	for (const char *p = part; *p && set; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : *p == '[' ? strchr(p, ']') : p;
		if (!spend(budget, (size_t)(end - p + 1) * (size_t)__builtin_popcountll(set)))
			return false;
		if (*p == '*')
			set = all & ~((set & -set) - 1); /* from the first reachable position on */
		else if (*p == '{')
			set = alternatives(set, name, p, end);
		else
			set = step(set, name, p, end);
		p = end;
	}
	return set >> length & 1;
}

/* The same walk one floor up: bit i of the set says "the pattern so far can have eaten i names". */
bool us_wildcard_match(struct us_wildcard *pattern, const char *const name[], size_t names)
{
	uint64_t all = (2ull << names) - 1, set = 1;
	for (size_t p = 0; p < pattern->parts && set; p++) {
		uint64_t next = 0;
		if (pattern->descends[p])
			set = all & ~((set & -set) - 1);
		for (size_t n = 0; n < names; n++)
			if ((set >> n & 1) && us_wildcard_part(pattern->part[p], name[n], &pattern->budget))
				next |= 2ull << n;
		set = next;
	}
	if (pattern->descends[pattern->parts])
		set = set ? all & ~((set & -set) - 1) : 0;
	return set >> names & 1;
}
