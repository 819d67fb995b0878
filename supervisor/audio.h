/* audio.h — what turns the crank: a JACK server, PortAudio for everything else, or a thread of our own where there is
 * no device. Every back end is these functions and calls us_player_process from one thread. [setup] all of them. */
#ifndef US_AUDIO_H
#define US_AUDIO_H

#include "player_rt.h"

#include <understudy/error.h>

struct us_audio_config {
	const char *device; /* name, "" for the default one */
	const char *input;  /* name of the device to hear from, "" for the default one; NULL: none */
	const char *client; /* what others see us as, e.g. in JACK */
	uint32_t rate;      /* frames per second */
	uint32_t frames;    /* per callback, as wished: 1 to US_MAX_FRAMES */
	uint32_t ticket;    /* to show to the player with each call */
	const struct us_connections *connections; /* connections that are wanted back, if they are known */
};

struct us_audio; /* one open device; each back end has its own */

struct us_audio_backend {
	int (*open)(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
	            struct us_err *err);
	int (*start)(struct us_audio *audio, struct us_err *err);
	/* After it no callback runs and none will. */
	void (*stop)(struct us_audio *audio);
	void (*close)(struct us_audio *audio);
	/* Name, frames that are taken at once, and latency, as they really are by now. */
	void (*describe)(const struct us_audio *audio, char name[static 128], uint32_t *frames, uint32_t *latency_us);
	/* Once a turn of the main loop, if there is one: writes what is new to the board. False: the device is gone. */
	bool (*turn)(struct us_audio *audio, struct us_board *board, uint64_t now_ns);
};

extern const struct us_audio_backend us_audio_jack;
extern const struct us_audio_backend us_audio_portaudio;
extern const struct us_audio_backend us_audio_null;      /* real time without a device */
extern const struct us_audio_backend us_audio_freewheel; /* as fast as the workers render */

/* Is there any output device? Prints the list if `print`. Run it in a process of its own: PortAudio refreshes its
 * list only by starting again, which would close our stream. */
int us_portaudio_list(bool print);
/* Is this output device there? "": any. For processes of their own, too. `rate`: 0 for 48,000 if the device has it,
 * else the device's own; it is set to what the device would run at. */
bool us_portaudio_probe(const char *device, uint32_t *rate);
/* The same for a JACK server's; its rate is its own. */
bool us_jack_probe(const char *device, uint32_t *rate);

#endif
