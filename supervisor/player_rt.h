/* player_rt.h — the audio callback's body: takes block after block from whichever slot has it, feeds the device, and
 * is the clock of everything by granting one block for each that it has played. Each back end's callback
 * calls us_player_process; player.c makes it ready.
 *
 * A device takes its period at once, however many calls that is, and so many blocks must be ready: the back end says
 * with us_player_expect how much that is, and the grants go so far ahead. A longer period takes effect at once: what
 * was not rendered yet is one hold, and the song goes on where it was. With a shorter one nothing is granted until
 * enough is played. What was granted is never granted again.
 *
 * When neither slot has the block:
 *   hold    somebody lives, the block is late: the device gets a short fade and silence, the content waits
 *   gap     nobody lives: the song goes on in time, the block is counted and skipped, never played later
 *   wait    a freewheeling clock has no device to serve: it waits */
#ifndef US_PLAYER_RT_H
#define US_PLAYER_RT_H

#include "ipc/shm.h"

#include <stdbool.h>

enum { US_HEARD_FRAMES = 2 * US_MAX_FRAMES };
enum { US_PLANNED = 64 }; /* amendments on their way from the arbiter to the callback */

struct us_player {
	struct us_session *session;
	struct us_clock *clock;
	uint64_t block_ns;
	uint64_t blocks_limit; /* stop after so many blocks; 0: never */
	int suspect_fd;        /* eventfd: the arbiter should look at the primary */
	int finished_fd;       /* eventfd: blocks_limit is reached */

	float fifo[US_SAMPLES];  /* the block that is being fed to the device */
	uint32_t fifo_frames;    /* frames of it that are left */
	float last[US_CHANNELS]; /* what the device got last */
	uint32_t fade_frames;    /* left of the fade-out after `last` */
	bool silent;             /* the device hears a hold or a gap: fade in what comes next */
	bool holding;
	uint64_t gap_blocks; /* skipped since a block was last played */
	bool finished;

	float heard[US_HEARD_FRAMES * US_CHANNELS]; /* from the input device, not yet given to a block */
	uint32_t heard_frames;

	_Atomic uint32_t period; /* frames that the device takes at once; 0: what a call asks for */

	uint64_t granted_ns[US_RING];  /* when a block was granted, at block % US_RING */
	uint64_t alone_ns;             /* a freewheeling clock has waited for the pair since then; 0: it is whole */
	uint64_t suspected_ns;         /* when the arbiter was last told to look */
	_Atomic uint64_t last_call_ns; /* the main loop sees by it that the device stalls */
	_Atomic uint32_t ticket;       /* of the device that is served; others get silence */
	_Atomic uint32_t serving;      /* 1 while a call is under way */

	/* Written by the arbiter, taken by the callback: amendments for the first block that nobody can have
	 * rendered.
	 */
	struct us_amendment planned[US_PLANNED];
	_Atomic uint32_t planned_in, planned_out;

	_Atomic int32_t thread_id; /* of the thread that calls; for its priority */

	uint64_t watched, watched_ns; /* us_player_watch: the primary was at this block, since then */
};

/* [setup] */
void us_player_open(struct us_player *player, struct us_session *session, uint64_t blocks_limit, int suspect_fd,
                    int finished_fd);
/* [setup] Grants the blocks that may be rendered before the next one is played. */
void us_player_first_grants(struct us_player *player);

/* [rt] Fills `frames` frames, US_CHANNELS interleaved. Any number of frames. Silence for a stale ticket. `in`: as many
 * frames that were heard meanwhile, or NULL. */
US_REALTIME void us_player_process(struct us_player *player, uint32_t ticket, const float *in, float *out,
                                   uint32_t frames);

/* [rt; any thread of the device whose ticket it is, also between two calls] From now on the device takes `frames` at
 * once: at most US_MAX_FRAMES are believed. When a call is under way nothing happens: the next call is to say it again.
 */
US_REALTIME void us_player_expect(struct us_player *player, uint32_t ticket, uint32_t frames);

/* [any] How many blocks must be granted beyond the one being played for a period of so many frames. */
uint32_t us_player_blocks_ahead(const struct us_clock *clock, uint32_t frames);

/* [watch.c's thread] Is the device's period so long that the callback's own doubts come too late? Then, between two
 * calls: tells the arbiter, through suspect_fd, when the primary has granted blocks to
 * render and has published none since the last look, a block's time ago or more. False: there is nothing to watch. */
bool us_player_needs_watch(const struct us_player *player);
bool us_player_watch(struct us_player *player, uint64_t now_ns);

/* [arbiter] Hands over an amendment; its block is set by the callback. False when US_PLANNED are waiting. */
US_REALTIME bool us_player_plan(struct us_player *player, const struct us_amendment *amendment);

#endif
