/* engine.c — making an engine: one arena, one set of buffers, one table of derived things, all mapped here and
 * nowhere else; and prefaulting them. */
#include "engine.h"

#include "inside.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_MIN = 1 << 20, ARENA_MAX = 1 << 30 };
#define TAPE_MAX ((size_t)2 << 30)

/* Pool, mix, constants, scratch. */
#define SIGNAL_BYTES ((US_POOL + 1) * sizeof(us_buffer) + (US_CONSTANTS + US_MAX_INPUTS) * sizeof(us_wide_buffer))

/* Where the parts of an arena begin. */
struct parts {
	size_t master, seats, cables, timed, map, heap;
	uint32_t units;
};

static struct parts divide(size_t bytes)
{
	struct parts p;
	p.master = us_heap_round(sizeof(struct us_head));
	p.seats = p.master + us_heap_round(sizeof(struct us_master));
	p.cables = p.seats + us_heap_round(US_SEATS * sizeof(struct us_seat));
	p.timed = p.cables + us_heap_round(US_CABLES * sizeof(struct us_cable));
	p.map = p.timed + us_heap_round(US_TIMED_RECORDS * sizeof(struct us_record));
	/* A bit of map for each unit of heap; whole words, so that no unit beyond the heap has a bit. */
	size_t units = (bytes - p.map - US_UNIT) * 8 / (US_UNIT * 8 + 1) / 64 * 64;
	p.heap = p.map + us_heap_round(units / 8);
	p.units = (uint32_t)units;
	return p;
}

/* Between two pages that nobody may touch: what runs past either end stops there, in the block that did it. */
enum { GUARD = 64 << 10 /* whole pages on every machine */ };
static void *map_pages(size_t bytes)
{
	const size_t whole = (bytes + GUARD - 1) / GUARD * GUARD;
	uint8_t *memory = mmap(NULL, whole + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory + GUARD, whole, PROT_READ | PROT_WRITE) == 0)
		return memory + GUARD;
	munmap(memory, whole + 2 * GUARD);
	return NULL;
}
static void unmap_pages(void *memory, size_t bytes)
{
	if (memory)
		munmap((uint8_t *)memory - GUARD, (bytes + GUARD - 1) / GUARD * GUARD + 2 * GUARD);
}

/* Two engines understand each other's arenas when this is equal. */
static uint64_t draw_layout_id(const struct us_engine *e, size_t arena_bytes)
{
	uint32_t rate;
	memcpy(&rate, &e->rate, sizeof rate);
	const uint64_t parts[] = {
	    US_ARENA_VERSION,          US_ABI,       US_BLOCK, US_LANES, US_SEATS, rate, arena_bytes, e->reels,
	    us_library_id(e->library), e->has_master};
	uint64_t id = 0xcbf29ce484222325u;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		id = (id ^ parts[i]) * 0x9fb21c651e98df25u;
		id ^= id >> 32;
	}
	return id;
}

/* Whatever lay in the arena, it is a new one now. The first part of each table is all that was ever used. */
void us_engine_empty(struct us_engine *e)
{
	struct us_head *h = e->head;
	memset(e->seat, 0, h->seats * sizeof e->seat[0]);
	memset(e->cable, 0, h->cables * sizeof e->cable[0]);
	memset(e->timed, 0, h->timed * sizeof e->timed[0]);
	memset(e->node, 0, sizeof e->node);
	if (e->reels)
		memset(e->tape_touched, 0, e->reels * sizeof *e->tape_touched);
	us_heap_reset(e);
	*h = (struct us_head){.magic = US_ARENA_MAGIC,
	                      .version = US_ARENA_VERSION,
	                      .bytes = h->bytes,
	                      .layout_id = e->layout_id,
	                      .song = {.from = 120, .to = 120},
	                      .gain = {1, 1, 0},
	                      .fade = {1, 1, 0},
	                      .heap_end = h->heap_end,
	                      .heap_used = h->heap_used};
	e->master->limiter.off = 0;
	us_master_begin(e->master);
	memset(e->door, 0xff, sizeof e->door);
	e->busy = e->moving = e->fresh = e->fading = e->taken = e->waiting = e->restored = e->replaced =
	    (struct us_set){0};
	e->muted = e->solo = (struct us_set){0};
	e->cables_moving = e->cables_leaving = e->moves = 0;
	e->closed = false;
	e->plan.valid = false;
}

