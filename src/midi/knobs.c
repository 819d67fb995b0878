/* knobs.c — see knobs.h. */
#include "knobs.h"

#include <math.h>
#include <string.h>

#define MOST_7 127.0
#define MOST_14 16383.0
/* As near to the value as a controller's step or so: then it is met. */
#define NEAR 0.012
/* What was sent is seen in the synth only some milliseconds later. */
#define SETTLE_NS 300000000ull

void us_midi_knobs_begin(struct us_midi_knobs *k, const struct us_map *map)
{
	k->map = map;
	memset(k->state, 0, sizeof k->state);
}

/* --- what moved ----------------------------------------------------------------------------------------------------
 */

/* Remembers which parameter data entry is for. True if this message was about that alone. */
static bool name_parameter(struct us_midi_registers *r, const struct us_midi_message *m)
{
	if (m->number == US_MIDI_CC_RPN_LOW || m->number == US_MIDI_CC_RPN_HIGH) {
		r->named = false; /* a registered one: none of ours */
		return true;
	}
	if (m->number != US_MIDI_CC_NRPN_LOW && m->number != US_MIDI_CC_NRPN_HIGH)
		return false;
	*(m->number == US_MIDI_CC_NRPN_LOW ? &r->name_low : &r->name_high) = (uint8_t)m->value;
	r->named = !(r->name_high == 127 && r->name_low == 127);
	return true;
}

static int parameter_of(const struct us_midi_registers *r)
{
	return r->name_high << 7 | r->name_low;
}

static double position14(const struct us_midi_registers *r, int high)
{
	return (double)(r->high[high & 31] << 7 | r->low[high & 31]) / MOST_14;
}

/* A new high part begins a new value: its low part is 0 until it comes. Some send the low part first, and that is told
 * by what comes first at all: then the high part ends the value. */
static void remember(struct us_midi_registers *r, const struct us_midi_message *m)
{
	const uint32_t bit = 1u << (m->number & 31);
	if (m->number < 64 && !(r->met & bit)) {
		r->met |= bit;
		r->low_first |= m->number >= 32 ? bit : 0;
	}
	if (m->number < 32) {
		r->high[m->number] = (uint8_t)m->value;
		r->low[m->number] = r->low_first & bit ? r->low[m->number] : 0;
	} else if (m->number < 64) {
		r->low[m->number - 32] = (uint8_t)m->value;
	}
}

/* The half that is not the end of its value: nothing moves yet. */
static bool is_half(const struct us_midi_registers *r, const struct us_midi_message *m)
{
	return m->number >= 32 && m->number < 64 && r->low_first >> (m->number & 31) & 1;
}

static bool is_data_entry(const struct us_midi_message *m)
{
	return m->number == US_MIDI_CC_DATA_HIGH || m->number == US_MIDI_CC_DATA_LOW;
}

/* Does the rule speak of this message, and where is the controller then? */
static bool concerns(const struct us_map_knob *k, const struct us_midi_registers *r, const struct us_midi_message *m,
                     double *position)
{
	if (k->channel != US_MAP_EVERY && k->channel != m->channel)
		return false;
	switch (k->source) {
	case US_MAP_CC:
		*position = m->value / MOST_7;
		return m->kind == US_MIDI_CONTROL && m->number == k->number && !(r->named && is_data_entry(m));
	case US_MAP_CC14:
		if (m->kind != US_MIDI_CONTROL || (m->number != k->number && m->number != k->low_number))
			return false;
		*position = position14(r, k->number);
		return !is_half(r, m);
	case US_MAP_NRPN:
		*position = position14(r, US_MIDI_CC_DATA_HIGH);
		return m->kind == US_MIDI_CONTROL && r->named && is_data_entry(m) && parameter_of(r) == k->number &&
		       !is_half(r, m);
	case US_MAP_PRESSURE:
		*position = m->value / MOST_7;
		return m->kind == US_MIDI_PRESSURE;
	case US_MAP_BEND:
		*position = m->value / MOST_14;
		return m->kind == US_MIDI_BEND;
	}
	return false;
}

