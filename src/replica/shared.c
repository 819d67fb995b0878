/* shared.c — see shared.h. */
#include "shared.h"

#include "ipc/journal_rt.h"

static const struct us_amendment *amendment(void *context, uint32_t list, uint32_t place)
{
	const struct us_shared *s = context;
	return place < s->known[list] ? &s->session->clock->amendments[list].list[place] : NULL;
}

static uint64_t granted(void *context, uint64_t block)
{
	const struct us_shared *s = context;
	return atomic_load_explicit(&s->session->clock->grant[block % US_GRANTS], memory_order_relaxed);
}

static bool record(void *context, uint64_t seq, struct us_record *to)
{
	const struct us_shared *s = context;
	return us_journal_read(s->session->journal, seq, to);
}

struct us_shared us_shared_now(const struct us_session *session)
{
	struct us_shared s = {.session = session};
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		s.known[l] =
		    atomic_load_explicit(&session->clock->amendments[l].count, memory_order_acquire); /* [amend] */
		s.known[l] = s.known[l] < US_AMENDMENTS ? s.known[l] : US_AMENDMENTS;
	}
	return s;
}

struct us_source_of_song us_shared_song(struct us_shared *shared)
{
	return (struct us_source_of_song){
	    .context = shared, .amendment = amendment, .granted = granted, .record = record};
}
