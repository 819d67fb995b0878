/* audio.h — what turns the crank: PortAudio, or a thread of our own where there is no device. Every back end is these
 * five functions and calls us_player_process from one thread. [setup] all of them. */
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
};

extern const struct us_audio_backend us_audio_portaudio;
extern const struct us_audio_backend us_audio_null;      /* real time without a device */
extern const struct us_audio_backend us_audio_freewheel; /* as fast as the workers render */

/* Is there any output device? Prints the list if `print`. Run it in a process of its own: PortAudio refreshes its
 * list only by starting again, which would close our stream. */
int us_portaudio_list(bool print);
/* Is this output device there? "": any. For a process of its own, too. */
bool us_portaudio_has(const char *device);

#endif
