/* test_adopt.c — promises of supervisor/adopt.c: what a supervisor that died has left half done is finished. */
#include "../../supervisor/adopt.h"
#include "../../supervisor/stage.h"
#include "ipc/process.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LEADER = 9, FOLLOWER = 12, SPARE = 14 };

static struct us_stage stage;
static pid_t worker[US_SLOTS];

static void *blank(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	return memset(aligned_alloc(4096, bytes), 0, bytes);
}

/* A process that does nothing, and ends with the test. */
static pid_t idle_process(void)
{
	const pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

/* Processes that do nothing have both slots by the board; the one in slot 0 is live and leads. */
static int open_stage(void **state)
{
	(void)state;
	const uint64_t id[US_SLOTS] = {LEADER, FOLLOWER};
	memset(&stage, 0, sizeof stage);
	stage.session.clock = blank(sizeof(struct us_clock));
	stage.session.house = blank(sizeof(struct us_house));
	stage.session.recorder = blank(sizeof(struct us_recorder));
	stage.session.clock->rate = 48000;
	atomic_store(&stage.session.house->restore_count, 5);
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		stage.session.slot[s] = blank(sizeof(struct us_slot));
		worker[s] = idle_process();
		struct us_desk *desk = &stage.session.clock->desk[id[s] % US_DESKS];
		atomic_store(&desk->id, id[s]);
		atomic_store(&desk->orders, id[s] << 8 | (s + 1));
		us_process_note(&desk->process, worker[s]);
		atomic_store(&stage.session.clock->board.worker[s].id, id[s]);
	}
	atomic_store(&stage.session.clock->next_worker, SPARE + 1);
	atomic_store(&stage.session.slot[0]->epoch, LEADER);
	atomic_store(&stage.session.slot[0]->state, US_WORKER_LIVE);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (stage.actor[i].id)
			close(stage.actor[i].pidfd);
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		kill(worker[s], SIGKILL);
		waitpid(worker[s], NULL, 0);
		free(stage.session.slot[s]);
	}
	free(stage.session.clock);
	free(stage.session.house);
	free(stage.session.recorder);
	return 0;
}

static enum worker_state state_of(uint64_t id)
{
	const struct failover_worker *w = failover_by_id(&stage.failover, id);
	return w ? w->state : WORKER_NONE;
}

static void a_worker_that_waits_for_orders_gets_them_from_the_successor(void **state)
{
	(void)state;
	const struct us_desk *desk = &stage.session.clock->desk[FOLLOWER % US_DESKS];
	us_adopt_company(&stage);
	assert_int_equal(state_of(FOLLOWER), WORKER_LOADING);
	assert_int_equal(atomic_load(&desk->orders), FOLLOWER << 8 | 2);
	assert_int_equal(atomic_load(&desk->bell), 1);
}

static void who_is_live_plays_on_and_hears_nothing(void **state)
{
	(void)state;
	us_adopt_company(&stage);
	assert_int_equal(stage.failover.primary, 0);
	assert_int_equal(state_of(LEADER), WORKER_LIVE);
	assert_int_equal(stage.restores_served, 5); /* what was asked for before was answered before */
	assert_int_equal(atomic_load(&stage.session.clock->desk[LEADER % US_DESKS].bell), 0);
}

/* It is dead, but its process is not gone yet, and another one was given its slot. */
static void orders_count_for_the_last_who_was_given_the_slot(void **state)
{
	(void)state;
	struct us_clock *c = stage.session.clock;
	struct us_desk *desk = &c->desk[SPARE % US_DESKS];
	const pid_t next = idle_process();
	atomic_store(&desk->id, SPARE);
	atomic_store(&desk->orders, (uint64_t)SPARE << 8 | 1);
	us_process_note(&desk->process, next);
	atomic_store(&c->board.worker[0].id, SPARE);
	atomic_store(&stage.session.slot[0]->epoch, SPARE);
	us_adopt_company(&stage);
	assert_int_equal(state_of(LEADER), WORKER_KILLED);
	assert_int_equal(state_of(SPARE), WORKER_LIVE);
	assert_int_equal(atomic_load(&c->board.worker[0].id), SPARE);
	kill(next, SIGKILL);
	waitpid(next, NULL, 0);
}

/* Whoever is known is in nobody's way; who is not known would be. */
static void a_worker_without_orders_is_killed_and_known_until_it_is_dead(void **state)
{
	(void)state;
	struct us_desk *desk = &stage.session.clock->desk[SPARE % US_DESKS];
	const pid_t spare = idle_process();
	atomic_store(&desk->id, SPARE);
	us_process_note(&desk->process, spare);
	us_adopt_company(&stage);
	assert_int_equal(state_of(SPARE), WORKER_KILLED);
	int status;
	assert_int_equal(waitpid(spare, &status, 0), spare);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The dead supervisor may not have come to note its process. */
static void a_worker_that_no_desk_names_leaves_and_its_id_is_not_given_again(void **state)
{
	(void)state;
	us_adopt_company(&stage);
	assert_int_equal(atomic_load(&stage.session.clock->oldest_worker), SPARE + 1);
	assert_int_equal(atomic_load(&stage.session.clock->next_worker), SPARE + 1);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest promises[] = {
	    PROMISE(a_worker_that_waits_for_orders_gets_them_from_the_successor),
	    PROMISE(who_is_live_plays_on_and_hears_nothing),
	    PROMISE(orders_count_for_the_last_who_was_given_the_slot),
	    PROMISE(a_worker_without_orders_is_killed_and_known_until_it_is_dead),
	    PROMISE(a_worker_that_no_desk_names_leaves_and_its_id_is_not_given_again),
	};
	return cmocka_run_group_tests_name("adoption", promises, NULL, NULL);
}
