/* event.h — eventfds as bells between the supervisor's threads. [rt] A bell is a hint: it coalesces, and whoever hears
 * it looks at the state. All of them are non-blocking. */
#ifndef US_EVENT_H
#define US_EVENT_H

#include <stdint.h>
#include <understudy/module.h>
#include <unistd.h>

US_REALTIME static inline void us_event_raise(int fd)
{
	uint64_t one = 1;
	if (write(fd, &one, sizeof one) < 0) {
		/* Raised as high as it goes: it will be heard. */
	}
}

static inline void us_event_drain(int fd)
{
	uint64_t count;
	while (read(fd, &count, sizeof count) == sizeof count)
		;
}

#endif
