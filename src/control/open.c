/* open.c — what control consists of: the session's memory, the modules, a commander, a decoder; and the graph that is
 * there already, or the first patch. */
#include "code/load.h"
#include "control.h"
#include "ipc/journal_rt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_parts(struct us_control *c, const char *session, int code_fd, struct us_err *err)
{
	unsigned writable = 1u << US_SEG_JOURNAL | 1u << US_SEG_HOUSE | 1u << US_SEG_SHELF;
	if (us_session_open(&c->session, session, writable, err))
		return US_FAILED;
	c->clock = c->session.clock;
	c->inbox = us_inbox_of(c->session.house);
	c->follow = (struct us_follow){.rate = (double)c->clock->rate};
	if (code_fd >= 0 ? us_code_descriptions(&c->library, code_fd, c->clock->rate, err)
	                 : us_library_open(&c->library, c->clock->modules, err))
		return US_FAILED;
	c->shelf_fd = us_shm_file(session, US_SEG_SHELF, O_RDWR);
	if (c->shelf_fd < 0)
		return us_fail(err, "cannot open the segment of sounds of session '%s': %s", session, strerror(errno));
	us_control_open_sounds(c);
	us_control_open_rights(c);
	c->offers_fd = us_control_open_offers(c->clock->segment.nonce);
	const struct us_commander_config config = {
	    .rate = (float)c->clock->rate,
	    .arena_bytes = c->clock->arena_bytes,
	    .tape_bytes = c->clock->tape_bytes,
	    .library = c->library,
	    .shelf = &c->session.shelf->shelf,
	    .shelve = us_control_shelve,
	    .scenes = &c->session.house->scenes,
	    .chaos = c->clock->chaos,
	    .routes = us_control_routes,
	    .host = c,
	};
	const struct us_engine_config prover =
	    us_engine_of_session(config.rate, config.arena_bytes, config.tape_bytes, config.shelf);
	if (us_commander_open(&c->commander, &config, err))
		return US_FAILED;
	us_control_open_prover(c, &prover);
	return US_OK;
}

static int open_patch(struct us_control *c, int patch_fd, struct us_err *err)
{
	if (us_control_is_fresh(c) ? us_control_first_patch(c, patch_fd, err)
	                           : us_control_rebuild(c, err) || us_control_patch_after(c, patch_fd, err))
		return US_FAILED;
	c->attributed = us_journal_tail(c->session.journal);
	us_control_credit(c);
	us_control_watch(c); /* nobody is told what was so before */
	/* Pairs with the acquire of whoever waits for the session to be playable. */
	atomic_store_explicit(&c->session.house->ready, 1, memory_order_release);
	return US_OK;
}

int us_control_open(struct us_control *c, const char *session, const int socket_fd[2], int patch_fd, int code_fd,
                    struct us_err *err)
{
	c->socket_fd = socket_fd[0];
	c->here6_fd = socket_fd[1];
	return open_parts(c, session, code_fd, err) || open_patch(c, patch_fd, err) ? US_FAILED : US_OK;
}

void us_control_close(struct us_control *c)
{
	us_control_recite_end(c);
	us_control_close_offers(c);
	us_engine_close(c->prover.engine);
	us_commander_close(c->commander);
	us_library_close(c->library);
	us_session_close(&c->session);
}
