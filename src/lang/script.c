/* script.c — keeping commands, and what leads from one patch to another: see script.h. A command is about something,
 * its subject: an instance, a cable, a knob. Two patches are compared subject by subject; of several commands about one
 * the last counts. Subjects are sorted, so that a large patch takes no longer than it must. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

/* --- keeping ----------------------------------------------------------------------------------------------------- */

static size_t bytes_of(const struct us_command *c)
{
	size_t bytes = strlen(c->address) + 1;
	for (uint32_t i = 0; i < c->argc; i++)
		bytes += c->arg[i].type == 's' ? strlen(c->arg[i].s) + 1 : 0;
	return bytes;
}

/* All strings of a command lie in one piece of memory, the address first. */
int us_script_add(void *context, const struct us_command *command, struct us_err *err)
{
	struct us_script *s = context;
	if (s->count == s->room) {
		const uint32_t room = s->room ? 2 * s->room : 64;
		struct us_command *grown = realloc(s->command, room * sizeof *grown);
		if (!grown)
			return us_fail(err, "no memory to keep a patch");
		s->command = grown;
		s->room = room;
	}
	char *text = malloc(bytes_of(command));
	if (!text)
		return us_fail(err, "no memory to keep a patch");
	struct us_command *copy = &s->command[s->count++];
	*copy = *command;
	copy->address = text;
	text = stpcpy(text, command->address) + 1;
	for (uint32_t i = 0; i < copy->argc; i++)
		if (copy->arg[i].type == 's') {
			copy->arg[i].s = text;
			text = stpcpy(text, command->arg[i].s) + 1;
		}
	return US_OK;
}

void us_script_free(struct us_script *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free((char *)s->command[i].address);
	free(s->command);
	*s = (struct us_script){0};
}

/* --- subjects ---------------------------------------------------------------------------------------------------- */

enum kind { INSTANCE, CABLE, KNOB, GATE, TABLE, PATTERN, MARK, SCENE, WHOLE, KEY, ONCE, REMOVAL };

static enum kind kind_of(const struct us_command *c)
{
	static const struct {
		const char *address;
		enum kind kind;
	} kinds[] = {{"/patch/create", INSTANCE},
	             {"/patch/connect", CABLE},
	             {"/patch/file", TABLE},
	             {"/pattern", PATTERN},
	             {"/scene/set", SCENE},
	             {"/tempo", WHOLE},
	             {"/key", KEY},
	             {"/mute", MARK},
	             {"/solo", MARK},
	             {"/engine/gain", WHOLE},
	             {"/engine/limiter", WHOLE},
	             {"/patch/disconnect", REMOVAL},
	             {"/patch/delete", REMOVAL}};
	if (strncmp(c->address, "/mod/", 5) == 0)
		return KNOB;
	if (strncmp(c->address, "/gate/", 6) == 0)
		return GATE;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(c->address, kinds[i].address) == 0)
			return kinds[i].kind;
	return ONCE;
}

static int compare_arguments(const struct us_command *a, const struct us_command *b)
{
	if (a->argc != b->argc)
		return a->argc < b->argc ? -1 : 1;
	for (uint32_t i = 0; i < a->argc; i++) {
		const struct us_arg *x = &a->arg[i], *y = &b->arg[i];
		if (x->type != y->type)
			return x->type < y->type ? -1 : 1;
		const int order = x->type == 's' ? strcmp(x->s, y->s) : memcmp(&x->i, &y->i, sizeof x->i);
		if (order)
			return order;
	}
	return 0;
}

/* Are two commands about the same? 0: they are. */
static int compare_subjects(const struct us_command *a, const struct us_command *b)
{
	int order = strcmp(a->address, b->address);
	const enum kind kind = kind_of(a);
	if (order || kind == KNOB || kind == GATE || kind == WHOLE || kind == KEY)
		return order;
	if (kind == ONCE)
		return compare_arguments(a, b);
	order = strcmp(a->arg[0].s, b->arg[0].s);
	return order || (kind != CABLE && kind != SCENE) ? order : strcmp(a->arg[1].s, b->arg[1].s);
}

/* By subject, and in their order where they speak of the same. */
static int by_subject(const void *a, const void *b)
{
	const struct us_command *const *x = a, *const *y = b;
	const int order = compare_subjects(*x, *y);
	return order ? order : (*x > *y) - (*x < *y);
}

