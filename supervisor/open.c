/* open.c — what a session consists of before anybody plays: its name, its memory, its socket, its device. Everything
 * that can be refused is refused here, in words, before a process is started. */
#include "adopt.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/registry.h"
#include "ipc/socket.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <understudy/arena.h>
#include <unistd.h>

static int make_segments(struct us_stage *h, struct us_err *err)
{
	struct us_session *s = &h->session;
	const struct us_vault_room room = {us_arena_bytes(h->options.rate), h->options.tape_bytes};
	snprintf(s->name, sizeof s->name, "%s", h->options.session);
	if (getrandom(&s->nonce, sizeof s->nonce, 0) != sizeof s->nonce || !s->nonce)
		return us_fail(err, "no random number to be had for the session's nonce");
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		if (us_shm_create(us_segment_place(s, k), s->name, k, room, s->nonce, err))
			return US_FAILED;
	s->ear->on = h->options.input != NULL;
	return s->ear->on ? us_shm_reserve(s->name, US_SEG_EAR, 0, s->ear->segment.bytes, err) : US_OK;
}

static uint64_t unix_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Who may do what. The token is drawn once: a successor finds it in the segment. */
static int describe_rights(struct us_stage *h, struct us_err *err)
{
	const struct us_options *o = &h->options;
	struct us_clock *c = h->session.clock;
	uint64_t draw[2];
	if (getrandom(draw, sizeof draw, 0) != sizeof draw)
		return us_fail(err, "no random number to be had for the session's token");
	snprintf(c->token, sizeof c->token, "%016llx%016llx", (unsigned long long)draw[0], (unsigned long long)draw[1]);
	for (uint32_t i = 0; i < o->file_places; i++)
		snprintf(c->files[i], sizeof c->files[i], "%s", o->files[i]);
	snprintf(c->record_dir, sizeof c->record_dir, "%s", o->record_dir);
	c->record_most = o->record_most;
	snprintf(c->token_file, sizeof c->token_file, "%s", o->token_file);
	c->token_only = o->token_only;
	return US_OK;
}

static void describe_session(struct us_stage *h)
{
	const struct us_options *o = &h->options;
	struct us_clock *c = h->session.clock;
	c->rate = o->rate;
	c->lookahead = o->lookahead;
	c->ring_blocks = US_RING;
	c->channels = US_CHANNELS;
	c->freewheel = h->backend == &us_audio_freewheel;
	c->chaos = o->chaos;
	c->osc_port = o->port;
	snprintf(c->osc_address, sizeof c->osc_address, "%s", o->bind);
	c->arena_bytes = us_arena_bytes(o->rate);
	c->tape_bytes = o->tape_bytes;
	snprintf(c->session, sizeof c->session, "%s", o->session);
	snprintf(c->modules, sizeof c->modules, "%s", o->modules);
	snprintf(c->log_dir, sizeof c->log_dir, "%s", o->log);
	snprintf(c->record_path, sizeof c->record_path, "%s", o->record);
	atomic_store(&c->next_worker, 1);
	us_process_note(&c->board.supervisor, getpid());
	us_process_note(&c->board.keeper, getppid());
	atomic_store(&c->board.started_unix_ns, unix_ns());
	atomic_store(&c->board.started_mono_ns, us_now_ns());
}

int us_stage_open_socket(struct us_stage *h, struct us_err *err)
{
	if (h->socket_fd < 0)
		h->socket_fd = us_socket_open(h->options.bind, h->options.port, err);
	if (h->here6_fd < 0)
		h->here6_fd = us_socket_open_here6(h->options.bind, h->options.port);
	return h->socket_fd < 0 ? US_FAILED : US_OK;
}

/* A song that plays goes on without OSC, and the port is asked for again each time control is to be started. */
static int take_socket(struct us_stage *h, struct us_err *err)
{
	h->socket_fd = h->options.socket_fd;
	h->here6_fd = h->options.here6_fd;
	if (h->socket_fd >= 0)
		fcntl(h->socket_fd, F_SETFD, FD_CLOEXEC);
	if (h->here6_fd >= 0)
		fcntl(h->here6_fd, F_SETFD, FD_CLOEXEC);
	if (h->options.adopt)
		us_adopt_control(h);
	return us_stage_open_socket(h, err) && !h->options.adopt ? US_FAILED : US_OK;
}