bool us_midi_knobs_source(struct us_midi_knobs *knobs, const struct us_midi_message *m, struct us_map_knob *k)
{
	struct us_midi_registers *r = &knobs->registers[m->channel];
	*k = (struct us_map_knob){.channel = US_MAP_EVERY};
	if (m->kind == US_MIDI_PRESSURE || m->kind == US_MIDI_BEND) {
		k->source = m->kind == US_MIDI_BEND ? US_MAP_BEND : US_MAP_PRESSURE;
		return true;
	}
	if (m->kind != US_MIDI_CONTROL || m->number == US_MIDI_CC_SUSTAIN || m->number >= US_MIDI_CC_SOUND_OFF ||
	    name_parameter(r, m))
		return false;
	if (r->named && is_data_entry(m)) {
		k->source = US_MAP_NRPN;
		k->number = parameter_of(r);
		return true;
	}
	k->number = m->number;
	return true;
}

/* --- what it does ---------------------------------------------------------------------------------------------------
 */

static int steps_of(enum us_map_take take, uint16_t value)
{
	if (take == US_MAP_OFFSET)
		return value - 64;
	if (take == US_MAP_SIGN)
		return value & 64 ? -(value & 63) : value;
	return value < 64 ? value : value - 128;
}

static double within(double position)
{
	return position < 0 ? 0 : position > 1 ? 1 : position;
}

static void send(struct us_midi_knobs *knobs, uint32_t at, float value, uint64_t now_ns)
{
	const struct us_map_knob *k = &knobs->map->knob[at];
	struct us_midi_knob_state *s = &knobs->state[at];
	char address[sizeof "/mod//" + US_NAME_BYTES + US_MODULE_NAME_BYTES];
	snprintf(address, sizeof address, "/mod/%s/%s", k->instance, k->input);
	const struct us_command c = {.address = address, .argc = 1, .arg = {{.type = 'd', .d = (double)value}}};
	s->sent = value;
	s->sent_ns = now_ns;
	knobs->sink(knobs->context, &c, NULL);
}

/* Where the value is, as a position: what was sent, as long as the synth may not have heard it yet. */
static int place_of(struct us_midi_knobs *knobs, uint32_t at, const struct us_input *row, float now, uint64_t now_ns,
                    double *place, struct us_err *err)
{
	const struct us_midi_knob_state *s = &knobs->state[at];
	const bool fresh = s->sent_ns && now_ns - s->sent_ns < SETTLE_NS;
	return us_map_position(&knobs->map->knob[at], row, fresh ? s->sent : now, place, err);
}

static bool meets(const struct us_midi_knob_state *s, double before, double position, double place)
{
	const double target = within(place); /* a value beyond the range is met at its end */
	if (fabs(position - target) <= NEAR)
		return true;
	return s->moved && (before - target) * (position - target) <= 0;
}

static int move(struct us_midi_knobs *knobs, uint32_t at, double position, uint16_t raw, uint64_t now_ns,
                struct us_err *err)
{
	const struct us_map_knob *k = &knobs->map->knob[at];
	struct us_midi_knob_state *s = &knobs->state[at];
	const struct us_input *row;
	float now, value;
	double place;
	if (!knobs->look.input(knobs->look.context, k->instance, k->input, &row, &now))
		return us_fail(err, "there is no %s.%s in what plays", k->instance, k->input);
	if (place_of(knobs, at, row, now, now_ns, &place, err))
		return US_FAILED;
	const double before = s->position;
	if (k->take >= US_MAP_TWOS)
		position = within(within(place) + steps_of(k->take, raw) / MOST_7);
	else if (k->take == US_MAP_PICKUP) {
		/* It lets go when somebody else has turned the value away from it. */
		s->holds = (s->holds && fabs(within(place) - before) <= NEAR) || meets(s, before, position, place);
		s->position = position;
		s->moved = true;
		if (!s->holds)
			return US_OK;
	}
	if (us_map_value(k, row, position, &value, err))
		return US_FAILED;
	send(knobs, at, value, now_ns);
	return US_OK;
}

bool us_midi_knobs_take(struct us_midi_knobs *knobs, const struct us_midi_message *m, uint64_t now_ns)
{
	struct us_midi_registers *r = &knobs->registers[m->channel];
	bool mapped = false;
	if (m->kind == US_MIDI_CONTROL) {
		name_parameter(r, m);
		remember(r, m);
	}
	for (uint32_t i = 0; i < knobs->map->knobs; i++) {
		double position;
		struct us_err err;
		if (!concerns(&knobs->map->knob[i], r, m, &position))
			continue;
		mapped = true;
		if (move(knobs, i, position, m->value, now_ns, &err) && !knobs->state[i].complained) {
			knobs->state[i].complained = true;
			knobs->complain(knobs->context, err.text);
		}
	}
	return mapped;
}
