/* fuzz_patch.c — libFuzzer over the patch language: any text, as a whole patch and as lines for a running synth.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_patch -max_len=4096 tests/fuzz/corpus/patch
 *
 * Checked: no crash; an error has a place and words; what is given is a well-formed command; and what a whole patch
 * gives, the commander carries out: a patch that `understudy check` calls good must load. */
#include "command/commander.h"
#include "lang/lang.h"

#include <stdlib.h>
#include <string.h>

struct rig {
	struct us_library *library;
	struct us_commander *commander;
	struct us_record record[US_OUTBOX_RECORDS];
	struct us_outbox out;
	char refusal[US_ERROR_BYTES];
};

static void demand(int condition, const char *what, const char *text)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_patch: %s: %s\n", what, text);
	abort();
}

static const struct us_module *find(void *context, const char *name)
{
	return us_library_find(context, name);
}
static const char *nearest(void *context, const char *name)
{
	return us_library_nearest(context, name);
}

static int answer(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	(void)err;
	if (strcmp(command->address, "/error") == 0 && !r->refusal[0])
		snprintf(r->refusal, sizeof r->refusal, "%s: %s", command->arg[0].s, command->arg[1].s);
	return US_OK;
}

static void take(struct rig *r, const struct us_command *command)
{
	const struct us_message m = {
	    .from = US_FROM_OWNER, .command = command, .out = &r->out, .reply = answer, .reply_context = r};
	us_commander_take(r->commander, &m);
}

static int check(void *context, const struct us_command *command, struct us_err *err)
{
	(void)context, (void)err;
	demand(command->address[0] == '/' && !strpbrk(command->address, " #*,?[]{}"), "no address", command->address);
	demand(command->argc <= US_COMMAND_ARGS, "too many arguments", command->address);
	for (uint32_t i = 0; i < command->argc; i++)
		demand(command->arg[i].type && strchr("sfi", command->arg[i].type) != NULL, "no type",
		       command->address);
	return US_OK;
}

static int carry_out(void *context, const struct us_command *command, struct us_err *err)
{
	check(context, command, err);
	take(context, command);
	return US_OK;
}

static struct rig *open_rig(void)
{
	static struct rig r;
	struct us_err err;
	const char *modules = getenv("UNDERSTUDY_MODULES");
	if (r.library)
		return &r;
	if (us_library_open(&r.library, modules ? modules : "build/modules", &err))
		demand(0, "no modules", err.text);
	return &r;
}

/* Notes and gates need somebody to play them, which only control knows; and a large patch may not fit the arena. */
static int is_excused(const char *refusal)
{
	static const char *const excuses[] = {"/gate/",     "/note",        "room", "too many",
	                                      "do not fit", "does not fit", "batch"};
	for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
		if (strstr(refusal, excuses[i]))
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct rig *r = open_rig();
	const struct us_lang_catalogue catalogue = {.find = find, .nearest = nearest, .context = r->library};
	struct us_lang_text text = {.text = (const char *)bytes, .bytes = count};
	struct us_err err = {""};
	if (us_lang_compile(&text, &catalogue, check, NULL, &err))
		demand(strncmp(err.text, "column ", 7) == 0, "an error without a place", err.text);
	text.file = "p.us";
	text.whole = true;
	if (us_lang_compile(&text, &catalogue, check, NULL, &err)) {
		demand(strncmp(err.text, "p.us:", 5) == 0, "an error without a place", err.text);
		return 0;
	}
	const struct us_commander_config config = {.rate = 48000, .library = r->library};
	if (us_commander_open(&r->commander, &config, &err))
		demand(0, "no commander", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	r->refusal[0] = 0;
	take(r, &(struct us_command){.address = "/patch/begin"});
	us_lang_compile(&text, &catalogue, carry_out, r, &err);
	take(r, &(struct us_command){.address = "/patch/commit"});
	demand(!r->refusal[0] || is_excused(r->refusal), "a good patch does not load", r->refusal);
	us_commander_close(r->commander);
	return 0;
}
