/* fault — passes its signal through, and does on command what a broken module does. It is the only module that may
 * make system calls and touch memory that is not its own; everything goes through inline assembly, because a module
 * links against nothing that could. */
#include <understudy/dsp.h>

enum { IN, DO };
enum what {
	NONE,
	SEGV,
	BUS,
	FPE,
	ILL,
	ABORT,
	STACK,
	HANG,
	NOT_A_NUMBER,
	INFINITE,
	EXIT,
	SLOW,
	SYSCALL,
	SCRIBBLE,
	MXCSR,
	FILE,
	SOCKET,
	FORK,
	WILD,
	SLOWER,
	LOCK,
	NAP,
	FLAGS,
	CREEP,
	LATER
};

#define SCRIBBLED_BYTES 128
#define SLOW_STEPS 300000 /* dependent multiplications: about 300 µs, a hundred ordinary modules */
/* About 30 ms: more than any block has, and less than what the kernel grants a real-time process without a pause. */
#define SLOWER_STEPS (100 * SLOW_STEPS)
#define CREEP_STEPS (SLOW_STEPS / 300) /* so many more in each block than in the one before */
#define NAP_NS 2000000
#define STACK_SPARED 320
#define STACK_SPOILT 256
#define WILD_PAGES 4096 /* in each direction, 16 MB: the worker's slot and its neighbours lie there */

static const uint32_t locked = 0;

struct fault {
	uint32_t done; /* what it did last: zero after a fresh start, so a knob that still says so does it again */
	int32_t steps; /* how slow it has become */
};

enum { FUTEX_WAIT_PRIVATE = 128 };
#if defined(__x86_64__)
enum {
	SYS_CLOSE = 3,
	SYS_GETPID = 39,
	SYS_SOCKET = 41,
	SYS_CLONE = 56,
	SYS_GETTID = 186,
	SYS_FUTEX = 202,
	SYS_CLOCK_GETTIME = 228,
	SYS_EXIT_GROUP = 231,
	SYS_TGKILL = 234,
	SYS_OPENAT = 257
};
static long raw_call(long number, long a, long b, long c)
{
	long result = number;
	__asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}
static void wait_for_word(const uint32_t *word, const int64_t timeout[2])
{
	register long r10 __asm__("r10") = (long)(uintptr_t)timeout;
	long result = SYS_FUTEX;
	__asm__ volatile("syscall"
	                 : "+a"(result)
	                 : "D"(word), "S"(FUTEX_WAIT_PRIVATE), "d"(0L), "r"(r10)
	                 : "rcx", "r11", "memory");
}
static void divide_by_zero(void)
{
	__asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" ::: "eax", "ecx", "edx", "cc");
}
static void illegal(void)
{
	__asm__ volatile("ud2");
}
/* A stack access outside the canonical addresses is a stack fault, which the kernel reports as SIGBUS. */
static void bus_error(void)
{
	__asm__ volatile("push %%rbp; movabs $0x8000000000000000, %%rbp; mov (%%rbp), %%rax; pop %%rbp" ::
	                     : "rax", "memory");
}
static void spoil_float_mode(void)
{
	__builtin_ia32_ldmxcsr(0x1f80 | 3u << 13); /* denormals back, rounding towards zero */
}
static void spoil_flags(void)
{
	__asm__ volatile("std" ::: "memory"); /* from now on each copy of a string runs backwards */
}
#elif defined(__aarch64__)
enum {
	SYS_OPENAT = 56,
	SYS_CLOSE = 57,
	SYS_EXIT_GROUP = 94,
	SYS_FUTEX = 98,
	SYS_CLOCK_GETTIME = 113,
	SYS_TGKILL = 131,
	SYS_GETPID = 172,
	SYS_GETTID = 178,
	SYS_SOCKET = 198,
	SYS_CLONE = 220
};
static long raw_call(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}
static void wait_for_word(const uint32_t *word, const int64_t timeout[2])
{
	register long x8 __asm__("x8") = SYS_FUTEX, x0 __asm__("x0") = (long)(uintptr_t)word,
			 x1 __asm__("x1") = FUTEX_WAIT_PRIVATE, x2 __asm__("x2") = 0,
			 x3 __asm__("x3") = (long)(uintptr_t)timeout;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
}
static void send_self(long signal)
{
	raw_call(SYS_TGKILL, raw_call(SYS_GETPID, 0, 0, 0), raw_call(SYS_GETTID, 0, 0, 0), signal);
}
static void divide_by_zero(void)
{
	send_self(8); /* this processor divides by zero without complaint */
}
static void illegal(void)
{
	__asm__ volatile(".inst 0");
}
/* An exclusive access must be aligned. */
static void bus_error(void)
{
	char bytes[16];
	__asm__ volatile("ldxr x9, [%0]" ::"r"((uintptr_t)bytes | 1) : "x9", "memory");
}
static void spoil_float_mode(void)
{
	__asm__ volatile("msr fpcr, %0" ::"r"(3ul << 22)); /* denormals back, rounding towards zero */
}
static void spoil_flags(void)
{
	spoil_float_mode(); /* there is none that would outlast the call */
}
#else
#error "fault knows x86-64 and aarch64; teach it this processor's faults"
#endif

