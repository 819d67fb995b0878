/* test_said.c — no address of OSC reaches somebody who reads: each that control has is words, and paths stay paths. */
#include "command_rig.h"

#include "client/said.h"
#include "command/internal.h"

static void becomes(const char *text, const char *wanted)
{
	char said[US_ERROR_BYTES];
	assert_string_equal(us_said(said, text), wanted);
}

static void addresses_are_words(void **state)
{
	(void)state;
	becomes("/mod/vcf/cutoff: out of range", "vcf.cutoff: out of range");
	becomes("/patch/connect: there is no 'x'; /patch/list names those that exist",
	        "connect: there is no 'x'; list names those that exist");
	becomes("there is no scene 'b'; /scene/save b keeps it", "there is no scene 'b'; scene save b keeps it");
	becomes("nothing", "nothing");
	becomes("", "");
}

static void paths_stay_paths(void **state)
{
	(void)state;
	becomes("cannot read /tmp/mute/a.wav: no", "cannot read /tmp/mute/a.wav: no");
	becomes("cannot read /test/a.wav", "cannot read /test/a.wav");
	becomes("cannot read /time.us: no", "cannot read /time.us: no");
	becomes("/home/x/note: no", "/home/x/note: no");
	becomes("1/2 and 3/4", "1/2 and 3/4");
}

/* Those that a statement of the language leads to. */
static void no_route_is_left_out(void **state)
{
	static const char *const only_osc[] = {"/fault/module", "/engine/meters/reset"};
	struct rig *r = open_rig(false);
	const struct us_route *route;
	char said[US_ERROR_BYTES], text[200];
	(void)state;
	for (uint32_t i = 0; (route = us_route_at(r->commander, i)); i++) {
		bool known = false;
		for (size_t k = 0; k < sizeof only_osc / sizeof only_osc[0]; k++)
			known |= strcmp(only_osc[k], route->address) == 0;
		snprintf(text, sizeof text, "%s: no", route->address);
		if (!known && strchr(us_said(said, text), '/'))
			fail_msg("%s is said as %s", route->address, said);
	}
	us_commander_close(r->commander);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_words),
	    cmocka_unit_test(paths_stay_paths),
	    cmocka_unit_test(no_route_is_left_out),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
