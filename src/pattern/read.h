/* read.h — a text in mini-notation becomes a pattern (include/understudy/pattern.h). [any], allocates for the time of
 * the call. The notation is Tidal's; docs/patch-language.md has its table, and that of the differences. */
#ifndef US_PATTERN_READ_H
#define US_PATTERN_READ_H

#include <stdint.h>
#include <understudy/error.h>
#include <understudy/pattern.h>

/* Fails with the column (from 1) and a hint. *pattern: US_PATTERN_BYTES of the caller's, whole again only on success;
 * its serial, seed, start and beat are 0. Names that `before` has (NULL: none) keep their numbers, as long as there are
 * numbers; then one that the text does not say gives way, unless its bit (number n: bit n - 1) is set in `held`. */
int us_pattern_read(struct us_pattern *pattern, const char *text, const struct us_pattern *before, uint64_t held,
                    uint32_t *column, struct us_err *err);

/* The same with room of its own, for who frees it; NULL: it failed. */
struct us_pattern *us_pattern_next(const char *text, const struct us_pattern *before, uint64_t held, uint32_t *column,
                                   struct us_err *err);
/* Of a text that follows nothing. */
struct us_pattern *us_pattern_new(const char *text, uint32_t *column, struct us_err *err);

/* The n-th word for a change, NULL behind the last. */
const char *us_pattern_word(uint32_t n);

#endif
