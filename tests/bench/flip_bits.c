/* flip_bits.c — flip_bits SESSION COUNT: flips COUNT bits in the memory of a session's workers, one after the other, in
 * the primary and the standby by turns: any bit of any page of the arena that holds anything. Waits until it is found,
 * and sees which worker had to go. Needs the right to write into another process (ptrace). Prints
 *   flips N, found F, ended E, overwritten O, unseen U, right R, wrong W, found_ms p50 p95 max
 *
 * Found: the workers differed, and said so. Ended: the worker died of it (a number that was an index). Overwritten: it
 * was written anew before anybody read it. Unseen: it is still there after half a second, in memory that is not in
 * use. Right: of those found, the one with the flipped bit had to go. */
#include "engine/arena.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/shm.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, SEEN_WITHIN_MS = 500, MOST = 100000, PAGE = 4096, PAGES = 2048, CALM_BLOCKS = 160 };

struct count {
	uint32_t flips, found, ended, overwritten, unseen, right, wrong;
	double ms[MOST];
};

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;
	return (d > 0) - (d < 0);
}

static double percentile(struct count *c, double p)
{
	qsort(c->ms, c->found, sizeof *c->ms, by_size);
	return c->found ? c->ms[(uint32_t)(p / 100 * (c->found - 1) + .5)] : 0;
}

static bool is_whole(const struct us_clock *c)
{
	return atomic_load(&c->live_mask) == (1u << US_SLOTS) - 1 && atomic_load(&c->board.spare_ready);
}

/* Whole for so many blocks that all has been compared once, and that there are checkpoints from before. */
static bool wait_for_calm(const struct us_clock *c)
{
	uint64_t since = atomic_load(&c->played);
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (!is_whole(c))
			since = atomic_load(&c->played);
		if (atomic_load(&c->played) > since + CALM_BLOCKS)
			return true;
		usleep(1000);
	}
	return false;
}

/* Where the arena lies in a worker: a mapping that begins with its magic number. */
static uint64_t find_arena(int pid, int memory)
{
	char path[64], line[512], rights[8];
	uint64_t first, magic = 0, found = 0;
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	while (maps && !found && fgets(line, sizeof line, maps))
		if (sscanf(line, "%" SCNx64 "-%*x %7s", &first, rights) == 2 && strcmp(rights, "rw-p") == 0 &&
		    pread(memory, &magic, sizeof magic, (off_t)first) == sizeof magic && magic == US_ARENA_MAGIC)
			found = first;
	if (maps)
		fclose(maps);
	return found;
}

/* Any byte of any page that is not all zero. 0: none. */
static uint64_t draw_byte(int memory, uint64_t arena, uint64_t bytes)
{
	uint64_t page[PAGES];
	uint32_t pages = 0;
	static uint8_t copy[PAGE], zero[PAGE];
	for (uint64_t at = 0; at < bytes && pages < PAGES; at += PAGE)
		if (pread(memory, copy, PAGE, (off_t)(arena + at)) == PAGE && memcmp(copy, zero, PAGE) != 0)
			page[pages++] = arena + at;
	return pages ? page[(uint32_t)rand() % pages] + (uint32_t)rand() % PAGE : 0;
}

static bool is_gone(const struct us_clock *c, uint32_t slot, uint64_t id)
{
	return atomic_load(&c->board.worker[slot].id) != id;
}

static void judge(const struct us_clock *c, struct count *n, uint32_t slot, const uint64_t id[US_SLOTS])
{
	for (int i = 0; i < PATIENCE_MS && !is_gone(c, 0, id[0]) && !is_gone(c, 1, id[1]); i++)
		usleep(1000);
	bool right = is_gone(c, slot, id[slot]) && !is_gone(c, 1 - slot, id[1 - slot]);
	*(right ? &n->right : &n->wrong) += 1;
}

/* False when nothing can be flipped here. */
static bool flip(const struct us_clock *c, struct count *n, uint32_t slot)
{
	const uint64_t id[US_SLOTS] = {atomic_load(&c->board.worker[0].id), atomic_load(&c->board.worker[1].id)};
	const uint64_t crashes = atomic_load(&c->board.crashes), differences = atomic_load(&c->board.divergences);
	char path[64];
	int pid = atomic_load(&c->board.worker[slot].process.pid);
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int memory = open(path, O_RDWR | O_CLOEXEC);
	uint64_t arena = memory < 0 ? 0 : find_arena(pid, memory);
	uint64_t at = arena ? draw_byte(memory, arena, c->arena_bytes) : 0;
	uint8_t byte, flipped, mask = (uint8_t)(1 << rand() % 8);
	if (!at || pread(memory, &byte, 1, (off_t)at) != 1)
		return false;
	flipped = byte ^ mask;
	if (pwrite(memory, &flipped, 1, (off_t)at) != 1)
		return false;
	uint64_t begin = us_now_ns();
	n->flips++;
	for (int i = 0; i < SEEN_WITHIN_MS * 5; i++, usleep(200)) {
		if (atomic_load(&c->board.divergences) > differences) {
			n->ms[n->found++] = (double)(us_now_ns() - begin) / 1e6;
			judge(c, n, slot, id);
			close(memory);
			return true;
		}
		if (atomic_load(&c->board.crashes) > crashes && is_gone(c, slot, id[slot]))
			break;
	}
	if (atomic_load(&c->board.crashes) > crashes)
		n->ended++;
	else if (pread(memory, &byte, 1, (off_t)at) == 1 && (byte ^ flipped) & mask)
		n->overwritten++;
	else
		n->unseen++;
	close(memory);
	return true;
}

int main(int argc, char **argv)
{
	static struct count n;
	struct us_session session;
	struct us_err err;
	if (argc != 3) {
		fprintf(stderr, "usage: flip_bits SESSION COUNT\n");
		return 2;
	}
	if (us_session_open(&session, argv[1], 0, &err)) {
		fprintf(stderr, "flip_bits: %s\n", err.text);
		return 1;
	}
	const struct us_clock *c = session.clock;
	uint32_t count = (uint32_t)atoi(argv[2]) < MOST ? (uint32_t)atoi(argv[2]) : MOST;
	srand(1);
	while (n.flips < count && wait_for_calm(c) && !atomic_load(&c->stop)) {
		uint32_t primary = (uint32_t)(atomic_load(&c->role) & 1);
		if (!flip(c, &n, n.flips % 2 ? 1 - primary : primary)) {
			fprintf(stderr, "flip_bits: this user may not write into another process\n");
			return 77;
		}
	}
	printf("flips %u, found %u, ended %u, overwritten %u, unseen %u, right %u, wrong %u, found_ms %.1f %.1f %.1f\n",
	       n.flips, n.found, n.ended, n.overwritten, n.unseen, n.right, n.wrong, percentile(&n, 50),
	       percentile(&n, 95), percentile(&n, 100));
	return n.flips == count ? 0 : 1;
}
