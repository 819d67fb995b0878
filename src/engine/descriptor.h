/* descriptor.h — what the engine asks of descriptors and libraries besides library.h. [any] */
#ifndef US_DESCRIPTOR_H
#define US_DESCRIPTOR_H

#include <understudy/error.h>
#include <understudy/module.h>
#include <understudy/record.h>

/* The inside of a library, sorted by name: for library.c, which fills it, and library_rt.c. */
struct us_library {
	uint32_t count, room;
	uint64_t id;
	void *memory; /* of modules that were described: describe.c; else NULL */
	struct us_library_entry {
		const struct us_module *module;
		void *handle; /* of dlopen; NULL for a module that is linked in */
	} entry[];
};

/* Bytes of one state at this sample rate. */
size_t us_module_state_bytes(const struct us_module *module, float rate);

/* A module that is only described has this flag, and lies at the beginning of this struct. */
#define US_DESCRIBED 0x80000000u
struct us_described {
	struct us_module form, wide;
	uint64_t wide_state_size;
	uint32_t has_wide, tape_frames;
};
/* Frames of tape that an instance asks for at this rate. */
static inline uint32_t us_module_tape_frames(const struct us_module *module, float rate)
{
	if (!(module->flags & US_MIXDOWN))
		return 0;
	if (module->flags & US_DESCRIBED)
		return ((const struct us_described *)module)->tape_frames;
	return module->tape_frames_at ? module->tape_frames_at(rate) : 0;
}

/* Does it keep to module.h? Fails with what is wrong. */
int us_module_check(const struct us_module *module, struct us_err *err);

/* Does this input step at once, without smoothing? */
static inline int us_input_steps(const struct us_input *input)
{
	return input->curve == US_STEP || input->unit == US_GATE || input->unit == US_TRIGGER ||
	       input->unit == US_CHOICE || input->unit == US_COUNT;
}

#endif
