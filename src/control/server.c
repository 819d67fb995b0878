/* server.c — the loop: look at the clock, read what came, carry it out, write the records, answer. */
#include "control.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/process.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	PACKETS = 32, /* read at once */
	IDLE_MS = 50, /* a stop is seen within this time */
	BUSY_MS = 1,  /* while an answer is due */
	ORPHAN_SECONDS = 10,
};
#define SUPERVISOR_LOOK_NS 1000000000ull

/* Packets as the kernel hands them over. */
struct inbox {
	struct mmsghdr head[PACKETS];
	struct iovec part[PACKETS];
	union us_source source[PACKETS];
	_Alignas(64) char bytes[PACKETS][US_OSC_MOST_BYTES];
};

static uint64_t real_time_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void us_control_look_at_clock(struct us_control *c)
{
	uint32_t step = atomic_load_explicit(&c->clock->board.device_frames, memory_order_relaxed);
	c->now_ns = us_now_ns();
	c->real_ns = real_time_ns();
	uint64_t played = atomic_load_explicit(&c->clock->played, memory_order_relaxed);
	uint64_t granted = atomic_load_explicit(&c->clock->granted, memory_order_acquire); /* [when] */
	us_follow_look(&c->follow, c->now_ns, granted * US_BLOCK, step > US_BLOCK ? step : US_BLOCK);
	us_commander_advance(c->commander, played, granted, c->now_ns / 1000000);
}

/* --- one packet ----------------------------------------------------------------------------------------------------
 */

static uint64_t frame_of(const struct us_control *c, uint64_t ntp)
{
	if (ntp <= US_OSC_IMMEDIATELY)
		return US_NOW;
	double frame = us_follow_frame(&c->follow, us_follow_ntp(ntp, c->real_ns, c->now_ns));
	return frame < 1 ? 1 : (uint64_t)frame;
}

static void take(void *context, struct us_command *command, uint64_t ntp)
{
	struct us_control *c = context;
	struct us_message m = {.command = command, .out = &c->out, .reply = us_control_answer, .reply_context = c};
	_Static_assert(sizeof m.client >= sizeof *c->source, "a client is known by its address");
	memcpy(&m.client, c->source, sizeof *c->source);
	command->at = frame_of(c, ntp);
	if (c->out.count > c->out.room / 2)
		us_control_flush(c);
	us_commander_take(c->commander, &m);
}

void us_control_packet(struct us_control *c, void *packet, size_t bytes, const union us_source *source)
{
	struct us_err err;
	c->source = source;
	us_control_renew_lease(c, source);
	if (us_osc_decode(c->osc, packet, bytes, take, c, &err)) {
		const struct us_command answer = {
		    .address = "/error", .argc = 2, .arg = {{.type = 's', .s = "/"}, {.type = 's', .s = err.text}}};
		atomic_fetch_add_explicit(&c->session.house->received, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&c->session.house->rejected, 1, memory_order_relaxed);
		us_control_answer(c, &answer, NULL);
	}
	us_control_remember_sender(c);
}

/* --- the loop
 * ----------------------------------------------------------------------------------------------------------- */

static void prepare(struct inbox *in)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		memset(&in->source[i], 0, sizeof in->source[i]);
		in->part[i] = (struct iovec){in->bytes[i], sizeof in->bytes[i]};
		in->head[i].msg_hdr = (struct msghdr){.msg_name = &in->source[i],
		                                      .msg_namelen = sizeof in->source[i],
		                                      .msg_iov = &in->part[i],
		                                      .msg_iovlen = 1};
	}
}

/* Returns how many packets there were. */
static int read_packets(struct us_control *c, struct inbox *in)
{
	prepare(in);
	int n = recvmmsg(c->socket_fd, in->head, PACKETS, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		us_control_packet(c, in->bytes[i], in->head[i].msg_len, &in->source[i]);
	us_control_flush(c);
	return n;
}

static void report_counts(struct us_control *c)
{
	struct us_commander_counts now = us_commander_counts(c->commander);
	struct us_house *h = c->session.house;
	atomic_fetch_add_explicit(&h->received, now.received - c->counted.received, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->rejected, now.rejected - c->counted.rejected, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->late, now.late - c->counted.late, memory_order_relaxed);
	c->counted = now;
}

/* A supervisor may die and come back; without one for long there is nobody to play for. */
static bool is_orphaned(struct us_control *c)
{
	if (c->now_ns - c->supervisor_seen_ns < SUPERVISOR_LOOK_NS)
		return false;
	if (us_process_alive(&c->clock->board.supervisor))
		c->supervisor_seen_ns = c->now_ns;
	return c->now_ns - c->supervisor_seen_ns > ORPHAN_SECONDS * 1000000000ull;
}

int us_control_serve(struct us_control *c)
{
	struct inbox *in = aligned_alloc(_Alignof(struct inbox), sizeof *in);
	if (!in)
		return US_FAILED;
	memset(in, 0, offsetof(struct inbox, bytes));
	c->supervisor_seen_ns = us_now_ns();
	while (!atomic_load_explicit(&c->clock->stop, memory_order_acquire)) {
		struct pollfd p = {.fd = c->socket_fd, .events = POLLIN};
		poll(&p, 1, c->waiting_count || c->probe.on || c->recital ? BUSY_MS : IDLE_MS);
		us_control_look_at_clock(c);
		us_control_follow_amendments(c);
		us_control_watch(c);
		us_control_recite(c);
		us_control_make_room(c);
		read_packets(c, in);
		us_control_answer_waiting(c);
		us_control_flush(c);
		us_control_credit(c);
		us_control_probe_look(c);
		report_counts(c);
		if (is_orphaned(c))
			break;
	}
	free(in);
	return US_OK;
}
