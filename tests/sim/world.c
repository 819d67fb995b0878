/* world.c — see world.h. */
#include "world.h"

#include "../../supervisor/adopt.h"
#include "engine/engine.h"
#include "ipc/amend.h"
#include "ipc/journal_rt.h"
#include "ipc/point.h"
#include "ipc/tap_rt.h"
#include "ipc/vault_rt.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKET = 1, LOOKAHEAD = 3, FIRST_PID = 100000000, LOUD_BLOCKS = 20, LONGEST_CALL = 1024 };
#define STEP_NS 20000ull /* CPU time of a worker's step */

static struct world *only; /* us_point() and a module's death have nothing else to go by */

uint64_t world_draw(struct world *w, uint64_t below)
{
	w->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
	uint64_t z = w->random;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

/* --- within a worker ------------------------------------------------------------------------------------------------
 */

/* Back to the simulation; the worker goes on from here when it has its next turn, if it has one. */
static void yield(void)
{
	struct sim_process *p = only->running;
	only->running = NULL;
	if (!_setjmp(p->here)) /* swapcontext() would ask the kernel for the signal mask, twice a step */
		_longjmp(only->scheduler, 1);
}

static void end_here(int signal, int status)
{
	sim_end(only->running, signal, status);
	yield();
	abort(); /* the dead have no turns */
}

/* As on_fatal() does: the word is in the slot before the process is gone. */
static void end_by_signal(int signal)
{
	struct us_worker *w = &only->running->worker;
	atomic_store_explicit(&w->slot->death, 1ull << 63 | w->id << 16 | (uint64_t)signal, memory_order_release);
	end_here(0, 128 + signal);
}

/* Who is live and renders again what it has published says so: control gives away what only older blocks want. */
static void look_at_who_looks_back(const struct us_worker *w)
{
	const bool spoilt = only->spoil_at == offsetof(struct us_slot, published);
	if (w->live && !spoilt && us_engine_block(w->replica.engine) < atomic_load(&w->slot->published) &&
	    !atomic_load(&w->slot->looks_back))
		snprintf(only->failure, sizeof only->failure, "worker %" PRIu64 " goes back without a word", w->id);
}

void us_point(void)
{
	if (!only || !only->running)
		return;
	struct us_worker *w = &only->running->worker;
	look_at_who_looks_back(w);
	if (++only->points == only->stop_at_point) {
		only->running->stopped = only->running->held_up = true;
		yield();
		return;
	}
	if (only->points != only->die_at_point)
		return;
	if (only->spoil_at && w->slot)
		memcpy((char *)w->slot + only->spoil_at, &only->spoil_with, sizeof only->spoil_with);
	if (only->survives)
		return;
	only->die_at_point = only->die_again_after ? only->points + only->die_again_after : 0;
	only->die_again_after = 0;
	only->tally.kills++;
	if (w->slot)
		only->died_in[us_crumb_phase(atomic_load(&w->slot->crumb)) & 7]++;
	if (only->die_by_signal && w->slot) /* no module's fault, but it looks like one */
		end_by_signal(SIGSEGV);
	end_here(SIGKILL, 0);
}

void sim_poisoned(void)
{
	if (!only->running) /* the replay meets what no worker survived: the quarantine is not where it should be */
		longjmp(only->end_of_replay, 1);
	only->tally.poisons++;
	if (only->nameless) {
		struct us_worker *w = &only->running->worker;
		atomic_store(&w->slot->crumb, us_crumb(US_PHASE_MIX, US_NOBODY, us_engine_block(w->replica.engine)));
	}
	if (!only->poison_hangs)
		end_by_signal(SIGSEGV);
	only->running->hanging = true;
	only->running->deaf = only->poison_deafens;
	for (;;)
		yield();
}

void sim_crawled(uint64_t ns)
{
	if (!only->running)
		return;
	only->tally.crawls++;
	only->running->busy_ns = ns;
	only->running->held_up = true;
	while (only->running->busy_ns)
		yield();
}

void sim_scribbled(void)
{
	if (only->running) /* the oracle hears the same without */
		only->tally.scribbles += sim_scribble_into(only->running->worker.replica.engine, only->scribbles_deep);
}

void sim_begun(void)
{
	if (only->running && only->brittle && us_engine_block(only->running->worker.replica.engine) > 0) {
		only->tally.poisons++;
		end_by_signal(SIGSEGV);
	}
}

/* One of its steps, which may take several turns. */
static void step(struct world *w, struct sim_process *p)
{
	bool was_live = p->worker.live;
	uint32_t primary = (uint32_t)(atomic_load(&w->session->clock->role) & 1);
	uint64_t block = us_engine_block(p->worker.replica.engine);
	p->held_up = false;
	enum us_worker_step step = us_worker_step(&p->worker);
	if (step == US_STEP_RENDERED && primary != p->worker.slot_index && !p->held_up &&
	    atomic_load(&p->worker.other->published) <= block)
		snprintf(w->failure, sizeof w->failure, "block %" PRIu64 ": the standby ran ahead of the primary",
		         block);
	if (step == US_STEP_DIVERGED) {
		if (!w->spoil_at) /* who has met a spoilt ring may differ */
			snprintf(w->failure, sizeof w->failure,
			         "block %" PRIu64 ": worker %" PRIu64 " differs from the primary",
			         atomic_load(&p->worker.slot->diverged_block), p->worker.id);
		end_here(0, US_EXIT_DIVERGED);
	}
	if (step == US_STEP_TRIED)
		end_here(0, US_EXIT_TRIED);
	p->news |= p->worker.live && !was_live;
}

/* Whoever has not died for certain may write in its slot: nobody else may. */
static bool has_another_writer(const struct world *w, const struct sim_process *p)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		const struct sim_process *a = &w->process[i];
		if (a != p && a->life == SIM_PLAYING && a->worker.slot_index == p->worker.slot_index)
			return true;
	}
	return false;
}

