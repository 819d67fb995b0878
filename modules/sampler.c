/* sampler — plays a sound from a file. Two readers to a lane: whenever what is heard has to jump (struck anew, round a
 * loop, moved by a knob), the first one goes to its new place and fades in, while the second goes on from the old one
 * and fades out. */
#include <understudy/sinc.h>

enum { GATE, SPEED, PITCH, START, END, MODE, FADE, LEVEL };
enum { OUT, LEFT, RIGHT };
enum mode { ONCE, GATED, LOOP, PINGPONG };

#define STRIKE_SECONDS 0.005f /* what sounded before a stroke is gone by then */

struct place {
	int32_t frame;
	float fraction; /* of the way to the next frame, 0 to 1 */
};

struct voice {
	struct place at, tail;                  /* where it reads; where the other one does */
	float level;                            /* of the fade, 0 to 1 */
	float tail_step, tail_level, tail_fall; /* frames per frame; its fade, and how fast that falls */
	int32_t playing, was_on;                /* sounding or fading out; gate seen on */
	int32_t returning;                      /* backwards, on the way back of pingpong */
	int32_t unused[5];
};

struct sampler {
	struct voice voice[US_LANES];
};

/* What the inputs say in one frame, for one lane. */
struct wish {
	float step;         /* frames of the file per frame */
	int32_t first, end; /* the part that is played: [first, end) */
	enum mode mode;
	float slow;        /* frames per frame of the file */
	float whole, fade; /* frames that the part takes; and to fade, at most half as many */
};

US_REALTIME static float within(float x, float low, float high)
{
	return x > low ? (x < high ? x : high) : low;
}

US_REALTIME static float size(float x)
{
	return x < 0 ? -x : x;
}

US_REALTIME static struct wish read_wish(const us_vec *const in[], int i, int lane, const struct us_table *t,
                                         const struct us_block *b)
{
	const float frames = (float)t->frames, rate = t->rate > 0 ? t->rate : b->rate;
	const float octaves = us_exp2(us_clamp(in[PITCH][i], -10, 10))[lane];
	const float a = within(in[START][i][lane], 0, 1), z = within(in[END][i][lane], 0, 1);
	struct wish w = {.mode = (enum mode)(int)within(in[MODE][i][lane] + 0.5f, ONCE, PINGPONG)};
	w.first = (int32_t)(within(a < z ? a : z, 0, 1) * (frames - 1));
	w.end = (int32_t)(within(a < z ? z : a, 0, 1) * frames);
	if (w.end <= w.first)
		w.end = w.first + 1;
	/* end before start: it plays from the far end, backwards */
	w.step = within(in[SPEED][i][lane], -64, 64) * octaves * (rate * b->seconds_per_frame) * (a <= z ? 1 : -1);
	w.step = within(w.step, -1e5f, 1e5f);
	w.slow = 1 / (size(w.step) + 1e-9f);
	w.whole = (float)(w.end - w.first) * w.slow;
	w.fade = within(in[FADE][i][lane] * 0.001f * b->rate, 0, 0.5f * w.whole);
	return w;
}

/* --- one lane ---------------------------------------------------------------------------------------------- */

/* How it moves now: on the way back of pingpong, the other way. */
US_REALTIME static float step_of(const struct voice *s, const struct wish *w)
{
	return s->returning ? -w->step : w->step;
}

/* How many frames until it is beyond the part, and since it was before it. */
US_REALTIME static float frames_left(const struct voice *s, const struct wish *w, float step)
{
	const float x = s->at.fraction;
	const float left = step >= 0 ? (float)(w->end - s->at.frame) - x : (float)(s->at.frame - w->first + 1) + x;
	return left * w->slow;
}

US_REALTIME static void move(struct place *p, float step)
{
	const float x = p->fraction + step, whole = __builtin_floorf(x);
	const int32_t to = p->frame + (int32_t)whole;
	p->fraction = x - whole < 1 ? x - whole : 0;
	p->frame = to < -0x40000000 ? -0x40000000 : to < 0x40000000 ? to : 0x40000000;
}

/* What is heard goes on by itself and fades out. Of two that would have to, the louder one does. */
US_REALTIME static void hand_over(struct voice *s, float step, float frames)
{
	if (frames >= 1 && s->level >= s->tail_level) {
		s->tail = s->at;
		s->tail_step = step;
		s->tail_level = s->level;
		s->tail_fall = 1 / frames;
	}
	s->level = frames >= 1 ? 0 : 1;
}

