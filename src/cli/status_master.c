/* status_master.c — the master meters in `understudy status`: as JSON, and as a line for people. */
#include "ipc/meters_rt.h"
#include "status.h"

#include <stdio.h>

static void read_primary(const struct us_session *s, struct us_meters *m)
{
	us_meters_read(s->slot[atomic_load_explicit(&s->clock->role, memory_order_acquire) & 1], m);
}

static bool is_known(float db)
{
	return db > US_METER_NONE && db < 100;
}

static json_t *level(float db)
{
	return is_known(db) ? json_real((double)db) : json_null();
}

json_t *us_status_master(const struct us_session *s)
{
	struct us_meters m;
	read_primary(s, &m);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "peak_dbfs", level(m.peak), "true_peak_dbtp",
	                 level(m.true_peak), "recent_peak_dbfs", level(m.recent), "momentary_lufs", level(m.momentary),
	                 "short_term_lufs", level(m.short_term), "integrated_lufs", level(m.integrated), "reduction_db",
	                 level(m.reduction), "limiter", (int)(m.limiter != 0), "clips", (json_int_t)m.clips);
}

static const char *text(char to[static 16], float db)
{
	if (is_known(db))
		snprintf(to, 16, "%.1f", (double)db);
	else
		snprintf(to, 16, "-");
	return to;
}

void us_status_master_print(const struct us_session *s)
{
	struct us_meters m;
	char peak[16], now[16], all[16];
	read_primary(s, &m);
	printf("  master  true peak %s dBTP, loudness %s LUFS (3 s), %s LUFS (all)", text(peak, m.true_peak),
	       text(now, m.short_term), text(all, m.integrated));
	if (!m.limiter)
		printf(", limiter off, %llu samples clipped", (unsigned long long)m.clips);
	else if (m.reduction > 0.05f)
		printf(", limiter takes %.1f dB", (double)m.reduction);
	printf("\n");
}
