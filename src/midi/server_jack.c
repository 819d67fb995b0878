/* server_jack.c — see server_jack.h. The one file of understudy-midi that knows libjack. */
#include "server_jack.h"

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdlib.h>

struct us_jack_watch {
	jack_client_t *client;
	atomic_bool ended;
};

static void shut_down(void *context)
{
	struct us_jack_watch *w = context;
	atomic_store_explicit(&w->ended, true, memory_order_relaxed); /* nothing else is told with it */
}

bool us_jack_watch_open(struct us_jack_watch **watch, const char *client)
{
	struct us_jack_watch *w = calloc(1, sizeof *w);
	if (!w)
		return false;
	w->client = jack_client_open(client, JackNoStartServer, NULL);
	if (!w->client) {
		free(w);
		return false;
	}
	jack_on_shutdown(w->client, shut_down, w);
	if (jack_activate(w->client)) {
		us_jack_watch_close(w);
		return false;
	}
	*watch = w;
	return true;
}

bool us_jack_watch_ended(const struct us_jack_watch *w)
{
	return atomic_load_explicit(&w->ended, memory_order_relaxed);
}

void us_jack_watch_close(struct us_jack_watch *w)
{
	jack_client_close(w->client);
	free(w);
}
