/* The pack of a session's code: what is damaged is refused, what is sealed stays, equal descriptors have other paths.
 */
#include "code/load.h"
#include "ipc/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MODULES = 2, TEXT = 64 };
struct pack {
	struct us_code_head head;
	struct us_code_entry entry[MODULES];
	char bytes[MODULES][TEXT];
};

static struct pack sound_pack(void)
{
	struct pack p = {.head = {.magic = US_CODE_MAGIC, .version = US_CODE_VERSION, .count = MODULES}};
	p.head.bytes = sizeof p;
	for (int i = 0; i < MODULES; i++) {
		snprintf(p.entry[i].name, sizeof p.entry[i].name, "m%d.so", i);
		snprintf(p.bytes[i], TEXT, "the bytes of module %d", i);
		p.entry[i].offset = (size_t)((char *)p.bytes[i] - (char *)&p);
		p.entry[i].bytes = TEXT;
		p.entry[i].hash = us_hash(p.bytes[i], TEXT);
	}
	return p;
}

static int open_pack(struct us_code *code, const struct pack *p, size_t bytes)
{
	struct us_err err;
	int fd = us_code_file("pack", p, bytes, US_CODE_SEALED, &err);
	assert_true(fd >= 0);
	int failed = us_code_open(code, fd, &err);
	close(fd);
	return failed;
}

static void a_pack_is_read_back(void **state)
{
	(void)state;
	struct pack p = sound_pack();
	struct us_code code;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_OK);
	assert_int_equal(code.count, MODULES);
	for (uint32_t i = 0; i < MODULES; i++)
		assert_string_equal(us_code_bytes(&code, &code.entry[i]), p.bytes[i]);
	us_code_close(&code);
}

static void a_damaged_pack_is_refused(void **state)
{
	(void)state;
	struct us_code code;
	struct pack p = sound_pack();
	for (size_t bytes = 0; bytes < sizeof p; bytes++)
		if (bytes != us_code_index_bytes(&p.head))
			assert_int_equal(open_pack(&code, &p, bytes), US_FAILED);
	assert_int_equal(open_pack(&code, &p, us_code_index_bytes(&p.head)), US_OK); /* as a log has it */
	assert_null(us_code_bytes(&code, &code.entry[0]));
	assert_non_null(us_code_find(&code, "m1.so"));
	assert_null(us_code_find(&code, "m2.so"));
	us_code_close(&code);
	p.head.magic++;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	p.head.version++;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	p.head.count = UINT32_MAX;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	p.entry[1].offset = UINT64_MAX - 3;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	p.entry[1].bytes = sizeof p;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	p.entry[1].kind = 7;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	strcpy(p.entry[0].name, "../m.so");
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
	p = sound_pack();
	memset(p.entry[0].name, 'm', sizeof p.entry[0].name);
	assert_int_equal(open_pack(&code, &p, sizeof p), US_FAILED);
}

static void other_bytes_than_the_index_says_are_not_loaded(void **state)
{
	(void)state;
	struct pack p = sound_pack();
	struct us_code code;
	struct us_library *library;
	struct us_err err;
	p.bytes[1][3] ^= 1;
	assert_int_equal(open_pack(&code, &p, sizeof p), US_OK);
	assert_non_null(us_code_bytes(&code, &code.entry[0]));
	assert_null(us_code_bytes(&code, &code.entry[1]));
	us_code_close(&code);
	p.entry[0] = p.entry[1];
	int fd = us_code_file("pack", &p, sizeof p, US_CODE_SEALED, &err);
	assert_int_equal(us_code_library(&library, fd, NULL, &err), US_FAILED);
	assert_non_null(strstr(err.text, "m1.so"));
	assert_non_null(strstr(err.text, "hash"));
	close(fd);
}

static void what_is_sealed_nobody_changes(void **state)
{
	(void)state;
	struct us_err err;
	char path[US_FD_PATH_BYTES];
	int fd = us_code_file("sealed", "abc", 3, US_CODE_SEALED, &err);
	assert_true(fd >= 0);
	if (!us_code_in_memory(fd))
		skip();
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(ftruncate(fd, 10), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
	assert_ptr_equal(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	int again = open(us_fd_path(path, fd, 0), O_RDWR);
	assert_true(again < 0 || pwrite(again, "x", 1, 0) == -1);
	if (again >= 0)
		close(again);
	close(fd);
}

/* glibc compares names, so each module needs one of its own, although all come from the same descriptor number. */
static void each_turn_is_another_path_to_the_same_file(void **state)
{
	(void)state;
	struct us_err err;
	static char path[300][US_FD_PATH_BYTES];
	char text[4] = "";
	int fd = us_code_file("file", "abc", 3, 0, &err);
	for (uint32_t turn = 0; turn < 300; turn++) {
		us_fd_path(path[turn], fd, turn);
		for (uint32_t before = 0; before < turn; before++)
			assert_string_not_equal(path[turn], path[before]);
		int opened = open(path[turn], O_RDONLY);
		assert_int_equal(pread(opened, text, 3, 0), 3);
		assert_string_equal(text, "abc");
		close(opened);
	}
	assert_true(strlen(us_fd_path(path[0], 1 << 30, US_FD_TURNS - 1)) < US_FD_PATH_BYTES - 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pack_is_read_back),
	    cmocka_unit_test(a_damaged_pack_is_refused),
	    cmocka_unit_test(other_bytes_than_the_index_says_are_not_loaded),
	    cmocka_unit_test(what_is_sealed_nobody_changes),
	    cmocka_unit_test(each_turn_is_another_path_to_the_same_file),
	};
	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
