/* test_fault.c — the saboteur must really do the damage that the rest of the system is tested against. Each disaster
 * happens in a child process. */
#include "module_harness.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static float choice(const char *name)
{
	const char *list = rig_module("fault")->inputs[1].choices;
	for (int n = 0;; n++) {
		size_t length = strcspn(list, "|");
		if (length == strlen(name) && !strncmp(list, name, length))
			return (float)n;
		assert_true(list[length] == '|');
		list += length + 1;
	}
}

enum { SURVIVED = 77 };

/* How a child ends that plays two blocks at peace and one with `what`. Signals keep their default action. */
static int end_of(const char *what, bool watched)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		setrlimit(RLIMIT_CPU, &(struct rlimit){1, 1});
		for (int s = 1; s < 32; s++)
			signal(s, SIG_DFL);
		struct rig *r = rig_open("fault");
		rig_run(r);
		rig_run(r);
		rig_set(r, "do", choice(what));
		if (watched)
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		rig_run(r);
		if (watched)
			syscall(SYS_exit, SURVIVED); /* strict mode knows no exit_group */
		_exit(SURVIVED);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void it_dies_of_what_was_asked_for(void **state)
{
	(void)state;
	const struct {
		const char *what;
		int signal;
	} deaths[] = {{"segv", SIGSEGV}, {"bus", SIGBUS},    {"fpe", SIGFPE},
	              {"ill", SIGILL},   {"abort", SIGABRT}, {"stack", SIGSEGV}};
	for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
		int status = end_of(deaths[i].what, false);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != deaths[i].signal)
			fail_msg("%s ended with status %x", deaths[i].what, (unsigned)status);
	}
	int status = end_of("exit", false);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void a_hang_burns_cpu_until_somebody_ends_it(void **state)
{
	(void)state;
	int status = end_of("hang", false);
	assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU));
}

static void a_system_call_is_one_that_a_sandbox_sees(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* its second thread would outlive the child's, which may end but itself */
#endif
	int free_to_call = end_of("syscall", false), watched = end_of("syscall", true), idle = end_of("none", true);
	assert_true(WIFEXITED(free_to_call) && WEXITSTATUS(free_to_call) == SURVIVED);
	assert_true(WIFSIGNALED(watched) && WTERMSIG(watched) == SIGKILL);
	assert_true(WIFEXITED(idle) && WEXITSTATUS(idle) == SURVIVED);
}

static void garbage_comes_once_and_again_after_a_fresh_start(void **state)
{
	(void)state;
	struct rig *r = rig_open("fault");
	const char *const kinds[] = {"nan", "inf"};
	for (int k = 0; k < 2; k++) {
		rig_set(r, "do", choice(kinds[k]));
		rig_run(r);
		assert_true(k ? isinf(r->out[0][0][0]) : isnan(r->out[0][0][0]));
		rig_run(r);
		assert_true(r->out[0][0][0] == 0);
		rig_reset(r, 1);
		rig_run(r);
		assert_false(isfinite(r->out[0][0][0]));
	}
	rig_close(r);
}

static void a_scribble_goes_128_bytes_past_the_state(void **state)
{
	(void)state;
	struct rig *r = rig_open("fault");
	rig_set(r, "do", choice("scribble"));
	rig_run(r);
	size_t spoilt = 0;
	for (size_t i = 0; i < RIG_FENCE; i++)
		spoilt += r->state[r->module->state_size + i] == 0xa5;
	assert_int_equal(spoilt, 128);
	assert_false(rig_is_fenced(r));
	rig_close(r);
}

/* Without the flags that say what has happened: only what will happen. */
static uint64_t float_mode(void)
{
	return us_float_mode_get().word & ~(uint64_t)0x3f;
}

