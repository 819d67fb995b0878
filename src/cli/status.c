/* status.c — `understudy status [--json]`: how the running synth is doing, read from its shared memory without asking
 * anybody: it works when control is dead, and costs the synth nothing. Its exit code is for a monitor. */
#include "status.h"

#include "cli.h"
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "ipc/report.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* Apart from "could not be done" and "not understood". */
enum { EXIT_DEGRADED = 3, EXIT_DOWN = 4 };

static const char usage[] =
    "usage: understudy status [--json] [--session NAME]\n"
    "Shows how a running synth is doing. It reads shared memory only and costs the synth nothing.\n"
    "  --json           everything, for programs\n"
    "  --session NAME   which synth, if several are running\n"
    "Exit code: 0 healthy, 3 degraded (it plays, and something is amiss), 4 down (it does not play, or is not there);\n"
    "1 where it cannot be told, 2 for a wrong command line.\n";

static unsigned long long get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void print_process(const char *what, const struct us_process *p, const struct us_vital *v)
{
	const int pid = atomic_load(&p->pid);
	if (!pid) {
		printf("  %-10s none right now\n", what);
		return;
	}
	printf("  %-10s pid %d", what, pid);
	if (!v->alive)
		printf(", dead");
	else if (v->still_s >= 1)
		printf(", stands still for %.1f s", v->still_s);
	printf("\n");
}

static void print_worker(const struct us_session *s, uint32_t slot)
{
	const int pid = atomic_load(&s->clock->board.worker[slot].process.pid);
	if (pid)
		printf("  slot %u     %-11s pid %-7d load %4.1f %%\n", slot, us_status_role(s, slot), pid,
		       100 * us_status_load(s, s->slot[slot]));
	else
		printf("  slot %u     %-11s none right now\n", slot, us_status_role(s, slot));
}

static void print_processes(const struct us_session *s, const struct us_vitals *v)
{
	const struct us_board *b = &s->clock->board;
	for (uint32_t slot = 0; slot < US_SLOTS; slot++)
		print_worker(s, slot);
	printf("  spare      %s\n", v->no_spare_s > 0 ? "getting ready" : "ready");
	print_process("supervisor", &b->supervisor, &(struct us_vital){v->supervisor, v->heartbeat_s});
	print_process("control", &b->control, &v->control);
	print_process("recorder", &b->recorder, &v->recorder);
}

static void print_files(const struct us_vitals *v)
{
	if (v->log != US_LOG_NONE)
		printf("  log        %s%s\n", v->log_path, v->log == US_LOG_ENDED ? " (ended)" : "");
	if (v->record_path[0])
		printf("  recording  %s\n", v->record_path);
	if (v->disk_minutes >= 0)
		printf("  disk       room for %.0f h\n", v->disk_minutes / 60);
}

static void print_quarantined(const struct us_session *s)
{
	json_t *list = us_status_quarantined(s);
	if (json_array_size(list))
		printf("  in quarantine:");
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s %s", i ? "," : "", json_string_value(json_array_get(list, i)));
	if (json_array_size(list))
		printf("\n");
	json_decref(list);
}

static void print_who_differed(const struct us_session *s)
{
	char who[US_REPORT_BYTES];
	const uint64_t differs = atomic_load(&s->clock->board.differs);
	if (differs)
		printf("  two workers differed first in the output of %s, in block %llu\n",
		       us_report_who(who, s->house, us_crumb_instance(differs)),
		       (unsigned long long)us_crumb_block(differs));
}

static void print_for_people(const struct us_session *s, const struct us_vitals *v, const struct us_report *r)
{
	const struct us_board *b = &s->clock->board;
	const struct us_clock *c = s->clock;
	printf("session %s is %s: %s, %u Hz, OSC port %u, %llu blocks played (%.1f s)\n", s->name,
	       us_health_name(r->health), b->device, c->rate, c->osc_port, get(&c->played),
	       (double)get(&c->played) * US_BLOCK / c->rate);
	for (uint32_t i = 0; i < r->count; i++)
		printf("  %s %s: %s\n", r->finding[i].health == US_DOWN ? "DOWN    " : "DEGRADED", r->finding[i].part,
		       r->finding[i].text);
	print_processes(s, v);
	print_files(v);
	printf("  underruns %llu, deaths %llu, promotions %llu, replacements %llu, divergences %llu\n",
	       get(&b->underruns), get(&b->crashes), get(&b->promotions), get(&b->replacements), get(&b->divergences));
	print_who_differed(s);
	uint32_t place, times;
	const struct us_amendment *afresh = us_amend_afresh(s->clock, &place, &times);
	if (afresh)
		printf("  begun afresh %u times, the last time in block %llu: no state of the song was left\n", times,
		       (unsigned long long)afresh->block);
	printf("  failover p95 %.3f ms, a full pair again p95 %.1f ms\n",
	       (double)us_histogram_percentile(&b->failover, 95) / 1e6,
	       (double)us_histogram_percentile(&b->rebuild, 95) / 1e6);
	us_status_master_print(s);
	print_quarantined(s);
}

static struct us_vitals vitals;
static struct us_report report;

void us_status_say(const char *session)
{
	struct us_session s;
	struct us_err err;
	if (us_session_open(&s, session, 0, &err)) {
		us_cli_refuse(&err);
		return;
	}
	us_vitals_take(&vitals, &s);
	us_health_judge(&vitals, &report);
	print_for_people(&s, &vitals, &report);
	us_session_close(&s);
}

static int show(const struct us_session *s, bool json)
{
	us_vitals_take(&vitals, s);
	us_health_judge(&vitals, &report);
	if (json) {
		json_t *o = us_status_describe(s, &vitals, &report);
		json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(o);
	} else {
		print_for_people(s, &vitals, &report);
	}
	return report.health == US_HEALTHY ? US_CLI_DONE : report.health == US_DEGRADED ? EXIT_DEGRADED : EXIT_DOWN;
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
	if (us_cli_session(name, wanted, &err))
		return us_cli_refuse(&err);
	if (us_session_open(&session, name, 0, &err)) {
		us_cli_refuse(&err);
		return strncmp(err.text, "no session", 10) == 0 ? EXIT_DOWN : US_CLI_FAILED;
	}
	code = show(&session, json);
	us_session_close(&session);
	return code;
}
