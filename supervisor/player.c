/* player.c — makes the player ready before its first callback; see player_rt.h. */
#include "player_rt.h"

#include <string.h>

void us_player_open(struct us_player *p, struct us_session *session, uint64_t blocks_limit, int suspect_fd,
                    int finished_fd)
{
	memset(p, 0, sizeof *p);
	p->session = session;
	p->clock = session->clock;
	p->block_ns = 1000000000ull * US_BLOCK / session->clock->rate;
	p->blocks_limit = blocks_limit;
	p->suspect_fd = suspect_fd;
	p->finished_fd = finished_fd;
	/* What the callback touches of segments that are far larger. */
	us_shm_prefault(session->clock, 0, US_WRITE);
	us_shm_prefault(session->tap, 0, US_WRITE);
	if (session->ear->on)
		us_shm_prefault(session->ear, 0, US_WRITE);
	p->heard_frames = US_BLOCK; /* see give_ear */
	us_shm_prefault(session->journal, sizeof(struct us_segment), US_READ);
	us_shm_prefault(session->recorder, 0, US_READ);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		us_shm_prefault(session->slot[s], sizeof(struct us_slot), US_READ);
}
