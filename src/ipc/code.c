/* code.c — see code.h. Reading a pack, and files without names. */
#include "code.h"

#include "hash.h"
#include "registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3 */
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

const char *us_program_name(enum us_program program)
{
	static const char *const names[US_PROGRAMS] = {
	    [US_SUPERVISOR] = "understudy-supervisor",
	    [US_WORKER] = "understudy-worker",
	    [US_CONTROL] = "understudy-control",
	    [US_RECORDER] = "understudy-recorder",
	};
	return names[program];
}

static bool entry_is_sound(const struct us_code_head *head, const struct us_code_entry *e)
{
	if (!memchr(e->name, 0, sizeof e->name) || !e->name[0] || strchr(e->name, '/'))
		return false;
	if (e->kind == US_CODE_PROGRAM)
		return true;
	return e->kind <= US_CODE_DATA && e->offset <= head->bytes && e->bytes <= head->bytes - e->offset;
}

size_t us_code_index_bytes(const struct us_code_head *head)
{
	return sizeof *head + head->count * sizeof(struct us_code_entry);
}

static bool pack_is_sound(const struct us_code_head *head, size_t bytes)
{
	if (bytes < sizeof *head || head->magic != US_CODE_MAGIC || head->version != US_CODE_VERSION ||
	    head->count > (bytes - sizeof *head) / sizeof(struct us_code_entry) ||
	    (head->bytes != bytes && us_code_index_bytes(head) != bytes))
		return false;
	const struct us_code_entry *e = (const struct us_code_entry *)(head + 1);
	for (uint32_t i = 0; i < head->count; i++)
		if (!entry_is_sound(head, &e[i]))
			return false;
	return true;
}

int us_code_open(struct us_code *code, int fd, struct us_err *err)
{
	struct stat st;
	*code = (struct us_code){0};
	if (fstat(fd, &st))
		return us_fail(err, "the session's code is not at descriptor %d: %s", fd, strerror(errno));
	const size_t bytes = (size_t)st.st_size;
	void *memory = bytes ? mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (memory == MAP_FAILED)
		return us_fail(err, "cannot map the session's code: %s", strerror(errno));
	if (!pack_is_sound(memory, bytes)) {
		munmap(memory, bytes);
		return us_fail(err, "the session's code is damaged, or of another version than %d", US_CODE_VERSION);
	}
	code->head = memory;
	code->entry = (const struct us_code_entry *)(code->head + 1);
	code->count = code->head->count;
	code->bytes = bytes;
	code->whole = code->head->bytes == bytes;
	return US_OK;
}

const struct us_code_entry *us_code_find(const struct us_code *code, const char *name)
{
	for (uint32_t i = 0; i < code->count; i++)
		if (strcmp(code->entry[i].name, name) == 0)
			return &code->entry[i];
	return NULL;
}

void us_code_close(struct us_code *code)
{
	if (code->head)
		munmap((void *)(uintptr_t)code->head, code->bytes);
	*code = (struct us_code){0};
}

const void *us_code_bytes(const struct us_code *code, const struct us_code_entry *entry)
{
	const void *bytes = (const char *)code->head + entry->offset;
	return code->whole && entry->kind != US_CODE_PROGRAM && us_hash(bytes, entry->bytes) == entry->hash ? bytes
	                                                                                                    : NULL;
}

void us_code_sha256_text(char text[static US_SHA256_TEXT], const uint8_t sha256[US_SHA256_BYTES])
{
	for (int i = 0; i < US_SHA256_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", sha256[i]);
}

const char *us_fd_path(char path[static US_FD_PATH_BYTES], int fd, uint32_t turn)
{
	size_t n = (size_t)snprintf(path, US_FD_PATH_BYTES, "/proc/self/fd");
	for (uint32_t bit = 1; bit < US_FD_TURNS && turn; bit <<= 1)
		n += (size_t)snprintf(path + n, US_FD_PATH_BYTES - n, "/%c", turn & bit ? '.' : '/');
	snprintf(path + n, US_FD_PATH_BYTES - n, "/%d", fd);
	return path;
}

static int fill(int fd, const void *bytes, size_t count)
{
	for (size_t done = 0; done < count;) {
		ssize_t n = write(fd, (const char *)bytes + done, count - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return US_FAILED;
		done += (size_t)n;
	}
	return US_OK;
}

/* -1 where memory files are not to be had, or none that may be executed. */
static int memory_file(const char *name, const void *bytes, size_t count, unsigned use)
{
	char path[US_FD_PATH_BYTES];
	const bool executed = use & US_CODE_EXECUTED;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | (executed ? MFD_EXEC : 0));
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (fill(fd, bytes, count) || (executed && access(us_fd_path(path, fd, 0), X_OK)) ||
	    (use & US_CODE_SEALED && fcntl(fd, F_ADD_SEALS, SEALS))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A file that is open for writing cannot be executed: it is opened again, for reading. */
static int nameless_file(const void *bytes, size_t count, struct us_err *err)
{
	char directory[US_PATH_BYTES], path[US_FD_PATH_BYTES];
	us_registry_directory(directory, NULL);
	mkdir(directory, 0700);
	int written = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0500), fd = -1;
	if (written < 0 || fill(written, bytes, count))
		us_fail(err, "cannot keep the session's code in %s: %s", directory, strerror(errno));
	else if (access(us_fd_path(path, written, 0), X_OK))
		us_fail(err,
		        "cannot keep the session's code: this system forbids executable memory files "
		        "(vm.memfd_noexec), and programs may not be run from %s; set XDG_RUNTIME_DIR to a directory "
		        "where they may",
		        directory);
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		us_fail(err, "cannot keep the session's code in %s: %s", directory, strerror(errno));
	if (written >= 0)
		close(written);
	return fd;
}

int us_code_file(const char *name, const void *bytes, size_t count, unsigned use, struct us_err *err)
{
	int fd = memory_file(name, bytes, count, use);
	if (fd >= 0)
		return fd;
	if (use & US_CODE_EXECUTED)
		return nameless_file(bytes, count, err);
	us_fail(err, "no memory for the session's code: %s", strerror(errno));
	return -1;
}

bool us_code_in_memory(int fd)
{
	return fcntl(fd, F_GET_SEALS) >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}
