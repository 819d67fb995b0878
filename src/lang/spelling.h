/* spelling.h — "did you mean": which of some names is spelled most like the one that was written. [any] */
#ifndef US_SPELLING_H
#define US_SPELLING_H

/* Start with .wanted alone; offer every name; the names must outlive it. */
struct us_spelling {
	const char *wanted;
	const char *best;
	unsigned slips; /* letters to change, add, leave out or swap with the next one */
};

void us_spelling_offer(struct us_spelling *spelling, const char *name);

/* NULL if none comes near: two slips in a word of six are a slip of the hand, four are another word. */
const char *us_spelling_best(const struct us_spelling *spelling);

#endif
