/* visible.h — what is printed or logged holds nothing that moves a cursor or begins a line of its own. The one place
 * for it: us_fail (error.h) calls it for every message, and so does who prints a name that came from somebody else. */
#ifndef UNDERSTUDY_VISIBLE_H
#define UNDERSTUDY_VISIBLE_H

#include <stddef.h>

/* Bytes of the UTF-8 character that `s` begins with, 0 when it is none that can be seen: a control character (C0, DEL,
 * C1), a mark that turns the direction of what follows, or no UTF-8. */
static inline size_t us_visible_bytes(const unsigned char *s)
{
	if (s[0] < 0x80)
		return s[0] >= ' ' && s[0] != 0x7f;
	const size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	unsigned long code = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	const int too_long = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
	const int turns = (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	                  (code >= 0x2066 && code <= 0x2069);
	return code < 0xa0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff || too_long || turns ? 0 : n;
}

/* The column, from 1, of the byte at place `byte`, from 1: characters count, not their bytes. */
static inline unsigned us_column_of(const char *text, unsigned byte)
{
	unsigned column = 1;
	for (unsigned i = 0; i + 1 < byte && text[i]; i++)
		column += ((unsigned char)text[i] & 0xc0) != 0x80;
	return column;
}

/* Each byte that cannot be seen becomes a question mark. */
static inline void us_visible(char *text)
{
	unsigned char *s = (unsigned char *)text;
	while (*s) {
		const size_t n = us_visible_bytes(s);
		if (!n)
			*s = '?';
		s += n ? n : 1;
	}
}

static inline int us_is_visible(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	for (size_t n = 1; *s && n; s += n)
		n = us_visible_bytes(s);
	return !*s;
}

#endif
