/* vitals.c — takes what health.c judges, from shared memory, /proc and the file systems. Nobody is asked. */
#include "engine/shelf.h"
#include "health.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/process.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { LOOKS = 50, LOOK_MS = 10 };
#define LOG_BYTES_A_SECOND 2000.0

static uint64_t get(const _Atomic uint64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static double seconds_since(const _Atomic uint64_t *since_ns)
{
	const uint64_t since = get(since_ns), now = us_now_ns();
	return since && now > since ? (double)(now - since) / 1e9 : 0;
}

static bool is_played(const struct us_session *s)
{
	const uint64_t before = get(&s->clock->played);
	for (int i = 0; i < LOOKS; i++) {
		if (get(&s->clock->played) != before)
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

/* A supervisor that does not run cannot say who has died meanwhile. */
static uint32_t live_workers(const struct us_session *s)
{
	uint32_t live = atomic_load(&s->clock->live_mask), count = 0;
	for (uint32_t slot = 0; slot < US_SLOTS; slot++)
		count += (live >> slot & 1) && us_process_alive(&s->clock->board.worker[slot].process);
	return count;
}

static uint32_t count_quarantined(const struct us_session *s)
{
	const struct us_slot *slot = s->slot[atomic_load(&s->clock->role) & 1];
	uint32_t count = 0;
	for (uint32_t w = 0; w < US_INDICES / 64; w++)
		count += (uint32_t)__builtin_popcountll(get(&slot->quarantined[w]));
	return count;
}

static double minutes_for(const char *path, double bytes_a_second)
{
	char directory[US_PATH_BYTES];
	struct statvfs fs;
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash && slash != directory)
		*slash = 0;
	if (statvfs(directory, &fs))
		return -1;
	return (double)fs.f_bavail * (double)fs.f_frsize / bytes_a_second / 60;
}

static void take_files(struct us_vitals *v, const struct us_session *s)
{
	const struct us_recorder *r = s->recorder;
	const double sound = (double)s->clock->rate * US_CHANNELS * sizeof(float);
	const bool ended = atomic_load(&r->log_failed) || atomic_load(&s->clock->log_given_up);
	v->recording = atomic_load(&r->state);
	v->dropped_blocks = get(&r->dropped_blocks);
	snprintf(v->recorder_message, sizeof v->recorder_message, "%s", r->message);
	snprintf(v->log_path, sizeof v->log_path, "%s", s->clock->log_dir);
	if (v->recording == US_RECORDER_ON)
		snprintf(v->record_path, sizeof v->record_path, "%s", r->path);
	v->log = !v->log_path[0] ? US_LOG_NONE : ended ? US_LOG_ENDED : US_LOG_WRITTEN;
	v->disk_minutes = -1;
	if (v->recording == US_RECORDER_ON)
		v->disk_minutes = minutes_for(r->path, sound + (v->log == US_LOG_WRITTEN ? LOG_BYTES_A_SECOND : 0));
	if (v->log == US_LOG_WRITTEN) {
		const double m = minutes_for(v->log_path, LOG_BYTES_A_SECOND + (s->ear->on ? sound : 0));
		if (v->disk_minutes < 0 || (m >= 0 && m < v->disk_minutes))
			v->disk_minutes = m;
	}
}

static void take_room(struct us_vitals *v, const struct us_session *s)
{
	const uint64_t tail = us_journal_tail(s->journal), keep = get(&s->clock->keep);
	const struct us_shelf *shelf = &s->shelf->shelf;
	const struct us_shelf_load all = us_shelf_load(shelf, 0), spare = us_shelf_load(shelf, US_SHELF_SPARE);
	const double tables = (double)(all.tables - spare.tables) / US_TABLES,
		     bytes = (double)(all.bytes - spare.bytes) / (double)shelf->bytes;
	v->journal_used = tail > keep ? (double)(tail - keep) / US_JOURNAL : 0;
	v->sounds_used = tables > bytes ? tables : bytes;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const double used = (double)atomic_load(&s->clock->amendments[l].count) / US_AMENDMENTS;
		v->faults_used = used > v->faults_used ? used : v->faults_used;
	}
}

void us_vitals_take(struct us_vitals *v, const struct us_session *s)
{
	const struct us_board *b = &s->clock->board;
	*v = (struct us_vitals){
	    .supervisor = us_process_alive(&b->supervisor),
	    .keeper = us_process_alive(&b->keeper),
	    .heartbeat_s = seconds_since(&s->clock->heartbeat_ns),
	    .moves = is_played(s),
	    .workers = live_workers(s),
	    .alone_s = seconds_since(&b->alone_since_ns),
	    .no_spare_s = seconds_since(&b->no_spare_since_ns),
	    .no_device_s = seconds_since(&b->no_device_since_ns),
	    .control = {us_process_alive(&b->control), (double)get(&b->control_still_ns) / 1e9},
	    .recorder = {us_process_alive(&b->recorder), (double)get(&b->recorder_still_ns) / 1e9},
	    .quarantined = count_quarantined(s),
	};
	snprintf(v->device, sizeof v->device, "%s", b->device);
	take_files(v, s);
	take_room(v, s);
}