/* An address that the compiler knows nothing about. */
static volatile char *hidden(uintptr_t address)
{
	__asm__ volatile("" : "+r"(address));
	return (volatile char *)address;
}

static int fall(volatile int *depth)
{
	int (*volatile deeper)(volatile int *) = fall; /* volatile: nobody may see that this never ends */
	volatile char frame[4096];
	frame[*depth & 4095] = 1;
	++*depth;
	return deeper(depth) + frame[0];
}

static void abort_self(void)
{
	const long sigabrt = 6;
	raw_call(SYS_TGKILL, raw_call(SYS_GETPID, 0, 0, 0), raw_call(SYS_GETTID, 0, 0, 0), sigabrt);
}

static void close_again(long fd)
{
	if (fd >= 0)
		raw_call(SYS_CLOSE, fd, 0, 0);
}

/* All of these are harmless where nothing watches. */
static void open_file(void)
{
	const long at_fdcwd = -100, write_only = 1;
	close_again(raw_call(SYS_OPENAT, at_fdcwd, (long)(uintptr_t) "/dev/null", write_only));
}
static void open_socket(void)
{
	const long inet = 2, datagram = 2;
	close_again(raw_call(SYS_SOCKET, inet, datagram, 0));
}
static void fork_self(void)
{
	const long sigchld = 17;
	if (raw_call(SYS_CLONE, sigchld, 0, 0) == 0)
		raw_call(SYS_EXIT_GROUP, 0, 0, 0);
}

/* Writes to wherever it may, near its state: into each page some bytes, at a place that changes. The kernel does it on
 * our behalf (a clock is read to there), because it steps over what may not be written. Then it dies of it. */
static void run_wild(struct fault *s)
{
	const long monotonic = 1;
	const uintptr_t here = (uintptr_t)s & ~(uintptr_t)4095;
	uint32_t dice = 1;
	for (uintptr_t page = 1; page <= WILD_PAGES; page++) {
		dice = dice * 1664525 + 1013904223;
		raw_call(SYS_CLOCK_GETTIME, monotonic, (long)(here - page * 4096 + (dice >> 20 & 4080)), 0);
		raw_call(SYS_CLOCK_GETTIME, monotonic, (long)(here + page * 4096 + (dice >> 12 & 4080)), 0);
	}
	*hidden(0) = 1;
}

/* The engine goes on with the other instances, and dies when it returns: then nothing tells who did it. */
static void spoil_stack(const struct us_block *b)
{
	for (int i = 0; i < STACK_SPOILT; i++)
		hidden((uintptr_t)(b + 1) + STACK_SPARED)[i] = (char)0xa5;
}

