/* sessions.c — which sessions exist, which of them live, and the removal of what dead ones left behind. The only place
 * that parses registries. A session lives as long as somebody holds its lock or its memory, or its supervisor or its
 * keeper runs. */
#include "sessions.h"

#include "cli.h"
#include "ipc/process.h"
#include "ipc/registry.h"
#include "options.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { YOUNG_SECONDS = 10 }; /* what is younger may belong to a session that is just being started */

/* A file of a session's directory; -1 if it is not there, or not ours. */
static int open_file(const char *session, const char *file, int flags)
{
	const int directory = us_registry_open(session);
	if (directory < 0)
		return -1;
	const int fd = us_registry_file(directory, file, flags);
	close(directory);
	return fd;
}

static bool is_young(const struct stat *st)
{
	return time(NULL) - st->st_ctime < YOUNG_SECONDS;
}

/* The session's lock, ours until it is closed; -1 if somebody holds it or there is none. */
static int hold(const char *session, bool *held)
{
	int fd = open_file(session, "lock", O_RDWR);
	*held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB);
	if (!*held)
		return fd;
	close(fd);
	return -1;
}

static bool is_locked(const char *session)
{
	bool held;
	const int fd = hold(session, &held);
	if (fd >= 0)
		close(fd);
	return held;
}

static json_t *read_registry(const char *session)
{
	const int fd = open_file(session, "registry.json", O_RDONLY);
	json_t *r = fd < 0 ? NULL : json_loadfd(fd, 0, NULL);
	if (fd >= 0)
		close(fd);
	return r;
}

static bool process_lives(const json_t *process)
{
	struct us_process p = {0};
	atomic_store(&p.pid, (int32_t)json_integer_value(json_object_get(process, "pid")));
	atomic_store(&p.start_ticks, (uint64_t)json_integer_value(json_object_get(process, "start_ticks")));
	return us_process_alive(&p);
}

static bool has_living(const char *session, const char *role)
{
	json_t *r = read_registry(session);
	bool alive = r && process_lives(json_object_get(r, role));
	json_decref(r);
	return alive;
}

/* The nonce that a registry names; 0: none that anybody could have. */
static uint64_t nonce_of(const char *session)
{
	json_t *r = read_registry(session);
	const char *text = json_string_value(json_object_get(r, "nonce"));
	const uint64_t nonce = text ? strtoull(text, NULL, 16) : 0;
	json_decref(r);
	return nonce;
}

/* The keeper counts too: while it lives it may be about to start another supervisor. Both hold the session's memory,
 * for those who cannot see processes (another PID namespace). */
static bool is_kept(const char *session)
{
	return us_shm_held(session, nonce_of(session)) || has_living(session, "supervisor") ||
	       has_living(session, "keeper");
}

static bool lives(const char *session)
{
	return is_locked(session) || is_kept(session);
}

static void each_directory(void (*visit)(const char *session, void *context), void *context)
{
	const int all = us_registry_open(NULL);
	DIR *d = all < 0 ? NULL : fdopendir(all);
	if (!d && all >= 0)
		close(all);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (us_session_name_ok(e->d_name))
			visit(e->d_name, context);
	closedir(d);
}

struct living {
	uint32_t count;
	char name[US_SESSION_BYTES];
	bool print;
};

static void note_living(const char *session, void *context)
{
	struct living *l = context;
	if (!lives(session))
		return;
	l->count++;
	snprintf(l->name, sizeof l->name, "%s", session);
	if (!l->print)
		return;
	json_t *r = read_registry(session);
	printf("%-16s supervisor %lld, OSC port %lld\n", session,
	       (long long)json_integer_value(json_object_get(json_object_get(r, "supervisor"), "pid")),
	       (long long)json_integer_value(json_object_get(r, "osc_port")));
	json_decref(r);
}

struct visitor {
	void (*visit)(const char *session, void *context);
	void *context;
};

