/* file.c — /patch/file: an instance reads a sound or a tuning from a file. The file is read here and now, by whoever
 * this commander belongs to; workers only ever see what lies on the shelf. */
#include "internal.h"

int us_act_file(struct us_turn *turn)
{
	const struct us_commander_config *config = &turn->commander->config;
	const char *name, *path;
	struct us_instance_view view;
	uint32_t number;
	if (us_turn_text(turn, 0, &name) || us_turn_text(turn, 1, &path) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	if (!us_is_visible(path)) /* it will be shown to people */
		return us_fail(&turn->err, "the path holds characters that cannot be seen, or is not UTF-8");
	if (!(view.module->flags & US_TABLE))
		return us_fail(&turn->err, "'%s' is a %s, which reads no file", view.name, view.module->name);
	if (!config->shelve || !config->shelf)
		return us_fail(&turn->err, "no files can be read here");
	if (config->shelve(turn->host, path, &number, &turn->err))
		return US_FAILED;
	const struct us_record r = {
	    .type = US_REC_TABLE,
	    .instance = view.index,
	    .table = {.number = number, .mark = us_shelf_mark(config->shelf, number)},
	};
	return us_turn_emit(turn, &r);
}