static void wait_at_desk(struct world *w, struct sim_process *p)
{
	const struct us_desk *desk = &w->session->clock->desk[p->worker.id % US_DESKS];
	uint64_t orders = atomic_load_explicit(&desk->orders, memory_order_acquire);
	struct us_err err;
	if (!us_worker_has_orders(&p->worker, orders, p->pid)) {
		if (us_worker_is_forgotten(&p->worker))
			end_here(0, US_EXIT_STOPPED);
		return;
	}
	const uint32_t slot = (uint32_t)(orders & 0xff) - 1;
	if (!us_worker_claim(&p->worker, w->session->slot[slot]))
		end_here(0, US_EXIT_FAILED);
	us_lifeline_tie(p->worker.lifeline, w->session->slot[slot]);
	p->worker.slot_index = slot;
	p->life = SIM_PLAYING;
	if (has_another_writer(w, p))
		snprintf(w->failure, sizeof w->failure, "worker %" PRIu64 " takes a slot whose worker is not dead",
		         p->worker.id);
	if (us_worker_begin(&p->worker, slot, &err)) {
		if (!p->worker.stateless || !w->may_lose_all)
			snprintf(w->failure, sizeof w->failure, "a worker could not begin: %.180s", err.text);
		end_here(0, p->worker.stateless ? US_EXIT_STATELESS : US_EXIT_FAILED);
	}
	const struct us_slot *s = p->worker.slot;
	if (atomic_load(&s->cpu_ns) > p->cpu_ns || atomic_load(&s->blocks) || atomic_load(&s->busy_ns))
		snprintf(w->failure, sizeof w->failure, "worker %" PRIu64 " begins with what another one has counted",
		         p->worker.id);
}

static void live(void)
{
	struct sim_process *p = only->running;
	for (;;) {
		if (p->life == SIM_PLAYING)
			step(only, p);
		else
			wait_at_desk(only, p);
		yield();
	}
}

void world_step_worker(struct world *w, struct sim_process *p)
{
	if (p->life == SIM_NOBODY || p->life == SIM_DEAD || p->stopped || p->frozen)
		return;
	p->cpu_ns += p->hanging || p->busy_ns ? 0 : STEP_NS; /* else world_pass() counts */
	if (p->unanswered && p->worker.slot) {
		atomic_store(&p->worker.slot->probe_cpu_ns, p->cpu_ns);
		atomic_fetch_add(&p->worker.slot->probes, p->unanswered);
	}
	p->unanswered = 0;
	if (p->life == SIM_STARTING) {
		if (--p->start_in)
			return;
		p->life = SIM_AT_DESK;
		p->news = true;
		getcontext(&p->context);
		if (!p->stack)
			p->stack = malloc(SIM_STACK);
		p->context.uc_stack.ss_sp = p->stack;
		p->context.uc_stack.ss_size = SIM_STACK;
		makecontext(&p->context, live, 0);
		return;
	}
	w->running = p;
	if (!_setjmp(w->scheduler)) {
		if (p->begun)
			_longjmp(p->here, 1);
		p->begun = true;
		setcontext(&p->context);
	}
	w->running = NULL;
}