static bool map_everything(struct us_engine *e, size_t arena_bytes)
{
	struct parts p = divide(arena_bytes);
	uint8_t *arena = map_pages(arena_bytes);
	e->head = (struct us_head *)arena;
	e->pool = map_pages(SIGNAL_BYTES);
	e->shadow_map = map_pages(p.units / 8);
	if (e->reels) {
		e->tape = map_pages((size_t)e->reels * US_REEL_BYTES);
		e->tape_touched = map_pages(e->reels * sizeof *e->tape_touched);
	}
	if (!arena || !e->pool || !e->shadow_map || (e->reels && (!e->tape || !e->tape_touched)))
		return false;
	e->mix = e->pool + US_POOL;
	e->constants.buffer = (us_wide_buffer *)(e->pool + US_POOL + 1);
	e->scratch = e->constants.buffer + US_CONSTANTS;
	e->master = (struct us_master *)(arena + p.master);
	e->seat = (struct us_seat *)(arena + p.seats);
	e->cable = (struct us_cable *)(arena + p.cables);
	e->timed = (struct us_record *)(arena + p.timed);
	e->heap_map = (uint64_t *)(arena + p.map);
	e->heap = arena + p.heap;
	e->heap_units = p.units;
	e->head->bytes = arena_bytes;
	return true;
}

int us_engine_open(struct us_engine **engine, const struct us_engine_config *config, const struct us_library *library,
                   struct us_err *err)
{
	if (!(config->rate >= 8000 && config->rate <= 192000))
		return us_fail(err, "a sample rate of %g Hz; it must be between 8000 and 192000", (double)config->rate);
	size_t arena_bytes = config->arena_bytes ? config->arena_bytes : us_arena_bytes((uint32_t)config->rate);
	if (arena_bytes < ARENA_MIN || arena_bytes > ARENA_MAX)
		return us_fail(err, "an arena of %zu bytes; it must have between %d and %d", arena_bytes, ARENA_MIN,
		               ARENA_MAX);
	if (config->tape_bytes > TAPE_MAX)
		return us_fail(err, "a tape of %zu MB; the longest has %zu", config->tape_bytes >> 20, TAPE_MAX >> 20);
	struct us_engine *e = map_pages(sizeof *e);
	if (!e)
		return us_fail(err, "no memory for an engine: %m");
	*e->constants.value = 0; /* a fresh mapping is zero, and so is the value of each constant */
	e->constants.fills = 1;
	e->library = library;
	e->shelf = config->shelf;
	e->reels = (uint32_t)(config->tape_bytes / US_REEL_BYTES);
	e->rate = config->rate;
	us_engine_crumb_to(e, config->crumb, NULL);
	e->smooth_frames = (uint32_t)(config->rate * (US_SMOOTH_US * 1e-6f) + .5f);
	e->has_master = config->master;
	us_master_rate_make(&e->master_rate, config->rate);
	e->layout_id = draw_layout_id(e, arena_bytes);
	if (!map_everything(e, arena_bytes)) {
		us_engine_close(e);
		return us_fail(err, "no memory for an arena of %zu bytes and the buffers to play it: %m", arena_bytes);
	}
	us_engine_empty(e);
	*engine = e;
	return US_OK;
}

void us_engine_crumb_to(struct us_engine *e, _Atomic uint64_t *crumb, _Atomic uint64_t *timed)
{
	e->crumb = crumb ? crumb : &e->own_crumb;
	e->timed_seq = timed ? timed : &e->own_timed_seq;
}

void us_engine_close(struct us_engine *e)
{
	if (!e)
		return;
	unmap_pages(e->tape, (size_t)e->reels * US_REEL_BYTES);
	unmap_pages(e->tape_touched, e->reels * sizeof *e->tape_touched);
	unmap_pages(e->shadow_map, e->heap_units / 8);
	unmap_pages(e->pool, SIGNAL_BYTES);
	unmap_pages(e->head, e->head ? e->head->bytes : 0);
	unmap_pages(e, sizeof *e);
}

static void touch(void *memory, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	for (volatile uint8_t *p = memory, *end = p + bytes; p < end; p += page)
		*p = *p; /* a write: reading alone would map the shared page of zeros */
}

void us_engine_prefault(struct us_engine *e)
{
	touch(e, sizeof *e);
	touch(e->head, e->head->bytes);
	touch(e->pool, SIGNAL_BYTES);
	touch(e->shadow_map, e->heap_units / 8);
	if (e->reels) {
		touch(e->tape, (size_t)e->reels * US_REEL_BYTES);
		touch(e->tape_touched, e->reels * sizeof *e->tape_touched);
	}
}
