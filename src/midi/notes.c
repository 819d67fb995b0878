/* notes.c — see notes.h. */
#include "notes.h"

#include <string.h>

static void turn(struct us_midi_notes *n, const char *instance, const char *input, double value)
{
	char address[sizeof "/mod//" + US_NAME_BYTES + US_MODULE_NAME_BYTES];
	const struct us_command c = {.address = address, .argc = 1, .arg = {{.type = 'd', .d = value}}};
	snprintf(address, sizeof address, "/mod/%s/%s", instance, input);
	n->sink(n->context, &c, NULL);
}

static void say(struct us_midi_notes *n, const struct us_midi_target *t, uint8_t key, uint8_t velocity)
{
	const struct us_command note = {
	    .address = "/note",
	    .argc = 3,
	    .arg = {{.type = 's', .s = t->instance}, {.type = 'i', .i = key}, {.type = 'i', .i = velocity}}};
	if (!t->trigger[0]) {
		n->sink(n->context, &note, NULL);
		return;
	}
	if (velocity && t->has_velocity)
		turn(n, t->instance, "velocity", velocity / 127.0);
	turn(n, t->instance, t->trigger, velocity > 0);
}

static bool same_target(const struct us_midi_held *a, const struct us_midi_held *b)
{
	return strcmp(a->target.instance, b->target.instance) == 0;
}

/* Of those that `gone` sounds with, the one that was struck last. */
static const struct us_midi_held *last_of(const struct us_midi_notes *n, const struct us_midi_held *gone)
{
	for (uint32_t i = n->count; i-- > 0;)
		if (same_target(&n->held[i], gone))
			return &n->held[i];
	return NULL;
}

static bool is_held_elsewhere(const struct us_midi_notes *n, const struct us_midi_held *gone)
{
	for (uint32_t i = 0; i < n->count; i++)
		if (n->held[i].key == gone->key && same_target(&n->held[i], gone))
			return true;
	return false;
}

/* Two keyboards may hold the same key; and who plays one note only goes back to the one before. */
static void let_go(struct us_midi_notes *n, uint32_t at)
{
	const struct us_midi_held gone = n->held[at];
	const struct us_midi_held *before = last_of(n, &gone);
	const bool sounded = before == &n->held[at];
	memmove(&n->held[at], &n->held[at + 1], (--n->count - at) * sizeof gone);
	if (gone.target.chords) {
		if (!is_held_elsewhere(n, &gone))
			say(n, &gone.target, gone.key, 0);
		return;
	}
	before = last_of(n, &gone);
	if (!before)
		say(n, &gone.target, gone.key, 0);
	else if (sounded && !gone.target.trigger[0])
		say(n, &before->target, before->key, before->velocity);
}

static int find(const struct us_midi_notes *n, uint8_t port, uint8_t channel, uint8_t key)
{
	for (uint32_t i = 0; i < n->count; i++)
		if (n->held[i].port == port && n->held[i].channel == channel && n->held[i].key == key)
			return (int)i;
	return -1;
}

static bool pedal_is_down(const struct us_midi_notes *n, uint8_t port, uint8_t channel)
{
	return n->pedals[port] >> channel & 1;
}

static void strike(struct us_midi_notes *n, const struct us_midi_held *note)
{
	const int again = find(n, note->port, note->channel, note->key);
	if (again >= 0) { /* held by the pedal, or a key that bounces: it is struck anew, and lies on top */
		memmove(&n->held[again], &n->held[again + 1], (--n->count - (uint32_t)again) * sizeof *note);
	} else if (n->count == US_MIDI_HELD) {
		let_go(n, 0);
	}
	n->held[n->count++] = *note;
	say(n, &note->target, note->key, note->velocity);
}

void us_midi_notes_play(struct us_midi_notes *n, uint8_t port, const struct us_midi_message *m)
{
	if (m->kind == US_MIDI_NOTE_ON) {
		struct us_midi_held note = {
		    .port = port, .channel = m->channel, .key = m->number, .velocity = (uint8_t)m->value};
		n->route(n->context, m->channel, m->number, &note.target);
		if (note.target.instance[0])
			strike(n, &note);
		return;
	}
	const int at = find(n, port, m->channel, m->number);
	if (at < 0)
		return;
	if (pedal_is_down(n, port, m->channel))
		n->held[at].kept = true;
	else
		let_go(n, (uint32_t)at);
}

void us_midi_notes_pedal(struct us_midi_notes *n, uint8_t port, uint8_t channel, bool down)
{
	const uint16_t bit = (uint16_t)(1u << channel);
	n->pedals[port] = (uint16_t)(down ? n->pedals[port] | bit : n->pedals[port] & ~bit);
	for (uint32_t i = n->count; !down && i-- > 0;)
		if (n->held[i].kept && n->held[i].port == port && n->held[i].channel == channel)
			let_go(n, i);
}

void us_midi_notes_end(struct us_midi_notes *n, int port, int channel)
{
	for (int p = 0; p < US_MIDI_PORTS; p++)
		if (port == US_MIDI_ANY || port == p)
			n->pedals[p] &= (uint16_t)(channel == US_MIDI_ANY ? 0 : ~(1u << channel));
	for (uint32_t i = 0; i < n->count;) /* the oldest first: no one that is held on sounds again meanwhile */
		if ((port == US_MIDI_ANY || n->held[i].port == port) &&
		    (channel == US_MIDI_ANY || n->held[i].channel == channel))
			let_go(n, i);
		else
			i++;
}

void us_midi_notes_off(struct us_midi_notes *n, uint8_t port, uint8_t channel, bool sound)
{
	const bool stays = !sound && pedal_is_down(n, port, channel);
	for (uint32_t i = 0; i < n->count;) {
		const bool ours = n->held[i].port == port && n->held[i].channel == channel;
		n->held[i].kept |= ours && stays;
		if (ours && !stays)
			let_go(n, i);
		else
			i++;
	}
}

void us_midi_notes_forget(struct us_midi_notes *n)
{
	n->count = 0;
	memset(n->pedals, 0, sizeof n->pedals);
}
