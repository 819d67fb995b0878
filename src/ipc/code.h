/* code.h — the modules and programs that a session began with. They are its own until it ends: a rebuild, an upgrade or
 * a deletion under it changes nothing of what plays, nor of what will play after the next death.
 *
 * `understudy run` reads them once, before anything else is made (src/cli/code.c), and hands on descriptors:
 *   the pack       a sealed memory file: an index of all modules and programs with their hashes, and the modules' bytes
 *   the programs   a sealed memory file each, because the kernel executes files only
 * Keeper and supervisor hold all of them, so either's death loses nothing; workers, control and the recorder get the
 * pack. Five descriptors, however many modules there are.
 *
 * Of each file only what the loader maps is kept: to the end of its last loadable segment. That is what is hashed, too:
 * debug information changes no sound. */
#ifndef US_CODE_H
#define US_CODE_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <understudy/error.h>

enum us_program { US_SUPERVISOR, US_WORKER, US_CONTROL, US_RECORDER, US_PROGRAMS };
enum { US_CODE_FDS = 1 + US_PROGRAMS }; /* the pack, then the programs in their order */
enum { US_CODE_VERSION = 1, US_CODE_NAME_BYTES = 64, US_SHA256_BYTES = 32, US_SHA256_TEXT = 65 };
enum us_code_kind { US_CODE_MODULE, US_CODE_PROGRAM, US_CODE_DATA };
/* What the modules say of themselves (engine/describe.h): an entry of the pack, and a file in a session's directory. */
#define US_DESCRIPTIONS "descriptions"

#define US_CODE_MAGIC 0x65646f6373796c70ull

/* The pack: the head, the entries, the modules' bytes. */
struct us_code_head {
	uint64_t magic;
	uint32_t version, count;
	uint64_t bytes;     /* of the whole pack */
	uint32_t log_bytes; /* 1: a log gets the modules' bytes, too (run --log-code) */
	uint32_t pad;
};
struct us_code_entry {
	char name[US_CODE_NAME_BYTES]; /* of the file, without its directory: saw.so */
	uint32_t kind;                 /* enum us_code_kind */
	uint32_t pad;
	uint64_t offset; /* in the pack; a program has its bytes elsewhere */
	uint64_t bytes;
	uint64_t hash; /* us_hash of the bytes: what a loader checks */
	uint8_t sha256[US_SHA256_BYTES];
};

/* An opened pack. */
struct us_code {
	const struct us_code_head *head; /* NULL: not open */
	const struct us_code_entry *entry;
	uint32_t count;
	size_t bytes;
	bool whole; /* else there is only the index, as in a log */
};

/* "understudy-worker" */
const char *us_program_name(enum us_program program);

/* [setup] Maps the pack and checks it from end to end, but for the modules' hashes. The descriptor stays open, and the
 * caller's. */
int us_code_open(struct us_code *code, int fd, struct us_err *err);
void us_code_close(struct us_code *code);

size_t us_code_index_bytes(const struct us_code_head *head);
/* [any] NULL: there is none of this name. */
const struct us_code_entry *us_code_find(const struct us_code *code, const char *name);

/* [any] The bytes of a module, or of data; NULL if they are not here, or not what the index says. */
const void *us_code_bytes(const struct us_code *code, const struct us_code_entry *entry);
/* [any] */
void us_code_sha256_text(char text[static US_SHA256_TEXT], const uint8_t sha256[US_SHA256_BYTES]);

/* [setup] A file without a name that holds these bytes, to be executed or loaded through us_fd_path: in memory; a
 * program, where the system forbids executable memory files (vm.memfd_noexec), in the sessions' private directory,
 * unlinked. (What the loader maps need not be executable.) Nobody can change a sealed one any more. Returns a
 * descriptor (CLOEXEC), -1 with a reason. */
enum us_code_use { US_CODE_SEALED = 1, US_CODE_EXECUTED = 2 };
int us_code_file(const char *name, const void *bytes, size_t count, unsigned use, struct us_err *err);
/* [any] Did us_code_file use memory? */
bool us_code_in_memory(int fd);

enum { US_FD_PATH_BYTES = 80, US_FD_TURNS = 1 << 16 };
/* [any] A path by which a descriptor of this process can be opened, executed or loaded. glibc takes two libraries whose
 * paths are equal for one: another `turn`, of US_FD_TURNS, gives the same descriptor another path. */
const char *us_fd_path(char path[static US_FD_PATH_BYTES], int fd, uint32_t turn);

#endif
