/* health.c — see health.h. One finding for each thing that is not as it should be; none: healthy. */
#include "health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define STILL_S 1.0 /* a main loop turns every 20 ms */
#define CHILD_STILL_S 2.0
#define NO_SPARE_S 2.0 /* it takes some milliseconds */
#define FULL 0.75      /* of anything that is finite */
#define DISK_MINUTES 15.0

const char *us_health_name(enum us_health health)
{
	static const char *const name[] = {"healthy", "degraded", "down"};
	return name[health];
}

__attribute__((format(printf, 4, 5))) static void find(struct us_report *r, enum us_health health, const char *part,
                                                       const char *format, ...)
{
	va_list arguments;
	if (r->count == US_FINDINGS)
		return;
	struct us_finding *f = &r->finding[r->count++];
	f->health = health;
	f->part = part;
	va_start(arguments, format);
	vsnprintf(f->text, sizeof f->text, format, arguments);
	va_end(arguments);
	if (health > r->health)
		r->health = health;
}

static void judge_supervisor(const struct us_vitals *v, struct us_report *r)
{
	if (!v->supervisor)
		find(r, v->keeper ? US_DEGRADED : US_DOWN, "supervisor", "it is dead%s",
		     v->keeper ? "; its keeper starts another one" : ", and nobody will start another one");
	else if (v->heartbeat_s >= STILL_S)
		find(r, US_DEGRADED, "supervisor", "stands still for %.1f s%s", v->heartbeat_s,
		     v->keeper ? "" : ", and nobody will replace it");
	if (v->supervisor && !v->keeper)
		find(r, US_DEGRADED, "keeper", "it is dead: nobody will restart the supervisor");
}

static void judge_sound(const struct us_vitals *v, struct us_report *r)
{
	if (!v->moves)
		find(r, US_DOWN, "sound", "no block is being played");
	if (!v->workers)
		find(r, US_DOWN, "workers", "none lives%s", v->alone_s > 0 ? "" : " any more");
	else if (v->workers < US_SLOTS)
		find(r, US_DEGRADED, "workers", "one is alone, for %.1f s: its death would be heard", v->alone_s);
	if (v->no_spare_s >= NO_SPARE_S)
		find(r, US_DEGRADED, "spare", "there is none, for %.1f s", v->no_spare_s);
	if (v->no_device_s > 0)
		find(r, US_DEGRADED, "device", "it is gone for %.1f s; the null clock plays to nobody", v->no_device_s);
	if (v->quarantined)
		find(r, US_DEGRADED, "modules", "%u instance%s bypassed", v->quarantined,
		     v->quarantined == 1 ? " is" : "s are");
}

static void judge_child(struct us_report *r, const char *part, const struct us_vital *v)
{
	if (!v->alive)
		find(r, US_DEGRADED, part, "it is not running");
	else if (v->still_s >= CHILD_STILL_S)
		find(r, US_DEGRADED, part, "stands still for %.1f s", v->still_s);
}

static void judge_files(const struct us_vitals *v, struct us_report *r)
{
	if (v->log == US_LOG_ENDED)
		find(r, US_DEGRADED, "log", "it has ended, and the session goes on without: %s",
		     v->recorder_message[0] ? v->recorder_message : "it stood still");
	if (v->recording == US_RECORDER_FAILED)
		find(r, US_DEGRADED, "recording", "it has failed: %s", v->recorder_message);
	if (v->dropped_blocks)
		find(r, US_DEGRADED, "recording", "%" PRIu64 " blocks of it are silent: the disk was too slow",
		     v->dropped_blocks);
	if (v->disk_minutes >= 0 && v->disk_minutes < DISK_MINUTES)
		find(r, US_DEGRADED, "disk", "room for %.0f more minutes", v->disk_minutes);
}

static void judge_room(const struct us_vitals *v, struct us_report *r)
{
	if (v->journal_used >= FULL)
		find(r, US_DEGRADED, "journal", "%.0f %% full: commands will be refused", 100 * v->journal_used);
	if (v->faults_used >= FULL)
		find(r, US_DEGRADED, "faults", "%.0f %% of what a session can note: bypasses will become permanent",
		     100 * v->faults_used);
	if (v->sounds_used >= FULL)
		find(r, US_DEGRADED, "sounds", "%.0f %% of the room for tables and samples", 100 * v->sounds_used);
}

void us_health_judge(const struct us_vitals *v, struct us_report *r)
{
	*r = (struct us_report){.health = US_HEALTHY};
	judge_supervisor(v, r);
	judge_sound(v, r);
	judge_child(r, "control", &v->control);
	judge_child(r, "recorder", &v->recorder);
	judge_files(v, r);
	judge_room(v, r);
}
