/* connections.c — see connections.h. */
#include "connections.h"

#include <string.h>

void us_connections_add(struct us_connections *w, const char *ours, const char *theirs)
{
	if (w->count >= US_CONNECTIONS || strlen(ours) >= sizeof w->list[0].ours ||
	    strlen(theirs) >= sizeof w->list[0].theirs)
		return;
	struct us_connection *one = &w->list[w->count++];
	memset(one, 0, sizeof *one);
	strcpy(one->ours, ours);
	strcpy(one->theirs, theirs);
}

static bool holds(const struct us_connections *w, const struct us_connection *one)
{
	for (uint32_t i = 0; i < w->count && i < US_CONNECTIONS; i++)
		if (strcmp(w->list[i].ours, one->ours) == 0 && strcmp(w->list[i].theirs, one->theirs) == 0)
			return true;
	return false;
}

bool us_connections_equal(const struct us_connections *a, const struct us_connections *b)
{
	if (a->known != b->known || a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count && i < US_CONNECTIONS; i++)
		if (!holds(b, &a->list[i]))
			return false;
	return true;
}

void us_connections_publish(struct us_connections *board, const struct us_connections *w)
{
	atomic_store_explicit(&board->known, 0, memory_order_seq_cst);
	board->count = w->count;
	memcpy(board->list, w->list, sizeof w->list);
	atomic_store_explicit(&board->known, w->known, memory_order_seq_cst);
}
