/* status_json.c — all that `understudy status --json` says, for programs. See status.h. */
#include "code/load.h"
#include "engine/engine.h"
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "ipc/report.h"
#include "replica/load.h"
#include "sessions.h"
#include "status.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <understudy/meters.h>

static json_t *milliseconds(uint64_t ns)
{
	return json_real((double)(ns / 1000) / 1000);
}

static json_t *percentiles(const struct us_histogram *h, bool tail)
{
	json_t *o = json_object();
	if (!tail)
		json_object_set_new(o, "last", milliseconds(atomic_load(&h->last_ns)));
	json_object_set_new(o, "p50", milliseconds(us_histogram_percentile(h, 50)));
	json_object_set_new(o, "p95", milliseconds(us_histogram_percentile(h, 95)));
	if (tail)
		json_object_set_new(o, "p99", milliseconds(us_histogram_percentile(h, 99)));
	else
		json_object_set_new(o, "max", milliseconds(atomic_load(&h->max_ns)));
	return o;
}

static void integer(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, json_integer((json_int_t)value));
}

static const char *policy_name(uint32_t policy)
{
	switch (policy) {
	case SCHED_FIFO:
		return "fifo";
	case SCHED_RR:
		return "rr";
	default:
		return "other";
	}
}

/* Share of a block's time that rendering takes, since the worker joined. */
double us_status_load(const struct us_session *s, const struct us_slot *slot)
{
	uint64_t blocks = atomic_load(&slot->blocks), block_ns = 1000000000ull * US_BLOCK / s->clock->rate;
	return blocks ? (double)atomic_load(&slot->busy_ns) / (double)blocks / (double)block_ns : 0;
}

const char *us_status_role(const struct us_session *s, uint32_t slot)
{
	if (!us_process_alive(&s->clock->board.worker[slot].process))
		return "absent";
	if (!(atomic_load(&s->clock->live_mask) >> slot & 1))
		return "catching up";
	return (atomic_load(&s->clock->role) & 1) == slot ? "primary" : "standby";
}

static json_t *worker(const struct us_session *s, uint32_t slot)
{
	const struct us_slot *w = s->slot[slot];
	const struct us_board *b = &s->clock->board;
	json_t *o = json_object();
	integer(o, "slot", slot);
	integer(o, "id", atomic_load(&b->worker[slot].id));
	json_object_set_new(o, "pid", json_integer(atomic_load(&b->worker[slot].process.pid)));
	json_object_set_new(o, "role", json_string(us_status_role(s, slot)));
	json_object_set_new(o, "load", json_real(us_status_load(s, w)));
	json_object_set_new(o, "load_max",
	                    json_real((double)atomic_load(&w->busy_max_ns) * s->clock->rate / US_BLOCK / 1e9));
	integer(o, "blocks", atomic_load(&w->blocks));
	integer(o, "minor_faults", atomic_load(&w->minor_faults));
	integer(o, "checkpoints", atomic_load(&w->checkpoints));
	json_object_set_new(o, "scheduling", json_string(policy_name(atomic_load(&b->worker[slot].policy))));
	integer(o, "priority", atomic_load(&b->worker[slot].priority));
	return o;
}

/* A model of the patch, from the newest checkpoint: it knows the instances' names. NULL if there is none to be had. */
static struct us_engine *open_model(const struct us_session *s, struct us_library **library)
{
	const struct us_engine_config config = us_engine_of_session(
	    s->clock->rate, s->clock->arena_bytes, s->clock->tape_bytes, s->shelf ? &s->shelf->shelf : NULL);
	struct us_replica model = {0};
	struct us_found found;
	if (us_session_library(library, s->name, s->clock->rate, NULL))
		return NULL;
	if (us_engine_open(&model.engine, &config, *library, NULL))
		return NULL;
	if (us_replica_load(&model, s, &(struct us_load){.latest = UINT64_MAX}, &found))
		return model.engine;
	us_engine_close(model.engine);
	return NULL;
}

