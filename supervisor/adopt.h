/* adopt.h — taking over a session whose supervisor died; see adopt.c. [setup], in this order: segments, clock, socket,
 * recorder, company. */
#ifndef US_ADOPT_H
#define US_ADOPT_H

#include <understudy/error.h>

struct us_stage;

int us_adopt_segments(struct us_stage *stage, struct us_err *err);
void us_adopt_clock(struct us_stage *stage);
/* A living control, and its socket if the keeper has not handed it on. */
void us_adopt_control(struct us_stage *stage);
void us_adopt_recorder(struct us_stage *stage);
void us_adopt_company(struct us_stage *stage);

#endif
