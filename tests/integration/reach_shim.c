/* reach_shim.c — a process that may not reach for another's descriptors, as an unprivileged one under Yama
 * (ptrace_scope=1): pidfd_getfd is refused. Preloaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long argument[6];
	va_list list;
	if (number == SYS_pidfd_getfd) {
		errno = EPERM;
		return -1;
	}
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
