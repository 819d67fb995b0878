/* part.c — a file used as a part of a patch: lead = voice.us cutoff=800hz. The file says what can be plugged into it
 * and what comes out (input cutoff = vcf.cutoff, output out = amp); its instances get the part's name in front,
 * lead_vcf, so that it can be used many times. The part itself exists only while a text is compiled: control knows its
 * instances. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

int us_name_local(struct us_compiler *c, const char *name, char local[static US_LANG_WORD_BYTES])
{
	if (strlen(c->prefix) + strlen(name) < US_LANG_WORD_BYTES) {
		strcpy(local, c->prefix);
		strcat(local, name);
		return US_OK;
	}
	return us_fail(c->err, "the name %.30s…%.30s is too long", c->prefix, name);
}

const struct us_part *us_part_find(const struct us_compiler *c, const char *name)
{
	for (uint32_t i = 0; i < c->part_count; i++)
		if (strcmp(c->part[i].name, name) == 0)
			return &c->part[i];
	return NULL;
}

bool us_part_is(const struct us_word *type)
{
	const size_t n = strlen(type->text);
	return n > 3 && strcmp(type->text + n - 3, ".us") == 0;
}

/* --- its ports ----------------------------------------------------------------------------------------- */

static const struct us_port *find_port(const struct us_part *p, const char *name, bool output)
{
	const struct us_port *first = NULL;
	for (uint32_t i = 0; i < p->ports; i++) {
		const struct us_port *port = &p->port[i];
		if (port->output != output)
			continue;
		if (strcmp(port->name, name ? name : output ? "out" : "in") == 0)
			return port;
		if (!first)
			first = port;
	}
	return name ? NULL : first;
}

/* "cutoff, res": what a part has. */
static void list_ports(const struct us_part *p, bool output, char text[static 120])
{
	size_t used = 0;
	strcpy(text, "none");
	for (uint32_t i = 0; i < p->ports && used < 100; i++)
		if (p->port[i].output == output)
			used += (size_t)snprintf(text + used, 120 - used, "%s%s", used ? ", " : "", p->port[i].name);
}

int us_part_enter(struct us_compiler *c, struct us_place *place, bool output)
{
	const struct us_part *p = place->part;
	char list[120];
	if (!p)
		return US_OK;
	const struct us_port *port = find_port(p, place->port, output);
	c->column = place->column;
	if (!port) {
		list_ports(p, output, list);
		return us_fail(c->err, "%s has no %s '%.40s'; it has %s", p->name, output ? "output" : "input",
		               place->port ? place->port : "", list);
	}
	*place = (struct us_place){.port = port->port[0] ? port->port : NULL,
	                           .column = place->column,
	                           .known = us_instance_find(c, port->instance)};
	strcpy(place->instance, port->instance);
	return US_OK;
}

/* input cutoff = vcf.cutoff, output out = amp */
int us_say_port(struct us_compiler *c)
{
	const bool output = strcmp(us_word_take(c)->text, "output") == 0;
	const struct us_word *name, *word;
	struct us_part *p = c->inside ? c->inside : &c->self;
	if (!c->inside && !c->text->whole)
		return us_fail(c->err, "this belongs into a file that a patch uses as a part, as in lead = voice.us");
	if (us_word_text(c, &name, "right would be input cutoff = vcf.cutoff"))
		return US_FAILED;
	if (!us_word_is(c, US_WORD_EQUALS))
		return us_word_refuse(c, us_word_next(c), "right would be input cutoff = vcf.cutoff");
	us_word_take(c);
	if (us_word_text(c, &word, "right would be the place that is meant, such as vcf.cutoff") || us_line_end(c))
		return US_FAILED;
	c->column = name->column;
	if (strlen(name->text) >= sizeof p->port[0].name || strchr(name->text, '.'))
		return us_fail(c->err, "'%.40s' is no name for an %s", name->text, output ? "output" : "input");
	const struct us_port *same = find_port(p, name->text, output);
	if (same)
		return us_fail(c->err, "there is an %s '%s' already", output ? "output" : "input", name->text);
	if (p->ports == US_LANG_PORTS)
		return us_fail(c->err, "more than %d inputs and outputs of one part", US_LANG_PORTS);
	struct us_port *port = &p->port[p->ports++];
	port->output = output;
	strcpy(port->name, name->text);
	port->leads_to = *word;
	return US_OK;
}

