/* poison.c — a module whose init does what no worker may do: a system call. Control, which has no sandbox, makes an
 * instance of it for its model and notices nothing; every worker that carries the command out dies of it. */
#include <understudy/dsp.h>

static void init(void *state, const struct us_setup *setup)
{
	(void)state;
	(void)setup;
	long result;
#if defined(__x86_64__)
	__asm__ volatile("syscall" : "=a"(result) : "a"(110L) : "rcx", "r11", "memory"); /* getppid */
#else
	register long x8 __asm__("x8") = 173, x0 __asm__("x0");
	__asm__ volatile("svc 0" : "=r"(x0) : "r"(x8) : "memory");
	result = x0;
#endif
	(void)result;
}

static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)in;
	(void)b;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_splat(0);
}

US_MODULE(poison, "kills every worker that makes one", .state_size = 64, .init = init, .process = process,
          .outputs = {{"out", "nothing"}});