static void visit_living(const char *session, void *context)
{
	const struct visitor *v = context;
	if (lives(session))
		v->visit(session, v->context);
}

void us_sessions_each(void (*visit)(const char *session, void *context), void *context)
{
	struct visitor v = {visit, context};
	each_directory(visit_living, &v);
}

int us_cli_session(char chosen[US_SESSION_BYTES], const char *name, struct us_err *err)
{
	struct living l = {0};
	if (name && !us_session_name_ok(name))
		return us_fail(err, "'%s' is no session name: 1 to %d letters, digits, - or _", name,
		               US_SESSION_BYTES - 1);
	if (!name)
		each_directory(note_living, &l);
	if (l.count > 1)
		return us_fail(
		    err, "%u sessions are running: say which with --session (understudy sessions lists them)", l.count);
	snprintf(chosen, US_SESSION_BYTES, "%s", name ? name : l.count == 1 ? l.name : "main");
	return US_OK;
}

/* --- cleaning ------------------------------------------------------------------------------------------------------
 */

static void clear_away(const char *session, uint64_t nonce)
{
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		us_shm_unlink(session, k, nonce);
	us_registry_remove(session);
}

/* Made a moment ago, and not described yet: somebody is just starting there. */
static bool is_starting(const char *session)
{
	struct stat st, file;
	const int directory = us_registry_open(session);
	const bool starting = directory >= 0 && fstatat(directory, "registry.json", &file, AT_SYMLINK_NOFOLLOW) &&
	                      fstat(directory, &st) == 0 && is_young(&st);
	if (directory >= 0)
		close(directory);
	return starting;
}

/* Is there such a directory, and is it ours? What is not is left alone, with all that it claims. */
static bool is_ours(const char *session)
{
	const int directory = us_registry_open(session);
	if (directory >= 0)
		close(directory);
	return directory >= 0;
}

/* A segment of ours without any registry: its session died before it could write one. */
static bool is_orphan(const char *file, char session[US_SESSION_BYTES])
{
	static const char prefix[] = "understudy.";
	struct stat st;
	char path[300];
	const char *dot = strrchr(file, '.');
	if (strncmp(file, prefix, sizeof prefix - 1) || dot < file + sizeof prefix ||
	    (size_t)(dot - file) - (sizeof prefix - 1) >= US_SESSION_BYTES)
		return false;
	snprintf(session, US_SESSION_BYTES, "%.*s", (int)(dot - file - (long)(sizeof prefix - 1)),
	         file + sizeof prefix - 1);
	snprintf(path, sizeof path, "/dev/shm/%s", file);
	return us_session_name_ok(session) && lstat(path, &st) == 0 && st.st_uid == getuid() && !is_young(&st);
}

/* Does this process, not ours, write into a segment of the session? One that only looks on is a client. */
static bool maps(const char *pid, const char *session)
{
	char path[64], line[PATH_MAX + 128], wanted[64];
	bool found = false;
	if (atoi(pid) == getpid())
		return false;
	snprintf(path, sizeof path, "/proc/%.20s/maps", pid);
	snprintf(wanted, sizeof wanted, "/dev/shm/understudy.%s.", session);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof line, f))
		found = strstr(line, wanted) && strstr(line, " rw-s ");
	if (f)
		fclose(f);
	return found;
}

/* A session whose directory is elsewhere (XDG_RUNTIME_DIR), or that another build plays, whose memory we could not
 * read: it lives as long as somebody has its memory. */
static bool is_mapped(const char *session)
{
	bool found = false;
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && !found && (e = readdir(d));)
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' && maps(e->d_name, session);
	if (d)
		closedir(d);
	return found;
}

/* Under the session's lock, so that nobody starts in it meanwhile. A registry tells nothing of who has the name now: a
 * session with another runtime directory (XDG_RUNTIME_DIR) may. What memory there is goes only if it is the one that
 * the registry names, and if no process has it: the orphans of a dead session leave by themselves. */
