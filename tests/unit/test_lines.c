/* test_lines.c — what a process says never waits, and what is lost is counted. */
#include "ipc/lines.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 1 << 16 };

/* A pipe that somebody may read; its writer waits unless `quick`. */
static void make_pipe(int fd[2], bool quick)
{
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	fcntl(fd[1], F_SETPIPE_SZ, ROOM);
	if (quick)
		fcntl(fd[1], F_SETFL, O_NONBLOCK);
}

static size_t read_all(int fd, char *text, size_t most)
{
	size_t used = 0;
	ssize_t n;
	while (used < most && (n = read(fd, text + used, most - used)) > 0)
		used += (size_t)n;
	text[used] = 0;
	return used;
}

static void put(struct us_lines *lines, const char *text)
{
	us_lines_put(lines, text, strlen(text));
}

static void a_full_pipe_delays_nobody_and_the_lost_are_counted(void **state)
{
	static char text[2 * ROOM];
	(void)state;
	for (int quick = 0; quick < 2; quick++) { /* also where the descriptor itself would wait */
		int fd[2];
		make_pipe(fd, quick);
		struct us_lines lines = {.fd = fd[1]};
		char line[1001];
		memset(line, 'x', sizeof line);
		line[999] = '\n';
		line[1000] = 0;
		for (int i = 0; i < 200; i++)
			put(&lines, line);
		put(&lines, "one\ntwo\n");
		const uint64_t dropped = lines.dropped;
		assert_true(dropped > 100 && dropped < 202);
		read_all(fd[0], text, sizeof text - 1);
		put(&lines, "here again\n");
		assert_int_equal(lines.dropped, 0);
		read_all(fd[0], text, sizeof text - 1);
		char wanted[200];
		snprintf(wanted, sizeof wanted, "understudy: %d lines were not shown: output stood still\nhere again\n",
		         (int)dropped);
		assert_string_equal(text, wanted);
		close(fd[0]);
		close(fd[1]);
	}
}

static void what_nobody_can_read_any_more_is_not_counted(void **state)
{
	int fd[2];
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	make_pipe(fd, true);
	struct us_lines lines = {.fd = fd[1]};
	close(fd[0]);
	put(&lines, "nobody is there\n");
	assert_int_equal(lines.dropped, 0);
	close(fd[1]);
	put(&lines, "and nothing either\n");
	assert_int_equal(lines.dropped, 0);
}

static void stderr_itself_delays_nobody(void **state)
{
	static char text[2 * ROOM];
	int fd[2];
	(void)state;
	make_pipe(fd, false);
	const int saved = dup(STDERR_FILENO);
	FILE *const before = stderr;
	dup2(fd[1], STDERR_FILENO);
	us_lines_open();
	fprintf(stderr, "first %d\n", 1);
	for (int i = 0; i < 5000; i++)
		fprintf(stderr, "line %d of many that fill it, and then some more, until there is no room\n", i);
	read_all(fd[0], text, sizeof text - 1);
	assert_memory_equal(text, "first 1\nline 0 of", 17);
	assert_int_equal(text[strlen(text) - 1], '\n'); /* no line is cut */
	fprintf(stderr, "last\n");
	read_all(fd[0], text, sizeof text - 1);
	assert_non_null(strstr(text, "lines were not shown"));
	assert_non_null(strstr(text, "\nlast\n"));
	stderr = before;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_pipe_delays_nobody_and_the_lost_are_counted),
	    cmocka_unit_test(what_nobody_can_read_any_more_is_not_counted),
	    cmocka_unit_test(stderr_itself_delays_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
