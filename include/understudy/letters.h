/* letters.h — words compared without regard to case, in every locale alike: only A to Z have two cases here (in a
 * Turkish locale the library's strcasecmp knows no HIGH that is high). [any] */
#ifndef UNDERSTUDY_LETTERS_H
#define UNDERSTUDY_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

static inline char us_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The first `n` bytes, or up to the end of both. */
static inline bool us_same_letters(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (us_lower(*a) != us_lower(*b))
			return false;
		if (!*a)
			return true;
	}
	return true;
}

static inline bool us_same_word(const char *a, const char *b)
{
	return us_same_letters(a, b, (size_t)-1);
}

#endif