struct index {
	const struct us_command **entry;
	uint32_t count;
};

static int make_index(struct index *index, const struct us_script *s, struct us_err *err)
{
	index->entry = calloc(s->count + 1, sizeof *index->entry);
	if (!index->entry)
		return us_fail(err, "no memory to compare two patches");
	index->count = s->count;
	for (uint32_t i = 0; i < s->count; i++)
		index->entry[i] = &s->command[i];
	qsort(index->entry, index->count, sizeof *index->entry, by_subject);
	return US_OK;
}

/* The last command about what `like` is about, or NULL. */
static const struct us_command *last_about(const struct index *index, const struct us_command *like)
{
	uint32_t low = 0, high = index->count;
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		if (compare_subjects(index->entry[middle], like) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && compare_subjects(index->entry[low - 1], like) == 0 ? index->entry[low - 1] : NULL;
}

/* --- what differs ------------------------------------------------------------------------------------------------ */

struct difference {
	const struct us_script *before, *now;
	struct index old, young;
	const struct us_lang_catalogue *catalogue;
	us_command_sink *sink;
	void *context;
	struct us_err *err;
};

static int give(const struct difference *d, const struct us_command *command)
{
	return d->sink(d->context, command, d->err);
}

static struct us_arg text_arg(const char *s)
{
	return (struct us_arg){.type = 's', .s = s};
}

/* What "osc.freq", "/mod/osc/freq" and "/gate/osc" speak of. */
static const char *instance_of(char name[static US_NAME_BYTES], const char *place)
{
	if (place[0] == '/')
		place = strchr(place + 1, '/') + 1;
	snprintf(name, US_NAME_BYTES, "%.*s", (int)strcspn(place, "./"), place);
	return name;
}

static const struct us_command *creation(const struct index *index, const char *name)
{
	const struct us_command like = {.address = "/patch/create", .argc = 2, .arg = {text_arg(name)}};
	return last_about(index, &like);
}

/* A file or a pattern that an instance had cannot be taken away from it. */
static bool has_lost(const struct difference *d, const char *address, const char *name)
{
	const struct us_command like = {.address = address, .argc = 2, .arg = {text_arg(name)}};
	return last_about(&d->old, &like) && !last_about(&d->young, &like);
}

/* Does the instance go on as it is? */
static bool stays(const struct difference *d, const char *place)
{
	char name[US_NAME_BYTES];
	instance_of(name, place);
	const struct us_command *old = creation(&d->old, name), *young = creation(&d->young, name);
	return old && young && compare_arguments(old, young) == 0 && !has_lost(d, "/patch/file", name) &&
	       !has_lost(d, "/pattern", name);
}

static int reset_knob(const struct difference *d, const struct us_command *c)
{
	char name[US_NAME_BYTES];
	const struct us_command *made = creation(&d->young, instance_of(name, c->address));
	const struct us_module *m = d->catalogue->find(d->catalogue->context, made->arg[1].s);
	const char *port = strrchr(c->address, '/') + 1;
	for (const struct us_input *in = m ? m->inputs : NULL; in && in->name; in++)
		if (strcmp(in->name, port) == 0)
			return give(d, &(struct us_command){.address = c->address,
			                                    .argc = 1,
			                                    .arg = {{.type = 'f', .d = (double)in->value}}});
	return US_OK;
}

/* What was said before and is not said any more. */
static int take_back(const struct difference *d, const struct us_command *c)
{
	if (last_about(&d->young, c) || last_about(&d->old, c) != c)
		return US_OK;
	switch (kind_of(c)) {
	case CABLE:
		if (!stays(d, c->arg[0].s) || !stays(d, c->arg[1].s))
			return US_OK; /* it goes with the instance */
		return give(
		    d, &(struct us_command){.address = "/patch/disconnect", .argc = 2, .arg = {c->arg[0], c->arg[1]}});
	case KNOB:
		return stays(d, c->address) ? reset_knob(d, c) : US_OK;
	case MARK:
		if (!stays(d, c->arg[0].s))
			return US_OK;
		return give(d, &(struct us_command){
				   .address = c->address, .argc = 2, .arg = {c->arg[0], {.type = 'i', .i = 0}}});
	case KEY:
		return give(d, &(struct us_command){.address = c->address, .argc = 1, .arg = {text_arg("off")}});
	case SCENE:
		return give(d,
		            &(struct us_command){.address = "/scene/delete", .argc = 2, .arg = {c->arg[0], c->arg[1]}});
	case GATE:
		if (!stays(d, c->address))
			return US_OK;
		return give(d, &(struct us_command){.address = c->address, .argc = 1, .arg = {{.type = 'i', .i = 0}}});
	default:
		return US_OK;
	}
}

static int delete_old(const struct difference *d, const struct us_command *c)
{
	if (kind_of(c) != INSTANCE || stays(d, c->arg[0].s))
		return US_OK;
	return give(d, &(struct us_command){.address = "/patch/delete", .argc = 1, .arg = {c->arg[0]}});
}

/* Another pattern comes in with the next cycle, if the instance plays already. */
static int give_pattern(const struct difference *d, const struct us_command *c)
{
	struct us_command later = *c;
	if (stays(d, c->arg[0].s) && later.argc > 2)
		later.argc = 2;
	return give(d, &later);
}

/* In what plays already another key comes in with the next bar. */
static int give_key(const struct difference *d, const struct us_command *c)
{
	struct us_command later = *c;
	if (d->before->count && strcmp(c->arg[c->argc - 1].s, "now") == 0)
		later.argc--;
	return give(d, &later);
}

static int say_new(const struct difference *d, const struct us_command *c)
{
	const struct us_command *old = last_about(&d->old, c);
	const bool same = old && compare_arguments(old, c) == 0;
	switch (kind_of(c)) {
	case INSTANCE:
		return stays(d, c->arg[0].s) ? US_OK : give(d, c);
	case CABLE:
		return same && stays(d, c->arg[0].s) && stays(d, c->arg[1].s) ? US_OK : give(d, c);
	case KNOB:
	case GATE:
		return same && stays(d, c->address) ? US_OK : give(d, c);
	case TABLE:
	case MARK:
		return same && stays(d, c->arg[0].s) ? US_OK : give(d, c);
	case KEY:
		return same ? US_OK : give_key(d, c);
	case PATTERN:
		return same && stays(d, c->arg[0].s) ? US_OK : give_pattern(d, c);
	default:
		return same ? US_OK : give(d, c);
	}
}

static bool removes(const struct us_script *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (kind_of(&s->command[i]) == REMOVAL)
			return true;
	return false;
}

static bool is_the_same(const struct us_script *a, const struct us_script *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->command[i].address, b->command[i].address) ||
		    compare_arguments(&a->command[i], &b->command[i]))
			return false;
	return true;
}