static void the_float_mode_is_spoilt_on_the_way_out(void **state)
{
	(void)state;
	struct rig *r = rig_open("fault");
	rig_run(r);
	assert_true(float_mode() == US_FLOAT_MODE.word);
	rig_set(r, "do", choice("mxcsr"));
	rig_run(r);
	assert_true(float_mode() != US_FLOAT_MODE.word);
	us_float_mode_set(US_FLOAT_MODE);
	rig_close(r);
}

#if defined(__x86_64__)
static void the_flags_are_spoilt_on_the_way_out_and_restored(void **state)
{
	(void)state;
	struct rig *r = rig_open("fault");
	rig_run(r);
	assert_true(us_flags_restore());
	rig_set(r, "do", choice("flags"));
	rig_run(r);
	const bool were_ours = us_flags_restore();
	assert_false(were_ours);
	assert_true(us_flags_restore());
	rig_close(r);
}

/* By what its arithmetic gives; an exception that is not masked comes at once. */
static void a_spoilt_float_mode_is_seen_at_once(void **state)
{
	(void)state;
	const unsigned ours = (unsigned)US_FLOAT_MODE.word;
	const unsigned others[] = {ours | 1 << 13, ours | 2 << 13, ours | 3 << 13, ours ^ 1 << 15, ours ^ 1 << 6};
	us_float_mode_set(US_FLOAT_MODE);
	assert_true(us_float_mode_is_ours());
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		us_float_mode_set((struct us_float_mode){others[i]});
		const bool seen = !us_float_mode_is_ours();
		us_float_mode_set(US_FLOAT_MODE);
		assert_true(seen);
	}
	for (unsigned mask = 7; mask <= 12; mask++) {
		if (mask == 8)
			continue; /* a denormal that counts as zero is none */
		const pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
			signal(SIGFPE, SIG_DFL);
			us_float_mode_set((struct us_float_mode){ours & ~(1u << mask)});
			_exit(us_float_mode_is_ours() ? SURVIVED : 0);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
	}
}
#endif

static void otherwise_it_is_a_wire(void **state)
{
	(void)state;
	struct rig *r = rig_open("fault");
	struct dice d = {4};
	rig_stir(r, 0, &d);
	rig_run(r);
	assert_memory_equal(r->out[0], r->in[0], sizeof r->in[0]);
	rig_set(r, "do", choice("slow"));
	rig_run(r);
	assert_memory_equal(r->out[0], r->in[0], sizeof r->in[0]);
	rig_set(r, "do", choice("slower"));
	rig_run(r);
	assert_memory_equal(r->out[0], r->in[0], sizeof r->in[0]);
	rig_close(r);
}

/* CPU time of one block in ns. */
static double cost_of(const char *what)
{
	struct rig *r = rig_open("fault");
	struct timespec from, to;
	rig_set(r, "do", choice(what));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	rig_run(r);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	rig_close(r);
	return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

/* Half a block's time, 0.7 ms, is what an instance may take before it counts as hanging. */
static void slow_fits_into_a_block_and_slower_does_not(void **state)
{
	(void)state;
	const double slow = cost_of("slow"), slower = cost_of("slower");
	if (slow < 50e3 || slow > 1.3e6 || slower < 4e6 || slower > 100e6)
		fail_msg("slow took %.0f ns and slower %.0f", slow, slower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_dies_of_what_was_asked_for),
		cmocka_unit_test(a_hang_burns_cpu_until_somebody_ends_it),
		cmocka_unit_test(a_system_call_is_one_that_a_sandbox_sees),
		cmocka_unit_test(garbage_comes_once_and_again_after_a_fresh_start),
		cmocka_unit_test(a_scribble_goes_128_bytes_past_the_state),
		cmocka_unit_test(the_float_mode_is_spoilt_on_the_way_out),
#if defined(__x86_64__)
		cmocka_unit_test(the_flags_are_spoilt_on_the_way_out_and_restored),
		cmocka_unit_test(a_spoilt_float_mode_is_seen_at_once),
#endif
		cmocka_unit_test(otherwise_it_is_a_wire),
		cmocka_unit_test(slow_fits_into_a_block_and_slower_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
