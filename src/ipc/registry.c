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
		n = snprintf(path, US_PATH_BYTES, "/tmp/understudy-%u", (unsigned)getuid());
	if (session)
		snprintf(path + n, US_PATH_BYTES - (size_t)n, "/%s", session);
}

/* A directory of ours, private. Somebody else's, or one that others may write to, is refused. Returns 0 or why not. */
static int make_directory(const char *path, struct us_err *err)
{
	struct stat st;
	if ((mkdir(path, 0700) && errno != EEXIST) || lstat(path, &st)) {
		const int why = errno;
		us_fail(err, "cannot make the directory %s: %s", path, strerror(why));
		return why;
	}
	if (S_ISDIR(st.st_mode) && st.st_uid == getuid() && !(st.st_mode & 022))
		return 0;
	us_fail(err, "%s is not a private directory of this user; set XDG_RUNTIME_DIR or remove it", path);
	return EPERM;
}

/* Is what this descriptor has open still what lies at this path? */
static bool still_there(int fd, const char *path)
{
	struct stat ours, there;
	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

enum claim { CLAIMED, TAKEN_AWAY, REFUSED };

/* A session that ends takes its lock away, maybe just after we have opened it: then what we hold means nothing. */
static enum claim try_claim(const char *session, int *lock_fd, struct us_err *err)
{
	char path[US_PATH_BYTES], lock[US_PATH_BYTES + 8];
	us_registry_directory(path, session);
	const int failed = make_directory(path, err);
	if (failed)
		return failed == ENOENT ? TAKEN_AWAY : REFUSED;
	snprintf(lock, sizeof lock, "%s/lock", path);
	int fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		const int why = errno;
		us_fail(err, "cannot open %s: %s", lock, strerror(why));
		return why == ENOENT ? TAKEN_AWAY : REFUSED;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		us_fail(err, "session '%s' is in use; stop it (understudy stop --session %s) or choose another name",
		        session, session);
		return REFUSED;
	}
	if (!still_there(fd, lock)) {
		close(fd);
		us_fail(err, "session '%s' is just ending; try again", session);
		return TAKEN_AWAY;
	}
	*lock_fd = fd;
	return CLAIMED;
}

int us_registry_claim(const char *session, int *lock_fd, struct us_err *err)
{
	char path[US_PATH_BYTES];
	enum claim claim = TAKEN_AWAY;
	us_registry_directory(path, NULL);
	if (make_directory(path, err))
		return US_FAILED;
	for (int tries = 0; tries < CLAIM_TRIES && claim == TAKEN_AWAY; tries++)
		claim = try_claim(session, lock_fd, err);
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
	fprintf(f, "  ]\n");
}

int us_registry_write(const struct us_session *s, struct us_err *err)
{
	char directory[US_PATH_BYTES], path[US_PATH_BYTES + 32], temporary[US_PATH_BYTES + 32];
	us_registry_directory(directory, s->name);
	snprintf(path, sizeof path, "%s/registry.json", directory);
	snprintf(temporary, sizeof temporary, "%s/registry.new", directory);
	int fd = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return us_fail(err, "cannot write %s: %s", temporary, strerror(why));
	}
	fprintf(f, "{\n  \"session\": \"%s\",\n  \"nonce\": \"%016" PRIx64 "\",\n", s->name, s->nonce);
	print_process(f, "supervisor", &s->clock->board.supervisor);
	print_process(f, "keeper", &s->clock->board.keeper);
	fprintf(f, "  \"osc_port\": %u,\n", s->clock->osc_port);
	print_segments(f, s);
	fprintf(f, "}\n");
	bool failed = ferror(f) != 0;
	if (fclose(f) || failed || rename(temporary, path))
		return us_fail(err, "cannot write %s: %s", path, strerror(errno));
	return US_OK;
}

void us_registry_remove(const char *session)
{
	static const char *const files[] = {"registry.json", "registry.new", "lock"};
	char directory[US_PATH_BYTES], path[US_PATH_BYTES + 32];
	us_registry_directory(directory, session);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		unlink(path);
	}
	rmdir(directory);
}
