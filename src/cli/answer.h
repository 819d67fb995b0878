/* answer.h — what the synth answers, for somebody who reads it: in the language's own words, with units. [one thread]
 */
#ifndef US_CLI_ANSWER_H
#define US_CLI_ANSWER_H

#include "roll.h"

/* Prints a line. roll: who plays, for units; NULL: nobody knows. */
void us_answer_say(const struct us_roll *roll, const struct us_command *answer);

#endif
