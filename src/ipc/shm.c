/* shm.c — see shm.h. */
#include "shm.h"

#include "vault_rt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = US_PAGE };

static const char *const names[US_SEGMENTS] = {
    [US_SEG_CLOCK] = "clock",       [US_SEG_JOURNAL] = "journal", [US_SEG_HOUSE] = "house",
    [US_SEG_SLOT0] = "slot0",       [US_SEG_SLOT1] = "slot1",     [US_SEG_TAP] = "tap",
    [US_SEG_RECORDER] = "recorder", [US_SEG_SHELF] = "shelf",     [US_SEG_EAR] = "ear",
};

void **us_segment_place(struct us_session *s, enum us_segment_kind kind)
{
	void **const place[US_SEGMENTS] = {
	    [US_SEG_CLOCK] = (void **)&s->clock,       [US_SEG_JOURNAL] = (void **)&s->journal,
	    [US_SEG_HOUSE] = (void **)&s->house,       [US_SEG_SLOT0] = (void **)&s->slot[0],
	    [US_SEG_SLOT1] = (void **)&s->slot[1],     [US_SEG_TAP] = (void **)&s->tap,
	    [US_SEG_RECORDER] = (void **)&s->recorder, [US_SEG_SHELF] = (void **)&s->shelf,
	    [US_SEG_EAR] = (void **)&s->ear,
	};
	return place[kind];
}

const char *us_segment_name(enum us_segment_kind kind)
{
	return names[kind];
}

const char *us_segment_path(char name[static 96], const char *session, enum us_segment_kind kind)
{
	snprintf(name, 96, "/understudy.%s.%s", session, names[kind]);
	return name;
}

static size_t page_round(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

size_t us_segment_bytes(enum us_segment_kind kind, struct us_vault_room room)
{
	switch (kind) {
	case US_SEG_CLOCK:
		return page_round(sizeof(struct us_clock));
	case US_SEG_JOURNAL:
		return page_round(sizeof(struct us_journal));
	case US_SEG_HOUSE:
		return page_round(sizeof(struct us_house));
	case US_SEG_SLOT0:
	case US_SEG_SLOT1:
		return us_slot_bytes(room);
	case US_SEG_TAP:
		return page_round(sizeof(struct us_tap));
	case US_SEG_RECORDER:
		return page_round(sizeof(struct us_recorder));
	case US_SEG_SHELF:
		return US_SHELF_BYTES;
	case US_SEG_EAR:
		return page_round(sizeof(struct us_ear));
	case US_SEGMENTS:
		break;
	}
	return 0;
}

/* The rest of these two is reserved when it is needed. */
static size_t reserved_bytes(enum us_segment_kind kind, size_t bytes)
{
	return kind == US_SEG_SHELF ? page_round(sizeof(struct us_shelf_segment)) : kind == US_SEG_EAR ? PAGE : bytes;
}

static void write_head(void *memory, enum us_segment_kind kind, size_t bytes, uint64_t nonce)
{
	struct us_segment *s = memory;
	s->version = US_LAYOUT_VERSION;
	s->kind = kind;
	s->bytes = bytes;
	s->nonce = nonce;
	s->magic = US_MAGIC;
	if (kind == US_SEG_SHELF)
		us_shelf_format(&((struct us_shelf_segment *)memory)->shelf,
		                bytes - offsetof(struct us_shelf_segment, shelf));
}

/* Gives the segment its name, if nobody else has it. */
static int publish(int fd, const char *name, struct us_err *err)
{
	char from[32], to[112];
	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	snprintf(to, sizeof to, "/dev/shm%s", name);
	if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0)
		return US_OK;
	if (errno == EEXIST)
		return us_fail(err,
		               "there is a shared memory segment %s already, which is not ours to take away: choose "
		               "another name with --session, or remove /dev/shm%s",
		               name, name);
	return us_fail(err, "cannot make the shared memory segment %s: %s", name, strerror(errno));
}

