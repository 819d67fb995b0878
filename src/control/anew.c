/* anew.c — when the song has begun afresh (US_AMEND_AFRESH), because nobody could play on from any state of it, the
 * patch is said again: as the model knew it. A control that has come after that moment knows only the patch of the
 * start. */
#include "control.h"
#include "ipc/amend.h"
#include "ipc/say.h"

#include <stdlib.h>

static uint32_t times_begun(const struct us_control *c)
{
	uint32_t place, times;
	us_amend_afresh(c->clock, &place, &times);
	return times;
}

void us_control_remember_patch(struct us_control *c)
{
	if (c->anew)
		return; /* it has not been said yet */
	c->anew = malloc(US_OUTBOX_RECORDS * sizeof *c->anew);
	c->anew_count = c->anew ? us_commander_whole(c->commander, c->anew, US_OUTBOX_RECORDS) : 0;
}

static void add(struct us_control *c, const struct us_record *r)
{
	us_engine_apply(us_commander_model(c->commander), r, NULL);
	c->record[c->out.count++] = *r;
}

void us_control_say_anew(struct us_control *c)
{
	struct us_engine *model = us_commander_model(c->commander);
	struct us_instance_view view;
	if (!c->anew)
		return;
	us_control_make_room(c);
	if (c->out.room < c->anew_count + US_MAX_INSTANCES && c->out.room < US_OUTBOX_RECORDS)
		return; /* the journal is full: what lies before the beginning will be given back soon */
	c->out.count = 0;
	for (uint16_t i = 0; i < US_INDICES && c->out.count + c->anew_count < c->out.room; i++)
		if (us_engine_instance(model, i, &view)) /* somebody was quicker */
			add(c, &(struct us_record){.type = US_REC_DELETE, .instance = i});
	for (uint32_t i = 0; i < c->anew_count && c->out.count < c->out.room; i++)
		add(c, &c->anew[i]);
	fprintf(stderr, US_SAY_WARNING "understudy-control: the patch is said anew, with %u commands\n", c->out.count);
	us_commander_forget(c->commander);
	us_control_flush(c);
	free(c->anew);
	c->anew = NULL;
	atomic_store_explicit(&c->session.house->said_anew, times_begun(c), memory_order_release);
}

int us_control_patch_after(struct us_control *c, int patch_fd, struct us_err *err)
{
	const uint32_t times = times_begun(c);
	if (times == atomic_load_explicit(&c->session.house->said_anew, memory_order_acquire))
		return US_OK;
	fprintf(stderr,
	        US_SAY_WARNING "understudy-control: the song has begun afresh; its first patch is said again\n");
	if (us_control_first_patch(c, patch_fd, err))
		return US_FAILED;
	atomic_store_explicit(&c->session.house->said_anew, times, memory_order_release);
	return US_OK;
}
