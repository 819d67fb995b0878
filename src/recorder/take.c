/* take.c — one recording after the other: begin, write, finish, on request. What goes wrong ends the recording with
 * words, and nothing else. */
#include "recorder.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static void set_state(struct us_recorder_process *r, enum us_recorder_state state)
{
	atomic_store_explicit(&r->board->state, state, memory_order_release); /* after path and message */
}

static void fail(struct us_recorder_process *r, const struct us_err *err)
{
	us_recorder_say(r, err->text);
	us_wav_close(r->wav, NULL);
	r->wav = NULL;
	set_state(r, US_RECORDER_FAILED);
}

/* How far it is; a successor goes on there. The number first: it belongs to a part that these frames begin. */
static void publish_place(struct us_recorder_process *r)
{
	const struct us_wav_place place = us_wav_place(r->wav);
	if (place.skipped != atomic_load_explicit(&r->board->skipped, memory_order_relaxed)) {
		char path[US_PATH_BYTES], text[US_PATH_BYTES + 96];
		us_wav_part_path(r->wav, path, sizeof path);
		snprintf(text, sizeof text, "the recording goes on in %s, because a file lay in its way", path);
		us_recorder_say(r, text);
		atomic_store_explicit(&r->board->skipped, place.skipped, memory_order_relaxed);
	}
	atomic_store_explicit(&r->board->frames, place.frames, memory_order_release);
}

/* $XDG_STATE_HOME/understudy may not be there yet, nor what it lies in. */
static void make_directories(const char *path)
{
	char part[US_PATH_BYTES];
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		mkdir(part, 0700);
	}
	mkdir(path, 0700);
}

static void begin(struct us_recorder_process *r, const char *path)
{
	snprintf(r->board->path, sizeof r->board->path, "%s", path);
	atomic_store_explicit(&r->board->first_block, r->next, memory_order_relaxed);
	atomic_store_explicit(&r->board->frames, 0, memory_order_relaxed);
	atomic_store_explicit(&r->board->skipped, 0, memory_order_relaxed);
	r->wav_next = r->next;
}

void us_take_start(struct us_recorder_process *r, const char *path, enum us_wav_mode mode)
{
	struct us_err err;
	begin(r, path);
	if (!us_take_may_begin(r, path, &err) || us_wav_create(&r->wav, path, r->clock->rate, mode, &err))
		fail(r, &err);
	else
		set_state(r, US_RECORDER_ON);
}

/* Somebody has asked for it over OSC. */
static void start_here(struct us_recorder_process *r, const char *path)
{
	struct us_err err;
	const char *directory = us_take_directory(r, path);
	begin(r, path);
	if (directory)
		make_directories(directory);
	if (!directory)
		us_fail(&err, "%s does not lie in the directory for recordings", path);
	if (!directory || !us_take_may_begin(r, path, &err) ||
	    us_wav_create_beneath(&r->wav, directory, path, r->clock->rate, &err))
		fail(r, &err);
	else
		set_state(r, US_RECORDER_ON);
}

/* A recorder before us died in the middle of this one. */
void us_take_resume(struct us_recorder_process *r)
{
	struct us_err err;
	const char *path = r->board->path;
	uint64_t first = atomic_load_explicit(&r->board->first_block, memory_order_relaxed);
	const struct us_wav_place place = {.frames = atomic_load_explicit(&r->board->frames, memory_order_acquire),
	                                   .skipped = atomic_load_explicit(&r->board->skipped, memory_order_relaxed)};
	if (us_wav_resume_beneath(&r->wav, us_take_directory(r, path), path, r->clock->rate, &place, &err)) {
		fail(r, &err);
		return;
	}
	r->wav_next = first + us_wav_place(r->wav).frames / US_BLOCK;
	us_take_may_resume(r, path);
	publish_place(r);
}

void us_take_chunk(struct us_recorder_process *r)
{
	const struct us_chunk *k = &r->chunk;
	struct us_err err;
	if (!r->wav || r->wav_next >= k->first + k->count)
		return;
	uint64_t skip = r->wav_next - k->first;
	if (us_wav_write(r->wav, k->samples + skip * US_SAMPLES, (k->count - skip) * US_BLOCK, &err)) {
		publish_place(r);
		fail(r, &err);
		return;
	}
	r->wav_next = k->first + k->count;
	publish_place(r);
	if (!us_take_may_go_on(r, &err))
		fail(r, &err);
}

void us_take_end(struct us_recorder_process *r)
{
	struct us_err err;
	struct us_wav *wav = r->wav;
	if (!wav)
		return;
	r->wav = NULL;
	if (us_wav_close(wav, &err))
		fail(r, &err);
	else
		set_state(r, US_RECORDER_IDLE);
}

void us_take_serve(struct us_recorder_process *r)
{
	const struct us_house *h = r->session.house;
	uint32_t count = atomic_load_explicit(&h->request_count, memory_order_acquire); /* pairs with ask_recorder */
	if (count == atomic_load_explicit(&r->board->done_count, memory_order_relaxed))
		return;
	char path[US_PATH_BYTES];
	memcpy(path, h->request_path, sizeof path - 1);
	path[sizeof path - 1] = 0;
	uint32_t request = atomic_load_explicit(&h->request, memory_order_relaxed);
	if (request == US_RECORD_STOP)
		us_take_end(r);
	else if (request == US_RECORD_START_ANYWHERE && !r->wav) /* control answers for a second start */
		us_take_start(r, path, US_WAV_NEW);
	else if (request == US_RECORD_START && !r->wav)
		start_here(r, path);
	atomic_store_explicit(&r->board->done_count, count, memory_order_release); /* pairs with is_due() in control */
}
