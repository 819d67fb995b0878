/* adopt.h — taking over a session whose supervisor died; see adopt.c. [setup], in this order: segments, clock, socket,
 * recorder, company. */
#ifndef US_ADOPT_H
#define US_ADOPT_H

#include <understudy/error.h>

struct us_stage;

int us_adopt_segments(struct us_stage *stage, struct us_err *err);
void us_adopt_clock(struct us_stage *stage);
/* US_FAILED: there is no control to get the socket from; make a new one. */
int us_adopt_socket(struct us_stage *stage);
void us_adopt_recorder(struct us_stage *stage);
void us_adopt_company(struct us_stage *stage);

#endif