static int give_all(const struct difference *d)
{
	int failed = give(d, &(struct us_command){.address = "/patch/clear"});
	for (uint32_t i = 0; i < d->now->count && !failed; i++)
		failed = give(d, &d->now->command[i]);
	return failed;
}

static int compare(const struct difference *d)
{
	int failed = US_OK;
	for (uint32_t i = 0; i < d->before->count && !failed; i++)
		failed = take_back(d, &d->before->command[i]);
	for (uint32_t i = 0; i < d->before->count && !failed; i++)
		failed = delete_old(d, &d->before->command[i]);
	for (uint32_t i = 0; i < d->now->count && !failed; i++)
		if (last_about(&d->young, &d->now->command[i]) == &d->now->command[i])
			failed = say_new(d, &d->now->command[i]);
	return failed;
}

int us_script_difference(const struct us_script *before, const struct us_script *now,
                         const struct us_lang_catalogue *catalogue, us_command_sink *sink, void *context,
                         struct us_err *err)
{
	struct difference d = {
	    .before = before, .now = now, .catalogue = catalogue, .sink = sink, .context = context, .err = err};
	if (is_the_same(before, now))
		return US_OK;
	/* A patch that takes back what itself has said: what is left of it is not ours to find out. */
	if (removes(before) || removes(now))
		return give_all(&d);
	int failed = make_index(&d.old, before, err) || make_index(&d.young, now, err);
	if (!failed)
		failed = compare(&d);
	free(d.old.entry);
	free(d.young.entry);
	return failed ? US_FAILED : US_OK;
}
