/* test_sound.c — promises of reading sound files: what a header says about lengths is not believed, in no container:
 * a file has the frames that are there. Each container is written by libsndfile, then its length fields are made lies:
 * none, all ones, too much, too little; or its end is cut off. */
#include "wav/sound.h"

#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

enum { FRAMES = 30000, MOST = 16 << 20, BLOCK_FRAMES = 8192 };

struct field {
	const char *chunk; /* these bytes stand `at` bytes before the number */
	size_t at, bytes;
	bool big_endian;
};

static const struct container {
	const char *name;
	int format;
	bool lossy; /* FRAMES are there but for what a codec adds or keeps */
	struct field field[3];
} containers[] = {
    {"wav of 16 bits", SF_FORMAT_WAV | SF_FORMAT_PCM_16, false, {{"data", 4, 4, false}, {"RIFF", 4, 4, false}}},
    {"wav of floats", SF_FORMAT_WAV | SF_FORMAT_FLOAT, false, {{"data", 4, 4, false}, {"fact", 8, 4, false}}},
    {"wav, extensible", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, false, {{"data", 4, 4, false}, {"RIFF", 4, 4, false}}},
    {"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, false, {{"ds64", 16, 8, false}, {"ds64", 24, 8, false}}},
    {"aiff",
     SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
     false,
     {{"SSND", 4, 4, true}, {"COMM", 10, 4, true}, {"FORM", 4, 4, true}}},
    {"aifc of floats", SF_FORMAT_AIFF | SF_FORMAT_FLOAT, false, {{"SSND", 4, 4, true}, {"COMM", 10, 4, true}}},
    {"au", SF_FORMAT_AU | SF_FORMAT_PCM_16, false, {{".snd", 8, 4, true}}},
    {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, false, {{"data", 4, 8, true}}},
    {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, false, {{"fLaC", 22, 4, true}}},
    {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, true, {{NULL}}},
    {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, true, {{NULL}}},
};
enum { CONTAINERS = sizeof containers / sizeof containers[0] };

static int write_container(const struct container *c)
{
	static float sample[2 * FRAMES];
	SF_INFO info = {.samplerate = 48000, .channels = 2, .format = c->format};
	const int fd = memfd_create("sound", 0);
	for (int i = 0; i < 2 * FRAMES; i++)
		sample[i] = (float)(i * 37 % 2001 - 1000) / 2000;
	SNDFILE *f = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
	if (!f) {
		close(fd);
		return -1; /* a libsndfile without it */
	}
	sf_command(f, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	assert_int_equal(sf_writef_float(f, sample, FRAMES), FRAMES);
	sf_close(f);
	return fd;
}

static int64_t frames_read(int fd, const char *what)
{
	struct us_sound sound;
	struct us_err err;
	lseek(fd, 0, SEEK_SET);
	if (us_sound_read(&sound, fd, what, MOST, &err)) {
		print_error("%s: %s\n", what, err.text);
		return -1;
	}
	const int64_t frames = sound.frames;
	for (uint32_t i = 0; i < 2 * sound.frames; i += 997) /* what is said to be there is sound */
		assert_true(sound.value[i] >= -2 && sound.value[i] <= 2);
	us_sound_release(&sound);
	return frames;
}

/* Where a length stands; -1: this container has none. */
static off_t place_of(int fd, const struct field *f)
{
	static char head[8192];
	const ssize_t n = pread(fd, head, sizeof head, 0);
	for (ssize_t i = 0; i + 4 <= n; i++)
		if (f->chunk && memcmp(head + i, f->chunk, 4) == 0)
			return i + (off_t)f->at;
	return -1;
}

static void put(int fd, off_t at, const struct field *f, uint64_t value)
{
	unsigned char bytes[8];
	for (size_t i = 0; i < f->bytes; i++)
		bytes[f->big_endian ? f->bytes - 1 - i : i] = (unsigned char)(value >> 8 * i);
	assert_int_equal(pwrite(fd, bytes, f->bytes, at), (ssize_t)f->bytes);
}

static void lengths_in_headers_are_not_believed(void **state)
{
	static const uint64_t lies[] = {0, UINT64_MAX, INT32_MAX, UINT32_MAX / 2 - 36, 4 * FRAMES + 400000, 8000};
	int broken = 0;
	(void)state;
	for (size_t c = 0; c < CONTAINERS; c++)
		for (const struct field *f = containers[c].field; f < containers[c].field + 3 && f->chunk; f++)
			for (size_t l = 0; l < sizeof lies / sizeof lies[0]; l++) {
				char what[96];
				const int fd = write_container(&containers[c]);
				if (fd < 0)
					continue;
				const off_t at = place_of(fd, f);
				assert_true(at > 0);
				put(fd, at, f, lies[l]);
				snprintf(what, sizeof what, "%s, %s of %llx", containers[c].name, f->chunk,
				         (unsigned long long)lies[l]);
				const int64_t got = frames_read(fd, what);
				if (got != FRAMES) {
					print_error("%s: %lld frames of %d\n", what, (long long)got, FRAMES);
					broken++;
				}
				close(fd);
			}
	assert_int_equal(broken, 0);
}

/* What is there is read, be it a third. */
static void a_file_that_is_cut_is_read_to_where_it_is_cut(void **state)
{
	(void)state;
	for (size_t c = 0; c < CONTAINERS; c++)
		for (off_t part = 1; part < 10; part += 2) {
			const int fd = write_container(&containers[c]);
			if (fd < 0)
				continue;
			const off_t bytes = lseek(fd, 0, SEEK_END);
			assert_int_equal(ftruncate(fd, bytes * part / 10 + 1), 0);
			const int64_t got = frames_read(fd, containers[c].name), whole = FRAMES * part / 10;
			if (containers[c].lossy) { /* a page of it is all that is there, or nothing */
				close(fd);
				continue;
			}
			const bool packed = strcmp(containers[c].name, "flac") == 0;
			const int64_t slack = packed ? 3 * BLOCK_FRAMES / 2 : 1100; /* a header has up to 4 kB */
			if (got < whole - slack || got > whole + slack || (whole > slack && got < 1))
				fail_msg("%s, %d tenths of it: %lld frames, %lld are there", containers[c].name,
				         (int)part, (long long)got, (long long)whole);
			close(fd);
		}
}

static void whole_files_are_whole(void **state)
{
	(void)state;
	for (size_t c = 0; c < CONTAINERS; c++) {
		const int fd = write_container(&containers[c]);
		if (fd < 0)
			continue;
		const int64_t got = frames_read(fd, containers[c].name);
		if (got < FRAMES || got > FRAMES + (containers[c].lossy ? 4000 : 0))
			fail_msg("%s: %lld frames of %d", containers[c].name, (long long)got, FRAMES);
		close(fd);
	}
}

/* Chunks behind the sound are none of it, whatever they hold. */
static void what_stands_behind_the_sound_is_not_heard(void **state)
{
	static const char more[] = "LIST\x14\0\0\0INFOICMT\x08\0\0\0a words\0abcd\x05\0\0\0odd 5\0";
	const int fd = write_container(&containers[0]);
	(void)state;
	lseek(fd, 0, SEEK_END);
	assert_int_equal(write(fd, more, sizeof more - 1), sizeof more - 1);
	assert_int_equal(frames_read(fd, "wav with a list behind it"), FRAMES);
	close(fd);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
	struct us_sound sound;
	struct us_err err;
	(void)state;
	for (size_t c = 0; c < CONTAINERS; c++) {
		const int fd = write_container(&containers[c]);
		if (fd < 0)
			continue;
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(us_sound_read(&sound, fd, "long", 4 * FRAMES, &err), US_FAILED);
		assert_non_null(strstr(err.text, "are free"));
		assert_null(sound.value);
		if (containers[c].format == (SF_FORMAT_FLAC | SF_FORMAT_PCM_16)) { /* not even if it does not say so */
			put(fd, place_of(fd, containers[c].field), containers[c].field, 0);
			lseek(fd, 0, SEEK_SET);
			assert_int_equal(us_sound_read(&sound, fd, "long", 4 * FRAMES, &err), US_FAILED);
			assert_non_null(strstr(err.text, "are free"));
		}
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_files_are_whole),
	    cmocka_unit_test(lengths_in_headers_are_not_believed),
	    cmocka_unit_test(a_file_that_is_cut_is_read_to_where_it_is_cut),
	    cmocka_unit_test(what_stands_behind_the_sound_is_not_heard),
	    cmocka_unit_test(more_than_there_is_room_for_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
