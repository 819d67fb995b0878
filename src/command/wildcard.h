/* wildcard.h — address patterns of OSC 1.0 (? * [] {}) and // of 1.1, matched in bounded time. [any]
 * liblo's matcher backtracks: a packet of 36 bytes holds it for seconds. This one walks a set of positions through
 * the pattern, so one match costs at most pattern length × name length, whatever a stranger sends; and all matches
 * of one message draw on one budget of steps. */
#ifndef US_WILDCARD_H
#define US_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <understudy/error.h>

enum {
	US_ADDRESS_BYTES = 256,      /* an address or a pattern with its terminating 0; longer ones are refused */
	US_WILDCARD_PARTS = 8,       /* between slashes; no address of ours has more than three */
	US_WILDCARD_NAME_BYTES = 63, /* names that can match: their positions fit one word */
};

/* A pattern cut at its slashes. */
struct us_wildcard {
	char text[US_ADDRESS_BYTES];
	const char *part[US_WILDCARD_PARTS];  /* terminated, in `text` */
	bool descends[US_WILDCARD_PARTS + 1]; /* a // stands before this part: any number of parts is skipped */
	size_t parts;
	size_t budget; /* steps left; at 0 nothing matches any more, and the pattern is to be refused */
};

enum { US_WILDCARD_STEPS = 4000000 }; /* some milliseconds */

/* Does the address hold a character that only patterns have? */
bool us_wildcard_is(const char *address);

/* Cuts and checks a pattern: brackets closed, not too long, not too deep. */
int us_wildcard_read(struct us_wildcard *pattern, const char *address, struct us_err *err);

/* Does one part (no slash) match one name? */
bool us_wildcard_part(const char *part, const char *name, size_t *budget);

/* Does the pattern match the address that consists of these names? */
bool us_wildcard_match(struct us_wildcard *pattern, const char *const name[], size_t names);

#endif
