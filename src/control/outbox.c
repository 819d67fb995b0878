/* outbox.c — what a batch of packets leads to: records, then answers. A record is in the journal before anybody is told
 * of it. */
#include "control.h"
#include "ipc/journal_rt.h"
#include "ipc/say.h"

#include <errno.h>
#include <string.h>

void us_control_make_room(struct us_control *c)
{
	uint64_t room = us_journal_room(c->session.journal, c->clock);
	c->out.record = c->record;
	c->out.room = room < US_OUTBOX_RECORDS ? (uint32_t)room : US_OUTBOX_RECORDS;
}

void us_control_remember_sender(struct us_control *c)
{
	uint64_t end = us_journal_tail(c->session.journal) + c->out.count;
	if (end == c->attributed)
		return; /* nothing was written */
	struct us_sender *last = &c->sender[(c->senders - 1) % US_REMEMBERED];
	if (c->senders && memcmp(&last->source, c->source, sizeof last->source) == 0)
		last->end = end;
	else
		c->sender[c->senders++ % US_REMEMBERED] =
		    (struct us_sender){.first = c->attributed, .end = end, .source = *c->source};
	c->attributed = end;
}

static void append_records(struct us_control *c)
{
	uint64_t tail = us_journal_tail(c->session.journal) + c->out.count;
	if (c->reading && c->out.count)
		us_inbox_intend(c->inbox, tail, c->place);
	/* It fits: the outbox was never given more room than the journal has, and only we take it. */
	us_control_note_sounds(c, c->record, c->out.count);
	if (c->out.count)
		us_journal_append(c->session.journal, c->clock, c->record, c->out.count);
	if (c->reading)
		us_inbox_reach(c->inbox, c->place);
	if (c->out.count == 0)
		return;
	atomic_fetch_add_explicit(&c->session.house->applied, c->out.count, memory_order_relaxed);
	if (c->record[c->out.count - 1].at == US_NOW)
		us_control_probe_start(c, tail - 1);
	c->out.count = 0;
	us_control_make_room(c);
}

static socklen_t length_of(const union us_source *source)
{
	return source->any.sa_family == AF_INET6 ? sizeof source->in6 : sizeof source->in;
}

static int socket_for(const struct us_control *c, const union us_source *source)
{
	return source->any.sa_family == AF_INET6 && c->here6_fd >= 0 ? c->here6_fd : c->socket_fd;
}

/* What the kernel does not take now is dropped, like any datagram; control never waits for a listener. */
static void send_answers(struct us_control *c)
{
	struct us_answers *a = &c->answers;
	enum { AT_ONCE = 64 };
	for (uint32_t first = 0; first < a->count;) {
		struct mmsghdr head[AT_ONCE] = {0};
		struct iovec part[AT_ONCE];
		const int fd = socket_for(c, &a->list[first].to);
		uint32_t n = 0;
		while (n < AT_ONCE && first + n < a->count && socket_for(c, &a->list[first + n].to) == fd)
			n++;
		for (uint32_t i = 0; i < n; i++) {
			struct us_answer *one = &a->list[first + i];
			part[i] = (struct iovec){a->bytes + one->offset, one->bytes};
			head[i].msg_hdr = (struct msghdr){.msg_name = &one->to,
			                                  .msg_namelen = length_of(&one->to),
			                                  .msg_iov = &part[i],
			                                  .msg_iovlen = 1};
		}
		int sent = sendmmsg(fd, head, n, MSG_DONTWAIT);
		first += sent > 0 ? (uint32_t)sent : 1; /* the first one cannot be sent: the next may be */
	}
	a->count = 0;
	a->used = 0;
}

void us_control_flush(struct us_control *c)
{
	append_records(c);
	send_answers(c);
}

static void print_answer(struct us_control *c, const struct us_command *answer)
{
	const bool failed = strcmp(answer->address, "/error") == 0;
	if ((!failed && strcmp(answer->address, "/warning")) || answer->argc < 2)
		return;
	struct us_err words;
	us_fail(&words, "first patch: %s: %s", answer->arg[0].s, answer->arg[1].s);
	c->patch_failed |= failed;
	fprintf(stderr, US_SAY_WARNING "understudy-control: %s\n", words.text);
}

int us_control_answer(void *context, const struct us_command *answer, struct us_err *err)
{
	struct us_control *c = context;
	struct us_answers *a = &c->answers;
	(void)err;
	if (!c->source || c->source->any.sa_family == AF_UNSPEC) {
		print_answer(c, answer);
		return US_OK;
	}
	size_t bytes = us_osc_encode(answer, a->bytes + a->used, sizeof a->bytes - a->used);
	if (bytes == 0 || a->count == US_ANSWERS) {
		send_answers(c); /* early, rather than never */
		bytes = us_osc_encode(answer, a->bytes, sizeof a->bytes);
	}
	if (bytes == 0 || !us_budget_may_answer(&c->budget, c->source, c->now_ns, bytes))
		return US_OK; /* dropped, as any datagram may be */
	a->list[a->count++] =
	    (struct us_answer){.to = *c->source, .offset = (uint32_t)a->used, .bytes = (uint32_t)bytes};
	a->used += bytes;
	return US_OK;
}
