/* library.c — loads modules: every shared object of a directory, sorted by name, once, at start. */
#include "library.h"

#include "descriptor.h"
#include "float_mode.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <understudy/names.h>

/* FNV-1a: these few hundred bytes are hashed once. */
static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t count)
{
	for (const uint8_t *b = bytes; count--; b++)
		hash = (hash ^ *b) * 0x100000001b3u;
	return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return text ? mix_bytes(hash, text, strlen(text) + 1) : mix_bytes(hash, "", 1);
}

static uint64_t mix_module(uint64_t hash, const struct us_module *m)
{
	/* State sizes at a few rates stand for the function that gives them. */
	const uint64_t numbers[] = {m->abi,
	                            m->flags,
	                            m->version,
	                            us_module_state_bytes(m, 44100),
	                            us_module_state_bytes(m, 48000),
	                            us_module_state_bytes(m, 192000)};
	hash = mix_bytes(mix_text(hash, m->name), numbers, sizeof numbers);
	const uint64_t wide[] = {m->wide != NULL, m->wide ? us_module_state_bytes(m->wide, 48000) : 0};
	hash = mix_bytes(hash, wide, sizeof wide);
	for (const struct us_input *in = m->inputs; in->name; in++) {
		const uint32_t kind[] = {in->unit, in->curve};
		const float range[] = {in->value, in->min, in->max};
		hash = mix_bytes(mix_bytes(mix_text(hash, in->name), kind, sizeof kind), range, sizeof range);
		hash = mix_text(hash, in->choices);
	}
	hash = mix_text(hash, NULL);
	for (const struct us_output *out = m->outputs; out->name; out++)
		hash = mix_text(hash, out->name);
	return mix_text(hash, NULL);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct us_library_entry *)a)->module->name,
	              ((const struct us_library_entry *)b)->module->name);
}

int us_library_begin(struct us_library **library, uint32_t most, struct us_err *err)
{
	struct us_library *made = calloc(1, sizeof *made + most * sizeof made->entry[0]);
	if (!made)
		return us_fail(err, "no memory for a library of %u modules", most);
	made->room = most;
	*library = made;
	return US_OK;
}

/* Each name means one module. (A module that comes without us may bring a second name that another has: the first one
 * in the order of names is meant.) */
static int check_second_names(const struct us_library *library, const struct us_module *m, struct us_err *err)
{
	for (uint32_t i = 0; i < library->count; i++) {
		const struct us_module *other = library->entry[i].module;
		if (us_also_has(m->also, other->name, NULL, NULL))
			return us_fail(err, "%s wants to be called %s, too, which is another module", m->name,
			               other->name);
	}
	return US_OK;
}

/* Sorts, refuses twins, and draws up the id. */
int us_library_finish(struct us_library *library, struct us_err *err)
{
	qsort(library->entry, library->count, sizeof library->entry[0], by_name);
	library->id = 0xcbf29ce484222325u;
	for (uint32_t i = 0; i < library->count; i++) {
		const struct us_module *m = library->entry[i].module;
		if (i && !strcmp(m->name, library->entry[i - 1].module->name))
			return us_fail(err, "two modules are called %s", m->name);
		if (check_second_names(library, m, err))
			return US_FAILED;
		library->id = mix_module(library->id, m);
	}
	return US_OK;
}

int us_library_of(struct us_library **library, const struct us_module *const modules[], uint32_t count,
                  struct us_err *err)
{
	struct us_library *made = NULL;
	if (us_library_begin(&made, count, err))
		return US_FAILED;
	for (uint32_t i = 0; i < count; i++) {
		made->entry[made->count++] = (struct us_library_entry){modules[i], NULL};
		if (us_module_check(modules[i], err)) {
			us_library_close(made);
			return US_FAILED;
		}
	}
	if (us_library_finish(made, err)) {
		us_library_close(made);
		return US_FAILED;
	}
	*library = made;
	return US_OK;
}

static int is_shared_object(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);
	return entry->d_name[0] != '.' && length > 3 && !strcmp(entry->d_name + length - 3, ".so");
}

/* Threads of this process. */
static uint64_t threads(void)
{
	struct stat st;
	return stat("/proc/self/task", &st) ? 0 : (uint64_t)st.st_nlink;
}

int us_library_add(struct us_library *library, const char *path, const char *file, struct us_err *err)
{
	struct us_err why;
	if (library->count == library->room)
		return us_fail(err, "there is no room for module %s", file);
	const struct us_float_mode mode = us_float_mode_get();
	const uint64_t before = threads();
	/* Everything is bound now: the first block must not go looking for symbols. */
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	us_float_mode_set(mode); /* an object built with -ffast-math changes it as it is loaded */
	if (!handle)
		return us_fail(err, "cannot load module %s: %s", file, dlerror());
	const struct us_module *module = dlsym(handle, "us_module");
	if (!module) {
		dlclose(handle);
		return us_fail(err, "%s is no module: it exports no us_module (see understudy/module.h)", file);
	}
	library->entry[library->count++] = (struct us_library_entry){module, handle};
	if (threads() > before)
		return us_fail(err, "module %s starts a thread when it is loaded; a module has none", file);
	if (us_module_check(module, &why))
		return us_fail(err, "module %s: %s", file, why.text);
	return US_OK;
}

static int add_from(struct us_library *library, const char *directory, const char *file, struct us_err *err)
{
	char path[4096];
	if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, file) >= sizeof path)
		return us_fail(err, "the path of %s is too long", file);
	return us_library_add(library, path, path, err);
}

int us_library_open(struct us_library **library, const char *directory, struct us_err *err)
{
	struct dirent **files;
	struct us_library *made = NULL;
	int found = scandir(directory, &files, is_shared_object, alphasort);
	if (found < 0)
		return us_fail(err, "cannot read the modules' directory %s: %m", directory);
	int result = us_library_begin(&made, (uint32_t)found, err);
	for (int i = 0; i < found; i++) {
		if (result == US_OK)
			result = add_from(made, directory, files[i]->d_name, err);
		free(files[i]);
	}
	free(files);
	if (result == US_OK && found == 0)
		result = us_fail(err, "there is no module in %s", directory);
	if (result == US_OK)
		result = us_library_finish(made, err);
	if (result != US_OK) {
		us_library_close(made);
		return result;
	}
	*library = made;
	return US_OK;
}

void us_library_close(struct us_library *library)
{
	if (!library)
		return;
	for (uint32_t i = 0; i < library->count; i++)
		if (library->entry[i].handle)
			dlclose(library->entry[i].handle);
	free(library->memory);
	free(library);
}
