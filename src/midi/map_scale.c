/* map_scale.c — from a controller's position to a value, and back. */
#include "map.h"

#include "lang/value.h"

#include <math.h>

struct range {
	double low, high;
	bool ratios;
};

static int range_of(const struct us_map_knob *k, const struct us_input *input, struct range *range, struct us_err *err)
{
	float low = input->min, high = input->max;
	if (k->low[0] && (us_value_parse(k->low, input, &low, err) || us_value_parse(k->high, input, &high, err)))
		return US_FAILED;
	const bool wanted = k->scale == US_MAP_RATIOS || (k->scale == US_MAP_AS_INPUT && input->curve == US_EXP);
	*range = (struct range){.low = (double)low, .high = (double)high, .ratios = low > 0 && high > 0 && wanted};
	if (k->scale == US_MAP_RATIOS && !range->ratios)
		return us_fail(err, "log needs a range above 0, not %g..%g", (double)low, (double)high);
	return low == high ? us_fail(err, "a range from %g to %g is none", (double)low, (double)high) : US_OK;
}

/* Switches and choices stand at whole numbers. */
static bool is_whole(const struct us_input *input)
{
	return input->unit == US_CHOICE || input->unit == US_COUNT || input->unit == US_GATE ||
	       input->unit == US_TRIGGER;
}

int us_map_value(const struct us_map_knob *k, const struct us_input *input, double position, float *value,
                 struct us_err *err)
{
	struct range r;
	if (range_of(k, input, &r, err))
		return US_FAILED;
	const double v = r.ratios ? r.low * pow(r.high / r.low, position) : r.low + (r.high - r.low) * position;
	*value = (float)(is_whole(input) ? floor(v + 0.5) : v);
	return US_OK;
}

int us_map_position(const struct us_map_knob *k, const struct us_input *input, float value, double *position,
                    struct us_err *err)
{
	struct range r;
	if (range_of(k, input, &r, err))
		return US_FAILED;
	const double v = (double)value;
	if (r.ratios)
		*position = v > 0 ? log(v / r.low) / log(r.high / r.low) : r.high > r.low ? 0 : 1;
	else
		*position = (v - r.low) / (r.high - r.low);
	return US_OK;
}
