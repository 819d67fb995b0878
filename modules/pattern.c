/* pattern — plays a pattern in mini-notation, in time with the song, exact to the frame. A cycle's events are worked
 * out when it begins (understudy/pattern_events.h); in between a block only looks at the next of them. */
#include <understudy/dsp.h>
#include <understudy/pattern_events.h>

enum { CYCLE, LEGATO, SWING, SCALE, TUNE, RUN };
enum { GATE, TRIGGER, PITCH, VALUE, VELOCITY, NAME_A, SIDE = 11 };
enum { NAMES = SIDE - NAME_A, SCALES = 9, DEGREES = 7 };

#define MIDDLE_C 60 /* the key of a value of 0 */
#define SLACK US_BEAT_SLACK

/* Semitones of the degrees; 0 of them: values are semitones. */
static const struct {
	int8_t count, semitone[DEGREES];
} scales[SCALES] = {{0, {0}},
                    {7, {0, 2, 4, 5, 7, 9, 11}},
                    {7, {0, 2, 3, 5, 7, 8, 10}},
                    {7, {0, 2, 3, 5, 7, 8, 11}},
                    {7, {0, 2, 3, 5, 7, 9, 10}},
                    {7, {0, 1, 3, 5, 7, 8, 10}},
                    {7, {0, 2, 4, 5, 7, 9, 10}},
                    {5, {0, 2, 4, 7, 9}},
                    {5, {0, 3, 5, 7, 10}}};

struct pattern {
	double expected;   /* position, in cycles, at which this block should begin */
	double takes_over; /* the position, in cycles, at which a new pattern begins; < 0: none is waiting */
	int64_t cycle;     /* whose events these are */
	uint32_t serial, count, next;
	uint32_t voice; /* counts events, to give each the next voice */
	uint32_t begun; /* a cycle has been loaded */
	uint32_t name_left[NAMES];
	us_uvec left; /* frames until the gate falls */
	us_vec pitch, value, velocity, side;
	struct us_pattern_event event[US_PATTERN_EVENTS];
};

/* Where the block lies in the song. */
struct place {
	double from, step; /* position of its first frame, and of each frame, in cycles */
	double end;
	double beats; /* in a cycle */
};

static struct place place_of(const us_vec *const in[], const struct us_block *b)
{
	const double beats = (double)us_clamp(in[CYCLE][0], 0.25f, 64)[0];
	struct place p = {.from = b->beat / beats, .step = b->beat_step / beats, .beats = beats};
	p.end = p.from + US_BLOCK * p.step;
	return p;
}

US_REALTIME static void load(struct pattern *s, const struct us_pattern *p, int64_t cycle, double from)
{
	s->cycle = cycle;
	s->begun = 1;
	s->count = us_pattern_events(p, cycle, s->event, US_PATTERN_EVENTS);
	for (s->next = 0; s->next < s->count && (double)cycle + s->event[s->next].at < from - 1e-9;)
		s->next++;
}

/* A new pattern waits for the beat or the cycle that it wants to begin with. */
US_REALTIME static void notice(struct pattern *s, const struct us_pattern *p, const struct place *at)
{
	if (p->serial == s->serial)
		return;
	s->serial = p->serial;
	s->takes_over = at->from;
	if (s->begun && p->start == US_START_CYCLE)
		s->takes_over = __builtin_ceil(at->from - 1e-9);
	if (s->begun && p->start == US_START_AT && p->beat / at->beats > at->from)
		s->takes_over = p->beat / at->beats;
}

US_REALTIME static float semitones(float value, int scale)
{
	const int degrees = scales[scale].count;
	if (!degrees || !(value > -1000 && value < 1000))
		return value;
	const int degree = (int)__builtin_floorf(value + 0.5f);
	const int octave = degree >= 0 ? degree / degrees : -((degrees - 1 - degree) / degrees);
	return (float)(12 * octave + scales[scale].semitone[degree - octave * degrees]);
}

