/* notes.c — what the arbiter has to tell people: it puts a note into a ring (no text, no file), the main loop prints
 * it. At most LINES_A_SECOND lines; the rest is counted, so that a crash loop cannot flood a log. */
#include "ipc/clock.h"
#include "ipc/report.h"
#include "ipc/say.h"
#include "stage.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

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

/* Its last act is to write where it was, some ten microseconds after it has announced its death. */
static bool wait_for_trace(const struct us_stage *h, const struct us_note *n, char where[static US_REPORT_BYTES])
{
	const struct us_slot *slot = h->session.slot[n->slot];
	uint64_t death = atomic_load_explicit(&slot->death, memory_order_acquire);
	for (int looks = 0; looks < 10; looks++) {
		if (us_report_where(where, slot, n->id))
			return true;
		if (!(death >> 63) || (death >> 16 & 0x7fffffffffffull) != n->id)
			return false; /* it has announced nothing */
		poll(NULL, 0, 1);
	}
	return false;
}

static void print_died(const struct us_stage *h, const struct us_note *n)
{
	char where[US_REPORT_BYTES], cause[32];
	if (n->block)
		fprintf(stderr,
		        US_SAY_WARNING "understudy: worker %" PRIu64
		                       " in slot %d differed from the primary in block %" PRIu64 " and left\n",
		        n->id, n->slot, n->block);
	else if (n->detail <= 0)
		fprintf(stderr, US_SAY_WARNING "understudy: worker %" PRIu64 " in slot %d left with code %" PRId64 "\n",
		        n->id, n->slot, -n->detail);
	else if (n->slot >= 0 && wait_for_trace(h, n, where))
		fprintf(stderr, US_SAY_WARNING "understudy: worker %" PRIu64 " in slot %d died of %s at %s\n", n->id,
		        n->slot, us_report_cause(cause, (uint32_t)n->detail), where);
	else
		fprintf(stderr, US_SAY_WARNING "understudy: worker %" PRIu64 " in slot %d died of %s\n", n->id, n->slot,
		        us_report_cause(cause, (uint32_t)n->detail));
}

/* ", and 3 instances behind it," or nothing. */
static const char *and_more(char text[static 48], const struct us_note *n, const char *what)
{
	text[0] = 0;
	if (n->slot > 0)
		snprintf(text, 48, ", with %d %s behind it,", n->slot, what);
	return text;
}

static void print(const struct us_stage *h, const struct us_note *n)
{
	char text[32], who[US_REPORT_BYTES], more[48];
	switch (n->kind) {
	case US_NOTE_DIED:
		print_died(h, n);
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
		fprintf(stderr, US_SAY_WARNING "understudy: %s is bypassed%s from block %" PRIu64 ": %s\n",
		        us_report_who(who, h->session.house, (uint32_t)n->detail), and_more(more, n, "instances"),
		        n->block, us_report_cause(text, (uint32_t)n->ns));
		break;
	case US_NOTE_TOMBSTONE:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: command %" PRId64 "%s is struck out at block %" PRIu64 ": %s\n",
		        n->detail, and_more(more, n, "commands"), n->block, us_report_cause(text, (uint32_t)n->ns));
		break;
	case US_NOTE_SEARCH:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: workers die in block %" PRIu64
		                       ", one after the other, and nothing tells why; trying it without %s\n",
		        n->block, n->slot == SEARCH_RECORDS ? "some of its commands" : "some of the instances");
		break;
	case US_NOTE_AFRESH:
		fprintf(stderr,
		        US_SAY_ERROR
		        "understudy: no state of the song is left from which a worker could play on; it begins "
		        "afresh in block %" PRIu64 ", with the patch as it is known, and silent\n",
		        n->block);
		break;
	case US_NOTE_HANG:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: worker %" PRIu64 " in slot %d hangs in block %" PRIu64
		                       ", killing it\n",
		        n->id, n->slot, n->block);
		break;
	case US_NOTE_DEPOSED:
		fprintf(stderr,
		        US_SAY_ERROR "understudy: the memory of worker %" PRIu64
		                     " in slot %d is spoilt, it differs in block %" PRIu64
		                     " from two others; slot %d takes over, %" PRId64 " spoilt blocks were played\n",
		        n->id, n->slot, n->block, 1 - n->slot, n->detail);
		break;
	case US_NOTE_STALL:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: worker %" PRIu64 " in slot %d does not run; slot %d takes over\n",
		        n->id, n->slot, 1 - n->slot);
		break;
	case US_NOTE_STILL:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: worker %" PRIu64
		                       " in slot %d stands by and does not run, killing it\n",
		        n->id, n->slot);
		break;
	case US_NOTE_STUCK:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: worker %" PRIu64
		                       " in slot %d is not ready and gets nowhere, killing it\n",
		        n->id, n->slot);
		break;
	case US_NOTE_DEAREST:
		fprintf(stderr,
		        US_SAY_WARNING "understudy: %s takes %" PRIu64
		                       " %% of the time of a patch that is late for long; it is bypassed for a while\n",
		        us_report_who(who, h->session.house, (uint32_t)n->detail), n->ns);
		break;
	case US_NOTE_LOST:
		fprintf(
		    stderr,
		    US_SAY_WARNING
		    "understudy: worker %" PRIu64
		    " in slot %d was killed and is not gone (frozen, or held by a driver); slot %d is alone until it "
		    "is\n",
		    n->id, n->slot, 1 - n->slot);
		break;
	}
}

/* What was decided about the song is said always; each such line has cost a worker, so they are few. */
static bool is_verdict(const struct us_note *n)
{
	return n->kind == US_NOTE_QUARANTINE || n->kind == US_NOTE_TOMBSTONE || n->kind == US_NOTE_SEARCH ||
	       n->kind == US_NOTE_AFRESH;
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
		const struct us_note *note = &n->ring[out % US_NOTES];
		if (n->printed++ < LINES_A_SECOND || is_verdict(note))
			print(h, note);
		else
			n->suppressed++;
	}
	atomic_store_explicit(&n->out, out, memory_order_release);
}
