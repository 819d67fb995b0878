/* patch_file.c — patch text and modules, for the subcommands that compile: reading a file, knowing the modules, and
 * packing a patch for control's first start. */
#include "patch_file.h"

#include "client/sender.h"
#include "code/load.h"
#include "lang/plain.h"
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 4 << 20, PACKET_BYTES = 8192 };

int us_text_read(const char *path, char **text, size_t *bytes, struct us_err *err)
{
	char home[PATH_MAX];
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(us_plain_path(path, home, sizeof home), "r");
	if (!f)
		return us_fail(err, "cannot read %s: %s", path, strerror(errno));
	*text = malloc(FILE_BYTES + 1);
	*bytes = *text ? fread(*text, 1, FILE_BYTES + 1, f) : 0;
	int failed = US_OK;
	if (!*text)
		failed = us_fail(err, "no memory to read %s", path);
	else if (ferror(f))
		failed = us_fail(err, "cannot read %s: %s", path, strerror(errno));
	else if (*bytes > FILE_BYTES)
		failed = us_fail(err, "%s is larger than %d MB; a patch is not", path, FILE_BYTES >> 20);
	if (f != stdin)
		fclose(f);
	if (failed)
		free(*text);
	else
		*bytes = us_plain_text(*text, *bytes);
	return failed;
}

/* Beside the file and then in its place: whoever reads it meanwhile, or pulls the plug, has the old or the new one. */
int us_text_replace(const char *path, const char *text, size_t bytes, struct us_err *err)
{
	char beside[4096], real[PATH_MAX];
	struct stat st;
	const mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
	if (realpath(path, real))
		path = real; /* a link stays a link */
	if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside)
		return us_fail(err, "the path of %.60s... is too long", path);
	const int fd = mkstemp(beside);
	if (fd < 0)
		return us_fail(err, "cannot write %s: %s", path, strerror(errno));
	const mode_t mask = umask(0);
	umask(mask);
	FILE *f = fdopen(fd, "w");
	bool failed = !f || fchmod(fd, mode ? mode : 0666 & ~mask) || fwrite(text, 1, bytes, f) != bytes || fflush(f) ||
	              fsync(fd);
	const int why = errno;
	if (f)
		failed |= fclose(f) != 0;
	if (!failed && rename(beside, path) == 0)
		return US_OK;
	us_fail(err, "cannot write %s: %s", path, strerror(failed ? why : errno));
	unlink(beside);
	return US_FAILED;
}

static const struct us_module *find(void *context, const char *name)
{
	return us_library_find(context, name);
}
static const char *nearest(void *context, const char *name)
{
	return us_library_nearest(context, name);
}

static int read_include(void *context, const char *path, char **text, size_t *bytes, struct us_err *err)
{
	(void)context;
	if (strcmp(path, "-") == 0)
		return us_fail(err, "standard input cannot be included; name a file");
	return us_text_read(path, text, bytes, err);
}

struct us_lang_catalogue us_catalogue_of(struct us_library *library)
{
	return (struct us_lang_catalogue){.find = find, .nearest = nearest, .read = read_include, .context = library};
}

struct packer {
	int fd;
	struct us_inputs *inputs;
};

static int pack(void *context, const struct us_command *command, struct us_err *err)
{
	struct packer *p = context;
	char packet[PACKET_BYTES];
	size_t bytes = us_sender_encode(command, packet, sizeof packet);
	uint32_t size = htonl((uint32_t)bytes);
	if (!bytes)
		return us_fail(err, "the command %s is too long", command->address);
	us_inputs_note_command(p->inputs, command);
	if (write(p->fd, &size, sizeof size) != sizeof size || write(p->fd, packet, bytes) != (ssize_t)bytes)
		return us_fail(err, "cannot keep the patch in memory: %s", strerror(errno));
	return US_OK;
}

static int pack_all(const char *path, const char *text, size_t bytes, struct us_library *library, int fd,
                    struct us_inputs *inputs, struct us_err *err)
{
	struct packer p = {.fd = fd, .inputs = inputs};
	const struct us_command begin = {.address = "/patch/begin"}, commit = {.address = "/patch/commit"};
	const struct us_lang_catalogue modules = us_catalogue_of(library);
	const struct us_lang_catalogue catalogue = us_inputs_catalogue(inputs, &modules);
	const struct us_lang_text patch = {.text = text, .bytes = bytes, .file = path, .whole = true};
	if (pack(&p, &begin, err) || us_lang_compile(&patch, &catalogue, pack, &p, err) || pack(&p, &commit, err))
		return US_FAILED;
	return lseek(fd, 0, SEEK_SET) == 0 ? US_OK : us_fail(err, "cannot rewind the patch: %s", strerror(errno));
}

int us_patch_packets(const char *path, int code_fd, uint32_t rate, int *fd, struct us_inputs *inputs,
                     struct us_err *err)
{
	struct us_library *library;
	char *text;
	size_t bytes;
	if (us_text_read(path, &text, &bytes, err))
		return US_FAILED;
	if (us_code_descriptions(&library, code_fd, rate, err)) {
		free(text);
		return US_FAILED;
	}
	us_inputs_note(inputs, path);
	*fd = memfd_create("understudy-patch", MFD_CLOEXEC);
	int failed = *fd < 0 ? us_fail(err, "cannot keep the patch in memory: %s", strerror(errno))
	                     : pack_all(path, text, bytes, library, *fd, inputs, err);
	us_library_close(library);
	free(text);
	return failed;
}
