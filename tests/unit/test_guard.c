/* test_guard.c — promises of control's guards: a decoder that is led astray reaches nothing, its death is a message;
 * control itself starts no program, opens no socket and no file for writing. */
#include "control/control.h"
#include "control/guard.h"
#include "wav/sound.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

enum { DONE = 0, WENT_THROUGH = 7, NO_GUARD = 8 };

/* How a child ends that is guarded and then does this. */
static int end_of(int (*guard)(void), int (*deed)(void))
{
	int status;
	const pid_t pid = fork();
	if (pid == 0)
		_exit(guard() ? NO_GUARD : deed());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int as_decoder(void)
{
	return us_guard_decoder(STDERR_FILENO, NULL);
}
static int as_control(void)
{
	return us_guard_control(NULL);
}

static int open_a_file(void)
{
	return open("/dev/null", O_RDONLY) < 0 ? DONE : WENT_THROUGH;
}
static int open_for_writing_only(void)
{
	return open("/dev/null", O_WRONLY) < 0 ? DONE : WENT_THROUGH;
}
static int open_for_writing(void)
{
	static const int ways[] = {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (open("/dev/null", ways[i], 0600) >= 0 || errno != EACCES)
			return WENT_THROUGH;
	return open("/dev/null", O_RDONLY) >= 0 ? DONE : NO_GUARD; /* it still reads */
}
static int open_a_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? DONE : WENT_THROUGH;
}
static int start_a_program(void)
{
	execl("/bin/true", "true", NULL);
	return errno == EPERM ? DONE : WENT_THROUGH;
}
static int fork_once_more(void)
{
	return fork() < 0 ? DONE : WENT_THROUGH;
}
static int remove_a_file(void)
{
	return unlink("/nonexistent") && errno == EPERM ? DONE : WENT_THROUGH;
}
static int write_elsewhere(void)
{
	return write(STDOUT_FILENO, "", 0) < 0 ? DONE : WENT_THROUGH;
}
static int signal_somebody(void)
{
	return kill(getpid(), 0) ? DONE : WENT_THROUGH;
}

static void a_decoder_reads_and_computes_only(void **state)
{
	static int (*const deeds[])(void) = {open_a_file,    open_for_writing_only, open_a_socket,   start_a_program,
	                                     fork_once_more, remove_a_file,         write_elsewhere, signal_somebody};
	(void)state;
	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
		const int status = end_of(as_decoder, deeds[i]);
		const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == DONE;
		if (!refused && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS))
			fail_msg("deed %zu ended with status %x", i, (unsigned)status);
	}
}

static void control_starts_nothing_and_writes_nowhere(void **state)
{
	static int (*const deeds[])(void) = {open_for_writing, open_a_socket, start_a_program, remove_a_file};
	(void)state;
	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
		const int status = end_of(as_control, deeds[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE)
			fail_msg("deed %zu ended with status %x", i, (unsigned)status);
	}
}

/* --- a decoder's death -------------------------------------------------------------------------------------- */

static struct us_control control;

/* Our only other child: in a process of its own, so that both go on. */
static void kill_the_decoder(pid_t parent)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	for (int tries = 0; tries < 1000; tries++, usleep(10000)) {
		int pid = 0, own = getpid();
		FILE *f = fopen(path, "r");
		while (f && fscanf(f, "%d", &pid) == 1)
			if (pid != own) {
				usleep(100000); /* it is in its guard by now */
				kill(pid, SIGSEGV);
				_exit(0);
			}
		if (f)
			fclose(f);
	}
	_exit(1);
}

static void a_decoder_that_dies_is_a_message(void **state)
{
	int silent[2];
	struct us_sound sound;
	struct us_err err = {""};
	(void)state;
	assert_int_equal(pipe(silent), 0); /* it waits for the first byte */
	const pid_t parent = getpid(), killer = fork();
	if (killer == 0)
		kill_the_decoder(parent);
	assert_int_equal(us_control_decode(&control, &sound, silent[0], "evil.wav", 1 << 20, &err), US_FAILED);
	assert_string_equal(err.text, "evil.wav ended its decoder: SIGSEGV");
	assert_null(sound.value);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
	close(silent[0]);
	close(silent[1]);
}

/* 16 bits, mono, 48 kHz; `says` is how long it says it is. */
static int a_file(uint32_t samples, uint32_t says)
{
	char name[] = "/tmp/understudy-guard-XXXXXX";
	const uint32_t data = says * 2, riff = 36 + data;
	unsigned char head[44] = "RIFF....WAVEfmt \20\0\0\0\1\0\1\0\200\273\0\0\0\167\1\0\2\0\20\0data";
	const int fd = mkstemp(name);
	memcpy(head + 4, &riff, 4);
	memcpy(head + 40, &data, 4);
	assert_true(fd >= 0 && unlink(name) == 0 && write(fd, head, sizeof head) == sizeof head);
	for (uint32_t i = 0; i < samples; i++) {
		const int16_t s = (int16_t)(i * 7);
		assert_int_equal(write(fd, &s, sizeof s), sizeof s);
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void what_it_reads_is_what_we_would_have_read(void **state)
{
	struct us_sound here, there;
	struct us_err err = {""};
	int fd = a_file(50000, 50000);
	(void)state;
	assert_int_equal(us_control_decode(&control, &there, fd, "good.wav", 1 << 20, &err), US_OK);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(us_sound_read(&here, fd, "good.wav", 1 << 20, &err), US_OK);
	assert_true(here.frames == 50000 && there.frames == 50000 && there.channels == 1 && there.rate == here.rate);
	assert_memory_equal(here.value, there.value, 50000 * sizeof(float));
	us_sound_release(&here);
	us_sound_release(&there);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(us_control_decode(&control, &there, fd, "long.wav", 1 << 10, &err), US_FAILED);
	assert_non_null(strstr(err.text, "are free"));
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(us_control_decode(&control, &there, fd, "empty.wav", 1 << 20, &err), US_FAILED);
	assert_non_null(strstr(err.text, "empty.wav as a sound file"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_decoder_reads_and_computes_only),
	    cmocka_unit_test(control_starts_nothing_and_writes_nowhere),
	    cmocka_unit_test(a_decoder_that_dies_is_a_message),
	    cmocka_unit_test(what_it_reads_is_what_we_would_have_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
