/* modules.c — `understudy modules` and `understudy devices`: the reference, from the modules' own descriptors, and the
 * devices, listed by a process that may start PortAudio anew. */
#include "cli.h"
#include "code.h"
#include "engine/library.h"
#include "ipc/rig.h"
#include "lang/value.h"
#include "options.h"

#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <understudy/names.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy modules [NAME] [--json | --markdown]\n"
    "Lists the modules, or describes one: what it does, its inputs with unit, idle value and range, its outputs.\n";

/* "gain|level", "hpf mode=high": as a list. */
static void print_also(const char *before, const char *also, const char *behind)
{
	if (!also)
		return;
	fputs(before, stdout);
	for (const char *p = also; *p; p++)
		fputs(*p == '|' ? ", " : (char[]){*p, 0}, stdout);
	fputs(behind, stdout);
}

static void describe_input(const struct us_input *in)
{
	char idle[48], least[48], most[48];
	printf("  %-12s %-10s %s to %s  %s%s%s", in->name, us_value_print(idle, in->value, in),
	       us_value_print(least, in->min, in), us_value_print(most, in->max, in), in->doc, in->choices ? ": " : "",
	       in->choices ? in->choices : "");
	print_also(" (also ", in->also, ")");
	putchar('\n');
}

bool us_cli_describe_port(const struct us_module *m, const char *port)
{
	char example[48];
	const int input = us_input_named(m, port);
	if (input >= 0) {
		const struct us_input *in = &m->inputs[input];
		printf("an input of %s, in %s\n", m->name, us_unit_name(in->unit));
		describe_input(in);
		us_value_print(example, in->value == in->min ? in->max : in->value, in);
		printf("  NAME.%s %s turns it, NAME.%s asks, osc -> NAME.%s plugs something in\n", in->name, example,
		       in->name, in->name);
		return true;
	}
	for (uint32_t i = 0; i < us_module_output_count(m); i++)
		if (strcmp(m->outputs[i].name, port) == 0)
			return printf("an output of %s: %s\n", m->name, m->outputs[i].doc) > 0;
	return false;
}

void us_cli_describe(const struct us_module *m)
{
	printf("%s — %s\n", m->name, m->doc);
	print_also("also called: ", m->also, "\n");
	if (m->help)
		printf("\n%s\n", m->help);
	if (m->flags & US_STEREO)
		printf("\nstereo: left and right may differ. (Of what is not stereo a mono signal stays mono.)\n");
	printf("\ninputs\n");
	for (uint32_t i = 0; i < us_module_input_count(m); i++)
		describe_input(&m->inputs[i]);
	printf("outputs\n");
	for (uint32_t i = 0; i < us_module_output_count(m); i++)
		printf("  %-12s %s\n", m->outputs[i].name, m->outputs[i].doc);
}

static void describe_markdown(const struct us_module *m)
{
	char idle[48], least[48], most[48];
	printf("## %s\n\n%s.%s%s\n\n", m->name, m->doc, m->help ? " " : "", m->help ? m->help : "");
	printf("| input | unit | idle | range | |\n|---|---|---|---|---|\n");
	for (uint32_t i = 0; i < us_module_input_count(m); i++) {
		const struct us_input *in = &m->inputs[i];
		printf("| `%s` | %s | %s | %s to %s | %s", in->name, us_unit_name(in->unit),
		       us_value_print(idle, in->value, in), us_value_print(least, in->min, in),
		       us_value_print(most, in->max, in), in->doc);
		if (in->choices) { /* a bar would end the column */
			printf(": ");
			for (const char *p = in->choices; *p; p++)
				fputs(*p == '|' ? ", " : (char[]){*p, 0}, stdout);
		}
		print_also(" (also ", in->also, ")");
		printf(" |\n");
	}
	printf("\n| output | |\n|---|---|\n");
	for (uint32_t i = 0; i < us_module_output_count(m); i++)
		printf("| `%s` | %s |\n", m->outputs[i].name, m->outputs[i].doc);
	printf("\n");
}

