/* routes.c — the addresses that do not name an instance, as a table. The caller's own come first. */
#include "internal.h"

#include <string.h>

static const struct us_route routes[] = {
    {"/note", "instance pitch velocity [seconds]", 3, 4, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_note},
    {"/test", "[instance]", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_test},
    {"/undo", "", 0, 1, US_ROUTE_DEAR, us_act_undo},
    {"/redo", "", 0, 1, US_ROUTE_DEAR, us_act_redo},
    {"/panic", "", 0, 1, US_ROUTE_DEAR, us_act_panic},
    {"/engine/gain", "0 to 2 [seconds, or \"4 bars\"]", 0, 2, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
     us_act_gain},
    {"/engine/limiter", "on or off", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY, us_act_limiter},
    {"/engine/meters/reset", "", 0, 0, US_ROUTE_EDIT, us_act_meters_reset},
    {"/engine/tempo", "beats per minute [seconds, or \"4 bars\"]", 0, 2,
     US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY, us_act_tempo},
    {"/tempo", "beats per minute [seconds, or \"4 bars\"]", 0, 2, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
     us_act_tempo},
    {"/key", "note scale [\"now\"|\"beat\"|\"bar\"|\"cycle\"], or \"off\"", 0, 3,
     US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY, us_act_key},
    {"/tempo/tap", "", 0, 1, 0, us_act_tap},
    {"/transport", "", 0, 0, 0, us_act_transport},
    {"/transport/play", "", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_transport_play},
    {"/transport/stop", "", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_transport_stop},
    {"/transport/locate", "beats", 1, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_locate},
    {"/patch/create", "name type [voices]", 2, 3, US_ROUTE_EDIT, us_act_create},
    {"/patch/connect", "source destination [amount]", 2, 3, US_ROUTE_EDIT, us_act_connect},
    {"/patch/disconnect", "source destination", 2, 2, US_ROUTE_EDIT, us_act_disconnect},
    {"/patch/delete", "name", 1, 1, US_ROUTE_EDIT, us_act_delete},
    {"/pattern", "instance \"pattern\" [\"now\"|\"beat\"|\"bar\"|\"cycle\"]", 1, 3, US_ROUTE_EDIT | US_ROUTE_QUERY,
     us_act_play},
    {"/hush", "", 0, 1, US_ROUTE_DEAR | US_ROUTE_EDIT, us_act_hush},
    {"/mute", "instance [on or off [seconds, or \"4 bars\"]]", 0, 3, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
     us_act_mute},
    {"/solo", "instance [on or off [seconds, or \"4 bars\"]]", 0, 3, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
     us_act_solo},
    {"/unmute", "[seconds, or \"4 bars\"]", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_unmute},
    {"/unsolo", "[seconds, or \"4 bars\"]", 0, 1, US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_unsolo},
    {"/scene/save", "name [instance ...]", 1, US_COMMAND_ARGS, US_ROUTE_DEAR | US_ROUTE_EDIT, us_act_scene_save},
    {"/scene/set", "name place value", 3, 3, US_ROUTE_EDIT, us_act_scene_set},
    {"/scene/recall", "name [\"now\"|\"beat\"|\"bar\"] [seconds, or \"4 bars\"]", 1, 3,
     US_ROUTE_DEAR | US_ROUTE_EDIT | US_ROUTE_TIMED, us_act_scene_recall},
    {"/scene/delete", "name [place]", 1, 2, US_ROUTE_EDIT, us_act_scene_delete},
    {"/scene/list", "", 0, 0, US_ROUTE_DEAR, us_act_scene_list},
    {"/patch/file", "instance path", 2, 2, US_ROUTE_DEAR | US_ROUTE_EDIT | US_ROUTE_NEAR, us_act_file},
    {"/patch/clear", "", 0, 0, US_ROUTE_DEAR | US_ROUTE_EDIT, us_act_clear},
    {"/patch/begin", "", 0, 0, 0, us_act_begin},
    {"/patch/commit", "", 0, 0, US_ROUTE_DEAR, us_act_commit},
    {"/patch/abort", "", 0, 0, 0, us_act_abort},
    {"/patch/list", "", 0, 0, US_ROUTE_DEAR, us_act_list},
    {"/patch/cables", "", 0, 0, US_ROUTE_DEAR, us_act_cables},
    {"/patch/text", "[first line]", 0, 1, US_ROUTE_DEAR, us_act_text},
    {"/module/restore", "instance", 1, 1, 0, us_act_restore},
    {"/fault/module", "instance what", 2, 2, US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_NEAR, us_act_fault},
    {"/ping", "[id]", 0, 1, 0, us_act_ping},
    {"/time", "", 0, 0, 0, us_act_time},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

const struct us_route us_wildcard_route = {
    .usage = "value",
    .most = 2,
    .flags = US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
    .act = us_act_wildcard,
};

const struct us_route *us_route_at(const struct us_commander *c, uint32_t n)
{
	if (n < ROUTES)
		return &routes[n];
	const struct us_route *theirs = c->config.routes;
	for (n -= ROUTES; theirs && theirs->address; theirs++)
		if (n-- == 0)
			return theirs;
	return NULL;
}

const struct us_route *us_route_find(const struct us_commander *c, const char *address)
{
	for (const struct us_route *r = c->config.routes; r && r->address; r++)
		if (strcmp(r->address, address) == 0)
			return r;
	for (uint32_t i = 0; i < ROUTES; i++)
		if (strcmp(routes[i].address, address) == 0)
			return &routes[i];
	return NULL;
}
