/* names.h — second names: what an input or a module is called elsewhere (struct us_input, struct us_module: `also`).
 * They are understood wherever a name is read, and never written: whoever reads a name goes on with the one that is
 * found here. [any] */
#ifndef UNDERSTUDY_NAMES_H
#define UNDERSTUDY_NAMES_H

#include <stdbool.h>
#include <string.h>
#include <understudy/module.h>

/* Is `name` one of "gain|level"? What follows a space in one of them ("hpf mode=high") does not belong to the name, and
 * is told in *rest, of *bytes bytes; both may be NULL. */
static inline bool us_also_has(const char *also, const char *name, const char **rest, size_t *bytes)
{
	const size_t length = strlen(name);
	for (const char *p = also; p && *p && length; p += p[strcspn(p, "|")] ? strcspn(p, "|") + 1 : strcspn(p, "|")) {
		const size_t word = strcspn(p, " |"), all = strcspn(p, "|");
		if (word != length || memcmp(p, name, word) != 0)
			continue;
		if (rest)
			*rest = word < all ? p + word + 1 : p + all;
		if (bytes)
			*bytes = word < all ? all - word - 1 : 0;
		return true;
	}
	return false;
}

/* The input that is called so, by its own name or a second one; -1: none is. */
static inline int us_input_named(const struct us_module *module, const char *name)
{
	int second = -1;
	for (int k = 0; k < US_MAX_INPUTS && module->inputs[k].name; k++) {
		if (strcmp(module->inputs[k].name, name) == 0)
			return k;
		if (second < 0 && us_also_has(module->inputs[k].also, name, NULL, NULL))
			second = k;
	}
	return second;
}

/* A second name of a module may say where one of its knobs stands: "hpf mode=high" makes a filter with mode=high. The
 * input, or -1: this name says none. The value is `*bytes` bytes at *value, as the patch language writes it. */
static inline int us_module_preset(const struct us_module *module, const char *name, const char **value, size_t *bytes)
{
	const char *rest;
	if (strcmp(module->name, name) == 0 || !us_also_has(module->also, name, &rest, bytes) || *bytes == 0)
		return -1;
	for (int k = 0; k < US_MAX_INPUTS && module->inputs[k].name; k++) {
		const size_t n = strlen(module->inputs[k].name);
		if (n < *bytes && rest[n] == '=' && memcmp(rest, module->inputs[k].name, n) == 0) {
			*value = rest + n + 1;
			*bytes -= n + 1;
			return k;
		}
	}
	return -1;
}

#endif