json_t *us_status_quarantined(const struct us_session *s)
{
	json_t *list = json_array();
	const struct us_slot *slot = s->slot[atomic_load(&s->clock->role) & 1];
	struct us_library *library = NULL;
	struct us_engine *model = NULL;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		struct us_instance_view view;
		char number[16];
		if (!(atomic_load(&slot->quarantined[i / 64]) >> i % 64 & 1))
			continue;
		if (!library)
			model = open_model(s, &library);
		snprintf(number, sizeof number, "#%u", i);
		bool named = model && us_engine_instance(model, i, &view);
		json_array_append_new(list, json_string(named ? view.name : number));
	}
	if (model)
		us_engine_close(model);
	if (library)
		us_library_close(library);
	return list;
}

static json_t *commands(const struct us_house *h)
{
	json_t *o = json_object();
	integer(o, "received", atomic_load(&h->received));
	integer(o, "applied", atomic_load(&h->applied));
	integer(o, "rejected", atomic_load(&h->rejected));
	integer(o, "late", atomic_load(&h->late));
	return o;
}

/* Leaked is what lies in /dev/shm of this user and of no session that lives. */
static json_t *shared_memory(const struct us_session *s)
{
	json_t *o = json_object();
	uint64_t bytes = 0, segments = 0;
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		char name[96], path[128];
		struct stat st;
		snprintf(path, sizeof path, "/dev/shm%s", us_segment_path(name, s->name, k));
		if (stat(path, &st) == 0) {
			segments++;
			bytes += (uint64_t)st.st_blocks * 512; /* of the shelf only what is filled */
		}
	}
	integer(o, "segments", segments);
	integer(o, "bytes", bytes);
	integer(o, "leaked", us_sessions_leaked());
	return o;
}

/* Seconds, or null where it is not so. */
static json_t *duration(double seconds)
{
	return seconds > 0 ? json_real(seconds) : json_null();
}

static json_t *health(const struct us_report *r)
{
	json_t *o = json_object(), *list = json_array();
	for (uint32_t i = 0; i < r->count; i++)
		json_array_append_new(list,
		                      json_pack("{s:s, s:s, s:s}", "part", r->finding[i].part, "state",
		                                us_health_name(r->finding[i].health), "text", r->finding[i].text));
	json_object_set_new(o, "state", json_string(us_health_name(r->health)));
	json_object_set_new(o, "findings", list);
	return o;
}

static void add_vitals(json_t *o, const struct us_vitals *v)
{
	static const char *const logs[] = {"none", "written", "ended"};
	static const char *const recordings[] = {"none", "on", "failed"};
	json_object_set_new(o, "supervisor_alive", json_boolean(v->supervisor));
	json_object_set_new(o, "keeper_alive", json_boolean(v->keeper));
	json_object_set_new(o, "supervisor_still_s", json_real(v->supervisor ? v->heartbeat_s : 0));
	json_object_set_new(o, "control_alive", json_boolean(v->control.alive));
	json_object_set_new(o, "control_still_s", json_real(v->control.still_s));
	json_object_set_new(o, "recorder_alive", json_boolean(v->recorder.alive));
	json_object_set_new(o, "recorder_still_s", json_real(v->recorder.still_s));
	json_object_set_new(o, "plays", json_boolean(v->moves));
	json_object_set_new(o, "alone_s", duration(v->alone_s));
	json_object_set_new(o, "no_spare_s", duration(v->no_spare_s));
	json_object_set_new(o, "no_device_s", duration(v->no_device_s));
	json_object_set_new(o, "log", json_string(logs[v->log]));
	json_object_set_new(o, "log_directory", json_string(v->log_path));
	json_object_set_new(o, "recording_state", json_string(recordings[v->recording]));
	integer(o, "recording_silent_blocks", v->dropped_blocks);
	json_object_set_new(o, "recorder_message", json_string(v->recorder_message));
	json_object_set_new(o, "disk_minutes", v->disk_minutes < 0 ? json_null() : json_real(v->disk_minutes));
	json_object_set_new(o, "room_used",
	                    json_pack("{s:f, s:f, s:f}", "journal", v->journal_used, "faults", v->faults_used, "sounds",
	                              v->sounds_used));
}

