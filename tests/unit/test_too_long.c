/* test_too_long.c — promises of src/command/too_long.c: who says beats that a module cannot hold at this tempo hears
 * what they become, whether the beats, the tempo or a whole patch came to that; and no other sender hears anything. */
#include "warning_rig.h"

#define NOTHING NULL

static void what_is_shortened_is_said(void **state)
{
	struct rig *r = *state;
	tell(r, "tempo 120", false);
	tell(r, "a = delay", false);
	tell(r, "b = delay", false);
	SAYS(r, "none is in beats", NOTHING);
	tell(r, "a.beats 4", false);
	SAYS(r, "it just fits", NOTHING);
	tell(r, "a.beats 4.5", false);
	SAYS(r, "a knob", "a.beats: 4.5 beats at 120 bpm are 2.25 s, it holds 2 s: halved to 2.25 beats");
	tell(r, "b.beats 3", false);
	SAYS(r, "another one", NOTHING);
	tell(r, "tempo 88", false);
	SAYS(r, "a tempo", "a.beats: 4.5 beats at 88 bpm are 3.07 s, it holds 2 s: halved to 2.25 beats",
	     "b.beats: 3 beats at 88 bpm are 2.05 s, it holds 2 s: halved to 1.5 beats");
	tell(r, "tempo 240", false);
	SAYS(r, "and one at which they fit", NOTHING);
	tell(r, "b.time 2s", false);
	SAYS(r, "another knob", NOTHING);
}

static void a_patch_is_looked_at_when_it_is_whole(void **state)
{
	struct rig *r = *state;
	load(r, "echo = delay beats=8\ntempo 30\n");
	SAYS(r, "a patch", "echo.beats: 8 beats at 30 bpm are 16 s, it holds 2 s: halved to 1 beats");
	load(r, "tempo 30\necho = delay beats=4\ntempo 120\n");
	SAYS(r, "its tempo is the last one", NOTHING);
	say(r, "/patch/begin", "");
	tell(r, "echo.beats 2", false);
	tell(r, "tempo 60", false);
	SAYS(r, "so far it is not done", NOTHING);
	say(r, "/patch/commit", "");
	SAYS(r, "now it is, and fits", NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_shortened_is_said, empty, tear_down),
	    cmocka_unit_test_setup_teardown(a_patch_is_looked_at_when_it_is_whole, empty, tear_down),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
