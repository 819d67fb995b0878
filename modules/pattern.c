/* pattern — plays a pattern in mini-notation, in time with the song, exact to the frame. What happens is src/pattern's
 * answer, which is asked for some dozen events at once; in between a block only looks at the next of them. */
#include <understudy/dsp.h>
#include <understudy/pattern.h>

enum { CYCLE, LEGATO, SWING, SCALE, TUNE, RUN, ROOT };
enum { GATE, TRIGGER, PITCH, VALUE, VELOCITY, SIDE, BEGIN, END, SPEED, NAME_1 };
enum { NAMES = US_PATTERN_OUTPUTS, HELD = NAME_1 - PITCH, SCALES = US_SCALES };
enum { RING = US_PATTERN_AT_ONCE, GRID = 1024 }; /* swing goes in steps of 1 / GRID */

#define SLACK US_BEAT_SLACK

/* Its own order of the scales: numbers that others have written down stay what they were. */
static const uint8_t scales[SCALES] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 6, 10, 11, 12};

struct event {
	int64_t cycle, tick, length; /* the tick in its cycle; the cycle from the base on */
	float value, velocity, side, start, stop, speed;
	uint16_t name;
	int16_t sharp;
	uint32_t is_note;
};
_Static_assert(sizeof(struct event) == 56, "no hidden padding in a state");

struct pattern {
	double expected; /* position, in cycles, at which this block should begin */
	int64_t base;    /* cycles that lie before tick 0 */
	int64_t loaded;  /* the tick up to which events have been put into the ring */
	int64_t span;    /* so many ticks are asked for at once */
	uint32_t serial, count, next;
	uint32_t voice; /* counts events, to give each the next voice */
	uint32_t begun;
	uint32_t names_on; /* bit n: name n's gate is on */
	uint32_t name_left[NAMES];
	us_uvec left; /* frames until the gate falls */
	us_vec held[HELD];
	struct event ring[RING]; /* those that come next */
};

/* Where the block lies in the song, in cycles. */
struct place {
	double from, step; /* position of its first frame, and of each frame */
	double end;
	double last; /* what is not later than this has its frame in this block */
	double beats;
};

static struct place place_of(const us_vec *const in[], const struct us_block *b)
{
	const double beats = (double)us_clamp(in[CYCLE][0], 0.25f, 64)[0];
	struct place p = {.from = b->beat / beats, .step = b->beat_step / beats, .beats = beats};
	p.end = p.from + US_BLOCK * p.step;
	p.last = p.from + (US_BLOCK - 1 + SLACK) * p.step;
	return p;
}

/* A moment in parts of a tick: swing moves onsets on this grid. */
struct moment {
	int64_t cycle, part;
};
#define PARTS (8 * GRID) /* of a tick */

static int is_before(struct moment a, struct moment b)
{
	return a.cycle < b.cycle || (a.cycle == b.cycle && a.part < b.part);
}

/* The first one that is not before a position. */
static struct moment moment_at(const struct us_pattern *p, double position)
{
	const double cycle = __builtin_floor(position);
	return (struct moment){(int64_t)cycle,
	                       (int64_t)__builtin_ceil((position - cycle) * (double)(p->ticks * PARTS))};
}

/* The first one that is behind it. */
static struct moment moment_after(const struct us_pattern *p, double position)
{
	const double cycle = __builtin_floor(position);
	return (struct moment){(int64_t)cycle, (int64_t)((position - cycle) * (double)(p->ticks * PARTS)) + 1};
}

/* Events from this position on. */
US_REALTIME static void begin(struct pattern *s, const struct us_pattern *p, double position)
{
	const struct moment m = moment_at(p, position);
	const int64_t cycles = us_pattern_cycles(p), cycle = m.cycle % cycles;
	s->base = m.cycle - cycle;
	s->loaded = cycle * p->ticks + (m.part + PARTS - 1) / PARTS;
	s->span = p->ticks > 8 ? p->ticks / 8 : 1;
	s->count = s->next = 0;
	s->begun = 1;
	s->serial = p->serial;
}

