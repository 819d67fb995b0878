/* heirs.c — heirs LOGDIR [EVERY]: replays a session's log, and every EVERY blocks (64) an heir begins from a checkpoint
 * of that very block and renders beside it up to the next one. Sound and arena must be equal, byte for byte, after each
 * block: what an engine knows and a checkpoint does not would show here, without waiting for a death at the right
 * moment. Prints "heirs N, blocks M, differing D" and where they differed; 1 if they did. */
#include "engine/inside.h"
#include "ipc/rig.h"
#include "replay/replay.h"
#include "shelf/shelve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOLD = 20 };

struct heirs {
	struct us_library *library;
	struct us_shelf *shelf;
	struct us_log log;
	struct us_engine *engine[2];
	struct us_replay replay[2];
	uint8_t *bytes[2];
	uint64_t heirs, differing;
};

static int open_all(struct heirs *h, const char *directory, struct us_err *err)
{
	char modules[US_PATH_BYTES], notice[US_LOG_NOTICE_BYTES];
	if (us_log_open(&h->log, directory, notice, err) || us_rig_modules(modules, err) ||
	    us_library_open(&h->library, modules, err) || !(h->shelf = us_shelf_open(err)))
		return US_FAILED;
	const struct us_engine_config config =
	    us_engine_of_session(h->log.head.rate, h->log.head.arena_bytes, h->log.head.tape_bytes, h->shelf);
	for (uint32_t i = 0; i < 2; i++) {
		if (us_engine_open(&h->engine[i], &config, h->library, err))
			return US_FAILED;
		h->replay[i] = (struct us_replay){.replica.engine = h->engine[i], .log = &h->log, .shelf = h->shelf};
		h->bytes[i] = malloc(us_engine_save_max(h->engine[i]));
		if (!h->bytes[i])
			return us_fail(err, "no memory for a checkpoint");
	}
	if (h->log.head.layout_id && h->log.head.layout_id != us_engine_layout_id(h->engine[0]))
		return us_fail(err, "%s was played with other modules or another build", directory);
	return US_OK;
}

static void copy_tape(struct heirs *h)
{
	const uint32_t chunks = us_engine_reels_used(h->engine[0]) * (US_TAPE_REEL / US_TAPE_CHUNK);
	for (uint32_t c = 0; c < chunks; c++)
		memcpy(us_engine_tape_chunk(h->engine[1], c), us_engine_tape_chunk(h->engine[0], c),
		       US_TAPE_CHUNK * US_CHANNELS * sizeof(float));
}

static int beget(struct heirs *h, struct us_err *err)
{
	size_t bytes = us_engine_save(h->engine[0], h->bytes[0]);
	if (us_engine_load(h->engine[1], h->bytes[0], bytes, err))
		return US_FAILED;
	copy_tape(h);
	h->replay[1] = h->replay[0];
	h->replay[1].replica.engine = h->engine[1];
	h->heirs++;
	return US_OK;
}

/* Whose piece of the heap begins nearest below a byte. */
struct owner {
	const struct us_seat *seat;
	uint32_t place;
};

static void offer(struct owner *o, const struct us_seat *seat, uint32_t place, size_t byte)
{
	if (place && place <= byte && place >= o->place)
		*o = (struct owner){seat, place};
}

static void tell_owner(const struct us_engine *e, size_t byte)
{
	struct owner owner = {0};
	for (uint32_t s = 0; s < e->head->seats; s++) {
		const struct us_seat *seat = &e->seat[s];
		if (!seat->flags)
			continue;
		const uint32_t *states = us_at(e, seat->states);
		for (uint32_t g = 0; g < seat->groups; g++)
			offer(&owner, seat, states[g], byte);
		for (uint32_t o = 0; o < US_MAX_OUTPUTS; o++)
			offer(&owner, seat, seat->echo[o], byte);
		offer(&owner, seat, seat->knobs, byte);
		offer(&owner, seat, seat->states, byte);
		offer(&owner, seat, seat->pattern, byte);
	}
	if (owner.seat)
		printf("  it belongs to %s (%s), %u voices, %zu bytes into its piece\n", owner.seat->name,
		       owner.seat->module, owner.seat->voices, byte - owner.place);
}

static void tell(const struct us_engine *e, uint64_t block, bool sound, size_t at)
{
	static const char *const name[] = {"head", "seats", "cables", "timed records", "heap map", "heap"};
	const struct us_head *h = e->head;
	const size_t used[] = {sizeof *h,
	                       h->seats * sizeof e->seat[0],
	                       h->cables * sizeof e->cable[0],
	                       h->timed * sizeof e->timed[0],
	                       (h->heap_end + 63) / 64 * sizeof e->heap_map[0],
	                       (size_t)h->heap_end * US_UNIT};
	size_t part = 0, begin = 0;
	while (part < 5 && at >= begin + us_heap_round(used[part]))
		begin += us_heap_round(used[part++]);
	printf("block %" PRIu64 ": %s differs, first in the %s, byte %zu\n", block, sound ? "the sound" : "the arena",
	       name[part], at - begin);
	if (part == 5)
		tell_owner(e, at - begin);
}

/* Both render the block; true if they are alike after it. */
static bool step(struct heirs *h, uint64_t block)
{
	float samples[2][US_SAMPLES];
	size_t bytes[2], at = 0;
	for (uint32_t i = 0; i < 2; i++) {
		us_replay_block(&h->replay[i], samples[i]);
		bytes[i] = us_engine_save(h->engine[i], h->bytes[i]);
	}
	const bool sound = memcmp(samples[0], samples[1], sizeof samples[0]) != 0;
	if (!sound && bytes[0] == bytes[1] && !memcmp(h->bytes[0], h->bytes[1], bytes[0]))
		return true;
	while (at < bytes[0] && at < bytes[1] && h->bytes[0][at] == h->bytes[1][at])
		at++;
	if (h->differing++ < MOST_TOLD)
		tell(h->engine[0], block, sound, at);
	return false;
}

int main(int argc, char **argv)
{
	static struct heirs h;
	struct us_err err;
	const uint64_t every = argc > 2 ? strtoull(argv[2], NULL, 10) : 64;
	if (argc < 2 || !every) {
		fprintf(stderr, "usage: heirs LOGDIR [EVERY]\n");
		return 2;
	}
	if (open_all(&h, argv[1], &err)) {
		fprintf(stderr, "heirs: %s\n", err.text);
		return 1;
	}
	bool alike = false;
	for (uint64_t block = 0; block < h.log.blocks; block++) {
		if ((block % every == 0 || !alike) && beget(&h, &err)) {
			printf("block %" PRIu64 ": the checkpoint is refused: %s\n", block, err.text);
			return 1;
		}
		alike = step(&h, block);
	}
	printf("heirs %" PRIu64 ", blocks %" PRIu64 ", differing %" PRIu64 "\n", h.heirs, h.log.blocks, h.differing);
	return h.differing > 0;
}
