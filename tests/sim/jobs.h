/* jobs.h — independent runs spread over the machine's cores: processes that each take the next number until none is
 * left. What they found is summed by whoever asked. */
#ifndef US_SIM_JOBS_H
#define US_SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many: the environment's JOBS, else the cores that this process may use. */
uint32_t jobs_wanted(void);
/* Zeroed memory that all jobs share; it lives as long as the program. */
void *jobs_memory(size_t bytes);

/* Calls `work(context, number)` once for each number from 0 to count - 1, in `jobs` processes; false from it: no more
 * numbers are given out. `finish(context)` in each process when it has no more to do. Memory that a job writes is its
 * own, but for jobs_memory(). Returns how many jobs ended otherwise than by coming to their end. */
uint32_t jobs_run(uint32_t jobs, uint64_t count, bool (*work)(void *context, uint64_t number),
                  void (*finish)(void *context), void *context);

#endif