US_REALTIME static void put(struct pattern *s, const struct us_pattern *p, const struct us_hap *h)
{
	const int64_t cycle = h->begin / p->ticks - (h->begin % p->ticks < 0);
	s->ring[s->count++] = (struct event){.cycle = cycle,
	                                     .tick = h->begin - cycle * p->ticks,
	                                     .length = h->end - h->begin,
	                                     .value = h->value,
	                                     .velocity = h->velocity,
	                                     .side = h->side,
	                                     .start = h->start,
	                                     .stop = h->stop,
	                                     .speed = h->speed,
	                                     .name = h->name,
	                                     .sharp = h->sharp,
	                                     .is_note = h->flags & US_HAP_NOTE ? 1 : 0};
}

/* Asks until an event is there, or nothing comes up to this moment. Less at once where there is much. */
US_REALTIME static void refill(struct pattern *s, const struct us_pattern *p, struct moment until)
{
	struct us_hap hap[US_PATTERN_HAPS];
	const int64_t last = (until.cycle - s->base) * p->ticks + (until.part + PARTS - 1) / PARTS;
	while (s->next == s->count && s->loaded < last) {
		const int count = us_pattern_onsets(p, s->loaded, s->loaded + s->span, hap, US_PATTERN_HAPS);
		if ((count < 0 || count > RING) && s->span > 1) {
			s->span /= 2;
			continue;
		}
		s->count = s->next = 0;
		for (int i = 0; i < count && i < RING; i++)
			put(s, p, &hap[i]);
		s->loaded += s->span;
		if (count < RING / 4 && s->span < p->ticks)
			s->span = s->span * 2 < p->ticks ? s->span * 2 : p->ticks;
	}
}

/* A choice, or the one behind the last: what the song's key says. */
static uint32_t chosen(us_vec knob, uint32_t choices, uint32_t key)
{
	const uint32_t choice = (uint32_t)us_clamp(knob + 0.5f, 0, (float)choices)[0];
	return choice < choices ? choice : key;
}

/* Above c4. A note is what it says, whatever the scale. */
US_REALTIME static float semitones(const struct event *e, const us_vec *const in[], const struct us_block *b, int frame)
{
	if (e->is_note)
		return e->value + (float)e->sharp;
	const uint32_t own = chosen(in[SCALE][0], SCALES, SCALES);
	const uint32_t scale = own < SCALES ? scales[own] : us_key_scale(b, frame);
	const float root = (float)chosen(in[ROOT][0], US_ROOTS, us_key_root(b, frame)) + (float)e->sharp;
	if (scale == US_SCALE_CHROMATIC || !(e->value > -1000 && e->value < 1000))
		return root + e->value;
	return root + (float)us_scale_semitones(scale, (int)__builtin_floorf(e->value + 0.5f));
}

/* When an event begins: the odd eighths of a cycle come later, by `swing` of their length; what lies between is
 * stretched. In whole parts of a tick, so order stays order. */
static struct moment onset_of(const struct pattern *s, const struct us_pattern *p, const struct event *e, int64_t swing)
{
	if (!swing)
		return (struct moment){s->base + e->cycle, e->tick * PARTS};
	const int64_t eighth = e->tick * 8 / p->ticks, rest = e->tick * 8 - eighth * p->ticks; /* in eighths of one */
	const int64_t moved = eighth % 2 ? swing * p->ticks + rest * (GRID - swing) : rest * (GRID + swing);
	return (struct moment){s->base + e->cycle, eighth * p->ticks * GRID + moved};
}

struct hit {
	const struct event *event;
	int frame;
	uint32_t frames; /* that its gate is on */
	float held[HELD];
};

/* Somebody reads this output; what nobody reads is left as it is. */
static bool is_read(const struct us_block *b, int output)
{
	return !(b->unread >> output & 1);
}

/* From this frame on, in these lanes. */
US_REALTIME static void change(us_vec *out, int from, us_ivec mask, float value)
{
	for (int i = from; i < US_BLOCK; i++)
		out[i] = us_select(mask, us_splat(value), out[i]);
}

