/* lifeline.c — a word in the slot that the kernel itself changes when this process dies of anything, SIGKILL included:
 * a robust futex. The kernel walks that list before it tears the address space down, so the word tells within
 * microseconds what the pidfd tells a millisecond later. The worker has one thread: once the word has changed, nothing
 * more is written, and death is certain. See set_robust_list(2). */
#include "worker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void us_lifeline_tie(struct us_lifeline *line, struct us_slot *slot)
{
	_Static_assert(sizeof slot->lifeline == sizeof(uint32_t), "a futex is 32 bits");
	atomic_store_explicit(&slot->lifeline, (uint32_t)syscall(SYS_gettid) | FUTEX_WAITERS, memory_order_release);
	line->entry.next = &line->head.list;
	line->head = (struct robust_list_head){
	    .list.next = &line->entry,
	    .futex_offset = (long)((uintptr_t)&slot->lifeline - (uintptr_t)&line->entry),
	};
	syscall(SYS_set_robust_list, &line->head, sizeof line->head);
}
