/* player_rt.h — the audio callback's body: takes block after block from whichever slot has it, feeds the device, and
 * is the clock of everything by granting one block for each that it has played. The PortAudio callback and the null
 * clock's thread call us_player_process; player.c makes it ready.
 *
 * When neither slot has the block:
 *   hold    somebody lives, the block is late: the device gets a short fade and silence, the content waits
 *   gap     nobody lives: the song goes on in time, the block is counted and skipped, never played later
 *   wait    a freewheeling clock has no device to serve: it waits */
#ifndef US_PLAYER_RT_H
#define US_PLAYER_RT_H

#include "ipc/shm.h"

#include <stdbool.h>

enum { US_HEARD_FRAMES = 8192 }; /* twice the largest device buffer */
enum { US_PLANNED = 64 };        /* amendments on their way from the main loop to the callback */

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

	uint64_t granted_ns[US_RING];  /* when a block was granted, at block % US_RING */
	uint64_t alone_ns;             /* a freewheeling clock has waited for the pair since then; 0: it is whole */
	uint64_t suspected_ns;         /* when the arbiter was last told to look */
	_Atomic uint64_t last_call_ns; /* the main loop sees by it that the device stalls */
	_Atomic uint32_t ticket;       /* of the device that is served; others get silence */
	_Atomic uint32_t serving;      /* 1 while a call is under way */

	/* Written by the main loop, taken by the callback: amendments for the first block that nobody can have
	 * rendered.
	 */
	struct us_amendment planned[US_PLANNED];
	_Atomic uint32_t planned_in, planned_out;

	_Atomic int32_t thread_id; /* of the thread that calls; for its priority */
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

/* [main loop] Hands over an amendment; its block is set by the callback. False when US_PLANNED are waiting. */
US_REALTIME bool us_player_plan(struct us_player *player, const struct us_amendment *amendment);

#endif
