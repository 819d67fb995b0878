/* clock_in.c — see clock_in.h. The song does not leap after the ticks: it plays a little faster or slower until it is
 * where they are, which takes about a second. Only when it is far away (somebody else has moved it) it is put there. */
#include "clock_in.h"

#include <math.h>

#define LOST_NS 1000000000ull /* without a tick for so long there is no clock */
#define EVERY_NS 100000000ull /* between two tempos */
#define PLACE_EVERY_NS 1000000000ull
#define SAME_TEMPO 0.0005       /* so near is the same */
#define SAME_BEAT_SECONDS 0.001 /* and so near the same place */
#define CATCH_UP_SECONDS 1.0
#define MOST_HASTE 0.03
#define FAR_BEATS 0.25

enum { TICKS_PER_STEP = 6 /* song position counts sixteenths */ };

static void say(struct us_clock_in *c, const char *address, const double *value)
{
	struct us_command command = {.address = address};
	if (value)
		command.arg[command.argc++] = (struct us_arg){.type = 'd', .d = *value};
	c->sink(c->context, &command, NULL);
}

static void locate(struct us_clock_in *c, double tick)
{
	const double beat = tick / US_MIDI_TICKS;
	say(c, "/transport/locate", &beat);
}

static void tick(struct us_clock_in *c, uint64_t now_ns)
{
	us_tempo_tick(&c->filter, now_ns);
	c->last_ns = now_ns;
	if (c->state == US_CLOCK_IN_RUNS) {
		c->ticks++;
	} else if (c->state == US_CLOCK_IN_ARMED) {
		c->state = US_CLOCK_IN_RUNS;
		c->ticks = c->first;
		c->placed_ns = now_ns;
		locate(c, c->first);
		say(c, "/transport/play", NULL);
	}
}

bool us_clock_in_follows(struct us_clock_in *c, uint8_t port, const struct us_midi_message *m, uint64_t now_ns)
{
	const bool led = c->lead_ns && now_ns - c->lead_ns <= LOST_NS;
	if (led && port != c->leader)
		return false;
	if (m->kind == US_MIDI_CLOCK) {
		if (port != c->leader)
			c->filter = (struct us_tempo_filter){0};
		c->leader = port;
		c->lead_ns = now_ns;
		c->told &= ~(1u << port);
	}
	return true;
}

bool us_clock_in_is_second(struct us_clock_in *c, uint8_t port, const struct us_midi_message *m)
{
	const uint32_t bit = 1u << port;
	const bool first = m->kind == US_MIDI_CLOCK && !(c->told & bit);
	c->told |= first ? bit : 0;
	return first;
}

bool us_clock_in_take(struct us_clock_in *c, const struct us_midi_message *m, uint64_t now_ns)
{
	switch (m->kind) {
	case US_MIDI_CLOCK:
		tick(c, now_ns);
		return true;
	case US_MIDI_START:
	case US_MIDI_CONTINUE:
		if (m->kind == US_MIDI_START)
			c->first = 0;
		else if (c->state == US_CLOCK_IN_RUNS)
			return true;
		c->state = US_CLOCK_IN_ARMED;
		return true;
	case US_MIDI_STOP:
		if (c->state == US_CLOCK_IN_RUNS)
			c->first = (uint32_t)c->ticks + 1; /* where continue goes on */
		c->state = US_CLOCK_IN_STANDS;
		say(c, "/transport/stop", NULL);
		return true;
	case US_MIDI_POSITION:
		c->first = (uint32_t)m->value * TICKS_PER_STEP;
		c->ticks = c->first - (c->first > 0); /* the next tick is this one */
		locate(c, c->first);
		return true;
	default:
		return false;
	}
}

/* How much too fast to play, to be in time in a while. */
static double haste(struct us_clock_in *c, const struct us_synth_song *song, double bpm, uint64_t now_ns)
{
	if (!song || !song->plays || c->state != US_CLOCK_IN_RUNS)
		return 0;
	const double behind = ((double)c->ticks + us_tempo_since(&c->filter, now_ns)) / US_MIDI_TICKS - song->beat;
	if (fabs(behind) > FAR_BEATS) {
		/* What was sent last may not be heard yet. */
		if (now_ns - c->placed_ns > PLACE_EVERY_NS) {
			c->placed_ns = now_ns;
			locate(c, song->beat * US_MIDI_TICKS + behind * US_MIDI_TICKS);
		}
		return 0;
	}
	if (fabs(behind) * 60 / bpm < SAME_BEAT_SECONDS)
		return 0;
	const double wanted = behind * 60 / bpm / CATCH_UP_SECONDS;
	return wanted > MOST_HASTE ? MOST_HASTE : wanted < -MOST_HASTE ? -MOST_HASTE : wanted;
}

void us_clock_in_lead(struct us_clock_in *c, const struct us_synth_song *song, uint64_t now_ns)
{
	const bool lost = c->last_ns && now_ns - c->last_ns > LOST_NS;
	double bpm = us_tempo_bpm(&c->filter);
	if (lost) { /* the last tempo stays, without haste */
		c->filter = (struct us_tempo_filter){0};
		c->last_ns = 0;
	}
	if (bpm <= 0 || now_ns - c->sent_ns < EVERY_NS)
		return;
	if (!lost)
		bpm *= 1 + haste(c, song, bpm, now_ns);
	if (fabs(bpm - c->sent_bpm) < SAME_TEMPO * bpm)
		return;
	c->sent_bpm = bpm;
	c->sent_ns = now_ns;
	say(c, "/tempo", &bpm);
}
