/* polkit_yes.c — an org.freedesktop.PolicyKit1 on a private bus that permits everything, so that a real rtkit can be
 * tested without touching the rules of this machine. Runs until it is killed. */
#include <stdio.h>
#include <systemd/sd-bus.h>

static int check(sd_bus_message *call, void *context, sd_bus_error *error)
{
	(void)context, (void)error;
	return sd_bus_reply_method_return(call, "(bba{ss})", 1, 0, 0);
}

static const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", check, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int main(void)
{
	sd_bus *bus = NULL;
	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/PolicyKit1/Authority",
	                             "org.freedesktop.PolicyKit1.Authority", table, NULL) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.PolicyKit1", 0) < 0) {
		fprintf(stderr, "polkit_yes: no bus, or it has a polkit already\n");
		return 1;
	}
	for (;;)
		if (sd_bus_process(bus, NULL) == 0 && sd_bus_wait(bus, UINT64_MAX) < 0)
			return 1;
}
