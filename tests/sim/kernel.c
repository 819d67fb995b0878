/* kernel.c — the kernel of the simulated processes: it starts, signals, ends and reaps them, and tells the time. Takes
 * the place of the C library's calls that supervisor/ makes, and of src/ipc/process.c and futex.c. Each call may be the
 * last one of the supervisor. */
#include "../../supervisor/stage.h"
#include "ipc/clock.h"
#include "ipc/futex.h"
#include "ipc/process.h"
#include "world.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct world *only;

void sim_kernel_is(struct world *w)
{
	only = w;
}

/* The supervisor ends in this call. */
static void last_call(void)
{
	if (!only || only->running || !only->dies_within || --only->dies_within)
		return;
	world_kill_supervisor(only, 1 + world_draw(only, 40 * SIM_BLOCK_NS));
	longjmp(only->end_of_supervisor, 1);
}

uint64_t us_now_ns(void)
{
	struct timespec t;
	if (only)
		return only->now_ns;
	clock_gettime(CLOCK_MONOTONIC, &t); /* of the unit tests, which have no world */
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Without a world (a unit test over the same objects) the real one is asked. */
static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

void us_futex_wait(const _Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns)
{
	(void)word, (void)seen, (void)timeout_ns;
}

void us_futex_wait2(const _Atomic uint32_t *a, uint32_t seen_a, const _Atomic uint32_t *b, uint32_t seen_b,
                    uint64_t timeout_ns)
{
	(void)a, (void)seen_a, (void)b, (void)seen_b, (void)timeout_ns;
}

void us_futex_wake(const _Atomic uint32_t *word)
{
	(void)word;
	last_call();
}

bool us_priority_set(const struct us_stage *stage, pid_t thread, enum us_rung rung)
{
	(void)stage, (void)thread, (void)rung;
	return true;
}

void us_priority_drop(pid_t thread)
{
	(void)thread;
}

void us_note_put(struct us_stage *stage, const struct us_note *note)
{
	static const char *const name[] = {"died",  "promoted", "joined", "bypassed", "struck", "hangs",  "stalls",
	                                   "still", "stuck",    "lost",   "deposed",  "pair",   "dearest"};
	struct sim_tally *t = &only->tally;
	uint64_t *const counter[] = {
	    [US_NOTE_QUARANTINE] = &t->bypasses, [US_NOTE_TOMBSTONE] = &t->tombstones, [US_NOTE_HANG] = &t->hangs,
	    [US_NOTE_STALL] = &t->stalls,        [US_NOTE_STILL] = &t->still,          [US_NOTE_STUCK] = &t->stuck,
	    [US_NOTE_LOST] = &t->lost,           [US_NOTE_DEAREST] = &t->dearest};
	(void)stage;
	if (note->kind < sizeof counter / sizeof counter[0] && counter[note->kind])
		++*counter[note->kind];
	if (getenv("SIM_TRACE"))
		printf("  %10.3f ms, block %" PRIu64 ": %s %" PRIu64 " slot %d detail %" PRId64 " block %" PRIu64 "\n",
		       (double)only->now_ns / 1e6, world_played(only), name[note->kind], note->id, note->slot,
		       note->detail, note->block);
	last_call();
}

/* --- processes ------------------------------------------------------------------------------------------------------
 */

static bool lives(const struct sim_process *p)
{
	return p && p->life != SIM_NOBODY && p->life != SIM_DEAD;
}

static struct sim_child *child_of(pid_t pid)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		if (only && pid && only->child[i].pid == pid)
			return &only->child[i];
	return NULL;
}

static bool child_is_gone(const struct sim_child *c)
{
	return c->dead && only->now_ns >= c->gone_ns;
}

/* The descriptors that are polled are pidfds of children. */
int poll(struct pollfd *fd, nfds_t count, int timeout_ms)
{
	if (!only)
		return ((int (*)(struct pollfd *, nfds_t, int))real("poll"))(fd, count, timeout_ms);
	int ready = 0;
	for (nfds_t i = 0; i < count; i++) {
		const struct sim_child *c = child_of(fd[i].fd);
		fd[i].revents = !c || child_is_gone(c) ? POLLIN : 0;
		ready += fd[i].revents != 0;
	}
	return ready;
}

bool sim_is_gone(const struct sim_process *p)
{
	return !p || p->life == SIM_NOBODY || (p->life == SIM_DEAD && only->now_ns >= p->gone_ns);
}

