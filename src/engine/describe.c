/* describe.c — see describe.h. The bytes are a head, the modules' own structs with offsets in place of pointers, and
 * all texts; offset 0 is NULL. Both sides are the same build: a session's, or that of one command. */
#include "describe.h"

#include "descriptor.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC 0x73656264637365ull
enum { VERSION = 1, MOST_MODULES = 1 << 16 };

struct head {
	uint64_t magic;
	uint32_t version, count;
	uint64_t bytes, id;
	float rate;
	uint32_t entry_bytes;
};

/* --- writing -------------------------------------------------------------------------------------------------------
 */

/* Twice through the same steps: first without a place, to count. */
struct writer {
	char *base; /* NULL: only counting */
	size_t used;
};

static void put_text(struct writer *w, const char **text)
{
	const char *from = *text;
	*text = (const char *)(uintptr_t)(from ? w->used : 0);
	if (!from)
		return;
	const size_t bytes = strlen(from) + 1;
	if (w->base)
		memcpy(w->base + w->used, from, bytes);
	w->used += bytes;
}

/* All texts of a module, in one order for the writer and the reader. */
static void each_text(struct us_module *m, void (*visit)(void *context, const char **text), void *context)
{
	const char **const own[] = {&m->name, &m->doc, &m->help, &m->also};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		visit(context, own[i]);
	for (int k = 0; k < US_MAX_INPUTS + 1; k++) {
		const char **const row[] = {&m->inputs[k].name, &m->inputs[k].doc, &m->inputs[k].choices,
		                            &m->inputs[k].also};
		for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
			visit(context, row[i]);
	}
	for (int k = 0; k < US_MAX_OUTPUTS + 1; k++) {
		visit(context, &m->outputs[k].name);
		visit(context, &m->outputs[k].doc);
	}
}

static void put(void *context, const char **text)
{
	put_text(context, text);
}

static void describe(struct us_described *d, const struct us_module *m, float rate)
{
	*d = (struct us_described){.form = *m, .tape_frames = us_module_tape_frames(m, rate)};
	d->form.flags = m->flags & ~US_DESCRIBED;
	d->form.state_size = us_module_state_bytes(m, rate);
	d->form.state_size_at = NULL;
	d->form.tape_frames_at = NULL;
	d->form.init = NULL;
	d->form.process = NULL;
	d->form.wide = NULL;
	d->has_wide = m->wide != NULL;
	d->wide_state_size = m->wide ? us_module_state_bytes(m->wide, rate) : 0;
	for (int k = (int)us_module_input_count(m); k <= US_MAX_INPUTS; k++)
		d->form.inputs[k] = (struct us_input){0};
	for (int k = (int)us_module_output_count(m); k <= US_MAX_OUTPUTS; k++)
		d->form.outputs[k] = (struct us_output){0};
}

static void write_all(struct writer *w, const struct us_library *library, float rate, struct us_described *scratch)
{
	struct head h = {.magic = MAGIC,
	                 .version = VERSION,
	                 .count = library->count,
	                 .id = library->id,
	                 .rate = rate,
	                 .entry_bytes = sizeof *scratch};
	w->used = sizeof h + library->count * sizeof *scratch;
	for (uint32_t i = 0; i < library->count; i++) {
		describe(scratch, library->entry[i].module, rate);
		each_text(&scratch->form, put, w);
		if (w->base)
			memcpy(w->base + sizeof h + i * sizeof *scratch, scratch, sizeof *scratch);
	}
	h.bytes = w->used;
	if (w->base)
		memcpy(w->base, &h, sizeof h);
}

int us_describe(const struct us_library *library, float rate, void **bytes, size_t *count, struct us_err *err)
{
	struct writer w = {0};
	struct us_described *scratch = malloc(sizeof *scratch);
	if (scratch)
		write_all(&w, library, rate, scratch);
	w.base = scratch ? calloc(1, w.used) : NULL;
	if (w.base)
		write_all(&w, library, rate, scratch);
	free(scratch);
	*bytes = w.base;
	*count = w.used;
	return w.base ? US_OK : us_fail(err, "no memory to describe %u modules", library->count);
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

struct reader {
	char *base;
	size_t first, bytes; /* texts lie from `first` on */
	bool bad;
};

static void get(void *context, const char **text)
{
	struct reader *r = context;
	const uintptr_t offset = (uintptr_t)*text;
	*text = NULL;
	if (offset >= r->first && offset < r->bytes)
		*text = r->base + offset;
	else
		r->bad |= offset != 0;
}

/* It stands where a module's own function would: nobody renders with a library that was described. */
static void plays_nothing(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)in, (void)out, (void)b;
}

static int take(struct us_library *library, struct reader *r, struct us_described *d, struct us_err *err)
{
	d->form.state_size_at = NULL;
	d->form.tape_frames_at = NULL;
	d->form.init = NULL;
	d->form.process = plays_nothing;
	d->form.wide = NULL;
	each_text(&d->form, get, r);
	if (r->bad || !d->form.name || (d->form.flags & US_DESCRIBED))
		return us_fail(err, "the modules' descriptions are damaged");
	if (us_module_check(&d->form, err))
		return US_FAILED;
	d->form.flags |= US_DESCRIBED;
	if (d->has_wide) {
		d->wide = d->form;
		d->wide.flags &= ~US_DESCRIBED;
		d->wide.state_size = d->wide_state_size;
		d->form.wide = &d->wide;
	}
	library->entry[library->count++] = (struct us_library_entry){&d->form, NULL};
	return US_OK;
}

static bool head_is_sound(const struct head *h, size_t count)
{
	return h->magic == MAGIC && h->version == VERSION && h->entry_bytes == sizeof(struct us_described) &&
	       h->bytes == count && h->count <= MOST_MODULES &&
	       h->count <= (count - sizeof *h) / sizeof(struct us_described);
}

int us_library_described(struct us_library **library, const void *bytes, size_t count, float rate, struct us_err *err)
{
	struct head h;
	struct us_library *made = NULL;
	if (count < sizeof h)
		return us_fail(err, "the modules' descriptions are cut short");
	memcpy(&h, bytes, sizeof h);
	if (!head_is_sound(&h, count) || ((const char *)bytes)[count - 1])
		return us_fail(err, "the modules' descriptions are damaged, or of another build");
	if (h.rate != rate)
		return us_fail(err, "the modules' descriptions are for %g Hz, not for %g", (double)h.rate,
		               (double)rate);
	if (us_library_begin(&made, h.count, err))
		return US_FAILED;
	struct reader r = {
	    .base = malloc(count), .first = sizeof h + h.count * sizeof(struct us_described), .bytes = count};
	made->memory = r.base;
	int failed = r.base ? US_OK : us_fail(err, "no memory for the modules' descriptions");
	if (!failed)
		memcpy(r.base, bytes, count);
	for (uint32_t i = 0; i < h.count && !failed; i++)
		failed = take(made, &r, (struct us_described *)(r.base + sizeof h) + i, err);
	if (failed || us_library_finish(made, err)) {
		us_library_close(made);
		return US_FAILED;
	}
	made->id = h.id;
	*library = made;
	return US_OK;
}
