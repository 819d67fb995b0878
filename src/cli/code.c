/* code.c — see code.h. A file is read in one go through one descriptor: a `make` that replaces it meanwhile changes
 * nothing of what was opened. */
#include "code.h"

#include "code/probe.h"
#include "engine/describe.h"
#include "ipc/hash.h"
#include "ipc/rig.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is being put together: entries, and the bytes of all modules one after the other. */
struct gathering {
	struct us_code_entry *entry;
	uint32_t count, room;
	char *bytes;
	size_t used;
};

enum { MOST_BYTES = 256 << 20, ALIGN = 64 };

static int read_all(int fd, char **bytes, size_t *count)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MOST_BYTES)
		return US_FAILED;
	size_t done = 0, size = (size_t)st.st_size;
	char *all = malloc(size + 1);
	while (all && done < size) {
		ssize_t n = read(fd, all + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (!all || done < size) {
		free(all);
		return US_FAILED;
	}
	*bytes = all;
	*count = size;
	return US_OK;
}

/* Up to the end of the last segment that is loaded; all of it where it is no ELF file, which the loader will say. */
static size_t loaded_bytes(const char *bytes, size_t count)
{
	Elf64_Ehdr head;
	size_t end = 0;
	if (count < sizeof head)
		return count;
	memcpy(&head, bytes, sizeof head);
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64)
		return count;
	for (uint32_t i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr segment;
		const uint64_t at = head.e_phoff + (uint64_t)i * sizeof segment;
		if (at > count || count - at < sizeof segment)
			return count;
		memcpy(&segment, bytes + at, sizeof segment);
		if (segment.p_type != PT_LOAD)
			continue;
		if (segment.p_offset > count || segment.p_filesz > count - segment.p_offset)
			return count;
		if (segment.p_offset + segment.p_filesz > end)
			end = segment.p_offset + segment.p_filesz;
	}
	return end ? end : count;
}

static void begin_sha256(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static struct us_code_entry *add_entry(struct gathering *g, const char *name, enum us_code_kind kind, const char *bytes,
                                       size_t count)
{
	struct us_code_entry *e = &g->entry[g->count++];
	snprintf(e->name, sizeof e->name, "%s", name);
	e->kind = kind;
	e->bytes = count;
	e->hash = us_hash(bytes, count);
	gcry_md_hash_buffer(GCRY_MD_SHA256, e->sha256, bytes, count);
	return e;
}

static int add_module(struct gathering *g, int directory_fd, const char *directory, const char *name,
                      struct us_err *err)
{
	char *bytes;
	size_t count;
	if (strlen(name) >= US_CODE_NAME_BYTES)
		return us_fail(err, "module %s/%s: its name is longer than %d bytes", directory, name,
		               US_CODE_NAME_BYTES - 1);
	int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), failed = fd < 0;
	if (failed || read_all(fd, &bytes, &count))
		failed = us_fail(err, "cannot read module %s/%s: %s", directory, name,
		                 failed ? strerror(errno) : "it is no file, or too large");
	if (fd >= 0)
		close(fd);
	if (failed)
		return US_FAILED;
	count = loaded_bytes(bytes, count);
	char *more = realloc(g->bytes, g->used + count + ALIGN);
	if (more) {
		g->bytes = more;
		memcpy(more + g->used, bytes, count);
		memset(more + g->used + count, 0, ALIGN);
		add_entry(g, name, US_CODE_MODULE, bytes, count)->offset = g->used;
		g->used = (g->used + count + ALIGN - 1) / ALIGN * ALIGN;
	}
	free(bytes);
	return more ? US_OK : us_fail(err, "no memory for the modules in %s", directory);
}

static int is_module(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name);
	return entry->d_name[0] != '.' && length > 3 && !strcmp(entry->d_name + length - 3, ".so");
}

static int add_modules(struct gathering *g, const char *directory, struct us_err *err)
{
	struct dirent **files;
	int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int found = directory_fd < 0 ? -1 : scandirat(directory_fd, ".", &files, is_module, alphasort);
	if (found < 0) {
		us_fail(err, "cannot read the modules' directory %s: %s", directory, strerror(errno));
		if (directory_fd >= 0)
			close(directory_fd);
		return US_FAILED;
	}
	g->room = (uint32_t)found + US_PROGRAMS;
	g->entry = calloc(g->room, sizeof *g->entry);
	int failed = !g->entry ? us_fail(err, "no memory for %d modules", found)
	             : !found  ? us_fail(err, "there is no module in %s", directory)
	                       : US_OK;
	for (int i = 0; i < found; i++) {
		failed = failed || add_module(g, directory_fd, directory, files[i]->d_name, err);
		free(files[i]);
	}
	free(files);
	close(directory_fd);
	return failed ? US_FAILED : US_OK;
}

static int add_program(struct gathering *g, enum us_program program, int *result, struct us_err *err)
{
	char path[US_PATH_BYTES], *bytes;
	const char *name = us_program_name(program);
	size_t count;
	if (us_rig_program(path, name, err))
		return US_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC), failed = fd < 0 || read_all(fd, &bytes, &count);
	if (fd >= 0)
		close(fd);
	if (failed)
		return us_fail(err, "cannot read %s", path);
	count = loaded_bytes(bytes, count);
	add_entry(g, name, US_CODE_PROGRAM, bytes, count);
	*result = us_code_file(name, bytes, count, US_CODE_SEALED | US_CODE_EXECUTED, err);
	free(bytes);
	return *result < 0 ? US_FAILED : US_OK;
}

