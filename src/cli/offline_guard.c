/* offline_guard.c — see offline_guard.h. One per process: signal handlers have no other way to find it. */
#include "offline_guard.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <understudy/record.h>

enum { TICK_US = 500000, STACK_BYTES = 64 << 10 };

static struct {
	struct us_engine *engine;
	_Atomic uint64_t crumb, begun; /* blocks begun so far */
	volatile sig_atomic_t at_work;
	uint64_t seen;
	int ticks;
	sigjmp_buf out;
} guard;

static void on_tick(int signal)
{
	const uint64_t begun = atomic_load_explicit(&guard.begun, memory_order_relaxed);
	if (begun != guard.seen)
		guard.ticks = 0;
	guard.seen = begun;
	if (guard.at_work && ++guard.ticks > US_GUARD_SECONDS * 1000000 / TICK_US)
		siglongjmp(guard.out, signal);
}

static void on_fault(int number)
{
	if (guard.at_work)
		siglongjmp(guard.out, number);
	signal(number, SIG_DFL);
	raise(number);
}

void us_guard_open(struct us_engine *engine)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	static _Alignas(64) char stack[STACK_BYTES]; /* a module may have none left */
	const struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_NODEFER | SA_RESTART | SA_ONSTACK},
			       fault = {.sa_handler = on_fault, .sa_flags = SA_NODEFER | SA_ONSTACK};
	const struct itimerval every = {{0, TICK_US}, {0, TICK_US}};
	const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
	guard.engine = engine;
	us_engine_crumb_to(engine, &guard.crumb, NULL);
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		sigaction(faults[i], &fault, NULL);
	sigaction(SIGPROF, &tick, NULL);
	setitimer(ITIMER_PROF, &every, NULL);
}

static int blame(int signal, struct us_err *err)
{
	const uint64_t crumb = atomic_load_explicit(&guard.crumb, memory_order_relaxed);
	struct us_instance_view view;
	const uint16_t instance = us_crumb_instance(crumb);
	const bool named = instance != US_NOBODY && us_engine_instance(guard.engine, instance, &view);
	char what[64];
	if (signal == SIGPROF)
		snprintf(what, sizeof what, "does not end within %d s", US_GUARD_SECONDS);
	else
		snprintf(what, sizeof what, "dies of SIG%s", sigabbrev_np(signal) ? sigabbrev_np(signal) : "?");
	return us_fail(err, "block %" PRIu64 " %s%s%s%s; what comes before it is written", us_crumb_block(crumb), what,
	               named ? ": the instance '" : "", named ? view.name : "", named ? "' is at work in it" : "");
}

int us_guard_block(void (*work)(void *context), void *context, struct us_err *err)
{
	const int signal = sigsetjmp(guard.out, 0);
	if (signal) {
		guard.at_work = 0;
		return blame(signal, err);
	}
	atomic_fetch_add_explicit(&guard.begun, 1, memory_order_relaxed);
	guard.at_work = 1;
	work(context);
	guard.at_work = 0;
	return US_OK;
}
