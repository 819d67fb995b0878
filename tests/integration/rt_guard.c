/* rt_guard.c — a witness for the real-time rules in the audio callback. Preloaded into the supervisor, it stands in
 * front of what a callback must not call (allocation, locks that can wait, files) and counts the calls that come from
 * the thread that turns the crank, once it has been named "us-clock". The tally is written to $RT_GUARD_OUT at exit:
 *
 *   clock_calls N        calls from the clock's thread: must be 0
 *   other_calls N        calls from other threads: must not be 0, or the guard was asleep
 *
 * tests/integration/rt_rules proves with a thread of that name that does allocate that the witness would speak. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Atomic unsigned long clock_calls, other_calls;
static const char *_Atomic last_sin = "none"; /* which function the clock's thread called last */

static void count(const char *function)
{
	char name[16] = "";
	prctl(PR_GET_NAME, name);
	if (strcmp(name, "us-clock") == 0)
		atomic_store(&last_sin, function), atomic_fetch_add(&clock_calls, 1);
	else
		atomic_fetch_add(&other_calls, 1);
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

void *malloc(size_t size)
{
	count(__func__);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	count(__func__);
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	count(__func__);
	return __libc_realloc(old, size);
}

void free(void *memory)
{
	count(__func__);
	__libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*real)(pthread_mutex_t *);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	count(__func__);
	return real(mutex);
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list args;
	va_start(args, flags);
	int mode = va_arg(args, int);
	va_end(args);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "open");
	count(__func__);
	return real(path, flags, mode);
}

int vfprintf(FILE *f, const char *format, va_list args)
{
	static int (*real)(FILE *, const char *, va_list);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "vfprintf");
	count(__func__);
	return real(f, format, args);
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("RT_GUARD_OUT");
	char whole[512];
	if (!path)
		return;
	snprintf(whole, sizeof whole, "%s.%d", path, (int)getpid());
	FILE *f = fopen(whole, "w");
	if (!f)
		return;
	fprintf(f, "clock_calls %lu\nother_calls %lu\nlast_sin %s\n", atomic_load(&clock_calls),
	        atomic_load(&other_calls), atomic_load(&last_sin));
	fclose(f);
}
