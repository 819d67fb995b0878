/* log_checkpoint.h — a checkpoint in a log's directory, so that a replay need not begin at the beginning. A log is
 * whole without them. Writer: the recorder; reader: replay. [setup, may block]
 *
 *   checkpoint-BLOCK.bin   struct us_log_checkpoint, then what zlib made of the engine's bytes
 *
 * Written under another name, then renamed: one that is there is whole. None is written of a session with tapes. */
#ifndef US_LOG_CHECKPOINT_H
#define US_LOG_CHECKPOINT_H

#include "layout.h"

struct us_log_checkpoint {
	uint64_t magic;        /* US_MAGIC */
	uint32_t version, crc; /* CRC-32C of the head with crc 0, then of the packed bytes */
	uint64_t nonce, layout_id;
	uint64_t block, applied;              /* the next block to render; journal position */
	uint64_t bytes, packed;               /* the engine's, and what is in the file */
	uint32_t amended[US_AMENDMENT_LISTS]; /* amendments already in it */
};
_Static_assert(sizeof(struct us_log_checkpoint) == 72, "log checkpoint layout");

#define US_LOG_CHECKPOINT_NAME "checkpoint-%020llu.bin"

/* A first one after ten seconds, then whenever the take has become twice as long, at last every ten minutes. (Those of
 * the first ten minutes make room for one another.) */
static inline uint64_t us_log_checkpoint_after(uint64_t block, uint32_t rate)
{
	const uint64_t second = rate / US_BLOCK, step = block < 10 * second ? 10 * second : block;
	return block + (step < 600 * second ? step : 600 * second);
}

#endif
