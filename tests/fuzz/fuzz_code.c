/* fuzz_code.c — libFuzzer over what a session's code is made of: the pack (also code.bin of a log, which may come from
 * anybody) and the modules' descriptions (which come from a process that has run strange code).
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_code -max_len=8192 tests/fuzz/corpus/code
 *
 * With the first byte even the rest is a pack. With it odd the rest is changes to true descriptions: a place in four
 * bytes, and the byte to put there. Checked: no crash; what is accepted can be read from end to end. */
#include "engine/describe.h"
#include "fuzz_rig.h"
#include "ipc/code.h"

#include <unistd.h>

static struct {
	void *bytes;
	char *copy;
	size_t count;
	int fd;
} rig;

static void open_rig(void)
{
	const char *modules = getenv("UNDERSTUDY_MODULES");
	struct us_library *library;
	struct us_err err;
	demand(us_library_open(&library, modules ? modules : "build/modules", &err) == US_OK, err.text);
	demand(us_describe(library, 48000, &rig.bytes, &rig.count, &err) == US_OK, err.text);
	us_library_close(library);
	rig.copy = malloc(rig.count);
	rig.fd = us_code_file("pack", "", 0, 0, &err);
	demand(rig.copy && rig.fd >= 0, "no memory for a rig");
}

static void read_pack(const uint8_t *data, size_t bytes)
{
	struct us_code code;
	struct us_err err = {.text = ""};
	volatile uint8_t last = 0;
	demand(ftruncate(rig.fd, 0) == 0 && pwrite(rig.fd, data, bytes, 0) == (ssize_t)bytes, "cannot write");
	if (us_code_open(&code, rig.fd, &err)) {
		demand(err.text[0] != 0, "refused without a word");
		return;
	}
	for (uint32_t i = 0; i < code.count; i++) {
		const struct us_code_entry *e = &code.entry[i];
		const uint8_t *there = us_code_bytes(&code, e);
		demand(us_code_find(&code, e->name) != NULL, "an entry has no name");
		if (there && e->bytes)
			last = there[e->bytes - 1];
	}
	(void)last;
	us_code_close(&code);
}

static size_t read_module(const struct us_module *m)
{
	size_t letters =
	    strlen(m->name) + strlen(m->doc) + (m->help ? strlen(m->help) : 0) + (m->also ? strlen(m->also) : 0);
	for (uint32_t k = 0; k < us_module_input_count(m); k++) {
		const struct us_input *in = &m->inputs[k];
		letters += strlen(in->name) + (in->doc ? strlen(in->doc) : 0) +
		           (in->choices ? strlen(in->choices) : 0) + (in->also ? strlen(in->also) : 0) +
		           strlen(us_unit_name(in->unit));
	}
	for (uint32_t k = 0; k < us_module_output_count(m); k++)
		letters += strlen(m->outputs[k].name) + (m->outputs[k].doc ? strlen(m->outputs[k].doc) : 0);
	return letters + (m->wide ? strlen(m->wide->name) : 0);
}

static void read_descriptions(const uint8_t *data, size_t bytes)
{
	struct us_library *library;
	struct us_err err = {.text = ""};
	const struct us_module *m;
	memcpy(rig.copy, rig.bytes, rig.count);
	for (; bytes >= 5; data += 5, bytes -= 5) {
		uint32_t place;
		memcpy(&place, data, sizeof place);
		rig.copy[place % rig.count] = (char)data[4];
	}
	if (us_library_described(&library, rig.copy, rig.count, 48000, &err)) {
		demand(err.text[0] != 0, "refused without a word");
		return;
	}
	for (uint32_t n = 0; (m = us_library_at(library, n)); n++)
		demand(read_module(m) > 0 && us_library_find(library, m->name) != NULL, "a module has no name");
	us_library_close(library);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	if (!rig.bytes)
		open_rig();
	if (bytes && data[0] & 1)
		read_descriptions(data + 1, bytes - 1);
	else if (bytes)
		read_pack(data + 1, bytes - 1);
	return 0;
}