/* --- from outside ----------------------------------------------------------------------------------------------------
 */

struct sim_process *world_process(struct world *w, pid_t pid)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (w->process[i].life != SIM_NOBODY && w->process[i].pid == pid)
			return &w->process[i];
	return NULL;
}

struct sim_process *world_any(struct world *w)
{
	uint64_t n = world_draw(w, US_DESKS);
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (w->process[i].life != SIM_NOBODY && w->process[i].life != SIM_DEAD && n-- == 0)
			return &w->process[i];
	return NULL;
}

struct sim_process *world_in_slot(struct world *w, uint32_t slot)
{
	const struct failover_worker *known = failover_in_slot(&w->stage.failover, slot);
	return known ? world_process(w, w->stage.actor[known->id % US_DESKS].pid) : NULL;
}

void world_kill(struct world *w, struct sim_process *p)
{
	(void)w;
	if (p->frozen)
		p->kill_pending = true;
	else if (p->life != SIM_NOBODY && p->life != SIM_DEAD)
		sim_end(p, SIGKILL, 0);
}

void world_kill_child(struct world *w, enum failover_child which)
{
	struct sim_child *c = &w->child[which];
	if (!c->pid || c->dead)
		return;
	c->dead = true;
	c->gone_ns = w->now_ns + (w->teardown_ns ? world_draw(w, w->teardown_ns) : 0);
	w->tally.children_dead++;
}

bool world_child_serves(const struct world *w, enum failover_child which)
{
	const struct sim_child *c = &w->child[which];
	return c->pid && !c->dead && !c->hangs;
}

void world_look_at_processes(struct world *w)
{
	if (w->supervisor != SIM_RUNS || w->failure[0])
		return;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		const struct sim_process *p = &w->process[i];
		if (p->life != SIM_PLAYING)
			continue;
		const struct us_actor *a = &w->stage.actor[p->worker.id % US_DESKS];
		if (a->pid != p->pid || atomic_load(&a->state) == US_ACTOR_FREE) {
			char what[80];
			snprintf(what, sizeof what, "worker %" PRIu64 " plays, and the supervisor does not know it",
			         p->worker.id);
			world_describe(w, what);
		}
	}
}

/* --- the supervisor
 * --------------------------------------------------------------------------------------------------- */

static bool is_gone(pid_t pid)
{
	return sim_is_gone(world_process(only, pid));
}

static bool has_news(pid_t pid)
{
	struct sim_process *p = world_process(only, pid);
	const bool news = p && p->news;
	if (p)
		p->news = false;
	return news;
}

/* What would end its sleep. */
static bool is_woken(struct world *w)
{
	struct us_stage *h = &w->stage;
	if (w->now_ns >= w->look_ns || w->suspected || w->lifeline_changed ||
	    atomic_load(&h->spawns_failed) != h->spawns_failed_seen ||
	    atomic_load(&w->session->house->restore_count) != h->restores_served)
		return true;
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		if (atomic_load(&h->child[i].news_in) != atomic_load(&h->child[i].news_out))
			return true;
	for (uint32_t i = 0; i < US_DESKS; i++) {
		const struct us_actor *a = &h->actor[i];
		const uint32_t state = atomic_load(&a->state);
		const struct sim_process *p = world_process(w, a->pid);
		if (state == US_ACTOR_HANDED || (state == US_ACTOR_WATCHED && (sim_is_gone(p) || p->news)))
			return true;
	}
	return false;
}

void world_step_arbiter(struct world *w)
{
	if (w->supervisor != SIM_RUNS || !is_woken(w) || setjmp(w->end_of_supervisor))
		return;
	const bool suspected = w->suspected;
	w->suspected = w->lifeline_changed = false;
	w->look_ns = w->now_ns + sim_arbiter_round(&w->stage, suspected, is_gone, has_news);
}

static void make_patch(struct world *w);

/* What control does: it looks whether checkpoints load, and says the patch again when the song has begun afresh. */
void world_step_prover(struct world *w)
{
	if (!world_child_serves(w, CHILD_CONTROL))
		return;
	atomic_fetch_add(&w->session->house->turns, 1);
	us_prove(&w->prover, w->session);
	uint32_t place, times;
	us_amend_afresh(w->session->clock, &place, &times);
	for (; w->said_anew < times; w->said_anew++)
		make_patch(w);
}

