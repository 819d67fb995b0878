/* registry.c — see registry.h. */
#include "registry.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CLAIM_TRIES = 100 };

void us_registry_directory(char path[static US_PATH_BYTES], const char *session)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;
	if (runtime && runtime[0] == '/')
		n = snprintf(path, US_PATH_BYTES, "%.400s/understudy", runtime);
	else
		n = snprintf(path, US_PATH_BYTES, "/dev/shm/understudy-%u", (unsigned)getuid());
	if (session)
		snprintf(path + n, US_PATH_BYTES - (size_t)n, "/%s", session);
}

/* A directory of ours, private: somebody else's, a link, or one that others may write to is not touched. `above` is the
 * descriptor of the directory in which `name` lies, AT_FDCWD for a whole path. */
static int open_directory(int above, const char *name)
{
	struct stat st;
	const int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		errno = errno == ENOENT ? ENOENT : EPERM;
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & 022))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

int us_registry_open(const char *session)
{
	char path[US_PATH_BYTES];
	us_registry_directory(path, NULL);
	const int all = open_directory(AT_FDCWD, path);
	if (!session || all < 0)
		return all;
	const int one = open_directory(all, session), why = errno;
	close(all);
	errno = why;
	return one;
}

int us_registry_file(int directory_fd, const char *file, int flags)
{
	struct stat st;
	const int fd = openat(directory_fd, file, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid()))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/* The same, made where there is none. On failure err says why, and errno. */
static int make_directory(int above, const char *name, const char *path, struct us_err *err)
{
	int fd = -1;
	if (mkdirat(above, name, 0700) == 0 || errno == EEXIST)
		fd = open_directory(above, name);
	if (fd >= 0)
		return fd;
	const int why = errno;
	if (why == EPERM)
		us_fail(err, "%s is not a private directory of this user; set XDG_RUNTIME_DIR or remove it", path);
	else
		us_fail(err, "cannot make the directory %s: %s", path, strerror(why));
	errno = why;
	return -1;
}

