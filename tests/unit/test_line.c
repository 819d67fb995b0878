/* test_line.c — promises of src/cli/line.c: what a line looks like where, and how many there are at most. */
#include "../../src/cli/line.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void is(enum us_line_form form, const char *text, const char *wanted)
{
	char line[US_LINE_BYTES + 1];
	const size_t bytes = us_line_write(line, form, "main", 86400ull * 1000000000u + 7000000, text, strlen(text));
	line[bytes] = 0;
	assert_string_equal(line, wanted);
}

static void each_place_has_its_form(void **state)
{
	(void)state;
	is(US_LINE_TERMINAL, "<3>understudy: it burns\n", "understudy: it burns\n");
	is(US_LINE_TERMINAL, "understudy: well\n", "understudy: well\n");
	is(US_LINE_FILE, "<3>understudy: it burns\n", "1970-01-02T00:00:00.007Z main error understudy: it burns\n");
	is(US_LINE_FILE, "understudy: well\n", "1970-01-02T00:00:00.007Z main notice understudy: well\n");
	is(US_LINE_JOURNAL, "<4>understudy: hm\n", "<4>main: understudy: hm\n");
	is(US_LINE_JOURNAL, "ALSA lib: no\n", "<5>main: ALSA lib: no\n");
	is(US_LINE_FILE, "<9>odd\n", "1970-01-02T00:00:00.007Z main notice <9>odd\n");
	is(US_LINE_FILE, "<3>", "1970-01-02T00:00:00.007Z main error ");
	is(US_LINE_FILE, "", "1970-01-02T00:00:00.007Z main notice ");
}

static void a_line_that_is_too_long_is_cut_and_ends(void **state)
{
	(void)state;
	static char text[3 * US_LINE_BYTES], line[US_LINE_BYTES];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	assert_int_equal(us_line_write(line, US_LINE_FILE, "main", 0, text, sizeof text), US_LINE_BYTES);
	assert_int_equal(line[US_LINE_BYTES - 1], '\n');
}

static void journald_is_known_by_its_descriptor(void **state)
{
	(void)state;
	struct stat st;
	char stream[64];
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(fstat(fd[1], &st), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	assert_int_equal(us_line_form_of(fd[1], stream), US_LINE_JOURNAL);
	assert_int_equal(us_line_form_of(STDIN_FILENO, "1:1") == US_LINE_JOURNAL, 0);
	assert_int_equal(us_line_form_of(fd[1], NULL), US_LINE_FILE);
	assert_int_equal(us_line_form_of(fd[1], "rubbish"), US_LINE_FILE);
	close(fd[0]);
	close(fd[1]);
}

static void a_flood_is_counted_and_not_written(void **state)
{
	(void)state;
	struct us_line_rate rate = {0};
	uint64_t written = 0, dropped = 0, more;
	for (uint64_t ms = 0; ms < 60000; ms += 5) {
		written += us_line_may(&rate, ms * 1000000, &more);
		dropped += more;
	}
	assert_in_range(written, 60 * US_LINES_A_SECOND, 60 * US_LINES_A_SECOND + US_LINES_AT_ONCE);
	assert_true(us_line_may(&rate, 3600ull * 1000000000u, &more)); /* later */
	assert_int_equal(written + dropped + more, 12000);
	for (int i = 1; i < US_LINES_AT_ONCE; i++)
		assert_true(us_line_may(&rate, 3600ull * 1000000000u, &more));
	assert_false(us_line_may(&rate, 3600ull * 1000000000u, &more));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_place_has_its_form),
	    cmocka_unit_test(a_line_that_is_too_long_is_cut_and_ends),
	    cmocka_unit_test(journald_is_known_by_its_descriptor),
	    cmocka_unit_test(a_flood_is_counted_and_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
