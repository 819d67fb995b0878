/* reach.c — the nearest instance, along cables in either direction, that has what is wanted: a note that is sent to a
 * filter finds the oscillator before it and the envelope behind it. The path of the audio counts first: an LFO on the
 * filter's cutoff is near too, but is not what a note means. Breadth first; at equal distance the instance whose cable
 * is older wins, so the same patch always answers the same. */
#include "internal.h"

#include <string.h>

bool us_has_gate(const struct us_module *module, uint16_t *input)
{
	for (uint16_t i = 0; i < us_module_input_count(module); i++)
		if (module->inputs[i].unit == US_GATE) {
			*input = i;
			return true;
		}
	return false;
}

static bool wanted_at(const struct us_engine *model, uint16_t index, us_wanted_fn *wanted, uint16_t *input)
{
	struct us_instance_view view;
	return us_engine_instance(model, index, &view) && wanted(view.module, input);
}

static bool carries_audio(const struct us_engine *model, const struct us_cable_view *cable)
{
	struct us_instance_view view;
	return us_engine_instance(model, cable->instance, &view) && view.module->inputs[cable->input].unit == US_SIGNAL;
}

bool us_is_sink(const struct us_module *module, uint16_t *input)
{
	(void)input;
	return module->flags & US_SINK;
}

enum way { WAY_ANY, WAY_AUDIO, WAY_UP, WAY_DOWN };

/* The other end of a cable at `at`, if the way may go there; else US_NOBODY. */
static uint16_t step(const struct us_engine *model, uint16_t at, const struct us_cable_view *cable, enum way way)
{
	if (cable->instance == at && way != WAY_DOWN && (way != WAY_AUDIO || carries_audio(model, cable)))
		return cable->source;
	if (cable->source == at && way != WAY_UP && (way != WAY_AUDIO || carries_audio(model, cable)))
		return cable->instance;
	return US_NOBODY;
}

static uint16_t search(const struct us_engine *model, uint16_t from, enum way way, us_wanted_fn *wanted,
                       uint16_t *input)
{
	uint16_t queue[US_INDICES];
	bool seen[US_INDICES] = {false};
	uint32_t head = 0, tail = 0;
	struct us_cable_view cable;
	queue[tail++] = from;
	seen[from] = true;
	while (head < tail) {
		uint16_t at = queue[head++];
		if (wanted_at(model, at, wanted, input))
			return at;
		for (uint32_t place = 0; us_engine_next_cable(model, &place, &cable);) {
			uint16_t next = step(model, at, &cable, way);
			if (next == US_NOBODY || seen[next])
				continue;
			seen[next] = true;
			queue[tail++] = next;
		}
	}
	return US_NOBODY;
}

uint16_t us_reach(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input)
{
	uint16_t found = search(model, from, WAY_AUDIO, wanted, input);
	return found != US_NOBODY ? found : search(model, from, WAY_ANY, wanted, input);
}

uint16_t us_reach_up(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input)
{
	return search(model, from, WAY_UP, wanted, input);
}

uint16_t us_reach_down(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input)
{
	return search(model, from, WAY_DOWN, wanted, input);
}