static int make_pack(struct gathering *g, bool log_bytes, struct us_err *err)
{
	struct us_code_head head = {
	    .magic = US_CODE_MAGIC, .version = US_CODE_VERSION, .count = g->count, .log_bytes = log_bytes};
	const size_t index = g->count * sizeof *g->entry;
	const size_t first = (sizeof head + index + ALIGN - 1) / ALIGN * ALIGN;
	head.bytes = first + g->used;
	char *pack = calloc(1, head.bytes);
	if (!pack)
		return us_fail(err, "no memory for %u modules and programs", g->count);
	for (uint32_t i = 0; i < g->count; i++)
		g->entry[i].offset = g->entry[i].kind == US_CODE_PROGRAM ? 0 : g->entry[i].offset + first;
	memcpy(pack, &head, sizeof head);
	memcpy(pack + sizeof head, g->entry, index);
	memcpy(pack + first, g->bytes, g->used);
	int fd = us_code_file("understudy-code", pack, head.bytes, US_CODE_SEALED, err);
	free(pack);
	return fd;
}

int us_code_gather(int fd[static US_CODE_FDS], const char *directory, bool programs, bool log_bytes, struct us_err *err)
{
	struct gathering g = {0};
	for (int i = 0; i < US_CODE_FDS; i++)
		fd[i] = -1;
	begin_sha256();
	int failed = add_modules(&g, directory, err);
	for (int p = 0; p < US_PROGRAMS && programs && !failed; p++)
		failed = add_program(&g, p, &fd[1 + p], err);
	if (!failed)
		failed = (fd[0] = make_pack(&g, log_bytes, err)) < 0;
	free(g.entry);
	free(g.bytes);
	if (failed)
		us_code_drop(fd);
	return failed ? US_FAILED : US_OK;
}

/* The same pack, with one entry and its bytes more. */
static int add_data(int *fd, const char *name, const void *bytes, size_t count, struct us_err *err)
{
	struct us_code old;
	if (us_code_open(&old, *fd, err))
		return US_FAILED;
	struct gathering g = {.room = old.count + 1};
	const size_t index = us_code_index_bytes(old.head), first = (index + ALIGN - 1) / ALIGN * ALIGN;
	const size_t modules = old.bytes - first, at = (modules + ALIGN - 1) / ALIGN * ALIGN;
	g.entry = calloc(g.room, sizeof *g.entry);
	g.bytes = calloc(1, at + count);
	int made = -1;
	if (g.entry && g.bytes) {
		memcpy(g.entry, old.entry, old.count * sizeof *g.entry);
		g.count = old.count;
		memcpy(g.bytes, (const char *)old.head + first, modules);
		memcpy(g.bytes + at, bytes, count);
		g.used = at + count;
		for (uint32_t i = 0; i < g.count; i++)
			g.entry[i].offset -= g.entry[i].kind == US_CODE_PROGRAM ? 0 : first;
		add_entry(&g, name, US_CODE_DATA, bytes, count)->offset = at;
		made = make_pack(&g, old.head->log_bytes, err);
	} else {
		us_fail(err, "no memory for the modules' descriptions");
	}
	free(g.entry);
	free(g.bytes);
	us_code_close(&old);
	if (made < 0)
		return US_FAILED;
	close(*fd);
	*fd = made;
	return US_OK;
}

int us_code_describe(int fd[static US_CODE_FDS], uint32_t rate, struct us_err *err)
{
	void *bytes;
	size_t count;
	if (us_probe(fd[1 + US_WORKER], fd[0], rate, &bytes, &count, err))
		return US_FAILED;
	int failed = add_data(&fd[0], US_DESCRIPTIONS, bytes, count, err);
	free(bytes);
	return failed;
}

int us_code_modules_here(struct us_library **library, struct us_err *err)
{
	enum { USUAL_RATE = 48000 };
	char modules[US_PATH_BYTES], worker[US_PATH_BYTES];
	int fd[US_CODE_FDS];
	void *bytes;
	size_t count;
	if (us_rig_modules(modules, err) || us_rig_program(worker, us_program_name(US_WORKER), err) ||
	    us_code_gather(fd, modules, false, false, err))
		return US_FAILED;
	fd[1 + US_WORKER] = open(worker, O_RDONLY | O_CLOEXEC);
	int failed = us_probe(fd[1 + US_WORKER], fd[0], USUAL_RATE, &bytes, &count, err);
	us_code_drop(fd);
	if (failed)
		return US_FAILED;
	failed = us_library_described(library, bytes, count, USUAL_RATE, err);
	free(bytes);
	return failed;
}

void us_code_drop(int fd[static US_CODE_FDS])
{
	for (int i = 0; i < US_CODE_FDS; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/* A supervisor has 30, its JACK client some 20 more. */
enum { DESCRIPTORS = 64, ENOUGH = 4096 };

int us_code_allow_descriptors(struct us_err *err)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return us_fail(err, "cannot ask for the limit on open files: %s", strerror(errno));
	const rlim_t most = limit.rlim_max < ENOUGH ? limit.rlim_max : ENOUGH;
	if (limit.rlim_cur < most) {
		limit.rlim_cur = most;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur >= DESCRIPTORS
	           ? US_OK
	           : us_fail(err, "this user may open %llu files in a process; a session needs %d (ulimit -n)",
	                     (unsigned long long)limit.rlim_cur, DESCRIPTORS);
}
