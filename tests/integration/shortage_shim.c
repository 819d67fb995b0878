/* Preloaded into keeper and supervisor. While the file $SHORTAGE/spawn exists no process can be started, while
 * $SHORTAGE/thread exists no thread; $SHORTAGE/hang lets the supervisor's main loop hang, once. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int there(const char *what, int take)
{
	char path[512];
	const char *directory = getenv("SHORTAGE");
	if (!directory)
		return 0;
	snprintf(path, sizeof path, "%s/%s", directory, what);
	return take ? unlink(path) == 0 : access(path, F_OK) == 0;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                char *const argv[], char *const envp[])
{
	extern int real_spawn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
	                      char *const[], char *const[]) __asm__("posix_spawnp");
	return there("spawn", 0) ? EAGAIN : real_spawn(pid, path, actions, attr, argv, envp);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
	static __typeof__(pthread_create) *real;
	extern void *dlsym(void *, const char *);
	if (!real)
		real = (__typeof__(real))dlsym((void *)-1l, "pthread_create"); /* RTLD_NEXT */
	return there("thread", 0) ? EAGAIN : real(thread, attr, start, argument);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	const struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000l};
	if (strstr(program_invocation_short_name, "supervisor") && timeout > 0 && there("hang", 1))
		for (volatile int i = 0;;)
			i++;
	return (int)syscall(SYS_ppoll, fds, count, timeout < 0 ? NULL : &t, NULL, 0);
}