void world_step_main(struct world *w)
{
	if (w->supervisor != SIM_RUNS || w->now_ns < w->main_free_ns || setjmp(w->end_of_supervisor))
		return;
	us_spawn_workers(&w->stage);
	us_children_keep(&w->stage);
	sim_reap_orphans();
	us_journal_keep_turn(&w->stage);
}

static bool is_logging(const struct world *w)
{
	return w->session->clock->log_dir[0] && !atomic_load(&w->session->clock->log_given_up);
}

/* The recorder, as far as others wait for it. */
void world_step_recorder(struct world *w)
{
	struct us_recorder *r = w->session->recorder;
	const uint64_t logged = us_journal_tail(w->session->journal);
	struct us_record record;
	if (w->now_ns < w->recorder_free_ns || !world_child_serves(w, CHILD_RECORDER))
		return;
	atomic_fetch_add(&r->turns, 1);
	for (uint64_t seq = atomic_load(&r->log_records); is_logging(w) && seq < logged; seq++)
		if (!us_journal_read(w->session->journal, seq, &record))
			snprintf(w->failure, sizeof w->failure,
			         "record %" PRIu64 " was overwritten before it was logged", seq);
	atomic_store(&r->tap_position, world_played(w));
	if (is_logging(w))
		atomic_store(&r->log_records, logged);
}

static void open_supervisor(struct world *w)
{
	struct us_session session = *w->session;
	memset(&w->stage, 0, sizeof w->stage);
	w->stage.session = session;
	w->stage.main_fd = w->stage.arbiter_fd = w->stage.suspect_fd = w->stage.finished_fd = w->stage.lifeline_fd = -1;
	us_player_open(&w->stage.player, w->session, 0, SIM_SUSPECT_FD, -1);
	atomic_store(&w->stage.player.ticket, TICKET);
	w->suspected = w->lifeline_changed = false;
	w->main_free_ns = 0;
	w->look_ns = w->now_ns;
	w->supervisor = SIM_RUNS;
	w->supervisors++;
}

void world_kill_supervisor(struct world *w, uint64_t successor_in_ns)
{
	if (w->supervisor == SIM_GONE)
		return;
	w->supervisor = SIM_GONE;
	w->dies_within = 0;
	w->succeeds_ns = w->now_ns + successor_in_ns;
}

/* A worker whose desk names its process is known to each supervisor, whatever is done with it. */
static void look_at_noted(struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		const struct sim_process *p = &w->process[i];
		const uint32_t desk = (uint32_t)(p->worker.id % US_DESKS);
		if (p->life != SIM_NOBODY && p->life != SIM_DEAD && w->stage.actor[desk].pid != p->pid &&
		    atomic_load(&w->session->clock->desk[desk].process.pid) == p->pid)
			snprintf(w->failure, sizeof w->failure, "worker %" PRIu64 " is not known to a successor",
			         p->worker.id);
	}
}

static void succeed(struct world *w)
{
	open_supervisor(w);
	w->tally.successors++;
	if (setjmp(w->end_of_supervisor))
		return;
	us_adopt_clock(&w->stage);
	us_adopt_control(&w->stage);
	us_adopt_recorder(&w->stage);
	us_adopt_company(&w->stage);
	look_at_noted(w);
	us_player_first_grants(&w->stage.player);
	us_player_expect(&w->stage.player, TICKET, w->period);
}

static uint64_t period_ns(const struct world *w)
{
	return 1000000000ull * w->period / SIM_RATE;
}

void world_set_period(struct world *w, uint32_t frames)
{
	if (frames == w->period)
		return;
	w->tally.periods++;
	w->period = frames;
	w->callback_ns = w->now_ns + period_ns(w);
	if (w->supervisor == SIM_RUNS && !setjmp(w->end_of_supervisor))
		us_player_expect(&w->stage.player, TICKET, frames);
}

/* Between two calls of a device with a long period; as watch.c does. */
static void look_between_calls(struct world *w)
{
	if (w->supervisor != SIM_RUNS || w->now_ns - w->watched_ns < SIM_BLOCK_NS * 9 / 8)
		return;
	w->watched_ns = w->now_ns;
	us_player_watch(&w->stage.player, w->now_ns);
}

/* Those that compute in one place. */
static void compute(struct sim_process *p, uint64_t ns)
{
	if (p->stopped || p->frozen)
		return;
	const uint64_t took = p->hanging || p->busy_ns > ns ? ns : p->busy_ns;
	p->cpu_ns += took;
	p->busy_ns -= p->hanging ? 0 : took;
}

