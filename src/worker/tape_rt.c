/* tape_rt.c — tapes in checkpoints. Each of the vault's two buffers has a copy of all tapes; before a checkpoint is
 * written into one, the chunks that have changed since that buffer was last written are brought up to date: a few per
 * block in real life, all of them, in portions, after a worker has joined. A list of the chunks' hashes stands for the
 * whole, so that nobody hashes minutes of sound in a block. Without tapes nothing of this does anything. */
#include "ipc/hash.h"
#include "worker.h"

#include <string.h>

enum {
	CHUNKS = 64,      /* in a reel: the bits of a word */
	PORTION = CHUNKS, /* chunks that are copied between two blocks: some 50 µs */
	CHUNK_BYTES = US_REEL_BYTES / CHUNKS,
};

static struct us_vault_room room(const struct us_worker *w)
{
	return us_vault_room(w->clock);
}

/* A copy that may hold anything must be written whole. */
static void mark_all(struct us_worker *w, uint32_t first, uint32_t end)
{
	for (uint32_t v = 0; v < US_VAULT; v++)
		for (uint32_t r = first; r < end; r++)
			w->tape.stale[v][r] = ~0ull;
}

void us_worker_tape_begin(struct us_worker *w)
{
	if (w->tape.reels)
		mark_all(w, 0, w->tape.reels);
}

bool us_worker_tape_load(struct us_worker *w, const struct us_found *found)
{
	struct us_worker_tape *t = &w->tape;
	const uint32_t chunks = (uint32_t)(found->head.tape_bytes / CHUNK_BYTES);
	if (found->head.tape_bytes % US_REEL_BYTES || chunks / CHUNKS > t->reels ||
	    chunks / CHUNKS < us_engine_reels_used(w->replica.engine))
		return false;
	for (uint32_t n = 0; n < chunks; n++) {
		void *to = us_engine_tape_chunk(w->replica.engine, n);
		memcpy(to, (const char *)found->tape + (size_t)n * CHUNK_BYTES, CHUNK_BYTES);
		t->hash[n] = us_hash(to, CHUNK_BYTES);
	}
	t->known = chunks / CHUNKS;
	return chunks == 0 || us_hash(t->hash, chunks * sizeof *t->hash) == found->head.tape_hash;
}

US_REALTIME static void sync_chunk(struct us_worker *w, uint32_t vault, uint32_t n)
{
	const void *from = us_engine_tape_chunk(w->replica.engine, n);
	char *to = us_vault_tape(w->slot, room(w), vault);
	memcpy(to + (size_t)n * CHUNK_BYTES, from, CHUNK_BYTES);
	w->tape.hash[n] = us_hash(from, CHUNK_BYTES);
}

/* Brings at most `most` chunks of a copy up to date; returns how many are still stale. */
US_REALTIME static uint32_t sync(struct us_worker *w, uint32_t vault, uint32_t most)
{
	uint64_t *stale = w->tape.stale[vault];
	uint32_t left = 0;
	for (uint32_t r = 0; r < w->tape.known; r++) {
		for (; stale[r] && most; stale[r] &= stale[r] - 1, most--)
			sync_chunk(w, vault, r * CHUNKS + (uint32_t)__builtin_ctzll(stale[r]));
		left += (uint32_t)__builtin_popcountll(stale[r]);
	}
	return left;
}

US_REALTIME static void take_marks(struct us_worker *w)
{
	struct us_worker_tape *t = &w->tape;
	const uint32_t used = us_engine_reels_used(w->replica.engine);
	memset(t->marks, 0, t->reels * sizeof *t->marks);
	us_engine_tape_marks(w->replica.engine, t->marks);
	for (uint32_t v = 0; v < US_VAULT; v++)
		for (uint32_t r = 0; r < t->reels; r++)
			t->stale[v][r] |= t->marks[r];
	if (used > t->known) {
		mark_all(w, t->known, used);
		t->known = used;
	}
}

US_REALTIME bool us_worker_tape_ready(struct us_worker *w)
{
	void *bytes;
	if (!w->tape.reels)
		return true;
	take_marks(w);
	uint32_t stale = 0, vault = us_vault_next(w->slot, w->slot_index, w->session.house);
	for (uint32_t r = 0; r < w->tape.known; r++)
		stale += (uint32_t)__builtin_popcountll(w->tape.stale[vault][r]);
	if (stale <= PORTION)
		return true;
	/* What lies there is a checkpoint no more. */
	vault = (uint32_t)(us_vault_begin(w->slot, w->slot_index, w->session.house, room(w), &bytes) - w->slot->vault);
	return sync(w, vault, PORTION) <= PORTION;
}

US_REALTIME void us_worker_tape_save(struct us_worker *w, struct us_checkpoint *c)
{
	struct us_worker_tape *t = &w->tape;
	c->tape_bytes = c->tape_hash = 0;
	if (!t->reels)
		return;
	sync(w, (uint32_t)(c - w->slot->vault), UINT32_MAX);
	c->tape_bytes = (uint64_t)t->known * US_REEL_BYTES;
	if (t->known)
		c->tape_hash = us_hash(t->hash, (size_t)t->known * CHUNKS * sizeof *t->hash);
}
