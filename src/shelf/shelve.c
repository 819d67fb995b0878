/* shelve.c — see shelve.h. */
#include "shelve.h"

#include "lang/plain.h"
#include "lang/scala.h"
#include "wav/beneath.h"
#include "wav/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TUNING_BYTES = 1 << 16 };

/* What lies there already is found before room is asked for. */
static int put(const struct us_shelve *to, const struct us_goods *goods, uint32_t *number, struct us_err *err)
{
	if (us_shelf_check(goods, err))
		return US_FAILED;
	*number = us_shelf_find(to->shelf, goods);
	if (*number != US_NO_TABLE)
		return US_OK;
	return (to->make_room && to->make_room(to->context, goods, err)) ? US_FAILED
	                                                                 : us_shelf_add(to->shelf, goods, number, err);
}

static int shelve_tuning(const struct us_shelve *to, int fd, const char *path, uint32_t *number, struct us_err *err)
{
	char text[TUNING_BYTES];
	float octave[US_SCALA_DEGREES];
	uint32_t degrees;
	struct us_err why;
	const ssize_t bytes = pread(fd, text, sizeof text, 0);
	if (bytes < 0 || bytes == sizeof text)
		return us_fail(err, "%s is no tuning: it cannot be read, or has more than %d kB", path,
		               TUNING_BYTES / 1024);
	if (us_scala_read(text, us_plain_text(text, (size_t)bytes), octave, &degrees, &why))
		return us_fail(err, "%s: %s", path, why.text);
	return put(to, &(struct us_goods){.name = path, .value = octave, .frames = degrees, .channels = 1}, number,
	           err);
}

static int shelve_sound(const struct us_shelve *to, int fd, const char *path, uint32_t *number, struct us_err *err)
{
	struct us_sound sound;
	const size_t room = (size_t)(to->shelf->bytes - us_shelf_begin()); /* whether it is free now is asked later */
	if (to->read ? to->read(to->context, &sound, fd, path, room, err) : us_sound_read(&sound, fd, path, room, err))
		return US_FAILED;
	const struct us_goods goods = {
	    .name = path, .value = sound.value, .frames = sound.frames, .channels = sound.channels, .rate = sound.rate};
	const int failed = put(to, &goods, number, err);
	us_sound_release(&sound);
	return failed;
}

int us_shelve_open_file(const struct us_shelve *to, int fd, const char *path, uint32_t *number, struct us_err *err)
{
	const size_t length = strlen(path);
	if (length >= US_TABLE_NAME_BYTES)
		return us_fail(err, "the path has %zu bytes; right are at most %d", length, US_TABLE_NAME_BYTES - 1);
	if (length > 4 && strcmp(path + length - 4, ".scl") == 0)
		return shelve_tuning(to, fd, path, number, err);
	return shelve_sound(to, fd, path, number, err);
}

int us_shelve_file(const struct us_shelve *to, const char *path, uint32_t *number, struct us_err *err)
{
	const int fd = us_file_open(path, O_RDONLY, err);
	if (fd < 0)
		return US_FAILED;
	const int failed = us_shelve_open_file(to, fd, path, number, err);
	close(fd);
	return failed;
}

struct us_shelf *us_shelf_open(struct us_err *err)
{
	void *memory =
	    mmap(NULL, US_SHELF_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		us_fail(err, "no room for a shelf of %d MB: %s", US_SHELF_BYTES >> 20, strerror(errno));
		return NULL;
	}
	us_shelf_format(memory, US_SHELF_BYTES);
	return memory;
}

void us_shelf_close(struct us_shelf *shelf)
{
	if (shelf)
		munmap(shelf, shelf->bytes);
}