void world_pass(struct world *w, uint64_t ns)
{
	w->now_ns += ns;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		compute(&w->process[i], ns);
	if (w->supervisor == SIM_GONE && w->now_ns >= w->succeeds_ns)
		succeed(w);
	look_between_calls(w);
	if (w->now_ns < w->callback_ns)
		return;
	world_step_callback(w);
	w->callback_ns += period_ns(w);
	if (w->callback_ns < w->now_ns) /* as a device does after a stall */
		w->callback_ns = w->now_ns;
}

/* All who play die, and nothing that was saved is left. */
void world_lose_all(struct world *w)
{
	struct us_clock *c = w->session->clock;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (w->process[i].life == SIM_PLAYING)
			world_kill(w, &w->process[i]);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		for (uint32_t v = 0; v < US_VAULT; v++)
			atomic_store(&w->session->slot[s]->vault[v].state, US_CHECKPOINT_EMPTY);
	const uint64_t published = us_ever_published(&w->stage);
	const uint64_t keep = published ? atomic_load(&c->grant[(published - 1) % US_GRANTS]) : 0;
	if (keep > atomic_load(&c->keep))
		atomic_store(&c->keep, keep);
	w->may_lose_all = true;
}

/* --- callback, control
 * ----------------------------------------------------------------------------------------------------- */

uint64_t world_played(const struct world *w)
{
	return atomic_load(&w->session->clock->played);
}

/* What was played, also by a supervisor that did not live to say so. */
static void record(struct world *w)
{
	const uint64_t tapped = atomic_load(&w->session->tap->played);
	for (; w->recorded < tapped && w->recorded < SIM_MAX_BLOCKS; w->recorded++) {
		uint32_t flags;
		if (us_tap_read(w->session->tap, w->recorded, w->heard[w->recorded], &flags) != US_TAP_OK)
			snprintf(w->failure, sizeof w->failure, "block %" PRIu64 " is not in the tap", w->recorded);
		w->gap[w->recorded] = flags & US_TAP_GAP;
		w->tally.gaps += w->gap[w->recorded];
	}
}

/* A period comes in calls of at most so many frames. */
static void call_device(struct world *w, uint32_t frames)
{
	static float in[US_CHANNELS * LONGEST_CALL], out[US_CHANNELS * LONGEST_CALL];
	for (; frames; frames -= frames < LONGEST_CALL ? frames : LONGEST_CALL) {
		const uint32_t n = frames < LONGEST_CALL ? frames : LONGEST_CALL;
		for (uint32_t i = 0; i < n * US_CHANNELS; i++) /* nobody could guess it */
			in[i] = (float)(w->noise = w->noise * 1664525 + 1013904223) / 4294967296.0f - 0.5f;
		us_player_process(&w->stage.player, TICKET, in, out, n);
	}
}

void world_step_callback(struct world *w)
{
	if (world_played(w) + w->period / US_BLOCK >= SIM_MAX_BLOCKS || w->supervisor != SIM_RUNS)
		return;
	if (!setjmp(w->end_of_supervisor))
		call_device(w, w->period);
	record(w);
}

bool world_record(struct world *w, struct us_record *record)
{
	const uint64_t seq = us_journal_tail(w->session->journal);
	if (seq >= SIM_RECORDS || !us_journal_append(w->session->journal, w->session->clock, record, 1))
		return false;
	w->accepted[seq] = *record;
	return true;
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
	sim_kernel_is(w);
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
	w->accepted = calloc(SIM_RECORDS, sizeof *w->accepted);
	w->gap = calloc(SIM_MAX_BLOCKS, sizeof *w->gap);
	if (us_library_of(&w->library, sim_modules, sim_module_count, err))
		return US_FAILED;
	const struct us_engine_config config = {.rate = SIM_RATE, .master = true, .arena_bytes = SIM_ARENA};
	for (uint32_t i = 0; i < SIM_ENGINES; i++)
		if (us_engine_open(&w->engine_pool[i], &config, w->library, err))
			return US_FAILED;
	w->prover.engine = w->engine_pool[SIM_ENGINES - 2];
	w->engine_used[SIM_ENGINES - 2] = true;
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
	free(w->accepted);
}

static void blank(void *segment, size_t bytes)
{
	memset((char *)segment + sizeof(struct us_segment), 0, bytes - sizeof(struct us_segment));
}

