/* mini.h — Tidal's mini-notation into a pattern (include/understudy/pattern.h). [any], allocates for the time of the
 * call.
 *
 *   bd sn hh          steps that share a cycle         ~ or -        a rest
 *   [bd sn] hh        a step that is a group           bd _ sn       bd is twice as long
 *   <bd sn>           one per cycle                    bd@3 sn       so is this, three times
 *   bd*2  bd/2        faster, slower                   bd!3  bd !    again
 *   bd, hh hh         at once                          bd(3,8,2)     Euclid
 *   {a b c}%4         four of them per cycle           0 .. 3        0 1 2 3
 *   bd? bd?0.3        perhaps                          bd | sn       one of them
 *   c4 e#3 -7 0.5     notes and numbers                c4'min7       chords
 *   X.x.              hits and rests, X accented       bd:3          a name with a number; 7:0.5 with a velocity
 *
 * and behind a semicolon what is done to it, as often as one likes (mini_change.c):
 *
 *   bd*2 sn; every 4 (fast 2); rev; off 1/8 (+7); jux rev
 *
 * Factors and Euclid's numbers may be patterns themselves: bd*<2 3>, bd(<3 5>,8), +<0 5>.
 *
 * Not taken: feet (.) and Tidal's ^name. */
#ifndef US_MINI_H
#define US_MINI_H

#include <stdint.h>
#include <understudy/error.h>
#include <understudy/pattern.h>

/* Fails with the column (from 1) and a hint; *pattern is then as it was. Sets text and nodes, leaves the rest. */
int us_mini_read(struct us_pattern *pattern, const char *text, uint32_t *column, struct us_err *err);

#endif