/* The device decides how many blocks must be ready beyond the promised lookahead; see us_player_expect. */
static void plan_lookahead(struct us_stage *h)
{
	struct us_clock *c = h->session.clock;
	uint32_t frames = atomic_load(&c->board.device_frames);
	atomic_store(&h->player.period, frames);
	atomic_store(&c->lookahead_total, us_player_blocks_ahead(c, frames));
}

static int open_events(struct us_stage *h, struct us_err *err)
{
	int *const fd[] = {&h->main_fd, &h->arbiter_fd, &h->suspect_fd, &h->finished_fd, &h->lifeline_fd};
	for (size_t i = 0; i < sizeof fd / sizeof fd[0]; i++)
		if ((*fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
			return us_fail(err, "cannot make an event descriptor: %s", strerror(errno));
	return US_OK;
}

/* A session whose supervisor is dead for the moment is not locked, but its keeper has its memory. What is there is its,
 * the lock as well. */
static bool is_taken(struct us_stage *h, struct us_err *err)
{
	const char *name = h->options.session;
	if (!us_shm_held(name, 0))
		return false;
	close(h->lock_fd);
	h->lock_fd = -1;
	us_fail(err,
	        "session '%s' is in use: there is a shared memory segment of it; stop it (understudy stop --session "
	        "%s) or choose another name",
	        name, name);
	return true;
}

static int open_session(struct us_stage *h, struct us_err *err)
{
	if (us_registry_claim(h->options.session, &h->lock_fd, err))
		return US_FAILED;
	if (!h->options.adopt && is_taken(h, err))
		return US_FAILED;
	if (h->options.adopt ? us_adopt_segments(h, err) : make_segments(h, err))
		return US_FAILED;
	h->hold_fd = us_shm_hold(h->session.name, h->session.nonce);
	if (h->options.adopt)
		us_adopt_clock(h);
	else
		describe_session(h);
	return h->options.adopt ? US_OK : describe_rights(h, err);
}

/* For children only: a library of ours that starts a process must not hand them on. */
static int open_code(struct us_stage *h, struct us_err *err)
{
	for (int i = 0; i < US_CODE_FDS; i++)
		if (fcntl(h->options.code_fd + i, F_SETFD, FD_CLOEXEC))
			return us_fail(err, "the session's code is not at descriptor %d: %s", h->options.code_fd + i,
			               strerror(errno));
	return us_code_open(&h->code, h->options.code_fd, err);
}

int us_stage_open(struct us_stage *h, struct us_err *err)
{
	h->lock_fd = h->hold_fd = h->socket_fd = h->here6_fd = -1;
	if (h->options.patch_fd >= 0)
		fcntl(h->options.patch_fd, F_SETFD, FD_CLOEXEC);
	if (open_code(h, err) || open_session(h, err) || open_events(h, err))
		return US_FAILED;
	us_player_open(&h->player, &h->session, h->options.blocks, h->suspect_fd, h->finished_fd);
	if (us_device_open(h, err))
		return US_FAILED;
	plan_lookahead(h);
	if (take_socket(h, err))
		return US_FAILED;
	if (h->options.adopt) {
		us_adopt_recorder(h);
		us_adopt_company(h);
	}
	return us_registry_write(&h->session, &h->code, err);
}

void us_stage_close(struct us_stage *h)
{
	us_device_close(h);
	if (h->socket_fd >= 0)
		close(h->socket_fd);
	if (h->here6_fd >= 0)
		close(h->here6_fd);
	/* Only what we made ourselves: a segment that was in our way belongs to somebody else. */
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		if (*us_segment_place(&h->session, k))
			us_shm_unlink(h->session.name, k, h->session.nonce);
	if (h->lock_fd >= 0) {
		us_registry_remove(h->options.session);
		close(h->lock_fd);
	}
	if (h->hold_fd >= 0)
		close(h->hold_fd);
	us_session_close(&h->session);
}