US_REALTIME static void go_to_start(struct voice *s, const struct wish *w)
{
	s->at = (struct place){w->step < 0 ? w->end - 1 : w->first, 0};
	s->returning = 0;
}

US_REALTIME static void strike(struct voice *s, const struct wish *w, float frames)
{
	if (s->playing)
		hand_over(s, step_of(s, w), w->fade < frames ? w->fade : frames);
	go_to_start(s, w);
	s->playing = 1;
	/* Begun in the middle: up from silence, or it would click. */
	s->level = s->at.frame == 0 || w->fade < 1 ? 1 : 0;
}

/* Round a loop by so much that its length is kept: it comes out of what lies before the start. */
US_REALTIME static void go_round(struct voice *s, const struct wish *w)
{
	const int32_t length = w->end - w->first, by = w->step < 0 ? length : -length;
	s->at.frame += by;
	if (w->step < 0 ? s->at.frame < w->first : s->at.frame >= w->end)
		s->at.frame = w->first + (s->at.frame - w->first) % length;
}

/* Pingpong: as far before the edge as it was behind, or the other way round. */
US_REALTIME static void turn(struct voice *s, const struct wish *w, float step)
{
	const int32_t edge = step < 0 ? w->first : w->end - 1, length = w->end - w->first;
	const float beyond = (float)(s->at.frame - edge) + s->at.fraction, whole = __builtin_floorf(-beyond);
	s->at = size(beyond) < (float)length ? (struct place){edge + (int32_t)whole, -beyond - whole}
	                                     : (struct place){edge, 0};
	s->returning = !s->returning;
}

/* One frame on; false when it is over. `on`: the gate, or whatever a mode makes of it. */
US_REALTIME static int advance(struct voice *s, const struct wish *w, const struct us_table *t, int on)
{
	const float step = step_of(s, w), rise = w->fade > 1 ? 1 / w->fade : 1;
	move(&s->at, step);
	const float left = frames_left(s, w, step);
	const int free = s->tail_level <= 0 || w->fade < 1;
	if (left > w->whole + 2 * w->fade + 2 && free) { /* a knob has moved the start ahead of it */
		hand_over(s, step, w->fade);
		go_to_start(s, w);
	} else if (w->mode == LOOP && left <= w->fade && free) {
		hand_over(s, step, w->fade);
		go_round(s, w);
	} else if (w->mode == PINGPONG && left - w->slow <= 0.5f * w->fade && free) {
		hand_over(s, step, w->fade);
		turn(s, w, step);
	}
	const int ends = w->mode == ONCE || w->mode == GATED;
	const int in_file = w->mode == PINGPONG || (s->at.frame >= 0 && (uint32_t)s->at.frame < t->frames);
	const int heard = on && in_file && !(ends && left <= w->fade);
	s->level = within(s->level + (heard ? rise : -rise), 0, 1);
	return s->level > 0 || (on && !(ends && left <= 0));
}

/* A fade without corners. */
US_REALTIME static float gain_at(float level)
{
	return level * level * (3 - 2 * level);
}

US_REALTIME static void play_frame(struct voice *s, const struct wish *w, const struct us_table *t, int on,
                                   float pair[2])
{
	const struct us_reel reel = {t->value, (int32_t)t->frames, t->channels, 0};
	float old[2], now[2];
	pair[0] = pair[1] = 0;
	if (s->tail_level > 0) {
		us_sinc_read(&reel, s->tail.frame, s->tail.fraction, s->tail_step, old);
		pair[0] = gain_at(s->tail_level) * old[0];
		pair[1] = gain_at(s->tail_level) * old[1];
		move(&s->tail, s->tail_step);
		s->tail_level = within(s->tail_level - s->tail_fall, 0, 1);
	}
	if (s->playing) {
		if (s->level > 0) {
			us_sinc_read(&reel, s->at.frame, s->at.fraction, w->step, now);
			pair[0] += gain_at(s->level) * now[0];
			pair[1] += gain_at(s->level) * now[1];
		}
		s->playing = advance(s, w, t, on || w->mode == ONCE);
	}
}

