/* replay_code.c — see replay_code.h. A log lists all modules that there were; only those that its commands create are
 * asked for. */
#include "replay_code.h"

#include "code.h"
#include "ipc/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHORT_HASH = 12 };

static void say(const char *name, const struct us_code_entry *then, const struct us_code_entry *here)
{
	char a[US_SHA256_TEXT] = "", b[US_SHA256_TEXT] = "";
	if (then)
		us_code_sha256_text(a, then->sha256);
	if (here)
		us_code_sha256_text(b, here->sha256);
	if (!here)
		fprintf(stderr, "understudy: %s is missing here (it was %.*s…)\n", name, SHORT_HASH, a);
	else
		fprintf(stderr, "understudy: %s is another one here (it was %.*s…, here it is %.*s…)\n", name,
		        SHORT_HASH, a, SHORT_HASH, b);
}

static bool is_equal(const struct us_code_entry *a, const struct us_code_entry *b)
{
	return a && b && a->bytes == b->bytes && !memcmp(a->sha256, b->sha256, sizeof a->sha256);
}

/* Is the file of this module needed, and not the one that is here? */
static bool differs(const struct us_code *then, const struct us_code *here, const char *module, char *file,
                    size_t bytes)
{
	snprintf(file, bytes, "%s.so", module);
	const struct us_code_entry *was = us_code_find(then, file);
	return was && !is_equal(was, us_code_find(here, file));
}

/* How many of the modules that the log uses are other ones here. Each is said once. */
static uint32_t count_strangers(const struct us_log *log, const struct us_code *then, const struct us_code *here,
                                bool all_in_log[1])
{
	char file[US_CODE_NAME_BYTES], module[US_MODULE_NAME_BYTES + 1];
	bool *said = calloc(then->count + 1, sizeof *said);
	uint32_t strangers = 0;
	*all_in_log = true;
	for (uint64_t i = 0; said && i < log->records; i++) {
		const struct us_record *r = &log->record[i];
		if (r->type != US_REC_CREATE)
			continue;
		snprintf(module, sizeof module, "%.*s", US_MODULE_NAME_BYTES, r->create.module);
		if (!differs(then, here, module, file, sizeof file))
			continue;
		const struct us_code_entry *was = us_code_find(then, file);
		if (said[was - then->entry])
			continue;
		said[was - then->entry] = true;
		say(file, was, us_code_find(here, file));
		*all_in_log &= us_code_bytes(then, was) != NULL;
		strangers++;
	}
	free(said);
	return strangers;
}

static void compare_programs(const struct us_code *then, const struct us_code *here)
{
	const char *name = us_program_name(US_WORKER);
	const struct us_code_entry *was = us_code_find(then, name), *is = us_code_find(here, name);
	if (was && is && !is_equal(was, is))
		fprintf(
		    stderr,
		    "understudy: the worker that played it was of another build than this program: where its engine "
		    "differs, so may the sound\n");
}

static int choose(enum us_replay_source *source, const struct us_log *log, const struct us_code *then,
                  const struct us_code *here, const char *directory, enum us_replay_consent consent, struct us_err *err)
{
	bool all_in_log;
	compare_programs(then, here);
	const uint32_t strangers = count_strangers(log, then, here, &all_in_log);
	*source = US_REPLAY_HERE;
	if (!strangers || consent == US_REPLAY_ANY)
		return US_OK;
	if (!all_in_log)
		return us_fail(err,
		               "%s was played with other modules (see above): replay it with those "
		               "(UNDERSTUDY_MODULES=DIR), or with --any-code, and it sounds as these make it sound",
		               directory);
	*source = US_REPLAY_FROM_LOG;
	return consent == US_REPLAY_LOGGED
	           ? US_OK
	           : us_fail(err,
	                     "%s was played with other modules (see above), and holds them: --logged-code runs these, "
	                     "in a sandbox; --any-code takes those that are here",
	                     directory);
}

int us_replay_choose(enum us_replay_source *source, int *code_fd, bool *listed, const struct us_log *log,
                     const char *directory, enum us_replay_consent consent, struct us_err *err)
{
	char modules[US_PATH_BYTES];
	int fd[US_CODE_FDS];
	struct us_code then, here;
	*code_fd = -1;
	if (us_rig_modules(modules, err) ||
	    (us_code_gather(fd, modules, true, false, NULL) && us_code_gather(fd, modules, false, false, err)))
		return US_FAILED;
	int failed = us_code_open(&here, fd[0], err);
	*code_fd = failed ? -1 : dup(fd[0]);
	us_code_drop(fd);
	if (failed || us_log_open_code(&then, directory, err)) {
		us_code_close(&here);
		return US_FAILED;
	}
	*source = US_REPLAY_HERE;
	*listed = then.head != NULL;
	failed = *listed && choose(source, log, &then, &here, directory, consent, err);
	if (!failed && *source == US_REPLAY_FROM_LOG) {
		close(*code_fd);
		*code_fd = us_code_file("understudy-code", then.head, then.bytes, US_CODE_SEALED, err);
		failed = *code_fd < 0;
	}
	us_code_close(&here);
	us_code_close(&then);
	return failed ? US_FAILED : US_OK;
}