static void dawdle(int steps)
{
	uint32_t x = 1;
	for (int i = 0; i < steps; i++)
		__asm__ volatile("" : "+r"(x) : "r"(x *= 3));
}

static void do_once(enum what what, struct fault *s, const struct us_block *b)
{
	volatile int depth = 0;
	switch (what) {
	case SEGV:
		*hidden(0) = 1;
		break;
	case BUS:
		bus_error();
		break;
	case FPE:
		divide_by_zero();
		break;
	case ILL:
		illegal();
		break;
	case ABORT:
		abort_self();
		break;
	case STACK:
		fall(&depth);
		break;
	case HANG:
		for (;;)
			__asm__ volatile("");
	case EXIT:
		raw_call(SYS_EXIT_GROUP, 3, 0, 0);
		break;
	case SYSCALL:
	case FILE:
		open_file();
		break;
	case SOCKET:
		open_socket();
		break;
	case FORK:
		fork_self();
		break;
	case WILD:
		run_wild(s);
		break;
	case LOCK: /* as a mutex does that somebody else holds, and never gives back */
		wait_for_word(&locked, 0);
		break;
	case LATER:
		spoil_stack(b);
		break;
	case SCRIBBLE:
		for (int i = 0; i < SCRIBBLED_BYTES; i++)
			hidden((uintptr_t)(s + 1))[i] = (char)0xa5;
		break;
	default:
		break;
	}
}

static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct fault *s = state;
	us_vec spoil = us_splat(0);
	for (int i = 0; i < US_BLOCK; i++) {
		const float asked = in[DO][i][0];
		const enum what what = asked >= NONE && asked <= LATER ? (enum what)(asked + 0.5f) : NONE;
		if (what == s->done)
			continue;
		s->done = what;
		do_once(what, s, b);
		if (what == NOT_A_NUMBER || what == INFINITE)
			spoil = us_splat(what == INFINITE ? __builtin_inff() : __builtin_nanf(""));
	}
	if (s->done == SLOW)
		dawdle(SLOW_STEPS);
	if (s->done == CREEP)
		dawdle(s->steps += CREEP_STEPS);
	if (s->done == SLOWER)
		dawdle(SLOWER_STEPS);
	if (s->done == NAP) /* as a lock does that somebody else gives back at last, in every block */
		wait_for_word(&locked, (const int64_t[2]){0, NAP_NS});
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[IN][i] + spoil;
	if (s->done == MXCSR)
		spoil_float_mode();
	if (s->done == FLAGS)
		spoil_flags();
}

US_MODULE(
    fault, "passes a signal through and breaks on command, to see that nothing else does",
    .help =
	"For rehearsing disasters; refused by a synth that was not started with --chaos. Set do and, in that block,\n"
	"it crashes (segv, bus, fpe, ill, abort, stack overflow), hangs, emits not-a-number or infinity, ends\n"
	"its process, makes a forbidden system call (file, socket and fork are three of them), writes 128 bytes\n"
	"past the end of its state, writes wild into 32 MB around it, or leaves the processor's floating-point\n"
	"mode or its flags spoilt. slow burns about 300 µs in every block while it is set, slower about 30 ms:\n"
	"more than a block has. lock waits for a lock that nobody gives back, nap for 2 ms in every block.\n"
	"creep takes a microsecond more in each block than in the one before. later spoils the engine's stack, so "
	"that\n"
	"the worker dies at the end of the block, and nothing tells why.\n"
	"Each fires once when do changes, and again after a fresh start if do still asks for it.",
    .flags = US_THROUGH, .state_size = sizeof(struct fault), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "passes through"},
               [DO] = {"do", US_CHOICE, NONE, NONE, LATER, US_STEP, "what to do wrong",
                       "none|segv|bus|fpe|ill|abort|stack|hang|nan|inf|exit|slow|syscall|scribble|mxcsr|file|socket|"
                       "fork|wild|slower|lock|nap|flags|creep|later"}},
    .outputs = {{"out", "in"}});
