/* map_watch.c — the map file, read when it has been written: by an editor, or by understudy midi --learn. */
#include "client.h"

#include <string.h>
#include <sys/stat.h>

static void complain(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "understudy-midi: %s\n", text);
}

void us_midi_watch_map(struct us_midi_client *c)
{
	struct stat st;
	struct us_err err;
	int64_t time[2] = {0};
	if (stat(c->options->map, &st) == 0) {
		time[0] = st.st_mtim.tv_sec;
		time[1] = st.st_mtim.tv_nsec;
	}
	if (c->knobs.map && (c->options->learn || memcmp(time, c->map_time, sizeof time) == 0))
		return;
	memcpy(c->map_time, time, sizeof time);
	us_map_clear(&c->map);
	if (time[0] && !c->options->learn && us_map_read(&c->map, c->options->map, complain, NULL, &err))
		complain(NULL, err.text);
	else if (time[0] && !c->options->learn)
		fprintf(stderr, "understudy-midi: %s: %u controllers, %u channels and keys, %u patches\n",
		        c->options->map, c->map.knobs, c->map.zones, c->map.patches);
	us_midi_knobs_begin(&c->knobs, &c->map);
}
