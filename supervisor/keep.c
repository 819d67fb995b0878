/* keep.c — see keep.h. */
#include "keep.h"

#define PATIENCE_NS 1000000000ull
#define LOOK_NS 200000000ull

bool us_log_watch_step(struct us_log_watch *w, uint64_t logged, uint64_t tail, uint64_t room, uint64_t now)
{
	const uint64_t passed = now - w->looked_ns;
	w->looked_ns = now;
	if (logged != w->logged || tail <= logged || tail - logged <= room / 4 * 3) {
		w->logged = logged;
		w->still_ns = 0;
		return false;
	}
	w->still_ns += passed < LOOK_NS ? passed : LOOK_NS;
	return w->still_ns >= PATIENCE_NS;
}