US_REALTIME static void strike_name(struct pattern *s, const struct hit *h, uint32_t after, us_vec *const out[],
                                    const struct us_block *b)
{
	const int name = (int)h->event->name - 1;
	if (name < 0 || name >= NAMES)
		return;
	for (int i = h->frame; i < US_BLOCK && is_read(b, NAME_1 + name); i++)
		out[NAME_1 + name][i] = us_splat((uint32_t)(i - h->frame) < h->frames ? 1 : 0);
	s->name_left[name] = after;
	s->names_on = after ? s->names_on | 1u << name : s->names_on & ~(1u << name);
}

US_REALTIME static void strike(struct pattern *s, const struct hit *h, us_vec *const out[], const struct us_block *b)
{
	const uint32_t voice = s->voice++ % (b->voices ? b->voices : 1);
	us_ivec mask = us_to_int(us_lane_numbers()) == (int32_t)(voice % US_LANES);
	if (b->voices <= 1)
		mask = ~(us_ivec){0};
	else if (voice / US_LANES != b->group)
		mask = (us_ivec){0};
	if (is_read(b, GATE)) {
		const us_ivec sounds = mask & (out[GATE][h->frame] > 0.5f);
		for (int i = h->frame; i < US_BLOCK; i++)
			out[GATE][i] =
			    us_select(mask, us_splat((uint32_t)(i - h->frame) < h->frames ? 1 : 0), out[GATE][i]);
		out[GATE][h->frame] =
		    us_select(sounds, us_splat(0), out[GATE][h->frame]); /* struck anew: it falls for a frame */
	}
	if (is_read(b, TRIGGER))
		out[TRIGGER][h->frame] = us_select(mask, us_splat(1), out[TRIGGER][h->frame]);
	for (int k = 0; k < HELD; k++) {
		if (is_read(b, PITCH + k))
			change(out[PITCH + k], h->frame, mask, h->held[k]);
		s->held[k] = us_select(mask, us_splat(h->held[k]), s->held[k]);
	}
	const uint32_t here = (uint32_t)(US_BLOCK - h->frame), after = h->frames > here ? h->frames - here : 0;
	s->left = (us_uvec)us_select(mask, (us_vec)((us_uvec){0} + after), (us_vec)s->left);
	strike_name(s, h, after, out, b);
}

US_REALTIME static void hold(us_vec *out, us_vec value)
{
	for (int i = 0; i < US_BLOCK; i++)
		out[i] = value;
}

/* On for so many frames. */
US_REALTIME static void hold_gate(us_vec *out, us_uvec left)
{
	const us_uvec block = (us_uvec){0} + US_BLOCK;
	if (!us_any((left != 0) & (left < block))) {
		hold(out, us_select((us_ivec)(left != 0), us_splat(1), us_splat(0)));
		return;
	}
	for (int i = 0; i < US_BLOCK; i++)
		out[i] = us_select((us_ivec)(left > (uint32_t)i), us_splat(1), us_splat(0));
}

/* What goes on from the blocks before. */
US_REALTIME static void sustain(struct pattern *s, us_vec *const out[], const struct us_block *b)
{
	if (is_read(b, GATE))
		hold_gate(out[GATE], s->left);
	if (is_read(b, TRIGGER))
		hold(out[TRIGGER], us_splat(0));
	for (int k = 0; k < HELD; k++)
		if (is_read(b, PITCH + k))
			hold(out[PITCH + k], s->held[k]);
	const us_uvec block = (us_uvec){0} + US_BLOCK;
	s->left = (us_uvec)us_select((us_ivec)(s->left > block), (us_vec)(s->left - block), us_splat(0));
	for (uint64_t read = ~b->unread >> NAME_1 & ((1u << NAMES) - 1); read; read &= read - 1) {
		const int n = __builtin_ctzll(read);
		hold_gate(out[NAME_1 + n], (us_uvec){0} + s->name_left[n]);
	}
	for (uint32_t on = s->names_on; on; on &= on - 1) {
		const int n = __builtin_ctz(on);
		s->name_left[n] = s->name_left[n] > US_BLOCK ? s->name_left[n] - US_BLOCK : 0;
		if (!s->name_left[n])
			s->names_on &= ~(1u << n);
	}
}

