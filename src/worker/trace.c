/* trace.c — where a dying worker was, as places in files: the addresses themselves mean nothing to another process.
 * The table of what lies where is made beforehand; the fatal-signal handler only walks the stack and looks up.
 *
 * glibc's backtrace() is not promised to be safe in a signal handler. It is called once at setup, so that its library
 * is loaded; here it runs after the death is announced and costs only the report if it fails. */
#include "engine/library.h"
#include "ipc/layout.h"
#include "worker.h"

#include <execinfo.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

enum { MOST_DEPTH = 32 };

static uintptr_t counter_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (uintptr_t)context->uc_mcontext.pc;
#else
#error "where is the program counter on this processor?"
#endif
}

/* [setup] */
static int note_object(struct dl_phdr_info *info, size_t bytes, void *context)
{
	struct us_places *places = context;
	uintptr_t end = 0;
	(void)bytes;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > end)
			end = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	if (places->count == US_PLACES)
		return 1;
	struct us_place *p = &places->list[places->count++];
	const char *path = info->dlpi_name[0] ? info->dlpi_name : "understudy-worker", *slash = strrchr(path, '/');
	p->begin = info->dlpi_addr;
	p->end = info->dlpi_addr + end;
	strncpy(p->object, slash ? slash + 1 : path, sizeof p->object - 1);
	return 0;
}

/* The loader knows a module by the descriptor that it came from: here it gets the name of its file. */
static void name_module(struct us_places *places, const struct us_module *module)
{
	for (uint32_t i = 0; i < places->count; i++)
		if (places->list[i].begin <= (uintptr_t)module && (uintptr_t)module < places->list[i].end)
			snprintf(places->list[i].object, sizeof places->list[i].object, "%s.so", module->name);
}

void us_trace_learn_places(struct us_places *places, const struct us_worker *worker)
{
	const struct us_module *module;
	void *warm_up[2];
	backtrace(warm_up, 2);
	memset(places, 0, sizeof *places);
	dl_iterate_phdr(note_object, places);
	for (uint32_t i = 0; worker->library && (module = us_library_at(worker->library, i)); i++)
		name_module(places, module);
}

static void locate(struct us_trace_frame *frame, const struct us_places *places, uintptr_t address)
{
	*frame = (struct us_trace_frame){.offset = address};
	for (uint32_t i = 0; i < places->count; i++)
		if (places->list[i].begin <= address && address < places->list[i].end) {
			memcpy(frame->object, places->list[i].object, sizeof frame->object);
			frame->offset = address - places->list[i].begin;
		}
}

void us_trace_write(struct us_trace *trace, uint64_t worker, const struct us_places *places, uintptr_t reached_for,
                    const void *context)
{
	void *stack[MOST_DEPTH];
	uintptr_t here = counter_of(context);
	int depth = backtrace(stack, MOST_DEPTH), first = 0;
	/* Above the frame that was interrupted lie this function, the handler and the kernel's return. */
	while (first < depth && (uintptr_t)stack[first] != here)
		first++;
	atomic_store_explicit(&trace->id, 0, memory_order_relaxed);
	trace->address = reached_for;
	trace->count = 0;
	locate(&trace->frame[trace->count++], places, here);
	for (int i = first + 1; i < depth && trace->count < US_TRACE_FRAMES; i++)
		locate(&trace->frame[trace->count++], places, (uintptr_t)stack[i]);
	atomic_store_explicit(&trace->id, worker, memory_order_release); /* pairs with us_report_where */
}