/* As exit_robust_list() does, before anything is torn down: only a word that still names the dead. */
static void mark_owner_died(struct sim_process *p)
{
	const struct robust_list_head *head = p->robust;
	if (!head)
		return;
	for (const struct robust_list *entry = head->list.next; entry != &head->list; entry = entry->next) {
		_Atomic uint32_t *word = (_Atomic uint32_t *)((uintptr_t)entry + (uintptr_t)head->futex_offset);
		const uint32_t owner = atomic_load(word);
		if ((owner & FUTEX_TID_MASK) != (uint32_t)p->pid)
			continue;
		atomic_store(word, (owner & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
		only->lifeline_changed = true;
	}
	p->robust = NULL;
}

void sim_end(struct sim_process *p, int signal, int status)
{
	mark_owner_died(p);
	p->life = SIM_DEAD;
	p->gone_ns = only->now_ns + (only->teardown_ns ? world_draw(only, only->teardown_ns) : 0);
	p->stopped = p->frozen = p->hanging = false;
	p->end_signal = signal;
	p->end_status = status;
}

uint64_t us_process_start_ticks(pid_t pid)
{
	return (uint64_t)pid;
}

void us_process_note(struct us_process *process, pid_t pid)
{
	last_call();
	atomic_store(&process->pid, 0);
	atomic_store(&process->start_ticks, (uint64_t)pid);
	atomic_store(&process->pid, pid);
}

bool us_process_alive(const struct us_process *process)
{
	const pid_t pid = atomic_load(&process->pid);
	const struct sim_child *child = child_of(pid);
	return child ? !child_is_gone(child) : !sim_is_gone(world_process(only, pid));
}

int us_process_open(const struct us_process *process)
{
	return us_process_alive(process) ? atomic_load(&process->pid) : -1;
}

/* What a worker has computed is its process's own: the simulation's would make a seed another one each time. */
int clock_gettime(clockid_t clock, struct timespec *to)
{
	if (!only || !only->running || clock != CLOCK_PROCESS_CPUTIME_ID)
		return ((int (*)(clockid_t, struct timespec *))real("clock_gettime"))(clock, to);
	to->tv_sec = (time_t)(only->running->cpu_ns / 1000000000u);
	to->tv_nsec = (long)(only->running->cpu_ns % 1000000000u);
	return 0;
}

int getrusage(__rusage_who_t of, struct rusage *to)
{
	if (!only)
		return ((int (*)(__rusage_who_t, struct rusage *))real("getrusage"))(of, to);
	*to = (struct rusage){0};
	return 0;
}

void us_process_limit_rt_time(void) {}

uint64_t us_process_cpu_ns(pid_t pid)
{
	const struct sim_process *p = only ? world_process(only, pid) : NULL;
	return p ? p->cpu_ns : 0;
}

static void announce_death(struct sim_process *p, int signal)
{
	if (p->worker.slot)
		atomic_store_explicit(&p->worker.slot->death, 1ull << 63 | p->worker.id << 16 | (uint64_t)signal,
		                      memory_order_release);
	sim_end(p, 0, 128 + signal);
}

int us_process_signal(int pidfd, int signal)
{
	struct sim_process *p = only ? world_process(only, pidfd) : NULL;
	const struct sim_child *child = child_of(pidfd);
	if (child && signal == SIGKILL)
		world_kill_child(only, (enum failover_child)(child - only->child));
	if (!p || sim_is_gone(p))
		return -1;
	last_call();
	if (!lives(p)) {
		return 0; /* it is being torn down */
	} else if (signal == SIGKILL) {
		world_kill(only, p);
	} else if (p->stopped || p->frozen || p->deaf) {
		return 0;
	} else if (signal == SIGXCPU) {
		announce_death(p, signal);
	} else if (signal == SIGUSR1 && p->worker.slot) {
		if (world_draw(only, 16) == 0) { /* another process has its core: it answers when it runs again */
			p->unanswered++;
			return 0;
		}
		atomic_store(&p->worker.slot->probe_cpu_ns, p->cpu_ns);
		atomic_fetch_add(&p->worker.slot->probes, 1);
	}
	return 0;
}

/* All pages are there. */
int madvise(void *from, size_t bytes, int what)
{
	return only ? 0 : ((int (*)(void *, size_t, int))real("madvise"))(from, bytes, what);
}

long syscall(long number, ...)
{
	long a[6];
	va_list list;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (!only)
		return ((long (*)(long, ...))real("syscall"))(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_pidfd_open)
		return (int)a[0];
	if (only->running && number == SYS_gettid)
		return only->running->pid;
	if (only->running && number == SYS_set_robust_list) {
		only->running->robust = (const struct robust_list_head *)a[0];
		return 0;
	}
	errno = EPERM; /* pidfd_getfd, and whatever else */
	return -1;
}

int eventfd(unsigned int count, int flags)
{
	/* No descriptor: what is written there is lost. */
	return only ? 900 : ((int (*)(unsigned int, int))real("eventfd"))(count, flags);
}

/* Bells; only that of the doubts is heard. */
ssize_t write(int fd, const void *bytes, size_t count)
{
	if (!only)
		return ((ssize_t(*)(int, const void *, size_t))real("write"))(fd, bytes, count);
	only->suspected |= fd == SIM_SUSPECT_FD;
	return (ssize_t)count;
}

int close(int fd)
{
	return only ? 0 : ((int (*)(int))real("close"))(fd);
}

static struct sim_process *free_entry(void)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (only->process[i].life == SIM_NOBODY)
			return &only->process[i];
	return NULL;
}

static struct us_engine *borrow_engine(void)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (!only->engine_used[i]) {
			only->engine_used[i] = true;
			us_engine_crumb_to(only->engine_pool[i], NULL, NULL);
			us_engine_load(only->engine_pool[i], only->pristine, only->pristine_bytes, NULL);
			return only->engine_pool[i];
		}
	abort();
}