float world_gain(const struct world *w)
{
	return w->loud ? 1 : 0.1f;
}

static void make_patch(struct world *w)
{
	static const char *const module[SIM_INSTANCES] = {"osc", "echo", "poison", "scribble", "crawl", "out"};
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
	struct us_record gain = {
	    .type = US_REC_GAIN, .at = LOUD_BLOCKS * US_BLOCK, .instance = US_NOBODY, .set = {.value = world_gain(w)}};
	world_record(w, &commit);
	world_record(w, &gain);
}

void world_reset(struct world *w, uint64_t seed)
{
	struct us_clock *c = w->session->clock;
	struct us_err err;
	uint64_t used = world_played(w) + 64;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		char *stack = w->process[i].stack;
		w->process[i] = (struct sim_process){.stack = stack};
	}
	memset(w->child, 0, sizeof w->child);
	memset(w->engine_used, 0, sizeof w->engine_used);
	w->engine_used[SIM_ENGINES - 2] = true;
	w->prover.refused = 0;
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
	blank(w->session->recorder, sizeof(struct us_recorder));
	blank(c, offsetof(struct us_clock, grant));
	if (seed % 2)
		strcpy(c->log_dir, "log");
	c->rate = SIM_RATE;
	c->lookahead = LOOKAHEAD;
	atomic_store(&c->lookahead_total, LOOKAHEAD);
	c->arena_bytes = SIM_ARENA;

	w->now_ns = 1000 * SIM_BLOCK_NS;
	w->callback_ns = UINT64_MAX; /* the device starts when all is ready */
	w->supervisors = w->dies_within = 0;
	w->fork_fails = w->poison_hangs = w->poison_deafens = false;
	w->next_pid = FIRST_PID;
	w->recorded = 0;
	w->stop_at_point = w->silence_ns = w->teardown_ns = 0;
	w->period = US_BLOCK;
	w->crawl_ns = w->crawl_step = 0;
	w->crawl_next_ns = w->recorder_free_ns = w->slow_until_ns = w->watched_ns = 0;
	w->tally = (struct sim_tally){0};
	w->random = seed;
	atomic_store(&c->next_worker, 1);
	open_supervisor(w);
	w->noise = (uint32_t)seed;
	w->points = w->die_at_point = w->die_again_after = 0;
	w->die_by_signal = w->survives = w->scribbles_deep = w->brittle = w->nameless = w->may_lose_all = false;
	w->said_anew = 0;
	w->spoil_at = 0;
	w->running = NULL;
	w->failure[0] = 0;
	w->loud = seed % 8 == 0;
	make_patch(w);
	us_children_start(&w->stage, &err);
	while (!world_is_whole(w)) {
		world_step_main(w);
		world_step_arbiter(w);
		for (uint32_t i = 0; i < SIM_PROCESSES; i++)
			world_step_worker(w, &w->process[i]);
		world_pass(w, SIM_BLOCK_NS / 8);
	}
	us_player_first_grants(&w->stage.player);
	w->callback_ns = w->now_ns + SIM_BLOCK_NS;
}

void world_describe(struct world *w, const char *what)
{
	static const char *const life[] = {"-", "starts", "waits", "plays", "dead"};
	static const char *const supervisor[] = {"", ", supervisor stopped", ", no supervisor"};
	char text[sizeof w->failure];
	size_t used = (size_t)snprintf(text, sizeof text, "%.90s (played %" PRIu64 ", primary %u%s;", what,
	                               world_played(w), w->stage.failover.primary, supervisor[w->supervisor]);
	for (uint32_t i = 0; i < SIM_PROCESSES && used < sizeof text; i++) {
		const struct sim_process *p = &w->process[i];
		const struct failover_worker *known = failover_by_id(&w->stage.failover, p->worker.id);
		if (p->life)
			used +=
			    (size_t)snprintf(text + used, sizeof text - used, " %" PRIu64 " %s%s%s at %" PRIu64 "/%s",
			                     p->worker.id, life[p->life], p->stopped ? ",stopped" : "",
			                     p->frozen ? ",frozen" : "", us_engine_block(p->worker.replica.engine),
			                     known ? failover_state_name(known->state) : "unknown");
	}
	memcpy(w->failure, text, sizeof text);
}

bool world_is_whole(const struct world *w)
{
	return failover_live_mask(&w->stage.failover) == 3 && failover_spares(&w->stage.failover);
}
