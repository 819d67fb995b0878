/* sounds.c — a table on the shelf goes when nobody can want it any more; then its place and its memory serve the next
 * one, so that a month of edited samples needs no more room than a minute.
 *
 *   the graph, with what is staged    wants it as long as the model has it
 *   undo and redo                     as long as a step would bring it back
 *   a worker, whatever it begins from the journal is kept from a record behind the last one that named it (clock.keep:
 *                                     by checkpoints and the recorder), both proven checkpoints were made after it had
 *                                     faded out, and whoever plays has come as far
 *   a worker that begins just now     finds it, or finds that it has gone: while one loads, no memory is given away
 *   the log                           has it before the journal lets go of the records that name it
 *
 * Nothing of this is lost with control: its successor takes everything for wanted until now. Scenes hold no files. */
#include "control.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/process.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

enum { FADE_BLOCKS = 64, ROOM_PATIENCE_MS = 1000 };
#define LOOK_NS 100000000ull

void us_control_note_sound(struct us_control *c, uint32_t number)
{
	c->sound[number % US_TABLES].named = true;
}

void us_control_note_sounds(struct us_control *c, const struct us_record *record, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (record[i].type == US_REC_TABLE && record[i].table.number != US_NO_TABLE)
			us_control_note_sound(c, record[i].table.number);
}

void us_control_open_sounds(struct us_control *c)
{
	for (uint32_t i = 0; i < US_TABLES; i++)
		c->sound[i].named = true;
}

static void mark(uint64_t set[US_TABLES / 64], uint32_t number)
{
	if (number != US_NO_TABLE)
		set[number % US_TABLES / 64] |= 1ull << number % 64;
}

static bool is_marked(const uint64_t set[US_TABLES / 64], uint32_t place)
{
	return set[place / 64] >> place % 64 & 1;
}

static void mark_graph(struct us_control *c, uint64_t set[US_TABLES / 64])
{
	struct us_instance_view view;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(us_commander_model(c->commander), i, &view))
			mark(set, view.table);
}

/* --- has everybody come so far? ------------------------------------------------------------------------------------
 */

static bool is_live(const struct us_control *c, uint32_t slot)
{
	return atomic_load_explicit(&c->clock->live_mask, memory_order_acquire) >> slot & 1;
}

/* No worker goes back before record `needed`. */
static bool records_are_behind(const struct us_control *c, uint64_t needed)
{
	if (atomic_load_explicit(&c->clock->keep, memory_order_acquire) < needed)
		return false;
	for (uint32_t s = 0; s < US_SLOTS; s++)
		if (is_live(c, s) && atomic_load_explicit(&c->session.slot[s]->applied, memory_order_acquire) < needed)
			return false;
	return true;
}

/* Nor before this block, with a checkpoint that is known to load. */
static bool blocks_are_behind(const struct us_control *c, uint64_t block)
{
	bool proven = false;
	for (uint32_t i = 0; i < 2; i++) {
		const uint64_t place = atomic_load_explicit(&c->session.house->proven[i], memory_order_relaxed);
		if (place && (place >> 2) - 1 < block)
			return false;
		proven |= place != 0;
	}
	for (uint32_t s = 0; s < US_SLOTS; s++)
		if (is_live(c, s) && atomic_load_explicit(&c->session.slot[s]->published, memory_order_acquire) < block)
			return false;
	return proven;
}

/* A worker that has begun from an old checkpoint is not live before it has come so far. One that begins after the table
 * has been retired does not find it: it says LOADING before it looks. So does one that is live and goes back to an old
 * checkpoint for a third opinion. */
static bool somebody_loads(const struct us_control *c)
{
	atomic_thread_fence(memory_order_seq_cst); /* pairs with us_worker_begin() */
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		const uint32_t state = atomic_load_explicit(&c->session.slot[s]->state, memory_order_seq_cst);
		const bool back = atomic_load_explicit(&c->session.slot[s]->looks_back, memory_order_seq_cst);
		if (us_process_alive(&c->clock->board.worker[s].process) &&
		    (back || state == US_WORKER_LOADING || state == US_WORKER_CATCHING_UP))
			return true;
	}
	return false;
}

