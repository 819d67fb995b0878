/* warning_rig.h — for tests of what is warned of: a commander on the real modules that is told sentences and patches,
 * and all that it answers. */
#ifndef WARNING_RIG_H
#define WARNING_RIG_H

#include "spoken_rig.h"

/* A sentence, or a patch; what is wrong in it fails the test. */
static inline void tell(struct rig *r, const char *text, bool whole)
{
	struct us_err err;
	if (compile_text(text, "p.us", whole, take, r, &err))
		fail_msg("%s: %s", text, err.text);
}

/* A whole patch instead of the one that is there. */
static inline void load(struct rig *r, const char *text)
{
	forget(r);
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	tell(r, text, true);
	say(r, "/patch/commit", "");
}

/* All that was answered: a warning of each of these, in this order. */
static inline void expect(struct rig *r, const char *about, const char *const *wanted)
{
	for (uint32_t i = 0; i < r->answers || *wanted; i++, wanted++)
		if (i == r->answers || !*wanted || strncmp(r->answer[i], "/warning ", 9) != 0 ||
		    !strstr(r->answer[i], *wanted))
			fail_msg("%s\nsays: %s\nexpected: %s", about, i < r->answers ? r->answer[i] : "nothing",
			         *wanted ? *wanted : "nothing");
	forget(r);
}
#define SAYS(r, about, ...) expect(r, about, (const char *const[]){__VA_ARGS__, NULL})

#endif
