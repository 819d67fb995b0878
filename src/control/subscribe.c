/* subscribe.c — /subscribe ["fault"|"patterns"]: who wants to hear of faults, or of patterns (recital.c). A
 * subscription lasts LEASE_SECONDS from the last packet of its sender, so that nobody who is gone is told anything;
 * whoever subscribes is told first what is in quarantine now.
 *
 *   /fault    instance module cause block where     an instance is bypassed from this block on
 *   /restored instance module block                 it plays again, with a fresh state
 *   /struck   address cause block where             a command killed the worker that carried it out; it is taken back
 *   /died     deaths promotions replacements        a worker died (counts since the start; several deaths may be one)
 *
 * Nothing of this is kept when control dies: its clients subscribe again when they hear nothing for a lease. */
#include "control.h"
#include "ipc/report.h"

#include <string.h>

enum { LEASE_SECONDS = 60 };

static bool same_source(const union us_source *a, const union us_source *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static struct us_subscriber *find(struct us_control *c, const union us_source *source)
{
	for (uint32_t i = 0; i < US_SUBSCRIBERS; i++)
		if (c->subscriber[i].until_ns > c->now_ns && same_source(&c->subscriber[i].source, source))
			return &c->subscriber[i];
	return NULL;
}

void us_control_renew_lease(struct us_control *c, const union us_source *source)
{
	struct us_subscriber *s = c->subscribers ? find(c, source) : NULL;
	if (s)
		s->until_ns = c->now_ns + LEASE_SECONDS * 1000000000ull;
}

/* --- what they are told ------------------------------------------------------------------------------------ */

static void tell_those(struct us_control *c, const struct us_command *news, bool patterns)
{
	const union us_source *source = c->source;
	for (uint32_t i = 0; i < US_SUBSCRIBERS; i++) {
		const struct us_subscriber *s = &c->subscriber[i];
		if (s->until_ns <= c->now_ns || !(patterns ? s->patterns : s->faults))
			continue;
		c->source = &c->subscriber[i].source;
		us_control_answer(c, news, NULL);
	}
	c->source = source;
}

static void tell(struct us_control *c, const struct us_command *news)
{
	tell_those(c, news, false);
}

void us_control_tell_patterns(struct us_control *c, const struct us_command *news)
{
	tell_those(c, news, true);
}

bool us_control_has_pattern_listeners(const struct us_control *c)
{
	for (uint32_t i = 0; i < US_SUBSCRIBERS && c->subscribers; i++)
		if (c->subscriber[i].patterns && c->subscriber[i].until_ns > c->now_ns)
			return true;
	return false;
}

static const struct us_slot *primary(const struct us_control *c)
{
	return c->session
	    .slot[atomic_load_explicit(&c->clock->role, memory_order_acquire) & 1]; /* pairs with promote() */
}

/* The slot in which it died may have been handed on: its trace lies in one of the two. */
static void find_trace(const struct us_control *c, char where[static US_REPORT_BYTES], uint64_t worker)
{
	for (uint32_t s = 0; s < US_SLOTS; s++)
		if (us_report_where(where, c->session.slot[s], worker))
			return;
}

static void describe(const struct us_control *c, struct us_command *news, uint32_t instance, bool bypassed,
                     char where[static US_REPORT_BYTES], char cause[static 32])
{
	const struct us_credit *credit = &c->session.house->credit[instance];
	const struct us_blamed *blamed = &c->blamed[instance];
	const struct us_arg block = {.type = 'h',
	                             .i = (int64_t)atomic_load_explicit(&primary(c)->published, memory_order_acquire)};
	*news = (struct us_command){.address = bypassed ? "/fault" : "/restored",
	                            .argc = 2,
	                            .arg = {{.type = 's', .s = credit->instance}, {.type = 's', .s = credit->module}}};
	where[0] = 0;
	if (!bypassed) {
		news->arg[news->argc++] = block;
		return;
	}
	if (blamed->cause)
		find_trace(c, where, blamed->worker);
	news->arg[news->argc++] = (struct us_arg){
	    .type = 's',
	    .s = blamed->cause ? us_report_cause(cause, blamed->cause)
	                       : "garbage: not a number, a write past its state or a changed float mode"};
	news->arg[news->argc++] = blamed->cause ? (struct us_arg){.type = 'h', .i = (int64_t)blamed->block} : block;
	news->arg[news->argc++] = (struct us_arg){.type = 's', .s = where};
}

static void look_at_quarantine(struct us_control *c)
{
	char where[US_REPORT_BYTES], cause[32];
	struct us_command news;
	for (uint32_t w = 0; w < US_INDICES / 64; w++) {
		uint64_t now = atomic_load_explicit(&primary(c)->quarantined[w], memory_order_relaxed);
		for (uint64_t changed = now ^ c->quarantined[w]; changed; changed &= changed - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(changed);
			bool bypassed = now >> bit & 1;
			describe(c, &news, w * 64 + bit, bypassed, where, cause);
			tell(c, &news);
			if (!bypassed)
				c->blamed[w * 64 + bit] = (struct us_blamed){0};
		}
		c->quarantined[w] = now;
	}
}

static void look_at_deaths(struct us_control *c)
{
	const struct us_board *b = &c->clock->board;
	uint64_t deaths = atomic_load_explicit(&b->crashes, memory_order_relaxed);
	if (deaths == c->deaths)
		return;
	c->deaths = deaths;
	const struct us_command news = {
	    .address = "/died",
	    .argc = 3,
	    .arg = {{.type = 'h', .i = (int64_t)deaths},
	            {.type = 'h', .i = (int64_t)atomic_load_explicit(&b->promotions, memory_order_relaxed)},
	            {.type = 'h', .i = (int64_t)atomic_load_explicit(&b->replacements, memory_order_relaxed)}}};
	tell(c, &news);
}

void us_control_watch(struct us_control *c)
{
	look_at_quarantine(c);
	look_at_deaths(c);
}

void us_control_note_blame(struct us_control *c, const struct us_amendment *a)
{
	for (uint32_t i = a->instance;
	     a->type == US_AMEND_BYPASS && i <= (uint32_t)a->instance + a->more && i < US_INDICES; i++)
		c->blamed[i] = (struct us_blamed){.cause = a->cause, .worker = a->worker, .block = a->block};
}

void us_control_tell_struck(struct us_control *c, const char *address, const struct us_amendment *a)
{
	char where[US_REPORT_BYTES] = "", cause[32];
	find_trace(c, where, a->worker);
	const struct us_command news = {.address = "/struck",
	                                .argc = 4,
	                                .arg = {{.type = 's', .s = address},
	                                        {.type = 's', .s = us_report_cause(cause, a->cause)},
	                                        {.type = 'h', .i = (int64_t)a->block},
	                                        {.type = 's', .s = where}}};
	tell(c, &news);
}

/* --- /subscribe, /unsubscribe ------------------------------------------------------------------------------- */

static int read_subject(struct us_turn *turn, const char **what)
{
	*what = "fault";
	if (turn->command->argc == 0)
		return US_OK;
	if (us_turn_text(turn, 0, what))
		return US_FAILED;
	if (strcmp(*what, "fault") == 0 || strcmp(*what, "patterns") == 0)
		return US_OK;
	return us_fail(&turn->err, "there is nothing called '%.40s' to subscribe to; there are fault and patterns",
	               *what);
}

static void send_snapshot(struct us_control *c)
{
	char where[US_REPORT_BYTES], cause[32];
	struct us_command news;
	for (uint32_t i = 0; i < US_INDICES; i++) {
		if (!(c->quarantined[i / 64] >> i % 64 & 1))
			continue;
		describe(c, &news, i, true, where, cause);
		us_control_answer(c, &news, NULL);
	}
}

int us_act_subscribe(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	const char *what;
	if (read_subject(turn, &what))
		return US_FAILED;
	if (!c->source || c->source->any.sa_family == AF_UNSPEC)
		return us_fail(&turn->err, "only a client with an address can subscribe");
	struct us_subscriber *s = find(c, c->source);
	const enum us_from from = turn->message->from;
	uint32_t taken = 0;
	for (uint32_t i = 0; i < US_SUBSCRIBERS; i++)
		taken += c->subscriber[i].until_ns > c->now_ns && c->subscriber[i].from <= from;
	for (uint32_t i = 0; i < US_SUBSCRIBERS && !s && taken < us_seats_for(from, US_SUBSCRIBERS); i++)
		if (c->subscriber[i].until_ns <= c->now_ns)
			s = &c->subscriber[i];
	if (!s)
		return us_fail(&turn->err, "%u others have subscribed; try again in %d s", taken, LEASE_SECONDS);
	const bool patterns = strcmp(what, "patterns") == 0, known = s->until_ns > c->now_ns;
	*s = (struct us_subscriber){.source = *c->source,
	                            .from = from,
	                            .until_ns = c->now_ns + LEASE_SECONDS * 1000000000ull,
	                            .faults = !patterns || (known && s->faults),
	                            .patterns = patterns || (known && s->patterns)};
	c->subscribers = true;
	us_turn_reply(turn, "/subscribed", "si", what, (int64_t)LEASE_SECONDS);
	if (!patterns)
		send_snapshot(c);
	return US_OK;
}

int us_act_unsubscribe(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	struct us_subscriber *s = c->source ? find(c, c->source) : NULL;
	const char *what;
	if (read_subject(turn, &what))
		return US_FAILED;
	if (!s)
		return us_fail(&turn->err, "this address has not subscribed");
	if (turn->command->argc == 0)
		s->faults = s->patterns = false;
	else if (strcmp(what, "patterns") == 0)
		s->patterns = false;
	else
		s->faults = false;
	if (!s->faults && !s->patterns)
		s->until_ns = 0;
	return US_OK;
}
