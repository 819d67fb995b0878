/* budget.c — what one sender may ask of control, so that nobody makes it deaf for the others, and nobody makes it send
 * a flood to somebody who has asked for nothing.
 *
 *   work     the dear commands (US_ROUTE_DEAR): CPU time, per sender and for all who have shown no token. Whoever has
 *            used it up is refused such commands, in a microsecond each, until it has grown again. A knob or a note is
 *            never refused.
 *   answers  bytes, per source address. Generous on this machine; from elsewhere, where the address may be a lie,
 * little.
 *
 * The session's own user, who shows the token, is bound by neither. */
#include "budget.h"

#include <string.h>
#include <time.h>

#define MS 1000000ll
#define SECOND_NS 1000000000ull
#define KNOWN_NS (60 * SECOND_NS) /* a sender that has shown a token counts as known for so long */

struct rate {
	int64_t most, a_second;
};
static const struct rate work_of_one = {100 * MS, 200 * MS}, work_of_all = {300 * MS, 500 * MS},
			 bytes_here = {16 << 20, 16 << 20}, bytes_elsewhere = {64 << 10, 16 << 10},
			 bytes_of_all_elsewhere = {256 << 10, 128 << 10};

static void grow(int64_t *left, const struct rate *rate, uint64_t since_ns)
{
	const double more = (double)rate->a_second * (double)since_ns / 1e9;
	*left = more >= (double)(rate->most - *left) ? rate->most : *left + (int64_t)more;
}

/* Elsewhere a sender may take any port, and any address of its network. */
static union us_source account_of(const union us_source *source)
{
	union us_source account = *source;
	if (us_source_is_here(source))
		return account;
	if (account.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&account.in6.sin6_addr)) {
		memset(&account, 0, sizeof account); /* an IPv4 address, on a socket that hears both */
		account.in.sin_family = AF_INET;
		memcpy(&account.in.sin_addr, source->in6.sin6_addr.s6_addr + 12, sizeof account.in.sin_addr);
		return account;
	}
	if (account.any.sa_family == AF_INET)
		account.in.sin_port = 0;
	if (account.any.sa_family == AF_INET6) {
		account.in6.sin6_port = 0;
		memset(account.in6.sin6_addr.s6_addr + 8, 0, 8);
	}
	return account;
}

/* The sender's account; the one that was silent longest makes room for a new one. */
static struct us_account *find(struct us_budget *b, const union us_source *source, uint64_t now_ns)
{
	const union us_source account = account_of(source);
	struct us_account *oldest = &b->account[0];
	for (struct us_account *a = b->account; a < b->account + US_ACCOUNTS; a++) {
		if (a->seen_ns && memcmp(&a->source, &account, sizeof account) == 0)
			return a;
		if (a->seen_ns < oldest->seen_ns)
			oldest = a;
	}
	const bool here = us_source_is_here(source);
	*oldest = (struct us_account){.source = account,
	                              .here = here,
	                              .seen_ns = now_ns,
	                              .work_ns = work_of_one.most,
	                              .bytes = here ? bytes_here.most : bytes_elsewhere.most};
	return oldest;
}

static struct us_account *look_up(struct us_budget *b, const union us_source *source, uint64_t now_ns)
{
	if (!b->seen_ns)
		*b = (struct us_budget){
		    .seen_ns = now_ns, .work_ns = work_of_all.most, .bytes = bytes_of_all_elsewhere.most};
	struct us_account *a = find(b, source, now_ns);
	if (now_ns > b->seen_ns) {
		grow(&b->work_ns, &work_of_all, now_ns - b->seen_ns);
		grow(&b->bytes, &bytes_of_all_elsewhere, now_ns - b->seen_ns);
		b->seen_ns = now_ns;
	}
	if (now_ns > a->seen_ns) {
		grow(&a->work_ns, &work_of_one, now_ns - a->seen_ns);
		grow(&a->bytes, a->here ? &bytes_here : &bytes_elsewhere, now_ns - a->seen_ns);
		a->seen_ns = now_ns;
	}
	return a;
}

void us_budget_know(struct us_budget *b, const union us_source *source, uint64_t now_ns)
{
	look_up(b, source, now_ns)->known_until_ns = now_ns + KNOWN_NS;
}

bool us_budget_may_work(struct us_budget *b, const union us_source *source, uint64_t now_ns)
{
	const struct us_account *a = look_up(b, source, now_ns);
	return a->known_until_ns > now_ns || (a->work_ns > 0 && b->work_ns > 0);
}

void us_budget_worked(struct us_budget *b, const union us_source *source, uint64_t now_ns, uint64_t cpu_ns)
{
	struct us_account *a = look_up(b, source, now_ns);
	if (a->known_until_ns > now_ns)
		return;
	a->work_ns -= (int64_t)cpu_ns;
	b->work_ns -= (int64_t)cpu_ns;
}

bool us_budget_may_answer(struct us_budget *b, const union us_source *source, uint64_t now_ns, size_t bytes)
{
	struct us_account *a = look_up(b, source, now_ns);
	const int64_t n = (int64_t)bytes;
	if (a->known_until_ns > now_ns)
		return true;
	if (a->bytes < n || (!a->here && b->bytes < n))
		return false;
	a->bytes -= n;
	if (!a->here)
		b->bytes -= n;
	return true;
}

uint64_t us_budget_cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

/* Of `all` seats so many are for the session's own user alone, and most of the others for this machine. */
uint32_t us_seats_for(enum us_from from, uint32_t all)
{
	return from == US_FROM_OWNER ? all : from == US_FROM_HERE ? all - all / 4 : all / 4;
}
