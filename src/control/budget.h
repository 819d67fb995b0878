/* budget.h — what one sender may ask of control, see budget.c. Pure but for us_budget_cpu_ns: time is an argument.
 * [control's thread] */
#ifndef US_BUDGET_H
#define US_BUDGET_H

#include "command/commander.h"
#include "inbox.h"

enum { US_ACCOUNTS = 64 };
struct us_account {
	union us_source source; /* elsewhere: without its port */
	bool here;
	uint64_t seen_ns, known_until_ns; /* it has shown a token */
	int64_t work_ns, bytes;           /* what is left */
};
struct us_budget {
	uint64_t seen_ns;
	int64_t work_ns, bytes; /* of all who are not known, of all elsewhere */
	struct us_account account[US_ACCOUNTS];
};

/* A token was shown: the sender counts as known for a minute. */
void us_budget_know(struct us_budget *budget, const union us_source *source, uint64_t now_ns);
/* May it have a dear command carried out; and what that took. */
bool us_budget_may_work(struct us_budget *budget, const union us_source *source, uint64_t now_ns);
void us_budget_worked(struct us_budget *budget, const union us_source *source, uint64_t now_ns, uint64_t cpu_ns);
/* May so many bytes be sent to it; if so they are counted. */
bool us_budget_may_answer(struct us_budget *budget, const union us_source *source, uint64_t now_ns, size_t bytes);
/* CPU time of this thread. */
uint64_t us_budget_cpu_ns(void);

/* How many of `all` seats such a sender and its like may take together. */
uint32_t us_seats_for(enum us_from from, uint32_t all);

#endif