/* Is what this descriptor has open still what lies in this directory? */
static bool still_there(int fd, int directory_fd, const char *file)
{
	struct stat ours, there;
	return fstat(fd, &ours) == 0 && fstatat(directory_fd, file, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

enum claim { CLAIMED, TAKEN_AWAY, REFUSED };

/* A session that ends takes its lock away, maybe just after we have opened it: then what we hold means nothing. */
static enum claim take_lock(int directory_fd, const char *path, const char *session, int *lock_fd, struct us_err *err)
{
	const int fd = us_registry_file(directory_fd, "lock", O_CREAT | O_RDWR);
	if (fd < 0) {
		const int why = errno;
		us_fail(err, "cannot open %s/lock: %s", path, strerror(why));
		return why == ENOENT ? TAKEN_AWAY : REFUSED;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		us_fail(err, "session '%s' is in use; stop it (understudy stop --session %s) or choose another name",
		        session, session);
		return REFUSED;
	}
	if (!still_there(fd, directory_fd, "lock")) {
		close(fd);
		us_fail(err, "session '%s' is just ending; try again", session);
		return TAKEN_AWAY;
	}
	*lock_fd = fd;
	return CLAIMED;
}

static enum claim try_claim(int all, const char *session, int *lock_fd, struct us_err *err)
{
	char path[US_PATH_BYTES];
	us_registry_directory(path, session);
	const int directory = make_directory(all, session, path, err);
	if (directory < 0)
		return errno == ENOENT ? TAKEN_AWAY : REFUSED;
	const enum claim claim = take_lock(directory, path, session, lock_fd, err);
	close(directory);
	return claim;
}

int us_registry_claim(const char *session, int *lock_fd, struct us_err *err)
{
	char path[US_PATH_BYTES];
	enum claim claim = TAKEN_AWAY;
	us_registry_directory(path, NULL);
	const int all = make_directory(AT_FDCWD, path, path, err);
	if (all < 0)
		return US_FAILED;
	for (int tries = 0; tries < CLAIM_TRIES && claim == TAKEN_AWAY; tries++)
		claim = try_claim(all, session, lock_fd, err);
	close(all);
	return claim == CLAIMED ? US_OK : US_FAILED;
}

static void print_process(FILE *f, const char *key, const struct us_process *p)
{
	fprintf(f, "  \"%s\": {\"pid\": %d, \"start_ticks\": %" PRIu64 "},\n", key, atomic_load(&p->pid),
	        atomic_load(&p->start_ticks));
}

static void print_segments(FILE *f, const struct us_session *s)
{
	static const char *const owner[US_SEGMENTS] = {
	    [US_SEG_CLOCK] = "supervisor",  [US_SEG_JOURNAL] = "control", [US_SEG_HOUSE] = "control",
	    [US_SEG_SLOT0] = "worker",      [US_SEG_SLOT1] = "worker",    [US_SEG_TAP] = "supervisor",
	    [US_SEG_RECORDER] = "recorder", [US_SEG_SHELF] = "control",   [US_SEG_EAR] = "supervisor",
	};
	time_t seconds = (time_t)(atomic_load(&s->clock->board.started_unix_ns) / 1000000000u);
	struct tm tm;
	char created[32], name[96];
	strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	fprintf(f, "  \"segments\": [\n");
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		fprintf(f,
		        "    {\"id\": %u, \"name\": \"%s\", \"size\": %zu, \"kind\": \"%s\", \"owner\": \"%s\", "
		        "\"created\": \"%s\"}%s\n",
		        k, us_segment_path(name, s->name, k), us_segment_bytes(k, us_vault_room(s->clock)),
		        us_segment_name(k), owner[k], created, k + 1 < US_SEGMENTS ? "," : "");
	fprintf(f, "  ],\n");
}

static void print_code(FILE *f, const struct us_code *code)
{
	static const char *const kinds[] = {
	    [US_CODE_MODULE] = "module", [US_CODE_PROGRAM] = "program", [US_CODE_DATA] = "data"};
	char sha256[US_SHA256_TEXT];
	fprintf(f, "  \"code\": [\n");
	for (uint32_t i = 0; i < code->count; i++) {
		const struct us_code_entry *e = &code->entry[i];
		us_code_sha256_text(sha256, e->sha256);
		fprintf(f, "    {\"name\": \"%s\", \"kind\": \"%s\", \"size\": %" PRIu64 ", \"sha256\": \"%s\"}%s\n",
		        e->name, kinds[e->kind], e->bytes, sha256, i + 1 < code->count ? "," : "");
	}
	fprintf(f, "  ]\n");
}

/* Whole, or not at all; again by each supervisor, the same bytes. */
static int write_descriptions(int directory, const struct us_code *code)
{
	const struct us_code_entry *e = us_code_find(code, US_DESCRIPTIONS);
	const char *bytes = e ? us_code_bytes(code, e) : NULL;
	if (!bytes)
		return US_OK;
	unlinkat(directory, US_DESCRIPTIONS ".new", 0);
	const int fd = us_registry_file(directory, US_DESCRIPTIONS ".new", O_CREAT | O_EXCL | O_WRONLY);
	ssize_t n = 1;
	for (size_t done = 0; fd >= 0 && n > 0 && done<e->bytes; done += n> 0 ? (size_t)n : 0)
		n = write(fd, bytes + done, e->bytes - done);
	if (fd >= 0)
		close(fd);
	return fd >= 0 && n > 0 && renameat(directory, US_DESCRIPTIONS ".new", directory, US_DESCRIPTIONS) == 0
	           ? US_OK
	           : US_FAILED;
}

int us_registry_write(const struct us_session *s, const struct us_code *code, struct us_err *err)
{
	char path[US_PATH_BYTES];
	us_registry_directory(path, s->name);
	const int directory = us_registry_open(s->name);
	int fd = -1;
	if (directory >= 0 && (unlinkat(directory, "registry.new", 0) == 0 || errno == ENOENT))
		fd = us_registry_file(directory, "registry.new", O_CREAT | O_EXCL | O_WRONLY);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		const int why = errno;
		if (fd >= 0)
			close(fd);
		if (directory >= 0)
			close(directory);
		return us_fail(err, "cannot write %s/registry.new: %s", path, strerror(why));
	}
	fprintf(f, "{\n  \"session\": \"%s\",\n  \"nonce\": \"%016" PRIx64 "\",\n", s->name, s->nonce);
	print_process(f, "supervisor", &s->clock->board.supervisor);
	print_process(f, "keeper", &s->clock->board.keeper);
	fprintf(f, "  \"osc_port\": %u,\n", s->clock->osc_port);
	print_segments(f, s);
	print_code(f, code);
	fprintf(f, "}\n");
	bool failed = ferror(f) != 0;
	failed |= write_descriptions(directory, code) != US_OK;
	failed |= fclose(f) || renameat(directory, "registry.new", directory, "registry.json");
	const int why = errno;
	close(directory);
	return failed ? us_fail(err, "cannot write %s/registry.json: %s", path, strerror(why)) : US_OK;
}

void us_registry_remove(const char *session)
{
	static const char *const files[] = {"registry.json", "registry.new", US_DESCRIPTIONS, US_DESCRIPTIONS ".new",
	                                    "lock"};
	const int directory = us_registry_open(session), all = us_registry_open(NULL);
	for (size_t i = 0; directory >= 0 && i < sizeof files / sizeof files[0]; i++)
		unlinkat(directory, files[i], 0);
	if (directory >= 0 && all >= 0)
		unlinkat(all, session, AT_REMOVEDIR);
	if (directory >= 0)
		close(directory);
	if (all >= 0)
		close(all);
}