/* The odd eighths of a cycle come later, by `swing` of their length; what lies between is stretched. */
static double swung(double at, double swing)
{
	const double eighth = at * 8, whole = __builtin_floor(eighth);
	return (int64_t)whole % 2 ? (whole + swing + (eighth - whole) * (1 - swing)) / 8
	                          : (whole + (eighth - whole) * (1 + swing)) / 8;
}

struct hit {
	const struct us_pattern_event *event;
	int frame;
	uint32_t frames; /* that its gate is on */
	float pitch;
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
	for (int i = h->frame; i < US_BLOCK && is_read(b, NAME_A + name); i++)
		out[NAME_A + name][i] = us_splat((uint32_t)(i - h->frame) < h->frames ? 1 : 0);
	s->name_left[name] = after;
}

US_REALTIME static void strike(struct pattern *s, const struct hit *h, us_vec *const out[], const struct us_block *b)
{
	const float velocity = h->event->velocity, value = h->event->value, side = h->event->side;
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
	if (is_read(b, PITCH))
		change(out[PITCH], h->frame, mask, h->pitch);
	if (is_read(b, VALUE))
		change(out[VALUE], h->frame, mask, value);
	if (is_read(b, VELOCITY))
		change(out[VELOCITY], h->frame, mask, velocity);
	if (is_read(b, SIDE))
		change(out[SIDE], h->frame, mask, side);
	const uint32_t here = (uint32_t)(US_BLOCK - h->frame), after = h->frames > here ? h->frames - here : 0;
	s->left = (us_uvec)us_select(mask, (us_vec)((us_uvec){0} + after), (us_vec)s->left);
	s->pitch = us_select(mask, us_splat(h->pitch), s->pitch);
	s->value = us_select(mask, us_splat(value), s->value);
	s->velocity = us_select(mask, us_splat(velocity), s->velocity);
	s->side = us_select(mask, us_splat(side), s->side);
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
	if (is_read(b, PITCH))
		hold(out[PITCH], s->pitch);
	if (is_read(b, VALUE))
		hold(out[VALUE], s->value);
	if (is_read(b, VELOCITY))
		hold(out[VELOCITY], s->velocity);
	if (is_read(b, SIDE))
		hold(out[SIDE], s->side);
	const us_uvec block = (us_uvec){0} + US_BLOCK;
	s->left = (us_uvec)us_select((us_ivec)(s->left > block), (us_vec)(s->left - block), us_splat(0));
	for (int n = 0; n < NAMES; n++) {
		if (is_read(b, NAME_A + n))
			hold_gate(out[NAME_A + n], (us_uvec){0} + s->name_left[n]);
		s->name_left[n] = s->name_left[n] > US_BLOCK ? s->name_left[n] - US_BLOCK : 0;
	}
}

/* All events of the loaded cycle up to `until`. */
US_REALTIME static void play(struct pattern *s, const struct place *at, double until, const us_vec *const in[],
                             us_vec *const out[], const struct us_block *b)
{
	const double legato = (double)us_clamp(in[LEGATO][0], 0.01f, 4)[0],
		     swing = (double)us_clamp(in[SWING][0], 0, 0.9f)[0];
	const float tune = us_clamp(in[TUNE][0], 0, 127)[0];
	const int scale = (int)us_clamp(in[SCALE][0] + 0.5f, 0, SCALES - 1)[0];
	for (; s->next < s->count; s->next++) {
		const struct us_pattern_event *e = &s->event[s->next];
		const double onset = (double)s->cycle + swung(e->at, swing);
		const double frame = __builtin_ceil((onset - at->from) / at->step - SLACK),
			     length = e->span * legato / at->step;
		if (onset >= until - SLACK * at->step || frame >= US_BLOCK)
			return; /* the first frame that is not before its time may be the next block's */
		strike(s,
		       &(struct hit){.event = e,
		                     .frame = frame > 0 ? (int)frame : 0,
		                     .frames = length > 2 ? (length < 1e9 ? (uint32_t)length - 1 : 1000000000) : 1,
		                     .pitch = (semitones(e->value, scale) + MIDDLE_C - tune) / 12},
		       out, b);
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct pattern *s = state;
	const struct us_pattern *p = b->pattern;
	const struct place at = place_of(in, b);
	sustain(s, out, b);
	if (!p || in[RUN][0][0] <= 0.5f || !(at.step > 0) || !(at.from > -1e12 && at.from < 1e12))
		return;
	notice(s, p, &at);
	if (s->begun && __builtin_fabs(at.from - s->expected) > 1e-6) /* the song has leapt */
		load(s, p, us_pattern_floor(at.from + 1e-9), at.from);
	s->expected = at.end;
	for (int rounds = 0; rounds < 8; rounds++) {
		const double cycle_end = (double)s->cycle + 1;
		double until = s->begun && cycle_end < at.end ? cycle_end : at.end;
		const int changes = s->takes_over >= 0 && s->takes_over < until - SLACK * at.step;
		if (changes)
			until = s->takes_over;
		if (s->begun)
			play(s, &at, until, in, out, b);
		if (changes) {
			load(s, p, us_pattern_floor(s->takes_over + 1e-9), s->takes_over);
			s->takes_over = -1;
		} else if (s->begun && cycle_end < at.end - SLACK * at.step) {
			load(s, p, s->cycle + 1, cycle_end);
		} else {
			return;
		}
	}
}

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	((struct pattern *)state)->takes_over = -1;
}

