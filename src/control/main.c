/* main.c — understudy-control SESSION SOCKET_FD PATCH_FD: the OSC server process (see control.h). Started by the
 * supervisor, which restarts it when it dies; it can be killed at any instant. */
#include "control.h"
#include "ipc/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SOCKET_BYTES = 8 << 20 };
#define MOST_MEMORY (768ull << 20) /* address space, mostly mapped shared memory; a leak ends here */

static int open_parts(struct us_control *c, const char *session, struct us_err *err)
{
	unsigned writable = 1u << US_SEG_JOURNAL | 1u << US_SEG_HOUSE;
	if (us_session_open(&c->session, session, writable, err))
		return US_FAILED;
	c->clock = c->session.clock;
	c->follow = (struct us_follow){.rate = (double)c->clock->rate};
	if (us_library_open(&c->library, c->clock->modules, err))
		return US_FAILED;
	const struct us_commander_config config = {
	    .rate = (float)c->clock->rate,
	    .arena_bytes = c->clock->arena_bytes,
	    .library = c->library,
	    .chaos = c->clock->chaos,
	    .routes = us_control_routes,
	    .host = c,
	};
	return us_commander_open(&c->commander, &config, err) || us_osc_open(&c->osc, err) ? US_FAILED : US_OK;
}

static int open_patch(struct us_control *c, int patch_fd, struct us_err *err)
{
	if (us_control_is_fresh(c) ? us_control_first_patch(c, patch_fd, err) : us_control_rebuild(c, err))
		return US_FAILED;
	/* Pairs with the acquire of whoever waits for the session to be playable. */
	atomic_store_explicit(&c->session.house->ready, 1, memory_order_release);
	return US_OK;
}

/* Ctrl-C reaches the whole group; when to leave is said in shared memory. */
static void settle(int socket_fd)
{
	const struct rlimit memory = {MOST_MEMORY, MOST_MEMORY};
	int bytes = SOCKET_BYTES;
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &memory);
#endif
	if (setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
		setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

static void close_parts(struct us_control *c)
{
	us_osc_close(c->osc);
	us_commander_close(c->commander);
	us_library_close(c->library);
	us_session_close(&c->session);
}

int main(int argc, char **argv)
{
	static struct us_control control;
	struct us_err err;
	if (argc != 4) {
		fprintf(stderr, "usage: understudy-control SESSION SOCKET_FD PATCH_FD; 'understudy run' starts it\n");
		return 2;
	}
	control.socket_fd = atoi(argv[2]);
	settle(control.socket_fd);
	if (open_parts(&control, argv[1], &err) || open_patch(&control, atoi(argv[3]), &err)) {
		fprintf(stderr, "understudy-control: %s\n", err.text);
		return 1;
	}
	int failed = us_control_serve(&control);
	close_parts(&control);
	return failed ? 1 : 0;
}
