/* adsr — envelope generator with a VCA inside. The level is a function of the frames since the last turn of events
 * (gate up, top reached, gate down), so each time is exact to the frame and none of them drifts. */
#include <understudy/dsp.h>

enum { IN, GATE, ATTACK, DECAY, SUSTAIN, RELEASE, VELOCITY };
enum { OUT, ENV };

#define LONGEST_MS 60000 /* at 192 kHz still a whole number of frames that a float can count */

struct adsr {
	us_vec frames;  /* since the stage began */
	us_vec span;    /* its length in frames when last seen: a knob that moves stretches what is left of it */
	us_vec start;   /* level when it began */
	us_vec level;   /* last output */
	us_vec peak;    /* velocity, as it was when the gate rose */
	us_ivec open;   /* mask: the gate is on */
	us_ivec rising; /* mask: in the attack. Otherwise decay and sustain while open, else release and rest */
};

struct times {
	us_vec attack, decay, release; /* whole frames */
};

US_REALTIME static us_vec frames_of(us_vec ms, const struct us_block *b)
{
	return us_round(us_clamp(ms, 0, LONGEST_MS) * (0.001f * b->rate));
}

US_REALTIME static struct times times(const us_vec *const in[], int i, const struct us_block *b)
{
	return (struct times){frames_of(in[ATTACK][i], b), frames_of(in[DECAY][i], b), frames_of(in[RELEASE][i], b)};
}

/* Has the gate turned, has the attack reached its top? Then a new stage begins at this frame. */
US_REALTIME static void turn(struct adsr *s, us_vec gate, us_vec velocity, us_vec attack)
{
	const us_ivec open = gate > 0.5f, up = open & ~s->open, turned = open ^ s->open;
	s->open = open;
	s->peak = us_select(up, us_clamp(velocity, 0, 1), s->peak);
	s->rising = (s->rising | up) & open;
	s->start = us_select(turned, s->level, s->start);
	s->frames = us_select(turned, us_splat(0), s->frames);

	const us_ivec top = s->rising & (s->frames >= attack);
	s->rising &= ~top;
	s->start = us_select(top, s->peak, s->start);
	s->frames = us_select(top, us_splat(0), s->frames);
}

/* What is left of the way, from 1 to 0, to what is left of the difference: on an eased line up and a fourth power down,
 * which the ear takes for the exponential of a capacitor; but it arrives, at the promised frame. */
US_REALTIME static us_vec fall(us_vec rest)
{
	const us_vec square = rest * rest;
	return square * square;
}

US_REALTIME static us_vec curve(us_ivec rising, us_vec rest)
{
	return us_select(rising, 0.5f * (rest + rest * rest), fall(rest));
}

US_REALTIME static us_vec rest(us_vec frames, us_vec span, us_vec per_span)
{
	return us_select(frames >= span, us_splat(0), 1 - frames * per_span);
}

/* The level at this frame: from where the stage began towards its target. */
US_REALTIME static us_vec level(const struct adsr *s, us_vec per_span, us_vec target)
{
	return target + (s->start - target) * curve(s->rising, rest(s->frames, s->span, per_span));
}

US_REALTIME static us_vec span(const struct adsr *s, const struct times *t)
{
	return us_select(s->rising, t->attack, us_select(s->open, t->decay, t->release));
}

US_REALTIME static us_vec target(const struct adsr *s, us_vec sustain)
{
	return us_select(s->rising, s->peak, us_select(s->open, s->peak * us_clamp(sustain, 0, 1), us_splat(0)));
}

/* A knob moved: keep the place within the stage. */
US_REALTIME static void stretch(struct adsr *s, us_vec now)
{
	const us_ivec moved = now != s->span;
	if (us_any(moved)) {
		us_vec place = s->frames * us_max(now, us_splat(1)) / us_max(s->span, us_splat(1));
		s->frames = us_select(moved, place, s->frames);
		s->span = now;
	}
}

/* True if nothing can turn within this block: the gate stays as it was, no time moves, no top is near. */
US_REALTIME static int is_smooth(const struct adsr *s, const us_vec *const in[], const struct times *t,
                                 const struct us_block *b)
{
	const uint64_t steady = 1ull << GATE | 1ull << ATTACK | 1ull << DECAY | 1ull << RELEASE;
	if ((b->constant & steady) != steady)
		return 0;
	return !us_any(((in[GATE][0] > 0.5f) ^ s->open) | (s->rising & (s->frames + US_BLOCK > t->attack)));
}

/* Where the level of a frame goes: NULL where nobody reads. */
struct readers {
	us_vec *env, *out;
	const us_vec *in;
};

US_REALTIME static inline us_vec give(const struct readers *to, int i, us_vec level)
{
	if (to->env)
		to->env[i] = level;
	if (to->out)
		to->out[i] = us_bound(to->in[i] * level);
	return level;
}