static void clean(const char *session, void *context)
{
	bool held;
	(void)context;
	if (!is_ours(session) || is_starting(session))
		return;
	int lock = hold(session, &held);
	if (!held && !is_kept(session)) {
		const uint64_t nonce = nonce_of(session), there = us_shm_nonce(session, US_SEG_CLOCK);
		if (nonce && there && nonce != there)
			us_registry_remove(session);
		else if (!is_mapped(session))
			clear_away(session, nonce);
	}
	if (lock >= 0)
		close(lock);
}

static void end_process(const struct us_process *process)
{
	enum { PATIENCE_MS = 2000 };
	struct pollfd gone = {.fd = us_process_open(process), .events = POLLIN};
	if (gone.fd < 0)
		return;
	us_process_signal(gone.fd, SIGKILL);
	poll(&gone, 1, PATIENCE_MS);
	close(gone.fd);
}

void us_session_end_orphans(const char *session)
{
	struct us_session s;
	const uint64_t nonce = nonce_of(session);
	if (!nonce || !is_ours(session) || lives(session) || us_session_open(&s, session, 0, NULL))
		return;
	const struct us_board *b = &s.clock->board;
	const struct us_process *const all[] = {&b->worker[0].process, &b->worker[1].process, &b->spare.process,
	                                        &b->control, &b->recorder};
	if (s.nonce == nonce && !us_process_alive(&b->supervisor) && !us_process_alive(&b->keeper))
		for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
			end_process(all[i]);
	us_session_close(&s);
}

/* Only what was made since then: a segment that was in the way of a session is somebody else's, whoever that is. */
static void remove_younger(const char *session, const struct timespec *since)
{
	char name[96], path[128];
	struct stat st;
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		snprintf(path, sizeof path, "/dev/shm%s", us_segment_path(name, session, k));
		if (lstat(path, &st) == 0 && st.st_uid == geteuid() &&
		    (st.st_ctim.tv_sec > since->tv_sec ||
		     (st.st_ctim.tv_sec == since->tv_sec && st.st_ctim.tv_nsec >= since->tv_nsec)))
			us_shm_unlink(session, k, 0);
	}
}

/* The keeper itself may still look on. */
void us_session_clear_away(const char *session, const struct timespec *since)
{
	if (is_locked(session) || us_shm_held(session, 0) || has_living(session, "supervisor") || is_mapped(session))
		return;
	remove_younger(session, since);
	us_registry_remove(session);
}

uint64_t us_sessions_leaked(void)
{
	char session[US_SESSION_BYTES], asked[US_SESSION_BYTES] = "";
	bool dead = false;
	uint64_t count = 0;
	DIR *d = opendir("/dev/shm");
	for (struct dirent *e; d && (e = readdir(d));) {
		if (!is_orphan(e->d_name, session))
			continue;
		if (strcmp(session, asked) != 0) {
			strcpy(asked, session);
			dead = !lives(session) && !is_mapped(session);
		}
		count += dead;
	}
	if (d)
		closedir(d);
	return count;
}

void us_sessions_clean(void)
{
	char session[US_SESSION_BYTES];
	each_directory(clean, NULL);
	DIR *d = opendir("/dev/shm");
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (is_orphan(e->d_name, session) && !lives(session) && !is_mapped(session))
			for (uint32_t k = 0; k < US_SEGMENTS; k++)
				us_shm_unlink(session, k, 0);
	closedir(d);
}

int us_cli_sessions(int argc, char **argv)
{
	static const struct option table[] = {US_CLI_COMMON};
	const struct us_cli_options options = {
	    .usage = "usage: understudy sessions\nLists the synths that are running on this machine for this user.\n",
	    .table = table};
	int code;
	us_cli_option(argc, argv, &options, &code);
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("sessions", "it takes no '%s'", argv[optind]);
	struct living l = {.print = true};
	each_directory(note_living, &l);
	if (!l.count)
		printf("No synth is running; `understudy run` starts one.\n");
	return US_CLI_DONE;
}
