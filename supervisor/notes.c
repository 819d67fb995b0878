/* notes.c — what the arbiter has to tell people: it puts a note into a ring (no text, no file), the main loop prints
 * it. At most LINES_A_SECOND lines; the rest is counted, so that a crash loop cannot flood a log. */
#include "ipc/clock.h"
#include "stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES_A_SECOND = 10 };

void us_note_put(struct us_stage *h, const struct us_note *note)
{
	struct us_notes *n = &h->notes;
	uint32_t in = atomic_load_explicit(&n->in, memory_order_relaxed);
	if (in - atomic_load_explicit(&n->out, memory_order_acquire) >= US_NOTES) {
		atomic_fetch_add_explicit(&n->lost, 1, memory_order_relaxed);
		return;
	}
	n->ring[in % US_NOTES] = *note;
	atomic_store_explicit(&n->in, in + 1, memory_order_release); /* pairs with us_notes_print */
}

static const char *cause_text(int64_t cause, char text[static 32])
{
	switch (cause) {
	case US_CAUSE_HANG:
		return "it hung";
	case US_CAUSE_EXIT:
		return "it called exit";
	default:
		snprintf(text, 32, "SIG%s", sigabbrev_np((int)cause));
		return text;
	}
}

static void print(const struct us_note *n)
{
	char text[32];
	switch (n->kind) {
	case US_NOTE_DIED:
		if (n->block)
			fprintf(stderr,
			        "understudy: worker %" PRIu64 " in slot %d differed from the primary in block %" PRIu64
			        " and left\n",
			        n->id, n->slot, n->block);
		else if (n->detail > 0)
			fprintf(stderr, "understudy: worker %" PRIu64 " in slot %d died of SIG%s\n", n->id, n->slot,
			        sigabbrev_np((int)n->detail) ? sigabbrev_np((int)n->detail) : "?");
		else
			fprintf(stderr, "understudy: worker %" PRIu64 " in slot %d left with code %" PRId64 "\n", n->id,
			        n->slot, -n->detail);
		break;
	case US_NOTE_PROMOTED:
		fprintf(stderr,
		        "understudy: slot %d is primary from block %" PRIu64 ", %.3f ms after the death was noticed\n",
		        n->slot, n->block, (double)n->ns / 1e6);
		break;
	case US_NOTE_JOINED:
		fprintf(stderr, "understudy: worker %" PRIu64 " stands by in slot %d\n", n->id, n->slot);
		break;
	case US_NOTE_PAIR:
		fprintf(stderr, "understudy: a full pair again after %.1f ms (worker %" PRIu64 " in slot %d)\n",
		        (double)n->ns / 1e6, n->id, n->slot);
		break;
	case US_NOTE_QUARANTINE:
		fprintf(stderr, "understudy: instance %" PRId64 " is bypassed from block %" PRIu64 ": %s\n", n->detail,
		        n->block, cause_text((int64_t)n->ns, text));
		break;
	case US_NOTE_TOMBSTONE:
		fprintf(stderr, "understudy: command %" PRId64 " is struck out at block %" PRIu64 ": %s\n", n->detail,
		        n->block, cause_text((int64_t)n->ns, text));
		break;
	case US_NOTE_HANG:
		fprintf(stderr, "understudy: worker %" PRIu64 " in slot %d hangs in block %" PRIu64 ", killing it\n",
		        n->id, n->slot, n->block);
		break;
	case US_NOTE_STALL:
		fprintf(stderr, "understudy: worker %" PRIu64 " in slot %d does not run; slot %d takes over\n", n->id,
		        n->slot, 1 - n->slot);
		break;
	}
}

void us_notes_print(struct us_stage *h)
{
	struct us_notes *n = &h->notes;
	uint64_t second = us_now_ns() / 1000000000u;
	if (second != n->second) {
		if (n->suppressed)
			fprintf(stderr, "understudy: %" PRIu64 " more such lines\n", n->suppressed);
		n->second = second;
		n->printed = 0;
		n->suppressed = 0;
	}
	uint32_t out = atomic_load_explicit(&n->out, memory_order_relaxed);
	for (; out != atomic_load_explicit(&n->in, memory_order_acquire); out++) {
		if (n->printed++ < LINES_A_SECOND) {
			if (isatty(STDERR_FILENO)) /* the keeper keeps a status line there */
				fprintf(stderr, "\r\x1b[K");
			print(&n->ring[out % US_NOTES]);
		} else
			n->suppressed++;
	}
	atomic_store_explicit(&n->out, out, memory_order_release);
}