static json_t *as_json(const struct us_module *m)
{
	json_t *o = json_object(), *inputs = json_array(), *outputs = json_array();
	for (uint32_t i = 0; i < us_module_input_count(m); i++) {
		const struct us_input *in = &m->inputs[i];
		json_t *row = json_pack("{s:s, s:s, s:f, s:f, s:f, s:s}", "name", in->name, "unit",
		                        us_unit_name(in->unit), "value", (double)in->value, "min", (double)in->min,
		                        "max", (double)in->max, "doc", in->doc);
		if (in->choices)
			json_object_set_new(row, "choices", json_string(in->choices));
		if (in->also)
			json_object_set_new(row, "also", json_string(in->also));
		json_array_append_new(inputs, row);
	}
	for (uint32_t i = 0; i < us_module_output_count(m); i++)
		json_array_append_new(outputs,
		                      json_pack("{s:s, s:s}", "name", m->outputs[i].name, "doc", m->outputs[i].doc));
	json_object_set_new(o, "name", json_string(m->name));
	json_object_set_new(o, "doc", json_string(m->doc));
	json_object_set_new(o, "help", json_string(m->help ? m->help : ""));
	json_object_set_new(o, "also", json_string(m->also ? m->also : ""));
	json_object_set_new(o, "stereo", json_boolean(m->flags & US_STEREO));
	json_object_set_new(o, "mixdown", json_boolean(m->flags & US_MIXDOWN)); /* runs once, after all voices */
	json_object_set_new(o, "inputs", inputs);
	json_object_set_new(o, "outputs", outputs);
	return o;
}

enum form { FOR_PEOPLE, JSON, MARKDOWN };

static void show_all(const struct us_library *library, enum form form)
{
	const struct us_module *m;
	json_t *list = json_array();
	for (uint32_t i = 0; (m = us_library_at(library, i)); i++) {
		if (form == JSON)
			json_array_append_new(list, as_json(m));
		else if (form == MARKDOWN)
			describe_markdown(m);
		else
			printf("%-12s %s\n", m->name, m->doc);
	}
	if (form == JSON) {
		json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
		putchar('\n');
	}
	json_decref(list);
}

static int show_one(const struct us_library *library, const char *name, enum form form, struct us_err *err)
{
	const struct us_module *m = us_library_find(library, name);
	if (!m) {
		const char *near = us_library_nearest(library, name);
		return us_fail(err, "there is no module '%s'%s%s%s", name, near ? ", did you mean '" : "",
		               near ? near : "", near ? "'" : "");
	}
	if (form == JSON) {
		json_t *o = as_json(m);
		json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
		putchar('\n');
		json_decref(o);
	} else if (form == MARKDOWN) {
		describe_markdown(m);
	} else {
		us_cli_describe(m);
	}
	return US_OK;
}

int us_cli_modules(int argc, char **argv)
{
	static const struct option table[] = {{"json", no_argument, NULL, US_CLI_OWN + JSON},
	                                      {"markdown", no_argument, NULL, US_CLI_OWN + MARKDOWN},
	                                      US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	enum form form = FOR_PEOPLE;
	struct us_err err;
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;)
		form = (enum form)(key - US_CLI_OWN);
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind > 1)
		return us_cli_misused("modules", "one module at a time, or none for all");
	struct us_library *library;
	if (us_code_modules_here(&library, &err))
		return us_cli_refuse(&err);
	int failed = US_OK;
	if (optind < argc)
		failed = show_one(library, argv[optind], form, &err);
	else
		show_all(library, form);
	us_library_close(library);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}

int us_cli_devices(int argc, char **argv)
{
	static const struct option table[] = {US_CLI_COMMON};
	const struct us_cli_options options = {
	    .usage =
		"usage: understudy devices\n"
		"Lists the output devices that PortAudio finds: number, name, host API, channels, default rate,\n"
		"lowest latency in ms. `understudy run --device` takes the number, the name, or a part of it that\n"
		"fits one. `null` (real time without a device) and `freewheel` (as fast as it goes) always exist.\n",
	    .table = table};
	char path[US_PATH_BYTES];
	char *const list[] = {"understudy-supervisor", "--list-devices", NULL};
	struct us_err err;
	pid_t pid;
	int status = 1, code;
	us_cli_option(argc, argv, &options, &code);
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("devices", "it takes no '%s'", argv[optind]);
	if (us_rig_program(path, list[0], &err))
		return us_cli_refuse(&err);
	fflush(stdout);
	if (posix_spawn(&pid, path, NULL, NULL, list, environ))
		return us_cli_refuse(&(struct us_err){"cannot start the program that lists devices"});
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return US_CLI_DONE;
	fprintf(stderr, "understudy: no output device found; --device null plays in real time without one\n");
	return US_CLI_FAILED;
}