static void forget(struct sim_process *p)
{
	char *stack = p->stack;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (only->engine_pool[i] == p->worker.replica.engine)
			only->engine_used[i] = false;
	memset(p, 0, sizeof *p);
	p->stack = stack;
}

/* Whoever was there before is a dead supervisor's, or dead. */
static int start_child(enum failover_child which, pid_t *pid)
{
	struct sim_child *c = &only->child[which];
	last_call();
	if (only->fork_fails)
		return EAGAIN;
	*c = (struct sim_child){.pid = *pid = only->next_pid++, .starts = c->starts + 1};
	if (which == CHILD_RECORDER)
		only->recorder_free_ns = 0;
	last_call();
	return 0;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
	(void)path, (void)actions, (void)attributes, (void)environment;
	struct sim_process *p = free_entry();
	if (strcmp(argv[0], "understudy-worker") != 0)
		return start_child(strcmp(argv[0], "understudy-control") ? CHILD_RECORDER : CHILD_CONTROL, pid);
	last_call();
	if (!p || only->fork_fails)
		return EAGAIN;
	p->life = SIM_STARTING;
	p->start_in = 1 + (uint32_t)world_draw(only, 4);
	p->pid = *pid = only->next_pid++;
	p->parent = only->supervisors;
	struct us_worker *w = &p->worker;
	w->session = *only->session;
	w->clock = only->session->clock;
	w->library = only->library;
	w->replica.engine = borrow_engine();
	w->id = strtoull(argv[2], NULL, 10);
	w->event_fd = -1;
	w->lifeline = &p->lifeline;
	w->block_ns = SIM_BLOCK_NS;
	last_call(); /* it is there, and nobody has noted that */
	return 0;
}

/* Only a process's parent is told how it ended; init takes the orphans. */
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	struct sim_process *p = world_process(only, (pid_t)id);
	(void)type;
	if (child_of((pid_t)id)) {
		info->si_pid = (pid_t)id;
		info->si_code = CLD_KILLED;
		info->si_status = SIGKILL;
		return 0;
	}
	if (!p || p->parent != only->supervisors) {
		if (p && p->life == SIM_DEAD && sim_is_gone(p) && !(options & WNOWAIT))
			forget(p);
		errno = ECHILD;
		return -1;
	}
	if (!sim_is_gone(p)) /* WNOHANG */
		return 0;
	info->si_pid = p->pid;
	info->si_code = p->end_signal ? CLD_KILLED : CLD_EXITED;
	info->si_status = p->end_signal ? p->end_signal : p->end_status;
	if (!(options & WNOWAIT))
		forget(p);
	return 0;
}

/* A dead process that no supervisor waits for. */
void sim_reap_orphans(void)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		struct sim_process *p = &only->process[i];
		if (p->life != SIM_DEAD || !sim_is_gone(p) || only->supervisor == SIM_GONE)
			continue;
		const struct us_actor *a = &only->stage.actor[p->worker.id % US_DESKS];
		if (atomic_load(&a->state) == US_ACTOR_FREE || a->pid != p->pid)
			forget(p);
	}
}

int us_stage_open_socket(struct us_stage *stage, struct us_err *err)
{
	(void)stage, (void)err;
	return US_OK;
}
