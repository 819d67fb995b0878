/* terminal.c — terminal TRANSCRIPT PROGRAM [ARGUMENT]…: runs a program at a terminal of its own, and does what the
 * lines of standard input say, so that a shell script can sit before it:
 *
 *   type TEXT           as if typed; \t \n \e \\ and \x03 stand for what they stand for in C
 *   see TEXT            waits until the program has written this since the last see, for up to 5 s
 *   time TYPED => TEXT  both, and prints "took MICROSECONDS"
 *   say TEXT            prints it: for who reads our output
 *   end                 closes the terminal's input (ctrl-D at the start of a line) and prints "exit STATUS"
 *
 * What is looked for is what a reader sees: escape sequences do not count. What is not seen is printed as "MISSING
 * TEXT", and makes the exit status 1. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SCREEN_BYTES = 1 << 20, LINE_BYTES = 4096, PATIENCE_MS = 5000, CALM_MS = 3, COLUMNS = 120, ROWS = 40 };

struct terminal {
	int fd;
	pid_t pid;
	FILE *transcript;
	char seen[SCREEN_BYTES + 1]; /* since the last see, without escapes */
	size_t used;
	char escape; /* where we are in an escape sequence; 0: in none */
	bool missing;
};

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000;
}

/* --- what the program writes ------------------------------------------------------------------------------------- */

/* ESC [ parameters letter, or ESC and one letter, or a bell. */
static bool is_escape(struct terminal *t, char c)
{
	if (t->escape == '[') {
		if (c >= '@' && c <= '~')
			t->escape = 0;
		return true;
	}
	if (t->escape) {
		t->escape = c == '[' ? '[' : 0;
		return true;
	}
	t->escape = c == '\033' ? c : 0;
	return c == '\033' || c == '\a' || c == '\r';
}

/* Takes what is there within `ms`. False: nothing came. */
static bool take(struct terminal *t, int ms)
{
	char bytes[4096];
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	if (poll(&p, 1, ms) <= 0)
		return false;
	const ssize_t n = read(t->fd, bytes, sizeof bytes);
	for (ssize_t i = 0; i < n; i++)
		if (!is_escape(t, bytes[i]) && t->used < SCREEN_BYTES)
			t->seen[t->used++] = bytes[i];
	t->seen[t->used] = 0;
	if (n > 0)
		fwrite(bytes, 1, (size_t)n, t->transcript);
	return n > 0;
}

static void see(struct terminal *t, const char *text)
{
	const uint64_t until = now_us() + PATIENCE_MS * 1000u;
	char *found;
	while (!(found = strstr(t->seen, text)) && now_us() < until)
		if (!take(t, 100))
			usleep(1000); /* it may have ended: then there is nothing to wait on */
	if (!found) {
		printf("MISSING %s\n", text);
		t->missing = true;
		return;
	}
	const size_t gone = (size_t)(found - t->seen) + strlen(text);
	memmove(t->seen, t->seen + gone, t->used - gone + 1);
	t->used -= gone;
}

/* --- what is typed ----------------------------------------------------------------------------------------------- */

/* In place. */
static char *unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from;) {
		unsigned value;
		int bytes = 0;
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (sscanf(from, "x%2x%n", &value, &bytes) == 1 && bytes == 3)
			*to++ = (char)value;
		else
			*to++ = (char)(*from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'e' ? '\033' : *from);
		from += bytes ? bytes : 1;
	}
	*to = 0;
	return text;
}

static void write_all(struct terminal *t, const char *text)
{
	for (size_t n = strlen(text); n > 0;) {
		const ssize_t written = write(t->fd, text, n);
		if (written <= 0)
			return;
		text += written;
		n -= (size_t)written;
		take(t, 0);
	}
}

/* Nobody types in the same instant in which a prompt appears: the program has it on the screen before it has made the
 * terminal its own. */
static void type(struct terminal *t, const char *text)
{
	while (take(t, CALM_MS))
		;
	write_all(t, text);
}

static void measure(struct terminal *t, char *words)
{
	char *text = strstr(words, " => ");
	if (!text)
		return;
	*text = 0;
	unescape(words);
	while (take(t, CALM_MS))
		;
	t->used = 0;
	t->seen[0] = 0;
	const uint64_t begin = now_us();
	write_all(t, words);
	see(t, text + 4);
	printf("took %llu\n", (unsigned long long)(now_us() - begin));
}

static void end(struct terminal *t)
{
	int status = 0;
	type(t, "\004");
	for (int i = 0; i < PATIENCE_MS / 10; i++) {
		if (!take(t, 10))
			usleep(10000); /* it has closed the terminal, and is about to end */
		if (waitpid(t->pid, &status, WNOHANG) == t->pid) {
			t->pid = 0;
			printf("exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
			return;
		}
	}
	printf("MISSING its end\n");
	t->missing = true;
}

static void obey(struct terminal *t, char *line)
{
	line[strcspn(line, "\n")] = 0;
	if (strncmp(line, "type ", 5) == 0)
		type(t, unescape(line + 5));
	else if (strncmp(line, "see ", 4) == 0)
		see(t, line + 4);
	else if (strncmp(line, "time ", 5) == 0)
		measure(t, line + 5);
	else if (strncmp(line, "say ", 4) == 0)
		printf("%s\n", line + 4);
	else if (strcmp(line, "end") == 0)
		end(t);
	fflush(t->transcript);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct terminal t;
	struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	char line[LINE_BYTES];
	if (argc < 3) {
		fprintf(stderr, "usage: terminal TRANSCRIPT PROGRAM [ARGUMENT]... <LINES\n");
		return 2;
	}
	t.transcript = fopen(argv[1], "w");
	if (!t.transcript) {
		perror(argv[1]);
		return 1;
	}
	t.pid = forkpty(&t.fd, NULL, NULL, &size);
	if (t.pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (t.pid < 0) {
		perror("forkpty");
		return 1;
	}
	while (fgets(line, sizeof line, stdin))
		obey(&t, line);
	if (t.pid > 0)
		kill(t.pid, SIGKILL);
	fclose(t.transcript);
	return t.missing;
}
