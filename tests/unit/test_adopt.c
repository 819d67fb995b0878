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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LEADER = 9, FOLLOWER = 12 };

static struct us_stage stage;
static pid_t worker[US_SLOTS];

static void *blank(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	return memset(aligned_alloc(4096, bytes), 0, bytes);
}

/* Processes that do nothing have both slots by the board; the one in slot 0 is live and leads. */
static int open_stage(void **state)
{
	(void)state;
	const uint64_t id[US_SLOTS] = {LEADER, FOLLOWER};
	memset(&stage, 0, sizeof stage);
	stage.session.clock = blank(sizeof(struct us_clock));
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		stage.session.slot[s] = blank(sizeof(struct us_slot));
		worker[s] = fork();
		if (worker[s] == 0)
			for (;;)
				pause();
		atomic_store(&stage.session.clock->board.worker[s].id, id[s]);
		us_process_note(&stage.session.clock->board.worker[s].process, worker[s]);
	}
	atomic_store(&stage.session.slot[0]->epoch, LEADER);
	atomic_store(&stage.session.slot[0]->state, US_WORKER_LIVE);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		kill(worker[s], SIGKILL);
		waitpid(worker[s], NULL, 0);
		close(stage.actor[atomic_load(&stage.session.clock->board.worker[s].id) % US_DESKS].pidfd);
		free(stage.session.slot[s]);
	}
	free(stage.session.clock);
	return 0;
}

static void a_worker_that_waits_for_orders_gets_them_from_the_successor(void **state)
{
	(void)state;
	const struct us_desk *desk = &stage.session.clock->desk[FOLLOWER % US_DESKS];
	us_adopt_company(&stage);
	assert_int_equal(stage.cast.seat[1].state, US_SEAT_LOADING);
	assert_int_equal(stage.cast.seat[1].id, FOLLOWER);
	assert_int_equal(atomic_load(&desk->orders), FOLLOWER << 8 | 2);
	assert_int_equal(atomic_load(&desk->bell), 1);
}

static void who_is_live_plays_on_and_hears_nothing(void **state)
{
	(void)state;
	us_adopt_company(&stage);
	assert_int_equal(stage.cast.primary, 0);
	assert_int_equal(stage.cast.seat[0].state, US_SEAT_LIVE);
	assert_int_equal(atomic_load(&stage.session.clock->desk[LEADER % US_DESKS].orders), US_WAIT_HERE);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest promises[] = {
	    PROMISE(a_worker_that_waits_for_orders_gets_them_from_the_successor),
	    PROMISE(who_is_live_plays_on_and_hears_nothing),
	};
	return cmocka_run_group_tests_name("adoption", promises, NULL, NULL);
}