/* All events before this moment. */
US_REALTIME static void play(struct pattern *s, const struct us_pattern *p, const struct place *at, struct moment until,
                             const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	const double legato = (double)us_clamp(in[LEGATO][0], 0.01f, 4)[0];
	const int64_t swing = (int64_t)(us_clamp(in[SWING][0], 0, 0.9f)[0] * GRID + 0.5f);
	const float tune = us_clamp(in[TUNE][0], 0, 127)[0];
	const double ticks = (double)p->ticks;
	for (;; s->next++) {
		if (s->next == s->count)
			refill(s, p, until);
		if (s->next == s->count)
			return;
		const struct event *e = &s->ring[s->next];
		if (!is_before((struct moment){s->base + e->cycle, e->tick * PARTS}, until))
			return; /* swing makes nothing earlier */
		const struct moment onset = onset_of(s, p, e, swing);
		if (!is_before(onset, until))
			return;
		const double position = (double)onset.cycle + (double)onset.part / (ticks * PARTS);
		const double frame = __builtin_ceil((position - at->from) / at->step - SLACK),
			     length = (double)e->length / ticks * legato / at->step;
		const int first = frame > 0 ? (frame < US_BLOCK ? (int)frame : US_BLOCK - 1) : 0;
		strike(s,
		       &(struct hit){.event = e,
		                     .frame = first,
		                     .frames = length > 2 ? (length < 1e9 ? (uint32_t)length - 1 : 1000000000) : 1,
		                     .held = {(semitones(e, in, b, first) + US_C4_KEY - tune) / 12,
		                              e->value + (float)e->sharp, e->velocity, e->side, e->start, e->stop,
		                              e->speed}},
		       out, b);
	}
}

/* Where a new pattern takes over. It names a beat if it has waited for one; by rounding that may lie a frame before. */
static double takeover(const struct us_pattern *p, const struct place *at)
{
	const double beat = p->beat / at->beats;
	if (p->start != US_START_AT || beat < at->from - 2 * at->step)
		return at->from - SLACK * at->step;
	return beat < at->last ? beat : at->last;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct pattern *s = state;
	const struct us_pattern *p = b->pattern;
	const struct place at = place_of(in, b);
	sustain(s, out, b);
	if (!p || !p->bytes || in[RUN][0][0] <= 0.5f || !(at.step > 0) || !(at.from > -1e12 && at.from < 1e12))
		return;
	const int leaps = s->begun && __builtin_fabs(at.from - s->expected) > 1e-6; /* the song does */
	if (!s->begun || (leaps && p->serial == s->serial)) {
		begin(s, p, at.from - SLACK * at.step);
	} else if (p->serial != s->serial) {
		const double position = takeover(p, &at);
		if (!leaps && b->before && b->before->serial == s->serial)
			play(s, b->before, &at, moment_at(b->before, position), in, out, b);
		begin(s, p, position);
	}
	s->expected = at.end;
	play(s, p, &at, moment_after(p, at.last), in, out, b);
}

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	struct pattern *s = state;
	s->held[END - PITCH] = s->held[SPEED - PITCH] = us_splat(1);
}

