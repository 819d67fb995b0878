/* status.c — `understudy status [--json]`: how the running synth is doing, read from its shared memory without asking
 * anybody: it works when control is dead, and costs the synth nothing. */
#include "cli.h"
#include "engine/engine.h"
#include "ipc/clock.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "ipc/vault_rt.h"
#include "options.h"

#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: understudy status [--json] [--session NAME]\n"
    "Shows how a running synth is doing. It reads shared memory only and costs the synth nothing.\n"
    "  --json           everything, for programs\n"
    "  --session NAME   which synth, if several are running\n";

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
static double load_of(const struct us_session *s, const struct us_slot *slot)
{
	uint64_t blocks = atomic_load(&slot->blocks), block_ns = 1000000000ull * US_BLOCK / s->clock->rate;
	return blocks ? (double)atomic_load(&slot->busy_ns) / (double)blocks / (double)block_ns : 0;
}

static const char *role_of(const struct us_session *s, uint32_t slot)
{
	if (!atomic_load(&s->clock->board.worker[slot].process.pid))
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
	json_object_set_new(o, "role", json_string(role_of(s, slot)));
	json_object_set_new(o, "load", json_real(load_of(s, w)));
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
	const struct us_engine_config config = {
	    .rate = (float)s->clock->rate, .arena_bytes = s->clock->arena_bytes, .tape_bytes = s->clock->tape_bytes};
	struct us_engine *model;
	struct us_found found;
	if (us_library_open(library, s->clock->modules, NULL))
		return NULL;
	if (us_engine_open(&model, &config, *library, NULL))
		return NULL;
	for (uint32_t n = 0; us_vault_find(s->slot, us_vault_room(s->clock), us_engine_layout_id(model), n, &found);
	     n++)
		if (us_vault_intact(&found, found.bytes) &&
		    us_engine_load(model, found.bytes, found.head.bytes, NULL) == US_OK &&
		    us_vault_intact(&found, found.bytes)) /* still: its writer is at work */
			return model;
	us_engine_close(model);
	return NULL;
}

static json_t *quarantined(const struct us_session *s)
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

/* Segments of this session that exist but are not in its list: there must be none. */
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
	integer(o, "leaked", segments > US_SEGMENTS ? segments - US_SEGMENTS : 0);
	return o;
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
	integer(o, "block", US_BLOCK);
	integer(o, "lookahead", c->lookahead);
	json_object_set_new(o, "device", json_string(c->board.device));
	integer(o, "device_frames", atomic_load(&c->board.device_frames));
	json_object_set_new(o, "latency_ms",
	                    json_real(atomic_load(&c->lookahead_total) * 1000.0 * US_BLOCK / c->rate +
	                              atomic_load(&c->board.device_latency_us) / 1000.0));
	json_object_set_new(o, "callback_scheduling", json_string(policy_name(atomic_load(&c->board.callback_policy))));
}

static json_t *describe(const struct us_session *s)
{
	const struct us_board *b = &s->clock->board;
	json_t *o = json_object(), *workers = json_array();
	add_session(o, s);
	integer(o, "blocks_played", atomic_load(&s->clock->played));
	integer(o, "underruns", atomic_load(&b->underruns));
	integer(o, "held_frames", atomic_load(&b->held_frames));
	integer(o, "gap_blocks", atomic_load(&b->gap_blocks));
	integer(o, "late_callbacks", atomic_load(&b->late_callbacks));
	integer(o, "device_xruns", atomic_load(&b->device_xruns));
	integer(o, "rejected_blocks", atomic_load(&b->rejected_blocks));
	integer(o, "primary_slot", atomic_load(&s->clock->role) & 1);
	for (uint32_t slot = 0; slot < US_SLOTS; slot++)
		json_array_append_new(workers, worker(s, slot));
	json_object_set_new(o, "workers", workers);
	json_object_set_new(o, "spare_ready", json_boolean(atomic_load(&b->spare_ready)));
	json_object_set_new(o, "spare_pid", json_integer(atomic_load(&b->spare.process.pid)));
	integer(o, "crash_count", atomic_load(&b->crashes));
	integer(o, "promotions", atomic_load(&b->promotions));
	integer(o, "replacements", atomic_load(&b->replacements));
	json_object_set_new(o, "failover_ms", percentiles(&b->failover, false));
	json_object_set_new(o, "rebuild_ms", percentiles(&b->rebuild, false));
	integer(o, "divergences", atomic_load(&b->divergences));
	json_object_set_new(o, "quarantined", quarantined(s));
	json_object_set_new(o, "commands", commands(s->house));
	json_object_set_new(o, "command_latency_ms", percentiles(&s->house->command_latency, true));
	json_object_set_new(o, "recording",
	                    json_string(atomic_load(&s->recorder->state) == US_RECORDER_ON ? s->recorder->path : ""));
	json_object_set_new(o, "shm", shared_memory(s));
	return o;
}

static void print_for_people(const struct us_session *s)
{
	const struct us_board *b = &s->clock->board;
	const struct us_clock *c = s->clock;
	printf("session %s on %s, %u Hz, OSC port %u, block %llu\n", s->name, b->device, c->rate, c->osc_port,
	       (unsigned long long)atomic_load(&c->played));
	for (uint32_t slot = 0; slot < US_SLOTS; slot++)
		printf("  slot %u  %-11s pid %-7d load %4.1f %%\n", slot, role_of(s, slot),
		       atomic_load(&b->worker[slot].process.pid), 100 * load_of(s, s->slot[slot]));
	printf("  spare   %s\n", atomic_load(&b->spare_ready) ? "ready" : "getting ready");
	if (!us_process_alive(&b->supervisor))
		printf("  the supervisor is dead%s\n", us_process_alive(&b->keeper)
		                                           ? "; its keeper starts another one"
		                                           : ", and nobody will start another one");
	printf("  underruns %llu, deaths %llu, promotions %llu, replacements %llu, divergences %llu\n",
	       (unsigned long long)atomic_load(&b->underruns), (unsigned long long)atomic_load(&b->crashes),
	       (unsigned long long)atomic_load(&b->promotions), (unsigned long long)atomic_load(&b->replacements),
	       (unsigned long long)atomic_load(&b->divergences));
	printf("  failover p95 %.3f ms, a full pair again p95 %.1f ms\n",
	       (double)us_histogram_percentile(&b->failover, 95) / 1e6,
	       (double)us_histogram_percentile(&b->rebuild, 95) / 1e6);
	json_t *list = quarantined(s);
	if (json_array_size(list))
		printf("  in quarantine:");
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s %s", i ? "," : "", json_string_value(json_array_get(list, i)));
	if (json_array_size(list))
		printf("\n");
	json_decref(list);
}

int us_cli_status(int argc, char **argv)
{
	enum { JSON = US_CLI_OWN };
	static const struct option table[] = {
	    {"json", no_argument, NULL, JSON}, {"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	bool json = false;
	const char *wanted = NULL;
	struct us_err err;
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == JSON)
			json = true;
		else
			wanted = optarg;
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("status", "it takes no '%s'", argv[optind]);
	char name[US_SESSION_BYTES];
	struct us_session session;
	if (us_cli_session(name, wanted, &err) || us_session_open(&session, name, 0, &err))
		return us_cli_refuse(&err);
	if (json) {
		json_t *o = describe(&session);
		json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(o);
	} else {
		print_for_people(&session);
	}
	us_session_close(&session);
	return US_CLI_DONE;
}