/* One lane of a block. */
US_REALTIME static void play_lane(struct voice *kept, int lane, const us_vec *const in[], const struct us_table *t,
                                  const struct us_block *b, float (*left)[US_LANES], float (*right)[US_LANES])
{
	const uint64_t knobs =
	    1ull << SPEED | 1ull << PITCH | 1ull << START | 1ull << END | 1ull << MODE | 1ull << FADE;
	const int steady = (b->constant & knobs) == knobs;
	struct voice s = *kept;
	struct wish w;
	int known = 0;
	for (int i = 0; i < US_BLOCK; i++) {
		const int on = in[GATE][i][lane] > 0.5f, struck = on && !s.was_on;
		s.was_on = on;
		if (!struck && !s.playing && s.tail_level <= 0)
			continue;
		if (!steady || !known)
			w = read_wish(in, i, lane, t, b);
		known = 1;
		if (struck)
			strike(&s, &w, STRIKE_SECONDS * b->rate);
		float pair[2];
		play_frame(&s, &w, t, on, pair);
		left[i][lane] = pair[0];
		right[i][lane] = pair[1];
	}
	*kept = s;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct sampler *s = state;
	const struct us_table *t = b->table;
	float left[US_BLOCK][US_LANES] = {{0}}, right[US_BLOCK][US_LANES] = {{0}};
	for (uint32_t l = 0; l < b->lanes && t && t->frames > 0 && t->frames < 0x40000000; l++)
		play_lane(&s->voice[l], (int)l, in, t, b, left, right);
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec level = us_clamp(in[LEVEL][i], 0, 4);
		const int mono = b->lanes == 1; /* all lanes alike */
		out[LEFT][i] = us_bound((mono ? us_splat(left[i][0]) : us_gathered(left[i])) * level);
		out[RIGHT][i] = us_bound((mono ? us_splat(right[i][0]) : us_gathered(right[i])) * level);
		out[OUT][i] = 0.5f * (out[LEFT][i] + out[RIGHT][i]);
	}
}

US_MODULE(
    sampler, "plays a sound from a file: drums, loops, single notes", .also = "sample|playbuf|player",
    .help =
	"kit = sampler file=kick.wav, then a clock or euclid into kit.gate. WAV, AIFF, FLAC, OGG and MP3, mono or\n"
	"stereo, at any rate; paths count from the patch's own directory. mode once plays to the end whatever the "
	"gate\n"
	"does, gate stops with it, loop and pingpong go round between start and end while it is on. speed -1 or an "
	"end\n"
	"before start plays backwards. With voices it is an instrument: keys.pitch into pitch, keys.gate into gate.\n"
	"fade keeps ends, strokes and seams from clicking; a loop keeps its length and comes out of what lies before\n"
	"its start. Up to three octaves up, what folds back below a third of the sample rate stays 70 dB down.\n"
	"The file is read outside the sound's processes and lies in memory that they can only read.\n"
	"Source: Smith and Gossett 1984, a windowed sinc that widens with the speed.",
    .version = 2, .flags = US_TABLE | US_STEREO | US_NARROW, .state_size = sizeof(struct sampler), .process = process,
    .inputs =
	{[GATE] = {"gate", US_GATE, 0, 0, 1, US_STEP, "starts it; ends it too unless mode is once"},
         [SPEED] = {"speed", US_RATIO, 1, -4, 4, US_LIN, "1 as recorded, 2 an octave up, -1 backwards", .also = "rate"},
         [PITCH] = {"pitch", US_OCTAVE, 0, -5, 5, US_LIN, "multiplies speed, in octaves (1 V/oct): at c4 as recorded"},
         [START] = {"start", US_RATIO, 0, 0, 1, US_LIN, "where it begins, as a share of the file"},
         [END] = {"end", US_RATIO, 1, 0, 1, US_LIN, "where it ends; before start: backwards"},
         [MODE] = {"mode", US_CHOICE, ONCE, ONCE, PINGPONG, US_STEP, "what the gate means, what the end means",
                   "once|gate|loop|pingpong"},
         [FADE] = {"fade", US_MS, 2, 0, 2000, US_LIN, "how long it fades where it would click: ends, strokes, seams"},
         [LEVEL] = {"level", US_RATIO, 1, 0, 4, US_LIN, "loudness, for velocity", .also = "gain|amp|volume"}},
    .outputs = {[OUT] = {"out", "both channels, mixed"},
                [LEFT] = {"left", "left channel"},
                [RIGHT] = {"right", "right channel"}});
