/* main.c — understudy-worker SESSION ID EVENT_FD CODE_FD: one DSP worker. Started by the supervisor only.
 * It begins as a spare (everything loaded and touched, no slot), gets a slot by orders at its desk, catches up
 * from a checkpoint, and plays until it is stopped or dies. */
#include "code/probe.h"
#include "ipc/lines.h"
#include "ipc/process.h"
#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STACK_BYTES = 256 << 10 };

static struct us_last_words last_words; /* a signal handler has nothing else to go by */

static void limit_resources(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core dump holds back the pidfd by 25 to 300 ms */
	/* A stack that overflows should do so soon: eight megabytes of page faults take longer than the lookahead. */
	setrlimit(RLIMIT_STACK, &(struct rlimit){STACK_BYTES, STACK_BYTES});
	us_process_limit_rt_time();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

/* Of all processes the kernel should choose a worker when memory runs out: only a worker's death costs no sound.
 * Anybody may raise this figure; where that fails, the kernel chooses as it did. */
static void go_before_others(void)
{
	enum { MORE = 500, MOST = 1000 };
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, text, sizeof text - 1) > 0) {
		const int wanted = atoi(text) + MORE;
		dprintf(fd, "%d", wanted < MOST ? wanted : MOST);
	}
	close(fd);
}

/* Not permitted to everyone. After nearly all is mapped: where the limit is small this call fails, and not the mapping
 * of a slot later on. */
static void lock_memory(void)
{
	mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "--describe") == 0) {
		us_process_begin(argv[0], atoi(argv[3]));
		return us_probe_serve(atoi(argv[2]), atoi(argv[3]), (uint32_t)strtoul(argv[4], NULL, 10));
	}
	if (argc != 5) {
		fprintf(stderr, "understudy-worker is started by understudy run; see understudy --help\n");
		return 2;
	}
	struct us_err err;
	struct us_lifeline lifeline = {0};
	struct us_worker worker = {.lifeline = &lifeline};
	int event_fd = atoi(argv[3]), code_fd = atoi(argv[4]);
	us_process_begin(argv[0], code_fd);
	last_words.id = strtoull(argv[2], NULL, 10);
	last_words.event_fd = event_fd;
	fcntl(event_fd, F_SETFD, FD_CLOEXEC);
	us_lines_open();
	us_crash_install(&last_words);
	limit_resources();
	go_before_others();
	int failed = us_worker_open(&worker, argv[1], last_words.id, event_fd, code_fd, &err);
	close(code_fd);
	us_trace_learn_places(&last_words.places, &worker);
	lock_memory();
	if (failed || us_worker_join(&worker, &err)) {
		fprintf(stderr, "understudy-worker: %s\n", err.text);
		return worker.stateless ? US_EXIT_STATELESS : US_EXIT_FAILED;
	}
	if (!worker.slot)
		return US_EXIT_STOPPED;
	atomic_store_explicit(&last_words.slot, worker.slot, memory_order_relaxed);
	if (us_sandbox_enter(&worker, &err)) {
		fprintf(stderr, "understudy-worker: %s\n", err.text);
		return US_EXIT_FAILED;
	}
	us_worker_leave(us_worker_perform(&worker)); /* no exit handlers: in the sandbox they would be faults */
}