/* A whole segment without a name. Returns a descriptor, or -1. */
static int make_unnamed(const char *name, enum us_segment_kind kind, size_t bytes, uint64_t nonce, struct us_err *err)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		us_fail(err, "cannot make shared memory in /dev/shm: %s", strerror(errno));
		return -1;
	}
	int failed = ftruncate(fd, (off_t)bytes) ? errno : posix_fallocate(fd, 0, (off_t)reserved_bytes(kind, bytes));
	void *m = failed ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED) {
		us_fail(err, "no room for %zu kB of shared memory (%s): %s; see df /dev/shm", bytes / 1024, name,
		        strerror(failed ? failed : errno));
		close(fd);
		return -1;
	}
	write_head(m, kind, bytes, nonce);
	munmap(m, bytes);
	return fd;
}

/* It has no name before it is whole: who dies here, of whatever, leaves nothing behind. It is mapped by its name, so
 * that /proc/PID/maps says whose it is. */
int us_shm_create(void **memory, const char *session, enum us_segment_kind kind, struct us_vault_room room,
                  uint64_t nonce, struct us_err *err)
{
	char name[96];
	us_segment_path(name, session, kind);
	const int fd = make_unnamed(name, kind, us_segment_bytes(kind, room), nonce, err);
	if (fd < 0)
		return US_FAILED;
	const int refused = publish(fd, name, err);
	close(fd);
	if (refused)
		return US_FAILED;
	if (us_shm_open(memory, session, kind, nonce, US_WRITE, err) == US_OK)
		return US_OK;
	shm_unlink(name);
	return US_FAILED;
}

static int check(const struct us_segment *s, size_t bytes, enum us_segment_kind kind, uint64_t nonce, const char *name,
                 struct us_err *err)
{
	if (s->magic != US_MAGIC || s->kind != kind || s->bytes != bytes)
		return us_fail(err, "the shared memory segment %s is not one of understudy's", name);
	if (s->version != US_LAYOUT_VERSION)
		return us_fail(err, "the segment %s has layout %u, this program knows layout %u: use the same build",
		               name, s->version, US_LAYOUT_VERSION);
	if (nonce && s->nonce != nonce)
		return us_fail(err, "the segment %s belongs to another session", name);
	return US_OK;
}

int us_shm_file(const char *session, enum us_segment_kind kind, int flags)
{
	char name[96], path[112];
	struct stat st;
	snprintf(path, sizeof path, "/dev/shm%s", us_segment_path(name, session, kind));
	const int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid()))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

int us_shm_open(void **memory, const char *session, enum us_segment_kind kind, uint64_t nonce, enum us_access access,
                struct us_err *err)
{
	char name[96];
	us_segment_path(name, session, kind);
	const int fd = us_shm_file(session, kind, access == US_WRITE ? O_RDWR : O_RDONLY);
	if (fd < 0 && errno == ENOENT)
		return us_fail(err, "no session '%s' is running", session);
	if (fd < 0 && (errno == EPERM || errno == ELOOP)) /* whose owner could make it shorter while we read it */
		return us_fail(err, "the shared memory segment %s belongs to another user", name);
	struct stat st;
	if (fd < 0 || fstat(fd, &st)) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return us_fail(err, "cannot open the shared memory segment %s: %s", name, strerror(why));
	}
	size_t bytes = (size_t)st.st_size;
	void *m = MAP_FAILED;
	errno = EINVAL;
	if (bytes >= sizeof(struct us_segment))
		m = mmap(NULL, bytes, access == US_WRITE ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	int why = errno;
	close(fd);
	if (m == MAP_FAILED)
		return us_fail(err, "cannot map the shared memory segment %s: %s", name, strerror(why));
	if (check(m, bytes, kind, nonce, name, err)) {
		munmap(m, bytes);
		return US_FAILED;
	}
	*memory = m;
	return US_OK;
}

int us_shm_reserve(const char *session, enum us_segment_kind kind, uint64_t begin, uint64_t end, struct us_err *err)
{
	const int fd = us_shm_file(session, kind, O_RDWR);
	int failed = fd < 0 ? errno : posix_fallocate(fd, (off_t)begin, (off_t)(end - begin));
	if (fd >= 0)
		close(fd);
	return failed ? us_fail(err, "no shared memory left for %llu kB: %s; see df /dev/shm",
	                        (unsigned long long)(end - begin) / 1024, strerror(failed))
	              : US_OK;
}

