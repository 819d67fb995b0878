/* recorder.h — the recorder process: what was played goes to a WAV file, what decided it goes to the log.
 *
 * It only follows: it reads the tap, the journal, the grants and the amendments, and writes nothing but its own
 * segment and files. If it dies, the sound goes on, and a new one continues both where they end: the tap remembers
 * the last ten seconds. One turn (main.c):
 *
 *   take the next blocks from the tap → log them (archive.c) → write them (take.c) → say how far we are
 *
 * The order matters: who has seen block n in the tap sees every amendment, grant and record that block n was
 * rendered from, so the log names a block only after all of these. */
#ifndef US_RECORDER_H
#define US_RECORDER_H

#include "ipc/log.h"
#include "ipc/shm.h"
#include "wav/wav.h"

enum { US_CHUNK = 256 }; /* blocks in a turn */

/* Blocks as the tap gave them. Those that it had lost already are silent here. */
struct us_chunk {
	uint64_t first;
	uint32_t count;
	bool gap[US_CHUNK];
	float samples[US_CHUNK * US_SAMPLES];
};

/* room.c: how much a recording that was begun over OSC may still take. */
struct us_take_room {
	const char *directory; /* that of all such recordings; NULL: it lies elsewhere, where its owner wanted it */
	bool watched;          /* false: run --record, which may fill the disk */
	uint64_t others;       /* bytes in the directory when it began */
	uint64_t looked_ns;
};

/* A line, or a thousand of them that somebody else has asked for. */
struct us_say_rate {
	uint64_t next_ns; /* not before */
	uint64_t unsaid;
};

struct us_recorder_process {
	struct us_session session;
	const struct us_clock *clock;
	struct us_code code;       /* the session's, for the log */
	struct us_recorder *board; /* our segment */
	uint64_t next;             /* block of the tap that comes next */
	uint64_t lost_until;       /* blocks below it were overtaken */
	struct us_chunk chunk;

	bool logging, layout_known;
	struct us_log_writer log;
	uint32_t table[US_TABLES];            /* the number from each place of the shelf that is in the log */
	uint64_t log_next;                    /* the next block for plays.bin */
	uint64_t checkpoint_due;              /* from this block on one is to go into the log; 0: it is not known yet */
	uint64_t checkpoint_early;            /* the last one if it lies within the first ten minutes, else 0 */
	uint64_t looked_ns;                   /* it was looked whether the log's files are there */
	uint32_t amended[US_AMENDMENT_LISTS]; /* amendments in the log */

	struct us_wav *wav; /* NULL: nothing is recorded */
	uint64_t wav_next;  /* the next block for it */
	struct us_take_room room;
	struct us_say_rate said;
};

/* main.c: a sentence for people, in the segment and on the terminal. */
void us_recorder_say(struct us_recorder_process *r, const char *text);

/* archive.c */
void us_archive_start(struct us_recorder_process *r);
void us_archive_chunk(struct us_recorder_process *r);
void us_archive_end(struct us_recorder_process *r);

/* checkpoints.c: after what was played is in the log */
void us_checkpoints_turn(struct us_recorder_process *r);

/* room.c: before a recording at `path` begins or goes on; false, with words: there is no room for more of it. */
bool us_take_may_begin(struct us_recorder_process *r, const char *path, struct us_err *err);
void us_take_may_resume(struct us_recorder_process *r, const char *path);
bool us_take_may_go_on(struct us_recorder_process *r, struct us_err *err);
/* The directory in which a recording lies that anybody may ask for; NULL for one that lies elsewhere. */
const char *us_take_directory(const struct us_recorder_process *r, const char *path);

/* take.c */
void us_take_start(struct us_recorder_process *r, const char *path, enum us_wav_mode mode);
void us_take_resume(struct us_recorder_process *r);
void us_take_chunk(struct us_recorder_process *r);
void us_take_end(struct us_recorder_process *r);
/* Does what control asked for, if it did. */
void us_take_serve(struct us_recorder_process *r);

#endif
