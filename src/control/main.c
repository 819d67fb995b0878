/* main.c — understudy-control SESSION SOCKET_FD HERE6_FD PATCH_FD CODE_FD (-1: none): the OSC server process (see
 * control.h). Started by the supervisor, which restarts it when it dies; it can be killed at any instant. */
#include "control.h"
#include "guard.h"
#include "ipc/lines.h"
#include "ipc/process.h"
#include "ipc/say.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { SOCKET_BYTES = 8 << 20 };
#define MOST_MEMORY (768ull << 20) /* address space, mostly mapped shared memory; a leak ends here */

/* Ctrl-C reaches the whole group; when to leave is said in shared memory. */
static void settle(int socket_fd)
{
	int bytes = SOCKET_BYTES;
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow needs all there is */
	const struct rlimit memory = {MOST_MEMORY, MOST_MEMORY};
	setrlimit(RLIMIT_AS, &memory);
#endif
	if (setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
		setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int main(int argc, char **argv)
{
	static struct us_control control; /* too big for a stack */
	struct us_err err;
	if (argc != 6) {
		fprintf(stderr, "usage: understudy-control SESSION SOCKET_FD HERE6_FD PATCH_FD CODE_FD; 'understudy "
		                "run' starts it\n");
		return 2;
	}
	const int socket_fd[] = {atoi(argv[2]), atoi(argv[3])}, code_fd = atoi(argv[5]);
	us_process_begin(argv[0], code_fd);
	us_lines_open();
	settle(socket_fd[0]);
	if (us_control_open(&control, argv[1], socket_fd, atoi(argv[4]), code_fd, &err)) {
		fprintf(stderr, "understudy-control: %s\n", err.text);
		return 1;
	}
#ifndef __SANITIZE_ADDRESS__
	if (us_guard_control(&err))
		fprintf(stderr, US_SAY_WARNING "understudy-control: %s; it goes on without\n", err.text);
#endif
	int failed = us_control_serve(&control);
	us_control_close(&control);
	return failed ? 1 : 0;
}