/* They may stand at the head of the file, so where they lead is looked up when all of it is read. */
static int find_ends(struct us_compiler *c, struct us_part *p)
{
	for (uint32_t i = 0; i < p->ports; i++) {
		struct us_port *port = &p->port[i];
		const struct us_input *input;
		struct us_place place;
		if (us_place_read(c, &port->leads_to, &place) ||
		    (port->output ? us_place_output(c, &place) : us_place_input(c, &place, &input))) {
			struct us_err why = *c->err;
			return us_fail(c->err, "its %s %s: %s", port->output ? "output" : "input", port->name,
			               why.text);
		}
		strcpy(port->instance, place.instance);
		snprintf(port->port, sizeof port->port, "%s", place.port ? place.port : "");
	}
	return US_OK;
}

/* --- its use -------------------------------------------------------------------------------------------- */

static struct us_part *define(struct us_compiler *c, const struct us_word *name)
{
	char local[US_LANG_WORD_BYTES];
	if (us_name_local(c, name->text, local) || us_name_check(c, local, name->column))
		return NULL;
	if (c->part_count == US_LANG_PARTS) {
		us_fail(c->err, "more than %d parts; no patch needs so many", US_LANG_PARTS);
		return NULL;
	}
	struct us_part *p = &c->part[c->part_count++];
	*p = (struct us_part){.ports = 0};
	strcpy(p->name, local);
	return p;
}

static int set_knobs(struct us_compiler *c, const struct us_part *p)
{
	while (!us_word_is(c, US_WORD_END)) {
		const struct us_word *name;
		const struct us_input *input;
		if (us_word_text(c, &name, "right would be input=value, as in cutoff=800hz"))
			return US_FAILED;
		struct us_place place = {.part = p, .port = name->text, .column = name->column};
		if (us_part_enter(c, &place, false) || us_place_input(c, &place, &input))
			return US_FAILED;
		if (!us_word_is(c, US_WORD_EQUALS))
			return us_word_refuse(c, us_word_next(c), "right would be input=value, as in cutoff=800hz");
		us_word_take(c);
		if (us_say_value(c, place.instance, place.port, input))
			return US_FAILED;
	}
	return US_OK;
}

int us_say_part(struct us_compiler *c, const struct us_word *name, const struct us_word *type)
{
	struct us_part *p = define(c, name), *around = c->inside;
	if (!p)
		return US_FAILED;
	/* The file's lines overwrite this one. */
	struct us_line *line = malloc(sizeof *line);
	if (!line)
		return us_fail(c->err, "no memory for a part");
	*line = c->line;
	const uint32_t at = c->at;
	const struct us_word file = *type;
	const size_t depth = strlen(c->prefix);
	int failed =
	    strlen(p->name) + 2 > sizeof c->prefix ? us_fail(c->err, "the name %.40s is too long", p->name) : US_OK;
	if (!failed) {
		strcpy(c->prefix, p->name);
		strcat(c->prefix, "_");
		c->inside = p;
		failed = us_file_compile(c, &file) || find_ends(c, p);
		c->column = file.column;
		c->inside = around;
		memset(c->prefix + depth, 0, sizeof c->prefix - depth);
	}
	c->line = *line;
	c->at = at;
	free(line);
	return failed ? US_FAILED : set_knobs(c, p);
}

int us_part_play(struct us_compiler *c)
{
	int failed = find_ends(c, &c->self);
	for (uint32_t i = 0; !failed && i < c->self.ports; i++) {
		const struct us_port *port = &c->self.port[i];
		struct us_place source = {.port = port->port[0] ? port->port : NULL,
		                          .column = port->leads_to.column,
		                          .known = us_instance_find(c, port->instance)};
		strcpy(source.instance, port->instance);
		failed = port->output ? us_say_heard(c, &source) : US_OK;
	}
	if (failed && c->text->file) {
		struct us_err what = *c->err;
		us_fail(c->err, "%.80s: %s", c->text->file, what.text);
	}
	return failed;
}
