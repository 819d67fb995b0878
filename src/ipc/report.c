/* report.c — see report.h. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Shared memory may be changing, or filled with anything: a terminated copy of what can be printed. */
static void copy_name(char *to, size_t bytes, const char *from)
{
	memcpy(to, from, bytes - 1);
	to[bytes - 1] = 0;
	for (char *c = to; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

char *us_report_who(char text[static US_REPORT_BYTES], const struct us_house *house, uint32_t instance)
{
	char name[US_NAME_BYTES] = "", module[US_MODULE_NAME_BYTES] = "";
	if (instance < US_INDICES) {
		copy_name(name, sizeof name, house->credit[instance].instance);
		copy_name(module, sizeof module, house->credit[instance].module);
	}
	if (name[0])
		snprintf(text, US_REPORT_BYTES, "%s (module %s)", name, module);
	else
		snprintf(text, US_REPORT_BYTES, "instance %u", instance);
	return text;
}

void us_report_credit(struct us_house *house, uint32_t instance, const char *name, const char *module)
{
	struct us_credit *credit = &house->credit[instance];
	if (strncmp(credit->instance, name, sizeof credit->instance) == 0 &&
	    strncmp(credit->module, module, sizeof credit->module) == 0)
		return;
	snprintf(credit->instance, sizeof credit->instance, "%s", name);
	snprintf(credit->module, sizeof credit->module, "%s", module);
}

const char *us_report_cause(char text[static 32], uint32_t cause)
{
	const char *name = cause < 65 ? sigabbrev_np((int)cause) : NULL;
	switch (cause) {
	case US_CAUSE_HANG:
		return "a hang";
	case US_CAUSE_EXIT:
		return "an exit";
	case US_CAUSE_NAN:
		return "not a number";
	case US_CAUSE_SLOW:
		return "too slow";
	case US_CAUSE_USER:
		return "asked for";
	default:
		if (name)
			snprintf(text, 32, "SIG%s", name);
		else
			snprintf(text, 32, "signal %u", cause);
		return text;
	}
}

bool us_report_where(char text[static US_REPORT_BYTES], const struct us_slot *slot, uint64_t worker)
{
	const struct us_trace *trace = &slot->trace[worker % US_DESKS];
	size_t used = 0;
	text[0] = 0;
	if (!worker || atomic_load_explicit(&trace->id, memory_order_acquire) != worker) /* pairs with write_trace */
		return false;
	for (uint32_t i = 0; i < trace->count && i < US_TRACE_FRAMES && used < US_REPORT_BYTES; i++) {
		char object[US_TRACE_OBJECT_BYTES];
		copy_name(object, sizeof object, trace->frame[i].object);
		used += (size_t)snprintf(text + used, US_REPORT_BYTES - used, "%s%s%s0x%" PRIx64, i ? " < " : "",
		                         object, object[0] ? "+" : "", trace->frame[i].offset);
	}
	return used > 0;
}