US_REALTIME static void process_smooth(struct adsr *s, const us_vec *const in[], const struct readers to,
                                       const struct times *t, const struct us_block *b)
{
	stretch(s, span(s, t));
	const us_vec per_span = 1 / us_max(s->span, us_splat(1)), frames = s->frames;
	const us_vec goal = target(s, in[SUSTAIN][0]), way = s->start - goal;
	us_vec level = goal;
	s->frames = frames + US_BLOCK;
	if (!us_is_constant(b, SUSTAIN)) {
		for (int i = 0; i < US_BLOCK; i++) {
			const us_vec end = target(s, in[SUSTAIN][i]);
			const us_vec left = curve(s->rising, rest(frames + (float)i, s->span, per_span));
			level = give(&to, i, end + (s->start - end) * left);
		}
	} else if (!us_any(frames < s->span)) { /* arrived */
		for (int i = 0; i < US_BLOCK; i++)
			give(&to, i, goal);
	} else if (!us_any(s->rising | (frames + (US_BLOCK - 1) >= s->span))) { /* on the way down, all of them */
		for (int i = 0; i < US_BLOCK; i++)
			level = give(&to, i, goal + way * fall(1 - (frames + (float)i) * per_span));
	} else if (!us_any(s->rising)) {
		for (int i = 0; i < US_BLOCK; i++)
			level = give(&to, i, goal + way * fall(rest(frames + (float)i, s->span, per_span)));
	} else {
		for (int i = 0; i < US_BLOCK; i++) {
			const us_vec left = curve(s->rising, rest(frames + (float)i, s->span, per_span));
			level = give(&to, i, goal + way * left);
		}
	}
	s->level = level;
}

US_REALTIME static void process_turning(struct adsr *s, const us_vec *const in[], const struct readers to,
                                        const struct us_block *b)
{
	for (int i = 0; i < US_BLOCK; i++) {
		const struct times t = times(in, i, b);
		const us_ivec was = s->rising;
		const us_ivec open = s->open;
		turn(s, in[GATE][i], in[VELOCITY][i], t.attack);
		/* a new stage takes its own length; only a moved knob stretches */
		const us_ivec fresh = (was ^ s->rising) | (open ^ s->open);
		s->span = us_select(fresh, span(s, &t), s->span);
		stretch(s, span(s, &t));
		s->level = give(&to, i, level(s, 1 / us_max(s->span, us_splat(1)), target(s, in[SUSTAIN][i])));
		s->frames += 1;
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct adsr s = *(struct adsr *)state;
	const struct times t = times(in, 0, b);
	const struct readers to = {us_is_unread(b, ENV) ? NULL : out[ENV], us_is_unread(b, OUT) ? NULL : out[OUT],
	                           in[IN]};
	if (is_smooth(&s, in, &t, b))
		process_smooth(&s, in, to, &t, b);
	else
		process_turning(&s, in, to, b);
	*(struct adsr *)state = s;
}

US_MODULE(
    adsr, "envelope: attack, decay, sustain, release; with a VCA inside", .also = "eg|envelope|adsr_envelope|env",
    .help = "Opens while gate is on. With a signal plugged into in it is envelope and VCA in one, as in\n"
	    "osc -> adsr -> out; without, out is the envelope itself, to be plugged into a cutoff, a pitch or a vca.\n"
	    "Times are exact to the frame: the level reaches its peak exactly `attack` after the frame in which the\n"
	    "gate rises, sustain exactly `decay` later, and zero exactly `release` after the gate falls. A gate that\n"
	    "rises again before that climbs from where the level is: no click.",
    .state_size = sizeof(struct adsr), .process = process,
    .inputs =
	{[IN] = {"in", US_SIGNAL, 1, -1, 1, US_LIN, "what to shape; 1 while nothing is plugged in", .also = "input"},
         [GATE] = {"gate", US_GATE, 0, 0, 1, US_STEP, "on above 0.5"},
         [ATTACK] = {"attack", US_MS, 10, 0, 10000, US_LIN, "time from the gate to the peak", .also = "att"},
         [DECAY] = {"decay", US_MS, 100, 0, 10000, US_LIN, "time from the peak to the sustain level", .also = "dec"},
         [SUSTAIN] = {"sustain", US_RATIO, 0.7f, 0, 1, US_LIN, "level held while the gate is on", .also = "sus"},
         [RELEASE] = {"release", US_MS, 200, 0, 20000, US_LIN, "time from the gate's end to silence", .also = "rel"},
         [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "peak level, read when the gate rises",
                       .also = "vel|accent"}},
    .outputs = {[OUT] = {"out", "in, shaped"}, [ENV] = {"env", "the envelope alone, 0 to 1"}});
