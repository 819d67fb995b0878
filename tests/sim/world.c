/* world.c — see world.h. */
#include "world.h"

#include "engine/engine.h"
#include "ipc/journal_rt.h"
#include "ipc/point.h"
#include "ipc/tap_rt.h"
#include "ipc/vault_rt.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKET = 1, LOOKAHEAD = 3, COMPANY = 3 };
#define SIM_RATE 48000

static struct world *only; /* us_point() and a module's death have nothing else to go by */

uint64_t world_draw(struct world *w, uint64_t below)
{
	w->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
	uint64_t z = w->random;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

/* --- death ---------------------------------------------------------------------------------------------------------
 */

void us_point(void)
{
	if (!only || !only->running)
		return;
	if (++only->points != only->die_at_point)
		return;
	struct us_worker *w = &only->running->worker;
	if (only->spoil_at && w->slot)
		memcpy((char *)w->slot + only->spoil_at, &only->spoil_with, sizeof only->spoil_with);
	if (only->survives)
		return;
	only->die_at_point = only->die_again_after ? only->points + only->die_again_after : 0;
	only->die_again_after = 0;
	if (w->slot)
		only->died_in[us_crumb_phase(atomic_load(&w->slot->crumb)) & 7]++;
	if (only->die_by_signal && w->slot) /* no module's fault, but it looks like one */
		atomic_store_explicit(&w->slot->death, 1ull << 63 | w->id << 16 | SIGSEGV, memory_order_release);
	longjmp(only->end_of_step, 1);
}

/* As on_fatal() does: the word is in the slot before the process is gone. */
void sim_poisoned(void)
{
	if (!only->running) /* the replay meets what no worker survived: the quarantine is not where it should be */
		longjmp(only->end_of_replay, 1);
	struct us_worker *w = &only->running->worker;
	atomic_store_explicit(&w->slot->death, 1ull << 63 | w->id << 16 | SIGSEGV, memory_order_release);
	only->poisons++;
	longjmp(only->end_of_step, 1);
}

void sim_begun(void)
{
	if (only->running && only->brittle && us_engine_block(only->running->worker.engine) > 0)
		sim_poisoned();
}

static struct us_actor *actor_of(struct world *w, const struct sim_actor *a)
{
	return &w->stage.actor[a->worker.id % US_DESKS];
}

void world_kill(struct world *w, struct sim_actor *a)
{
	(void)w;
	if (a->life == SIM_AT_DESK || a->life == SIM_PLAYING || a->life == SIM_STALLED)
		a->life = SIM_DEAD; /* and the undying is killed already */
}

/* --- workers ---------------------------------------------------------------------------------------------------------
 */

static struct us_engine *borrow_engine(struct world *w)
{
	for (uint32_t i = 0; i < SIM_ENGINES; i++)
		if (!w->engine_used[i]) {
			w->engine_used[i] = true;
			us_engine_crumb_to(w->engine_pool[i], NULL, NULL);
			us_engine_load(w->engine_pool[i], w->pristine, w->pristine_bytes, NULL);
			return w->engine_pool[i];
		}
	abort();
}

static void return_engine(struct world *w, const struct us_engine *engine)
{
	for (uint32_t i = 0; i < SIM_ENGINES; i++)
		if (w->engine_pool[i] == engine)
			w->engine_used[i] = false;
}

static void spawn(struct world *w)
{
	struct us_stage *h = &w->stage;
	uint64_t id = h->next_id++;
	struct us_actor *a = &h->actor[id % US_DESKS];
	struct sim_actor *s = &w->actor[id % US_DESKS];
	if (atomic_load(&a->state) != US_ACTOR_FREE) /* somebody old sits there: the next id has another desk */
		return;
	atomic_store(&w->session->clock->desk[id % US_DESKS].orders, US_WAIT_HERE);
	*a = (struct us_actor){.id = id, .pidfd = -1, .event_fd = -1, .slot = -1};
	atomic_store(&a->state, US_ACTOR_WATCHED);
	*s = (struct sim_actor){.life = SIM_AT_DESK};
	s->worker.session = *w->session;
	s->worker.clock = w->session->clock;
	s->worker.library = w->library;
	s->worker.engine = borrow_engine(w);
	s->worker.id = id;
	s->worker.event_fd = -1;
	s->worker.block_ns = 1;
}

/* Whoever has not died for certain may write in its slot: nobody else may. */
static bool has_a_writer(const struct world *w, uint32_t slot)
{
	for (uint32_t i = 0; i < US_DESKS; i++) {
		const struct sim_actor *a = &w->actor[i];
		if ((a->life == SIM_PLAYING || a->life == SIM_STALLED || a->life == SIM_UNDYING) &&
		    a->worker.slot_index == slot)
			return true;
	}
	return false;
}

static void begin_if_ordered(struct world *w, struct sim_actor *a)
{
	const struct us_desk *desk = &w->session->clock->desk[a->worker.id % US_DESKS];
	uint64_t orders = atomic_load_explicit(&desk->orders, memory_order_acquire);
	struct us_err err;
	if (orders >> 8 != a->worker.id || !(orders & 0xff))
		return;
	if (has_a_writer(w, (uint32_t)(orders & 0xff) - 1))
		snprintf(w->failure, sizeof w->failure, "worker %" PRIu64 " takes a slot whose worker is not dead",
		         a->worker.id);
	if (us_worker_begin(&a->worker, (uint32_t)(orders & 0xff) - 1, &err)) {
		snprintf(w->failure, sizeof w->failure, "a worker could not begin: %.180s", err.text);
		a->life = SIM_DEAD;
		return;
	}
	a->life = SIM_PLAYING;
	a->announced = false;
}

void world_step_worker(struct world *w, struct sim_actor *a)
{
	w->running = a;
	if (setjmp(w->end_of_step)) {
		a->life = SIM_DEAD;
		w->kills++;
	} else if (a->life == SIM_AT_DESK) {
		begin_if_ordered(w, a);
	} else if (a->life == SIM_PLAYING) {
		bool was_live = a->worker.live;
		uint32_t primary = (uint32_t)(atomic_load(&w->session->clock->role) & 1);
		uint64_t block = us_engine_block(a->worker.engine);
		enum us_worker_step step = us_worker_step(&a->worker);
		if (step == US_STEP_RENDERED && primary != a->worker.slot_index &&
		    atomic_load(&a->worker.other->published) <= block)
			snprintf(w->failure, sizeof w->failure,
			         "block %" PRIu64 ": the standby ran ahead of the primary", block);
		if (step == US_STEP_DIVERGED) {
			if (!w->spoil_at) /* who has met a spoilt ring may differ */
				snprintf(w->failure, sizeof w->failure,
				         "block %" PRIu64 ": the standby differs from the primary",
				         atomic_load(&a->worker.slot->diverged_block));
			a->life = SIM_DEAD;
		}
		if (a->worker.live && !was_live)
			a->announced = false;
	}
	w->running = NULL;
}

/* --- arbiter and main loop
 * ---------------------------------------------------------------------------------------------- */

void world_step_arbiter(struct world *w)
{
	uint64_t first = world_draw(w, US_DESKS);
	for (uint64_t i = 0; i < US_DESKS; i++) {
		struct sim_actor *s = &w->actor[(first + i) % US_DESKS];
		struct us_actor *a = actor_of(w, s);
		if (s->life == SIM_DEAD) {
			sim_arbiter_mourn(&w->stage, a);
			return_engine(w, s->worker.engine);
			s->life = SIM_NOBODY;
			atomic_store(&a->state, US_ACTOR_FREE);
			return;
		}
		if (s->life != SIM_NOBODY && !s->announced) {
			s->announced = true;
			sim_arbiter_hear(&w->stage, a);
			return;
		}
	}
}

void world_step_main(struct world *w)
{
	uint32_t company = 0;
	for (uint32_t i = 0; i < US_DESKS; i++)
		company += w->actor[i].life != SIM_NOBODY && w->actor[i].life != SIM_DEAD;
	if (company < COMPANY)
		spawn(w);
	uint64_t keep = us_vault_keep(w->session->slot);
	if (keep <= us_journal_tail(w->session->journal) && keep > atomic_load(&w->session->clock->keep))
		atomic_store(&w->session->clock->keep, keep);
}

/* --- callback, control
 * ----------------------------------------------------------------------------------------------------- */

uint64_t world_played(const struct world *w)
{
	return atomic_load(&w->session->clock->played);
}

void world_step_callback(struct world *w)
{
	float in[US_SAMPLES], out[US_SAMPLES];
	uint64_t block = world_played(w);
	if (block >= SIM_MAX_BLOCKS)
		return;
	for (uint32_t i = 0; i < US_SAMPLES; i++) /* nobody could guess it */
		in[i] = (float)(w->noise = w->noise * 1664525 + 1013904223) / 4294967296.0f - 0.5f;
	us_player_process(&w->stage.player, TICKET, in, out, US_BLOCK);
	if (world_played(w) == block)
		return;
	uint32_t flags;
	if (us_tap_read(w->session->tap, block, w->heard[block], &flags) != US_TAP_OK)
		snprintf(w->failure, sizeof w->failure, "block %" PRIu64 " is not in the tap", block);
	w->gap[block] = flags & US_TAP_GAP;
	w->gaps += w->gap[block];
}

bool world_record(struct world *w, struct us_record *record)
{
	return us_journal_append(w->session->journal, w->session->clock, record, 1);
}

/* --- a world
 * ------------------------------------------------------------------------------------------------------------------ */

static void *segment(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	struct us_segment *s = aligned_alloc(4096, bytes);
	if (!s)
		abort();
	memset(s, 0, bytes);
	s->bytes = bytes;
	return s;
}

int world_open(struct world *w, struct us_err *err)
{
	memset(w, 0, sizeof *w);
	only = w;
	w->session = &w->stage.session;
	w->session->clock = segment(sizeof(struct us_clock));
	w->session->journal = segment(sizeof(struct us_journal));
	w->session->house = segment(sizeof(struct us_house));
	w->session->tap = segment(sizeof(struct us_tap));
	w->session->recorder = segment(sizeof(struct us_recorder));
	w->session->ear = segment(sizeof(struct us_ear));
	w->session->ear->on = 1;
	for (uint32_t s = 0; s < US_SLOTS; s++)
		w->session->slot[s] = segment(us_slot_bytes((struct us_vault_room){SIM_ARENA, 0}));
	w->heard = calloc(SIM_MAX_BLOCKS, sizeof *w->heard);
	w->gap = calloc(SIM_MAX_BLOCKS, sizeof *w->gap);
	if (us_library_of(&w->library, sim_modules, sim_module_count, err))
		return US_FAILED;
	const struct us_engine_config config = {.rate = SIM_RATE, .arena_bytes = SIM_ARENA};
	for (uint32_t i = 0; i < SIM_ENGINES; i++)
		if (us_engine_open(&w->engine_pool[i], &config, w->library, err))
			return US_FAILED;
	w->pristine = malloc(us_engine_save_max(w->engine_pool[0]));
	w->pristine_bytes = us_engine_save(w->engine_pool[0], w->pristine);
	return US_OK;
}

void world_close(struct world *w)
{
	for (uint32_t i = 0; i < SIM_ENGINES; i++)
		us_engine_close(w->engine_pool[i]);
	us_library_close(w->library);
	free(w->pristine);
	free(w->session->clock);
	free(w->session->journal);
	free(w->session->house);
	free(w->session->tap);
	free(w->session->recorder);
	free(w->session->ear);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		free(w->session->slot[s]);
	free(w->heard);
	free(w->gap);
}

static void blank(void *segment, size_t bytes)
{
	memset((char *)segment + sizeof(struct us_segment), 0, bytes - sizeof(struct us_segment));
}

static void make_patch(struct world *w)
{
	static const char *const module[SIM_INSTANCES] = {"osc", "echo", "poison", "out"};
	for (uint16_t i = 0; i < SIM_INSTANCES; i++) {
		struct us_record r = {.type = US_REC_CREATE, .flags = US_STAGED, .instance = i};
		strcpy(r.create.module, module[i]);
		world_record(w, &r);
	}
	for (uint16_t i = 1; i < SIM_INSTANCES; i++) {
		struct us_record r = {.type = US_REC_CONNECT, .flags = US_STAGED, .instance = i};
		r.cable.source = i - 1;
		r.cable.amount = 1;
		world_record(w, &r);
	}
	struct us_record commit = {.type = US_REC_COMMIT, .instance = US_NOBODY};
	world_record(w, &commit);
}

void world_reset(struct world *w, uint64_t seed)
{
	struct us_clock *c = w->session->clock;
	uint64_t used = world_played(w) + 64;
	for (uint32_t i = 0; i < US_DESKS; i++)
		w->actor[i] = (struct sim_actor){0};
	memset(w->engine_used, 0, sizeof w->engine_used);
	/* Only what the last run can have touched: the segments are large. */
	for (uint64_t b = 0; b < used && b < US_TAP; b++)
		atomic_store(&w->session->tap->ring[b].seq, 0);
	for (uint64_t b = 0; b < used && b < US_EAR; b++)
		atomic_store(&w->session->ear->ring[b].seq, 0);
	atomic_store(&w->session->tap->played, 0);
	atomic_store(&w->session->journal->tail, 0);
	blank(w->session->house, offsetof(struct us_house, inbox));
	for (uint32_t s = 0; s < US_SLOTS; s++)
		blank(w->session->slot[s], sizeof(struct us_slot));
	blank(c, offsetof(struct us_clock, grant));
	c->rate = SIM_RATE;
	c->lookahead = LOOKAHEAD;
	atomic_store(&c->lookahead_total, LOOKAHEAD);
	c->arena_bytes = SIM_ARENA;

	struct us_session session = *w->session;
	memset(&w->stage, 0, sizeof w->stage);
	w->stage.session = session;
	w->stage.main_fd = w->stage.arbiter_fd = w->stage.suspect_fd = w->stage.finished_fd = -1;
	w->stage.next_id = 1;
	us_player_open(&w->stage.player, w->session, 0, -1, -1);
	atomic_store(&w->stage.player.ticket, TICKET);

	w->random = seed;
	w->noise = (uint32_t)seed;
	w->points = w->die_at_point = w->die_again_after = 0;
	w->die_by_signal = w->survives = w->brittle = false;
	w->spoil_at = 0;
	w->kills = w->poisons = w->stalls = w->undying = w->gaps = 0;
	w->running = NULL;
	w->failure[0] = 0;
	make_patch(w);
	while (!world_is_whole(w)) {
		world_step_main(w);
		world_step_arbiter(w);
		for (uint32_t i = 0; i < US_DESKS; i++)
			world_step_worker(w, &w->actor[i]);
	}
	us_player_first_grants(&w->stage.player);
}

void world_describe(struct world *w, const char *what)
{
	static const char *const life[] = {"-", "desk", "plays", "stalled", "undying", "dead"};
	static const char *const seat[] = {"empty", "loading", "live", "lost"};
	const struct us_cast *c = &w->stage.cast;
	size_t used = (size_t)snprintf(w->failure, sizeof w->failure,
	                               "%s (played %" PRIu64 ", primary %u, seats %s %" PRIu64 ", %s %" PRIu64
	                               ", spare %" PRIu64 ";",
	                               what, world_played(w), c->primary, seat[c->seat[0].state], c->seat[0].id,
	                               seat[c->seat[1].state], c->seat[1].id, c->spares ? c->spare[0] : 0);
	for (uint32_t i = 0; i < US_DESKS && used < sizeof w->failure; i++)
		if (w->actor[i].life)
			used += (size_t)snprintf(w->failure + used, sizeof w->failure - used,
			                         " %" PRIu64 " %s at %" PRIu64, w->actor[i].worker.id,
			                         life[w->actor[i].life], us_engine_block(w->actor[i].worker.engine));
}

bool world_is_whole(const struct world *w)
{
	return us_cast_live_mask(&w->stage.cast) == 3 && w->stage.cast.spares;
}