US_MODULE(
    pattern, "plays a pattern in mini-notation, in time with the song",
    .help =
	"drums = pattern play=\"bd(3,8) <sn [sn sn]>\", then drums.a into a kick, drums.b into a snare: a to f are\n"
	"the gates of the first six names in the pattern. Notes and numbers (0 is c4) come out of pitch\n"
	"and value; with voices=4 each event takes the next voice, so chords sound. One cycle lasts `cycle` beats.\n"
	"value makes any input a sequence, in its own unit: sweep = pattern play=\"300 800 <1200 2000>\", then\n"
	"sweep.value -> vcf.cutoff. side goes to pan.pan: -1 or 1 where the pattern says jux (use voices=2 or more,\n"
	"so that both sides can sound at once), else 0.\n"
	"A new pattern begins at the next cycle, or when it is told to: play drums \"hh*8\" now. It goes on when\n"
	"everybody who wrote it is gone.\n"
	"Sources: McLean 2014 (Tidal); Bjorklund 2003 (Euclidean rhythms).",
    .version = 4, .flags = US_PATTERN, .state_size = sizeof(struct pattern), .init = init, .process = process,
    .inputs = {[CYCLE] = {"cycle", US_BEAT, 4, 0.25f, 64, US_EXP, "beats in a cycle"},
               [LEGATO] = {"legato", US_RATIO, 0.9f, 0.01f, 4, US_LIN, "length of the gates; 1: to the next step"},
               [SWING] = {"swing", US_RATIO, 0, 0, 0.9f, US_LIN, "how much later the odd eighths of a cycle come"},
               [SCALE] = {"scale", US_CHOICE, 0, 0, SCALES - 1, US_STEP,
                          "numbers are degrees of it; semitones: they are not",
                          "semitones|major|minor|harmonic|dorian|phrygian|mixolydian|pentatonic|minor_penta"},
               [TUNE] = {"tune", US_SEMITONE, 69, 0, 127, US_LIN, "the key at which pitch is 0"},
               [RUN] = {"run", US_GATE, 1, 0, 1, US_STEP, "off: nothing new begins"}},
    .outputs = {[GATE] = {"gate", "on while an event lasts"},
                [TRIGGER] = {"trigger", "one frame at each event"},
                [PITCH] = {"pitch", "octaves from tune (1 V/oct)"},
                [VALUE] = {"value", "the number, or semitones above c4"},
                [VELOCITY] = {"velocity", "0 to 1"},
                [NAME_A] = {"a", "gate of the pattern's first name"},
                [NAME_A + 1] = {"b", "gate of the second"},
                [NAME_A + 2] = {"c", "gate of the third"},
                [NAME_A + 3] = {"d", "gate of the fourth"},
                [NAME_A + 4] = {"e", "gate of the fifth"},
                [NAME_A + 5] = {"f", "gate of the sixth"},
                [SIDE] = {"side", "-1 left to 1 right, where the pattern says jux"}});
