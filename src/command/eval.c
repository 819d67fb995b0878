/* eval.c — /eval "line": text in the patch language, carried out as if its sender had sent the commands. Several edits
 * take effect at one block or not at all, and are one step for /undo. Whoever adds the route decides who may use it. */
#include "internal.h"

#include "lang/lang.h"

#include <string.h>

struct eval {
	struct us_turn *turn;
	uint32_t commands, edits, failures;
};

static const struct us_module *find(void *context, const char *name)
{
	return us_library_find(context, name);
}

static const char *nearest(void *context, const char *name)
{
	return us_library_nearest(context, name);
}

static struct us_turn turn_of(const struct eval *e, struct us_command *command)
{
	struct us_turn turn = *e->turn;
	command->at = e->turn->command->at;
	turn.command = command;
	turn.warnings = 0;
	return turn;
}

static int count(void *context, const struct us_command *command, struct us_err *err)
{
	struct eval *e = context;
	struct us_command copy = *command;
	struct us_turn turn = turn_of(e, &copy);
	(void)err;
	e->commands++;
	e->edits += us_turn_is_edit(&turn);
	return US_OK;
}

/* What cannot be carried out has been answered by itself. */
static int run(void *context, const struct us_command *command, struct us_err *err)
{
	struct eval *e = context;
	struct us_command copy = *command;
	struct us_turn turn = turn_of(e, &copy);
	(void)err;
	e->failures += us_turn_run(&turn) != US_OK;
	return US_OK;
}

static int run_at_once(struct eval *e, const struct us_lang_text *text, const struct us_lang_catalogue *catalogue)
{
	struct us_turn *turn = e->turn;
	struct us_group group = us_turn_begin(turn);
	us_lang_compile(text, catalogue, run, e, NULL);
	if (!us_turn_end(turn, group, e->failures ? US_FAILED : US_OK))
		return US_OK;
	if (!e->failures)
		return US_FAILED;
	return us_fail(&turn->err, "nothing is changed, because %u of %u edits cannot be carried out", e->failures,
	               e->edits);
}

/* It is looked over before any of it is done: a slip of the hand changes nothing. */
int us_turn_eval(struct us_turn *turn, const char *line)
{
	const struct us_commander *c = turn->commander;
	const struct us_lang_catalogue catalogue = {
	    .find = find, .nearest = nearest, .context = (void *)(uintptr_t)c->config.library};
	const struct us_lang_text text = {.text = line, .bytes = strlen(line)};
	struct eval e = {.turn = turn};
	if (us_lang_compile(&text, &catalogue, count, &e, &turn->err))
		return US_FAILED;
	if (e.commands > 1 && e.edits == e.commands && !us_batch_of(turn->commander, &turn->message->client))
		return run_at_once(&e, &text, &catalogue);
	return us_lang_compile(&text, &catalogue, run, &e, &turn->err);
}
