/* device.h — the audio device of a session and its substitute; see device.c. Main loop only. */
#ifndef US_DEVICE_H
#define US_DEVICE_H

#include "audio.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct us_stage;

struct us_device {
	struct us_audio *audio;      /* of stage.backend; the recovering thread's while `recovering` */
	struct us_audio *substitute; /* the null clock, while there is no device */
	_Atomic uint32_t next_ticket;
	uint32_t audio_ticket; /* what `audio` shows to the player; whose `audio` is */
	uint64_t playing_ns;   /* it has the crank since then */
	uint64_t pause_ns;     /* before the first try to open it again */
	char client[48];
	bool running, recovering;
	bool dead;                    /* `audio` can neither play nor be closed */
	uint32_t period, said_period; /* what is published, and what people were told of */
	uint64_t period_ns;           /* since then it is what it is */
	uint64_t turned_ns;
	uint64_t slept_ns; /* of the machine since it was booted, when we last looked */
	pthread_t thread;
	_Atomic bool recovered, give_up;
};

int us_device_open(struct us_stage *stage, struct us_err *err);
int us_device_start(struct us_stage *stage, struct us_err *err);
/* True: the device is back, but only a new process can open it: leave the song to a successor. */
bool us_device_turn(struct us_stage *stage);
void us_device_stop(struct us_stage *stage);
void us_device_close(struct us_stage *stage);

#endif
