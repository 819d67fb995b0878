/* shared.h — a session's shared memory as a source of its song, for models, which hear nothing. */
#ifndef US_REPLICA_SHARED_H
#define US_REPLICA_SHARED_H

#include "ipc/shm.h"
#include "replica.h"

struct us_shared {
	const struct us_session *session;
	uint32_t known[US_AMENDMENT_LISTS]; /* so many amendments count, if there are so many */
};

/* [any] All that there is now; what comes later does not count. */
struct us_shared us_shared_now(const struct us_session *session);
/* [any] `shared` must stay where it is. */
struct us_source_of_song us_shared_song(struct us_shared *shared);

#endif