static void add_session(json_t *o, const struct us_session *s)
{
	const struct us_clock *c = s->clock;
	json_object_set_new(o, "session", json_string(s->name));
	json_object_set_new(o, "supervisor_pid", json_integer(atomic_load(&c->board.supervisor.pid)));
	json_object_set_new(o, "control_pid", json_integer(atomic_load(&c->board.control.pid)));
	json_object_set_new(o, "recorder_pid", json_integer(atomic_load(&c->board.recorder.pid)));
	json_object_set_new(
	    o, "uptime_s",
	    json_real((double)((us_now_ns() - atomic_load(&c->board.started_mono_ns)) / 1000000) / 1000));
	integer(o, "osc_port", c->osc_port);
	integer(o, "rate", c->rate);
	integer(o, "block", US_BLOCK); /* its frames; how many were played is blocks_played */
	integer(o, "lookahead", c->lookahead);
	json_object_set_new(o, "device", json_string(c->board.device));
	integer(o, "device_frames", atomic_load(&c->board.device_frames));
	json_object_set_new(
	    o, "latency_ms",
	    json_real((atomic_load(&c->lookahead_total) * US_BLOCK + US_MASTER_FRAMES) * 1000.0 / c->rate +
	              atomic_load(&c->board.device_latency_us) / 1000.0));
	json_object_set_new(o, "callback_scheduling", json_string(policy_name(atomic_load(&c->board.callback_policy))));
}

json_t *us_status_describe(const struct us_session *s, const struct us_vitals *v, const struct us_report *report)
{
	const struct us_board *b = &s->clock->board;
	json_t *o = json_object(), *workers = json_array();
	add_session(o, s);
	json_object_set_new(o, "health", health(report));
	add_vitals(o, v);
	integer(o, "blocks_played", atomic_load(&s->clock->played));
	integer(o, "underruns", atomic_load(&b->underruns));
	integer(o, "held_frames", atomic_load(&b->held_frames));
	integer(o, "gap_blocks", atomic_load(&b->gap_blocks));
	uint32_t place, begun_afresh;
	us_amend_afresh(s->clock, &place, &begun_afresh);
	integer(o, "begun_afresh", begun_afresh);
	integer(o, "late_callbacks", atomic_load(&b->late_callbacks));
	integer(o, "device_xruns", atomic_load(&b->device_xruns));
	integer(o, "rejected_blocks", atomic_load(&b->rejected_blocks));
	integer(o, "primary_slot", atomic_load(&s->clock->role) & 1);
	for (uint32_t slot = 0; slot < US_SLOTS; slot++)
		json_array_append_new(workers, worker(s, slot));
	json_object_set_new(o, "workers", workers);
	json_object_set_new(o, "spare_ready",
	                    json_boolean(atomic_load(&b->spare_ready) && us_process_alive(&b->spare.process)));
	json_object_set_new(o, "spare_pid", json_integer(atomic_load(&b->spare.process.pid)));
	integer(o, "crash_count", atomic_load(&b->crashes));
	integer(o, "promotions", atomic_load(&b->promotions));
	integer(o, "replacements", atomic_load(&b->replacements));
	json_object_set_new(o, "failover_ms", percentiles(&b->failover, false));
	json_object_set_new(o, "rebuild_ms", percentiles(&b->rebuild, false));
	integer(o, "divergences", atomic_load(&b->divergences));
	char who[US_REPORT_BYTES] = "";
	const uint64_t differs = atomic_load(&b->differs);
	if (differs)
		us_report_who(who, s->house, us_crumb_instance(differs));
	json_object_set_new(o, "first_to_differ", json_string(who));
	json_object_set_new(o, "quarantined", us_status_quarantined(s));
	json_object_set_new(o, "commands", commands(s->house));
	json_object_set_new(o, "command_latency_ms", percentiles(&s->house->command_latency, true));
	json_object_set_new(o, "recording",
	                    json_string(atomic_load(&s->recorder->state) == US_RECORDER_ON ? s->recorder->path : ""));
	json_object_set_new(o, "master", us_status_master(s));
	json_object_set_new(o, "shm", shared_memory(s));
	return o;
}
