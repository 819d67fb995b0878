/* server_jack.h — whether the JACK server is still there. RtMidi does not say so: after the server's end it goes on to
 * list the ports that were there last. [one thread] */
#ifndef US_MIDI_SERVER_JACK_H
#define US_MIDI_SERVER_JACK_H

#include <stdbool.h>

struct us_jack_watch;

/* False: no server runs. */
bool us_jack_watch_open(struct us_jack_watch **watch, const char *client);
bool us_jack_watch_ended(const struct us_jack_watch *watch);
void us_jack_watch_close(struct us_jack_watch *watch);

#endif
