/* amendments.c — keeps the model in step with what the supervisor decided: bypasses and restores are carried out in it;
 * a tombstone takes a record away from all workers, so the model is made anew without it, and whoever sent the record
 * is told. */
#include "control.h"
#include "ipc/journal_rt.h"
#include "ipc/say.h"

#include <unistd.h>

/* Where an OSC message that leads to such a record was sent. */
static const char *address_of(const struct us_control *c, uint64_t seq)
{
	static const char *const by_type[US_REC_TYPES] = {
	    [US_REC_NOP] = "/",
	    [US_REC_CREATE] = "/patch/create",
	    [US_REC_NAME] = "/patch/create",
	    [US_REC_DELETE] = "/patch/delete",
	    [US_REC_CONNECT] = "/patch/connect",
	    [US_REC_DISCONNECT] = "/patch/disconnect",
	    [US_REC_SET] = "/mod",
	    [US_REC_COMMIT] = "/patch/commit",
	    [US_REC_ABORT] = "/patch/abort",
	    [US_REC_GAIN] = "/engine/gain",
	    [US_REC_LIMITER] = "/engine/limiter",
	    [US_REC_METERS] = "/engine/meters/reset",
	    [US_REC_TEMPO] = "/tempo",
	    [US_REC_SONG] = "/transport",
	    [US_REC_PANIC] = "/panic",
	    [US_REC_TABLE] = "/patch/file",
	    [US_REC_NOTE] = "/note",
	    [US_REC_MUTE] = "/mute",
	    [US_REC_SOLO] = "/solo",
	    [US_REC_KEY] = "/key",
	};
	struct us_record r;
	if (!us_journal_read(c->session.journal, seq, &r) || r.type >= US_REC_TYPES)
		return "/";
	return by_type[r.type] ? by_type[r.type] : "/";
}

static const struct us_sender *sender_of(const struct us_control *c, uint64_t seq)
{
	for (uint32_t i = 0; i < US_REMEMBERED && i < c->senders; i++)
		if (c->sender[i].first <= seq && seq < c->sender[i].end)
			return &c->sender[i];
	return NULL;
}

static void report(struct us_control *c, const struct us_amendment *a, uint64_t seq)
{
	const struct us_sender *s = sender_of(c, seq);
	struct us_record r;
	bool staged = us_journal_read(c->session.journal, seq, &r) && (r.flags & US_STAGED || r.type == US_REC_COMMIT);
	const struct us_command answer = {
	    .address = "/error",
	    .argc = 2,
	    .arg = {{.type = 's', .s = address_of(c, seq)},
	            {.type = 's',
	             .s = staged ? "this command crashed the worker that carried it out; all that was sent with it is "
	                           "taken back, the patch plays on as it was"
	                         : "this command crashed the worker that carried it out; it is taken back, the sound "
	                           "goes on"}}};
	us_control_tell_struck(c, address_of(c, seq), a);
	if (!s)
		return;
	c->source = &s->source;
	us_control_answer(c, &answer, NULL);
	c->source = NULL;
}

void us_control_follow_amendments(struct us_control *c)
{
	struct us_err err;
	bool rebuild = false;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const struct us_amendments *list = &c->clock->amendments[l];
		uint32_t count = atomic_load_explicit(&list->count, memory_order_acquire); /* [amend] */
		for (; c->amended[l] < count; c->amended[l]++) {
			const struct us_amendment *a = &list->list[c->amended[l]];
			us_control_note_blame(c, a);
			for (uint32_t i = 0; a->type == US_AMEND_TOMBSTONE && i <= a->more; i++)
				report(c, a, a->seq + i);
			if (a->type == US_AMEND_AFRESH)
				us_control_remember_patch(c);
			us_engine_amend(us_commander_model(c->commander), a);
			rebuild |= a->type == US_AMEND_TOMBSTONE || a->type == US_AMEND_AFRESH;
		}
	}
	if (rebuild && us_control_rebuild(c, &err)) {
		fprintf(stderr, US_SAY_WARNING "understudy-control: %s\n", err.text);
		_exit(1); /* the next one starts from the next checkpoint */
	}
}