void us_memory_prefault(const void *memory, size_t bytes, enum us_access access)
{
	char *first = (char *)((uintptr_t)memory / PAGE * PAGE);
	size_t whole = page_round((size_t)((const char *)memory + bytes - first));
#ifdef MADV_POPULATE_WRITE
	if (!madvise(first, whole, access == US_WRITE ? MADV_POPULATE_WRITE : MADV_POPULATE_READ))
		return;
#endif
	/* Adding 0 atomically makes a page ours without changing what another process may be writing to it. */
	for (size_t at = 0; at < whole; at += PAGE) {
		if (access == US_WRITE)
			__atomic_fetch_add(first + at, 0, __ATOMIC_RELAXED);
		else
			(void)*(volatile const char *)(first + at);
	}
}

void us_shm_prefault(const void *memory, size_t bytes, enum us_access access)
{
	us_memory_prefault(memory, bytes ? bytes : ((const struct us_segment *)memory)->bytes, access);
}

/* Where pages are larger, more than the head lies in the first one. */
void us_shm_seal(void *memory)
{
	if (sysconf(_SC_PAGESIZE) == US_PAGE)
		mprotect(memory, US_PAGE, PROT_READ);
}

void us_shm_close(void *memory)
{
	if (memory)
		munmap(memory, ((struct us_segment *)memory)->bytes);
}

/* The segment that has this name now, to read: its nonce, and a descriptor (-1: there is none of ours). */
static int peek(const char *session, enum us_segment_kind kind, uint64_t *nonce)
{
	struct us_segment head = {0};
	const int fd = us_shm_file(session, kind, O_RDONLY);
	if (fd < 0)
		return -1;
	const bool whole = read(fd, &head, sizeof head) == (ssize_t)sizeof head && head.magic == US_MAGIC;
	*nonce = whole ? head.nonce : 0;
	return fd;
}

uint64_t us_shm_nonce(const char *session, enum us_segment_kind kind)
{
	uint64_t nonce = 0;
	const int fd = peek(session, kind, &nonce);
	if (fd >= 0)
		close(fd);
	return nonce;
}

int us_shm_hold(const char *session, uint64_t nonce)
{
	uint64_t there;
	const int fd = peek(session, US_SEG_CLOCK, &there);
	if (fd < 0 || ((!nonce || there == nonce) && flock(fd, LOCK_SH | LOCK_NB) == 0))
		return fd;
	close(fd);
	return -1;
}

bool us_shm_held(const char *session, uint64_t nonce)
{
	uint64_t there;
	const int fd = peek(session, US_SEG_CLOCK, &there);
	if (fd < 0)
		return false;
	const bool held = (!nonce || there == nonce) && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

void us_shm_unlink(const char *session, enum us_segment_kind kind, uint64_t nonce)
{
	char name[96];
	if (nonce && us_shm_nonce(session, kind) != nonce)
		return;
	shm_unlink(us_segment_path(name, session, kind));
}

int us_session_open(struct us_session *session, const char *name, unsigned writable, struct us_err *err)
{
	memset(session, 0, sizeof *session);
	if (!us_session_name_ok(name))
		return us_fail(err, "'%s' is no session name: 1 to %d letters, digits, - or _", name,
		               US_SESSION_BYTES - 1);
	snprintf(session->name, sizeof session->name, "%s", name);
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		enum us_access access = writable & 1u << k ? US_WRITE : US_READ;
		void **at = us_segment_place(session, k);
		if (us_shm_open(at, name, k, session->nonce, access, err)) {
			us_session_close(session);
			return US_FAILED;
		}
		session->nonce = ((struct us_segment *)*at)->nonce;
	}
	return US_OK;
}

void us_session_close(struct us_session *session)
{
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		us_shm_close(*us_segment_place(session, k));
	memset(session, 0, sizeof *session);
}

bool us_session_name_ok(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strlen(name);
	return length >= 1 && length < US_SESSION_BYTES && strspn(name, letters) == length;
}

uint64_t us_session_reach(const struct us_session *s)
{
	const uint64_t ring = s->ear && s->ear->on ? US_EAR : US_GRANTS, kept = ring - ring / 8;
	const uint64_t granted = atomic_load_explicit(&s->clock->granted, memory_order_acquire);
	return granted > kept ? granted - kept : 0;
}
