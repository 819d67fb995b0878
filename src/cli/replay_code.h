/* replay_code.h — with which modules a log is rendered: with those that played it, or not at all. */
#ifndef US_REPLAY_CODE_H
#define US_REPLAY_CODE_H

#include "engine/engine.h"
#include "ipc/log.h"

#include <stdbool.h>
#include <sys/types.h>

enum us_replay_consent {
	US_REPLAY_STRICT, /* the modules here, if they are those that played it */
	US_REPLAY_ANY,    /* the modules here, whatever they are */
	US_REPLAY_LOGGED, /* where they differ, those in the log, in a sandbox */
};
enum us_replay_source { US_REPLAY_HERE, US_REPLAY_FROM_LOG };

/* [setup] Chooses, and gives a pack of the chosen modules (CLOEXEC). Fails with what is missing or differs; the details
 * go to the terminal, a line each. `listed`: the log says which modules it needs. */
int us_replay_choose(enum us_replay_source *source, int *code_fd, bool *listed, const struct us_log *log,
                     const char *directory, enum us_replay_consent consent, struct us_err *err);

/* replay_logged.c: a process that renders the log with modules that nobody here vouches for. */
struct us_logged {
	pid_t pid;
	int fd;
};
int us_logged_start(struct us_logged *logged, const struct us_log *log, struct us_shelf *shelf, int code_fd,
                    struct us_err *err);
/* The next block, with what us_replay says of it. */
int us_logged_block(struct us_logged *logged, float samples[US_SAMPLES], uint64_t *applied, uint64_t *gaps,
                    struct us_err *err);
void us_logged_end(struct us_logged *logged);

#endif
