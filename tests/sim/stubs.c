/* stubs.c — what the simulated processes would ask of the kernel, and need not. */
#include "../../supervisor/stage.h"
#include "ipc/futex.h"

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
	(void)stage, (void)note;
}
