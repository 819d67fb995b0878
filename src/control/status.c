/* status.c — /engine/status: what the supervisor, the workers and control note in shared memory, as one line of JSON
 * with the instances' names, which only control knows. */
#include "control.h"
#include "ipc/histogram.h"
#include "ipc/meters_rt.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *whole(const _Atomic uint64_t *value)
{
	return json_integer((json_int_t)atomic_load_explicit(value, memory_order_relaxed));
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static json_t *percentiles(const struct us_histogram *h)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "last", ms(atomic_load(&h->last_ns)), "p50",
	                 ms(us_histogram_percentile(h, 50)), "p95", ms(us_histogram_percentile(h, 95)), "p99",
	                 ms(us_histogram_percentile(h, 99)), "max", ms(atomic_load(&h->max_ns)));
}

static json_t *quarantined(const struct us_control *c, uint32_t primary)
{
	json_t *names = json_array();
	struct us_instance_view view;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		uint64_t word =
		    atomic_load_explicit(&c->session.slot[primary]->quarantined[i / 64], memory_order_relaxed);
		if ((word >> i % 64 & 1) && us_engine_instance(us_commander_model(c->commander), i, &view))
			json_array_append_new(names, json_string(view.name));
	}
	return names;
}

static json_t *workers(const struct us_control *c, uint32_t primary)
{
	json_t *list = json_array();
	uint32_t live = atomic_load(&c->clock->live_mask);
	double block_ns = 1e9 * US_BLOCK / c->clock->rate;
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		const struct us_slot *slot = c->session.slot[s];
		uint64_t blocks = atomic_load(&slot->blocks);
		double load = blocks ? (double)atomic_load(&slot->busy_ns) / (double)blocks / block_ns : 0;
		const char *role = !(live >> s & 1) ? "joining" : s == primary ? "primary" : "standby";
		json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:f, s:o}", "slot", (int)s, "pid",
		                                      (int)atomic_load(&c->clock->board.worker[s].process.pid), "role",
		                                      role, "load", load, "minor_faults", whole(&slot->minor_faults)));
	}
	return list;
}

/* What is not known, or makes no sense, is null. */
static json_t *level(float db)
{
	return db > US_METER_NONE && db < 100 ? json_real((double)db) : json_null();
}

static json_t *master(const struct us_control *c, uint32_t primary)
{
	struct us_meters m;
	us_meters_read(c->session.slot[primary], &m);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "peak_dbfs", level(m.peak), "true_peak_dbtp",
	                 level(m.true_peak), "recent_peak_dbfs", level(m.recent), "momentary_lufs", level(m.momentary),
	                 "short_term_lufs", level(m.short_term), "integrated_lufs", level(m.integrated), "reduction_db",
	                 level(m.reduction), "limiter", (int)(m.limiter != 0), "clips", (json_int_t)m.clips);
}

static json_t *patch(const struct us_control *c)
{
	struct us_engine_counts n;
	us_engine_counts(us_commander_model(c->commander), &n);
	return json_pack("{s:i, s:i, s:i, s:I, s:I}", "instances", (int)n.instances, "cables", (int)n.cables, "timed",
	                 (int)n.timed, "state_bytes", (json_int_t)n.state_bytes, "state_free",
	                 (json_int_t)n.state_free);
}

char *us_control_status(const struct us_control *c)
{
	const struct us_clock *k = c->clock;
	const struct us_board *b = &k->board;
	const struct us_house *h = c->session.house;
	uint32_t primary = (uint32_t)(atomic_load_explicit(&k->role, memory_order_acquire) & 1);
	double uptime_s = (double)(c->now_ns - atomic_load(&b->started_mono_ns)) / 1e9;
	json_t *commands = json_pack("{s:o, s:o, s:o, s:o}", "received", whole(&h->received), "applied",
	                             whole(&h->applied), "rejected", whole(&h->rejected), "late", whole(&h->late));
	json_t *j = json_pack(
	    "{s:s, s:i, s:i, s:f, s:i, s:o, s:i, s:s, s:o, s:o, s:o, s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, "
	    "s:o, s:o, s:o}",
	    "session", k->session, "supervisor_pid", (int)atomic_load(&b->supervisor.pid), "control_pid",
	    (int)atomic_load(&b->control.pid), "uptime_s", uptime_s, "rate", (int)k->rate, "block", whole(&k->played),
	    "lookahead", (int)k->lookahead, "device", b->device, "blocks_played", whole(&k->played), "underruns",
	    whole(&b->underruns), "late_callbacks", whole(&b->late_callbacks), "primary_slot", (int)primary, "workers",
	    workers(c, primary), "spare_ready", (int)atomic_load(&b->spare_ready), "crash_count", whole(&b->crashes),
	    "promotions", whole(&b->promotions), "replacements", whole(&b->replacements), "failover_ms",
	    percentiles(&b->failover), "rebuild_ms", percentiles(&b->rebuild), "divergences", whole(&b->divergences),
	    "quarantined", quarantined(c, primary), "commands", commands, "command_latency_ms",
	    percentiles(&h->command_latency), "patch", patch(c), "master", master(c, primary));
	char *text = j ? json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(j);
	return text;
}