/* --- the sweep -----------------------------------------------------------------------------------------------------
 */

static void look_at(struct us_control *c, uint32_t place, bool wanted, bool remembered)
{
	struct us_shelf *shelf = &c->session.shelf->shelf;
	struct us_sound_place *p = &c->sound[place];
	const uint32_t number = shelf->entry[place].number;
	if (wanted || p->wanted || p->named) {
		p->needed = us_journal_tail(c->session.journal) + c->out.count;
		p->gone = 0;
		p->wanted = wanted;
		p->named = false;
		shelf->entry[place].flags &= ~(uint32_t)US_SHELF_SPARE;
		return;
	}
	shelf->entry[place].flags |= US_SHELF_SPARE;
	if (remembered || !records_are_behind(c, p->needed))
		return;
	if (!p->gone)
		p->gone = atomic_load_explicit(&c->clock->granted, memory_order_acquire) + FADE_BLOCKS;
	if (!blocks_are_behind(c, p->gone))
		return;
	us_shelf_retire(shelf, number);
	if (!somebody_loads(c))
		us_shelf_free(shelf, number);
}

static void sweep(struct us_control *c)
{
	const struct us_shelf *shelf = &c->session.shelf->shelf;
	uint64_t graph[US_TABLES / 64] = {0}, undo[US_TABLES / 64] = {0};
	mark_graph(c, graph);
	us_commander_mark_tables(c->commander, undo);
	for (uint32_t i = 0; i < US_TABLES; i++)
		if (shelf->entry[i].flags & US_SHELF_HELD)
			look_at(c, i, is_marked(graph, i), is_marked(undo, i));
}

void us_control_sweep_sounds(struct us_control *c)
{
	if (c->now_ns - c->sounds_ns < LOOK_NS)
		return;
	c->sounds_ns = c->now_ns;
	sweep(c);
}

/* --- room for one more ---------------------------------------------------------------------------------------------
 */

static int reserve(const struct us_control *c, uint64_t begin, uint64_t end, struct us_err *err)
{
	const uint64_t shift = offsetof(struct us_shelf_segment, shelf);
	const int failed = posix_fallocate(c->shelf_fd, (off_t)(begin + shift), (off_t)(end - begin));
	return failed ? us_fail(err, "no shared memory left for %llu kB: %s; see df /dev/shm",
	                        (unsigned long long)(end - begin) / 1024, strerror(failed))
	              : US_OK;
}

/* Others than the session's user may have half of the places, and half of the memory. */
static int find_room(const struct us_control *c, const struct us_goods *goods, uint64_t *begin, uint64_t *end,
                     struct us_err *err)
{
	const struct us_shelf *shelf = &c->session.shelf->shelf;
	const struct us_shelf_load others = us_shelf_load(shelf, US_SHELF_STRANGE);
	if (c->from != US_FROM_OWNER && (others.tables >= US_TABLES / 2 || others.bytes >= shelf->bytes / 2))
		return us_fail(err, "others have %u files on this session's shelf; the rest is for its own user",
		               others.tables);
	return us_shelf_room(shelf, goods, begin, end, err);
}

/* What plays goes before what could be taken back: the oldest steps of undo give way. What has just been replaced is
 * waited for: some tenths of a second, until the workers' checkpoints lie behind it. */
int us_control_make_sound_room(void *context, const struct us_goods *goods, struct us_err *err)
{
	struct us_control *c = context;
	uint64_t begin, end;
	c->sound_is_new = true;
	for (int waited = 0; find_room(c, goods, &begin, &end, err);) {
		sweep(c);
		if (find_room(c, goods, &begin, &end, err) == US_OK)
			break;
		if (us_commander_drop_tables(c->commander))
			continue;
		if (waited++ == ROOM_PATIENCE_MS)
			return US_FAILED;
		poll(NULL, 0, 1);
		c->now_ns = us_now_ns();
		us_control_prove(c);
	}
	return reserve(c, begin, end, err);
}
