/* crash.c — the last words of a worker. A fatal signal is announced through the slot and the event descriptor within
 * microseconds, long before the kernel has torn the address space down and the pidfd fires. The worker has one
 * thread and that one is in here, so from the moment `death` is set nothing more is written but the report of where it
 * happened, which has a place of its own: death is certain. */
#include "ipc/layout.h"
#include "worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct us_last_words *words; /* a handler gets no context */

static void on_fatal(int signal_number, siginfo_t *info, void *context)
{
	struct us_slot *slot = atomic_load_explicit(&words->slot, memory_order_relaxed);
	uint64_t one = 1;
	if (slot)
		atomic_store_explicit(&slot->death, 1ull << 63 | words->id << 16 | (uint64_t)signal_number,
		                      memory_order_release); /* pairs with the arbiter's acquire */
	if (write(words->event_fd, &one, sizeof one) < 0) {
		/* The pidfd will tell. */
	}
	if (slot)
		us_trace_write(&slot->trace[words->id % US_DESKS], words->id, &words->places, (uintptr_t)info->si_addr,
		               context);
	us_worker_leave(128 + signal_number);
}

_Noreturn void us_worker_leave(int code)
{
	for (;;)
		syscall(SYS_exit_group, US_FAREWELL | code);
}

/* The arbiter asks whether this process runs, and how long it has computed. From outside a running process's CPU time
 * is known only to the last timer tick, milliseconds ago; from inside to the nanosecond. */
static void on_probe(int signal_number)
{
	(void)signal_number;
	struct us_slot *slot = atomic_load_explicit(&words->slot, memory_order_relaxed);
	struct timespec cpu;
	if (!slot)
		return;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	atomic_store_explicit(&slot->probe_cpu_ns, (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec,
	                      memory_order_relaxed);
	atomic_fetch_add_explicit(&slot->probes, 1, memory_order_release); /* pairs with us_glance_take */
}

void us_crash_install(struct us_last_words *last_words)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGXCPU};
	enum { STACK = 64 << 10 };
	words = last_words;
	/* Its own stack: a stack overflow is one of the faults that it must survive for a few microseconds. */
	void *memory = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory != MAP_FAILED)
		sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = STACK}, NULL);
	struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		sigaction(fatal[i], &action, NULL);
	const struct sigaction probe = {.sa_handler = on_probe, .sa_flags = SA_ONSTACK | SA_RESTART};
	sigaction(SIGUSR1, &probe, NULL);
}