US_MODULE(
    pattern, "plays a pattern in mini-notation, in time with the song",
    .help =
	"drums = pattern play=\"bd(3,8) <sn [sn sn]>\", then drums.bd into a kick, drums.sn into a snare: each name\n"
	"of the pattern is an output, a gate, and keeps it when the text is edited; 1 to 24 are the same by order\n"
	"of appearance. Notes and numbers (0 is c4) come out of pitch and value; with voices=4 each event takes\n"
	"the next voice, so chords sound. One cycle lasts `cycle` beats.\n"
	"Numbers are degrees of scale, from root on; unless they are said they are those of the song's key, and\n"
	"without a key semitones above c. Notes are what they say.\n"
	"value makes any input a sequence, in its own unit: sweep = pattern play=\"300 800 <1200 2000>\", then\n"
	"sweep.value -> vcf.cutoff. side goes to pan.pan: -1 or 1 where the pattern says jux (use voices=2 or more,\n"
	"so that both sides can sound at once), else 0. begin, end and speed are a sampler's: chop, striate, hurry.\n"
	"A new pattern begins at the next cycle, or when it is told to: play drums \"hh*8\" now. It goes on when\n"
	"everybody who wrote it is gone.\n"
	"Sources: McLean 2014 (Tidal); Bjorklund 2003 (Euclidean rhythms).",
    .version = 7, .flags = US_PATTERN, .state_size = sizeof(struct pattern), .init = init, .process = process,
    .inputs = {[CYCLE] = {"cycle", US_BEAT, 4, 0.25f, 64, US_EXP, "beats in a cycle"},
               [LEGATO] = {"legato", US_RATIO, 0.9f, 0.01f, 4, US_LIN, "length of the gates; 1: to the next step"},
               [SWING] = {"swing", US_RATIO, 0, 0, 0.9f, US_LIN,
                          "how much later the odd eighths of a cycle come, in 1024ths"},
               [SCALE] = {"scale", US_CHOICE, SCALES, 0, SCALES, US_STEP,
                          "numbers are degrees of it; semitones: they are not; key: what the song's key says",
                          "semitones|major|minor|harmonic|dorian|phrygian|mixolydian|pentatonic|minor_penta|"
                          "lydian|blues|whole|locrian|key"},
               [TUNE] = {"tune", US_SEMITONE, US_C4_KEY, 0, 127, US_LIN, "the key at which pitch is 0"},
               [RUN] = {"run", US_GATE, 1, 0, 1, US_STEP, "off: nothing new begins"},
               [ROOT] = {"root", US_CHOICE, US_ROOTS, 0, US_ROOTS, US_STEP,
                         "the note of the number 0; key: what the song's key says", US_ROOT_NAMES "|key",
                         .also = "tonic"}},
    .outputs = {[GATE] = {"gate", "on while an event lasts"},
                [TRIGGER] = {"trigger", "one frame at each event"},
                [PITCH] = {"pitch", "octaves from tune (1 V/oct)"},
                [VALUE] = {"value", "the number, or semitones above c4"},
                [VELOCITY] = {"velocity", "0 to 1"},
                [SIDE] = {"side", "-1 left to 1 right, where the pattern says jux"},
                [BEGIN] = {"begin", "where in its sound an event begins, 0 to 1: for a sampler"},
                [END] = {"end", "and where it ends"},
                [SPEED] = {"speed", "how fast it plays its sound"},
                [NAME_1] = {"n1", "gate of name 1"},
                [NAME_1 + 1] = {"n2", "gate of name 2"},
                [NAME_1 + 2] = {"n3", "gate of name 3"},
                [NAME_1 + 3] = {"n4", "gate of name 4"},
                [NAME_1 + 4] = {"n5", "gate of name 5"},
                [NAME_1 + 5] = {"n6", "gate of name 6"},
                [NAME_1 + 6] = {"n7", "gate of name 7"},
                [NAME_1 + 7] = {"n8", "gate of name 8"},
                [NAME_1 + 8] = {"n9", "gate of name 9"},
                [NAME_1 + 9] = {"n10", "gate of name 10"},
                [NAME_1 + 10] = {"n11", "gate of name 11"},
                [NAME_1 + 11] = {"n12", "gate of name 12"},
                [NAME_1 + 12] = {"n13", "gate of name 13"},
                [NAME_1 + 13] = {"n14", "gate of name 14"},
                [NAME_1 + 14] = {"n15", "gate of name 15"},
                [NAME_1 + 15] = {"n16", "gate of name 16"},
                [NAME_1 + 16] = {"n17", "gate of name 17"},
                [NAME_1 + 17] = {"n18", "gate of name 18"},
                [NAME_1 + 18] = {"n19", "gate of name 19"},
                [NAME_1 + 19] = {"n20", "gate of name 20"},
                [NAME_1 + 20] = {"n21", "gate of name 21"},
                [NAME_1 + 21] = {"n22", "gate of name 22"},
                [NAME_1 + 22] = {"n23", "gate of name 23"},
                [NAME_1 + 23] = {"n24", "gate of name 24"}});
