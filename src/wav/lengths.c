/* lengths.c — see lengths.h. */
#include "lengths.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { MOST_CHUNKS = 4096 }; /* a file of nothing else ends somewhere */

struct file {
	int fd;
	int64_t bytes;
};

/* How a family of containers writes its chunks: a name of four letters, then a size. */
struct chunks {
	bool big_endian;
	size_t size_bytes;
	int64_t even; /* chunks begin at multiples of this */
};

static bool read_at(const struct file *f, int64_t at, void *to, size_t bytes)
{
	return at >= 0 && pread(f->fd, to, bytes, at) == (ssize_t)bytes;
}

static uint64_t number(const unsigned char *from, size_t bytes, bool big_endian)
{
	uint64_t n = 0;
	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | from[big_endian ? i : bytes - 1 - i];
	return n;
}

static struct us_length length_at(int64_t at, size_t bytes, bool big_endian, int64_t value)
{
	struct us_length l = {.at = at, .bytes = bytes};
	uint64_t v = bytes == 4 && value > UINT32_MAX ? UINT32_MAX : (uint64_t)value;
	for (size_t i = 0; i < bytes; i++, v >>= 8)
		l.value[big_endian ? bytes - 1 - i : i] = (unsigned char)v;
	return l;
}

struct chunk {
	char name[4];
	int64_t body;
	uint64_t bytes;
};

static bool read_chunk(const struct file *f, const struct chunks *c, int64_t at, struct chunk *chunk)
{
	unsigned char head[12];
	if (!read_at(f, at, head, 4 + c->size_bytes))
		return false;
	memcpy(chunk->name, head, 4);
	chunk->body = at + 4 + (int64_t)c->size_bytes;
	chunk->bytes = number(head + 4, c->size_bytes, c->big_endian);
	return true;
}

/* Where the next one would begin; -1: beyond the end. */
static int64_t behind(const struct file *f, const struct chunks *c, const struct chunk *chunk)
{
	if (chunk->bytes > (uint64_t)(f->bytes - chunk->body))
		return -1;
	const int64_t end = chunk->body + (int64_t)chunk->bytes;
	return end + (c->even - end % c->even) % c->even;
}

static bool is_name(const char name[4])
{
	for (int i = 0; i < 4; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return true;
}

/* One that is known is one even if the file ends within it. */
static bool is_known(const char name[4])
{
	static const char known[][5] = {"LIST", "fact", "PEAK", "cue ", "smpl", "inst", "bext", "iXML", "JUNK", "PAD ",
	                                "id3 ", "ID3 ", "acid", "DISP", "NAME", "ANNO", "AUTH", "MARK", "INST", "COMT",
	                                "APPL", "COMM", "info", "free", "uuid", "peak", "umid", "afsp", "FLLR", "chan"};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (memcmp(known[i], name, 4) == 0)
			return true;
	return false;
}

/* Nothing but chunks from here to the end? A few bytes may be left over. */
static bool are_chunks(const struct file *f, const struct chunks *c, int64_t at)
{
	struct chunk chunk;
	for (int i = 0; i < MOST_CHUNKS; i++) {
		if (!read_chunk(f, c, at, &chunk))
			return true;
		if (!is_name(chunk.name))
			return false;
		const int64_t next = behind(f, c, &chunk);
		if (next < 0)
			return is_known(chunk.name);
		at = next;
	}
	return false;
}

static bool find(const struct file *f, const struct chunks *c, int64_t at, const char *name, struct chunk *chunk)
{
	for (int i = 0; i < MOST_CHUNKS && at >= 0 && read_chunk(f, c, at, chunk); i++) {
		if (memcmp(chunk->name, name, 4) == 0)
			return true;
		at = behind(f, c, chunk);
	}
	return false;
}

/* Is `said` right for a body that begins there? */
static bool is_right(const struct file *f, const struct chunks *c, int64_t body, uint64_t said)
{
	const struct chunk chunk = {.body = body, .bytes = said};
	const int64_t next = said ? behind(f, c, &chunk) : -1;
	return next >= 0 && are_chunks(f, c, next);
}

static struct us_length mend_chunks(const struct file *f, const struct chunks *c, int64_t first, const char *name)
{
	struct chunk data;
	if (!find(f, c, first, name, &data) || is_right(f, c, data.body, data.bytes))
		return (struct us_length){0};
	return length_at(data.body - (int64_t)c->size_bytes, c->size_bytes, c->big_endian, f->bytes - data.body);
}

/* The size of `data` stands in ds64: that of the whole, that of the sound, the frames. */
static struct us_length mend_rf64(const struct file *f, const struct chunks *c)
{
	enum { BEHIND_WHOLE = 8 };
	struct chunk ds64, data;
	unsigned char said[8];
	if (!find(f, c, 12, "ds64", &ds64) || !find(f, c, 12, "data", &data) ||
	    !read_at(f, ds64.body + BEHIND_WHOLE, said, sizeof said) ||
	    is_right(f, c, data.body, number(said, sizeof said, false)))
		return (struct us_length){0};
	return length_at(ds64.body + BEHIND_WHOLE, sizeof said, false, f->bytes - data.body);
}

/* ".snd", where the sound begins, how long it is. */
static struct us_length mend_au(const struct file *f, const unsigned char head[16])
{
	const int64_t begin = (int64_t)number(head + 4, 4, true);
	return begin < f->bytes ? length_at(8, 4, true, f->bytes - begin) : (struct us_length){0};
}

/* The lower 36 bits behind the rate, the channels and the bits, of which four stay. */
static struct us_length mend_flac(const struct file *f)
{
	unsigned char said[5];
	if (!read_at(f, 21, said, sizeof said))
		return (struct us_length){0};
	return length_at(21, sizeof said, true, (int64_t)(said[0] & 0xf0) << 32);
}

struct us_length us_length_mend(int fd, int64_t file_bytes)
{
	static const struct chunks riff = {false, 4, 2}, form = {true, 4, 2}, caf = {true, 8, 1};
	const struct file f = {fd, file_bytes};
	unsigned char head[16];
	if (!read_at(&f, 0, head, sizeof head))
		return (struct us_length){0};
	if (!memcmp(head, "RIFF", 4))
		return mend_chunks(&f, &riff, 12, "data");
	if (!memcmp(head, "RF64", 4))
		return mend_rf64(&f, &riff);
	if (!memcmp(head, "FORM", 4))
		return mend_chunks(&f, &form, 12, "SSND");
	if (!memcmp(head, "caff", 4))
		return mend_chunks(&f, &caf, 8, "data");
	if (!memcmp(head, ".snd", 4))
		return mend_au(&f, head);
	if (!memcmp(head, "fLaC", 4))
		return mend_flac(&f);
	return (struct us_length){0};
}

void us_length_lay(const struct us_length *l, int64_t at, unsigned char *read, size_t count)
{
	for (size_t i = 0; i < l->bytes; i++) {
		const int64_t place = l->at + (int64_t)i - at;
		if (place >= 0 && (uint64_t)place < count)
			read[place] = l->value[i];
	}
}
