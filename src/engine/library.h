/* library.h — the modules on this machine: every shared object in one directory, loaded once at start.
 * Used wherever an engine is, and by the command line and the patch language to know names and units. */
#ifndef US_LIBRARY_H
#define US_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/error.h>
#include <understudy/module.h>

struct us_library;

/* [setup] Loads every *.so in `directory`, sorted by name. A file that is not a module of this ABI is an
 * error that names it. Restores the floating-point mode, which loading a shared object may change. */
int us_library_open(struct us_library **library, const char *directory, struct us_err *err);
/* [setup] A library of modules that are linked in: for tests and the simulation. They must outlive it. */
int us_library_of(struct us_library **library, const struct us_module *const modules[], uint32_t count,
                  struct us_err *err);
/* [setup] The same in steps, for modules that lie elsewhere: room for `most`, each from a path that dlopen understands
 * (no two may be equal) under the name of its file, and at the end the sorting. After a failure it is to be closed.
 * A module whose constructor leaves a thread behind is refused: a worker has one, so that its death is certain. */
int us_library_begin(struct us_library **library, uint32_t most, struct us_err *err);
int us_library_add(struct us_library *library, const char *path, const char *file, struct us_err *err);
int us_library_finish(struct us_library *library, struct us_err *err);
void us_library_close(struct us_library *library);

/* [any] By its own name or a second one (names.h); NULL when there is none. */
const struct us_module *us_library_find(const struct us_library *library, const char *name);
/* [any] The n-th module by name, NULL past the end. */
const struct us_module *us_library_at(const struct us_library *library, uint32_t n);
/* [any] The name that is spelled most like `name`, or NULL if none comes near. For "did you mean". */
const char *us_library_nearest(const struct us_library *library, const char *name);
/* [any] Number over all descriptors: names, versions, state sizes, inputs, outputs. */
uint64_t us_library_id(const struct us_library *library);

/* [any] Rows in a descriptor's tables, and the index of a row by its own name (-1: none). What a person or a program
 * has said is looked up by us_input_named (names.h). */
uint32_t us_module_input_count(const struct us_module *module);
uint32_t us_module_output_count(const struct us_module *module);
int us_module_input(const struct us_module *module, const char *name);
int us_module_output(const struct us_module *module, const char *name);

/* [any] "hz", "ms", …; never NULL. */
const char *us_unit_name(enum us_unit unit);

#endif
