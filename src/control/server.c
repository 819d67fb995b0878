/* server.c — the loop: look at the clock, read what came, carry it out, write the records, answer. */
#include "control.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/process.h"
#include "ipc/say.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	IDLE_MS = 50, /* a stop is seen within this time */
	BUSY_MS = 1,  /* while an answer is due */
	ORPHAN_SECONDS = 10,
};
#define SUPERVISOR_LOOK_NS 1000000000ull

static uint64_t real_time_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Both clocks at the same moment: not with a pause of the scheduler between them. */
static void read_clocks(struct us_control *c)
{
	enum { TRIES = 4, APART_NS = 5000 };
	for (int i = 0; i < TRIES; i++) {
		const uint64_t before = us_now_ns();
		c->real_ns = real_time_ns();
		const uint64_t after = us_now_ns();
		c->now_ns = before + (after - before) / 2;
		if (after - before < APART_NS)
			return;
	}
}

void us_control_look_at_clock(struct us_control *c)
{
	uint32_t step = atomic_load_explicit(&c->clock->board.device_frames, memory_order_relaxed);
	read_clocks(c);
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

static void carry_out_message(struct us_control *c, const struct us_message *m)
{
	struct us_err err;
	const bool dear = c->source->any.sa_family != AF_UNSPEC && us_commander_is_dear(c->commander, m->command);
	const uint64_t now = dear ? us_now_ns() : 0, before = dear ? us_budget_cpu_ns() : 0;
	if (!us_control_listens(c, &err)) {
		; /* err says why */
	} else if (dear && !us_budget_may_work(&c->budget, c->source, now)) {
		us_fail(&err, "busy: %.60s is too much work, so often; try again in a second", m->command->address);
	} else {
		us_commander_take(c->commander, m);
		if (dear)
			us_budget_worked(&c->budget, c->source, now, us_budget_cpu_ns() - before);
		return;
	}
	const struct us_command answer = {
	    .address = "/error", .argc = 2, .arg = {{.type = 's', .s = "/"}, {.type = 's', .s = err.text}}};
	atomic_fetch_add_explicit(&c->session.house->received, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->session.house->rejected, 1, memory_order_relaxed);
	us_control_answer(c, &answer, NULL);
}

static void take(void *context, struct us_command *command, uint64_t ntp)
{
	struct us_control *c = context;
	struct us_message m = {.command = command, .out = &c->out, .reply = us_control_answer, .reply_context = c};
	m.from = c->from;
	_Static_assert(sizeof m.client >= sizeof *c->source, "a client is known by its address");
	memcpy(&m.client, c->source, sizeof *c->source);
	command->at = frame_of(c, ntp);
	if (strcmp(command->address, "/token") == 0) /* also out of a packet that a predecessor had begun */
		us_control_show_token(c, command);
	if (c->to_skip) {
		c->to_skip--;
		return;
	}
	if (c->out.count > c->out.room / 2)
		us_control_flush(c);
	if (strcmp(command->address, "/token") != 0)
		carry_out_message(c, &m);
	c->place++;
}

static void refuse_message(void *context, const char *address, const char *text)
{
	struct us_control *c = context;
	const struct us_command answer = {
	    .address = "/error", .argc = 2, .arg = {{.type = 's', .s = address}, {.type = 's', .s = text}}};
	atomic_fetch_add_explicit(&c->session.house->received, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->session.house->rejected, 1, memory_order_relaxed);
	us_control_answer(c, &answer, NULL);
}

void us_control_packet(struct us_control *c, const void *packet, size_t bytes, const union us_source *source)
{
	us_control_meet(c, source);
	us_control_renew_lease(c, source);
	us_osc_decode(packet, bytes, take, refuse_message, c);
	us_control_remember_sender(c);
}

/* --- the loop
 * ----------------------------------------------------------------------------------------------------------- */

/* The datagram has ended control twice: a third time would be no better. */
static void refuse(struct us_control *c, uint32_t packet)
{
	c->source = us_inbox_source(c->inbox, packet);
	fprintf(stderr, US_SAY_WARNING "understudy-control: a datagram that ended this process %d times is dropped\n",
	        US_INBOX_STRIKES);
	const struct us_command answer = {
	    .address = "/error",
	    .argc = 2,
	    .arg = {{.type = 's', .s = "/"},
	            {.type = 's', .s = "this packet crashed control, twice; it is dropped. Please report it"}}};
	us_control_answer(c, &answer, NULL);
	atomic_fetch_add_explicit(&c->session.house->rejected, 1, memory_order_relaxed);
}

/* From where the inbox says that it is done, to the last of `count` datagrams. */
static void carry_out(struct us_control *c, char copy[US_INBOX_BYTES_EACH], uint32_t count)
{
	size_t bytes;
	c->place = us_inbox_place(c->inbox);
	c->reading = true;
	for (uint32_t i = (uint32_t)(c->place >> 32); i < count; i++) {
		c->to_skip = (uint32_t)c->place;
		if (us_inbox_begin(c->inbox, i, copy, &bytes))
			us_control_packet(c, copy, bytes, us_inbox_source(c->inbox, i));
		else
			refuse(c, i);
		us_inbox_end(c->inbox);
		c->place = us_place_of(i + 1, 0);
	}
	c->to_skip = 0;
	us_control_flush(c);
	c->reading = false;
	us_inbox_close(c->inbox);
}

/* What a predecessor had read, and had not carried out when it died. */
static void go_on(struct us_control *c, char copy[US_INBOX_BYTES_EACH])
{
	uint32_t count = us_inbox_left(c->inbox, us_journal_tail(c->session.journal));
	uint32_t done = (uint32_t)(us_inbox_place(c->inbox) >> 32);
	if (count > done)
		fprintf(stderr, "understudy-control: goes on with %u datagrams that its predecessor had read\n",
		        count - done);
	us_control_look_at_clock(c);
	us_control_make_room(c);
	carry_out(c, copy, count);
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
	if (us_process_alive(&c->clock->board.supervisor) || us_process_alive(&c->clock->board.keeper))
		c->supervisor_seen_ns = c->now_ns;
	return c->now_ns - c->supervisor_seen_ns > ORPHAN_SECONDS * 1000000000ull;
}

int us_control_serve(struct us_control *c)
{
	char *copy = aligned_alloc(US_LINE, US_INBOX_BYTES_EACH);
	if (!copy)
		return US_FAILED;
	go_on(c, copy);
	c->supervisor_seen_ns = us_now_ns();
	while (!atomic_load_explicit(&c->clock->stop, memory_order_acquire)) {
		struct pollfd p[] = {{.fd = c->socket_fd, .events = POLLIN},
		                     {.fd = c->here6_fd, .events = POLLIN},
		                     {.fd = c->offers_fd, .events = POLLIN}};
		poll(p, 3, c->waiting_count || c->probe.on || c->recital ? BUSY_MS : IDLE_MS);
		us_control_look_at_clock(c);
		us_control_take_offers(c);
		us_control_follow_amendments(c);
		us_control_say_anew(c);
		us_control_watch(c);
		us_control_recite(c);
		us_control_make_room(c);
		carry_out(c, copy, us_inbox_fill(c->inbox, c->socket_fd));
		if (p[1].revents) {
			us_control_make_room(c);
			carry_out(c, copy, us_inbox_fill(c->inbox, c->here6_fd));
		}
		us_control_watch_recording(c);
		us_control_answer_waiting(c);
		us_control_flush(c);
		us_control_credit(c);
		us_control_probe_look(c);
		us_control_prove(c);
		us_control_sweep_sounds(c);
		report_counts(c);
		atomic_fetch_add_explicit(&c->session.house->turns, 1, memory_order_relaxed);
		if (is_orphaned(c))
			break;
	}
	free(copy);
	return US_OK;
}
