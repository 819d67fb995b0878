/* looper — records what it hears and plays it round and round, while more is laid on top. Sixty seconds of stereo, on a
 * tape outside the state: a checkpoint copies only what was recorded since the last one. */
#include <understudy/sinc.h>

enum { IN, RECORD, OVERDUB, PLAY, CLEAR, SPEED, FEEDBACK, SEAM, LEVEL, DRY };
enum { OUT, WET, POSITION };

#define SECONDS 60
#define FADE_SECONDS 0.005f /* of what begins or ends by a gate */

struct place {
	uint32_t frame;
	float fraction; /* of the way to the next frame */
};

struct looper {
	uint32_t length;       /* frames of the loop; 0: empty */
	struct place at;       /* where it plays */
	float playing;         /* fades in and out with the gate, 0 to 1 */
	float laying;          /* likewise, with overdub */
	uint32_t recording;    /* the first pass, which decides the length */
	uint32_t joined, join; /* frames of the beginning that the end has been faded into, and that it shall be */
	uint32_t gone_length;  /* what was cleared, fading out */
	struct place gone;
	float gone_step, gone_level;
	uint32_t unused[3];
	us_ivec was_recording, was_clearing;
};

static uint32_t tape_frames(float rate)
{
	return (uint32_t)(SECONDS * rate);
}

US_REALTIME static float within(float x, float low, float high)
{
	return x > low ? (x < high ? x : high) : low;
}

/* A fade without corners. */
US_REALTIME static float gain_at(float x)
{
	return x * x * (3 - 2 * x);
}

US_REALTIME static void hear(const struct us_tape *t, struct place at, uint32_t length, float step, float gain,
                             float pair[US_CHANNELS])
{
	const struct us_reel reel = {t->frame[0], (int32_t)length, US_CHANNELS, 1};
	float now[US_CHANNELS];
	us_sinc_read(&reel, (int32_t)at.frame, at.fraction, step, now);
	for (int c = 0; c < US_CHANNELS; c++)
		pair[c] += gain * now[c];
}

/* So much of what comes in on top of what is left. */
US_REALTIME static void lay_on(const struct us_tape *t, uint32_t frame, float keep, float gain,
                               const float heard[US_CHANNELS])
{
	float pair[US_CHANNELS];
	for (int c = 0; c < US_CHANNELS; c++)
		pair[c] = within(t->frame[frame][c] * keep + gain * heard[c], -US_LOUDEST, US_LOUDEST);
	us_tape_put(t, frame, pair);
}

US_REALTIME static uint32_t step_on(struct place *at, uint32_t length)
{
	const uint32_t passed = at->frame;
	at->frame = at->frame + 1 < length ? at->frame + 1 : 0;
	return passed;
}

US_REALTIME static uint32_t step_back(struct place *at, uint32_t length)
{
	at->frame = at->frame ? at->frame - 1 : length - 1;
	return at->frame;
}

/* Moves on by a step of at most two frames; every frame that is passed gets what is laid on. */
US_REALTIME static void advance(struct looper *s, const struct us_tape *t, float speed, float feedback,
                                const float heard[US_CHANNELS])
{
	const float x = s->at.fraction + speed, whole = __builtin_floorf(x);
	const float gain = gain_at(s->laying), keep = 1 - gain * (1 - feedback);
	s->at.fraction = x - whole < 1 ? x - whole : 0;
	for (int steps = (int)whole; steps; steps += steps > 0 ? -1 : 1) {
		const uint32_t passed = steps > 0 ? step_on(&s->at, s->length) : step_back(&s->at, s->length);
		if (gain > 0)
			lay_on(t, passed, keep, gain, heard);
	}
}

/* What comes in behind the end is what would have followed there: the loop begins with it, and comes out of it. */
US_REALTIME static void join_ends(struct looper *s, const struct us_tape *t, const float heard[US_CHANNELS])
{
	const float in = gain_at((float)(s->joined + 1) / (float)(s->join + 1));
	lay_on(t, s->joined++, in, 1 - in, heard);
}

US_REALTIME static void close_loop(struct looper *s, float seam)
{
	s->recording = 0;
	s->at = (struct place){0, 0};
	s->playing = s->laying = 0;
	s->joined = 0;
	s->join = (uint32_t)within(seam, 0, 0.5f * (float)s->length);
}

US_REALTIME static void clear(struct looper *s, float speed)
{
	if (s->length && !s->recording) {
		s->gone = s->at;
		s->gone_length = s->length;
		s->gone_step = speed;
		s->gone_level = s->playing;
	}
	s->length = s->recording = s->joined = s->join = 0;
	s->at = (struct place){0, 0};
}

US_REALTIME static void turn(struct looper *s, const us_vec *const in[], int i, const struct us_tape *t, float fade,
                             float rate)
{
	const int pressed = us_rise(&s->was_recording, in[RECORD][i])[0], on = in[RECORD][i][0] > 0.5f;
	if (us_rise(&s->was_clearing, in[CLEAR][i])[0])
		clear(s, within(in[SPEED][i][0], -2, 2));
	if (pressed && s->length == 0)
		s->recording = 1;
	if (s->recording && s->length && (!on || s->length == t->frames))
		close_loop(s, in[SEAM][i][0] * 0.001f * rate);
	s->recording &= (uint32_t)on;
	s->playing = within(s->playing + (in[PLAY][i][0] > 0.5f ? fade : -fade), 0, 1);
	s->laying = within(s->laying + (in[OVERDUB][i][0] > 0.5f ? fade : -fade), 0, 1);
	s->gone_level = within(s->gone_level - fade, 0, 1);
}

US_REALTIME static void play(struct looper *s, const us_vec *const in[], int i, const struct us_tape *t,
                             const float heard[US_CHANNELS], float pair[US_CHANNELS])
{
	const float speed = within(in[SPEED][i][0], -2, 2);
	if (s->gone_level > 0) {
		hear(t, s->gone, s->gone_length, s->gone_step, gain_at(s->gone_level), pair);
		struct looper old = {.length = s->gone_length, .at = s->gone};
		advance(&old, t, s->gone_step, 1, heard);
		s->gone = old.at;
	}
	if (s->recording) {
		us_tape_put(t, s->length++, heard);
		return;
	}
	if (s->joined < s->join)
		join_ends(s, t, heard);
	if (s->length && s->playing > 0) {
		hear(t, s->at, s->length, speed, gain_at(s->playing), pair);
		advance(s, t, speed, within(in[FEEDBACK][i][0], 0, 1), heard);
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct looper s = *(struct looper *)state;
	const struct us_tape *t = b->tape;
	const float fade = 1 / (FADE_SECONDS * b->rate);
	if (!t || s.length > t->frames || s.at.frame > s.length || s.gone_length > t->frames)
		s = (struct looper){.was_recording = s.was_recording, .was_clearing = s.was_clearing};
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]);
		const float heard[US_CHANNELS] = {dry[0], dry[1]};
		float pair[US_CHANNELS] = {0, 0};
		if (t) {
			turn(&s, in, i, t, fade, b->rate);
			play(&s, in, i, t, heard, pair);
		}
		out[WET][i] = us_bound(us_stereo(pair[0], pair[1]) * us_clamp(in[LEVEL][i], 0, 4));
		out[OUT][i] = us_bound(dry * us_clamp(in[DRY][i], 0, 4) + out[WET][i]);
		out[POSITION][i] = us_splat(s.length ? (float)s.at.frame / (float)s.length : 0);
	}
	*(struct looper *)state = s;
}

US_MODULE(
    looper, "records a loop of up to a minute, plays it, and lays more on top", .also = "loop",
    .help =
	"Needs memory: run --tape 60 for each looper. While record is on, the first pass is recorded, and its length\n"
	"is the loop's; when it falls, the loop plays, and what comes in behind its end is faded into its beginning.\n"
	"overdub lays what comes in on top, feedback says how much of what was there stays. speed 0.5 is half speed\n"
	"and an octave down, -1 backwards; overdubbing works at any speed. play off silences and holds it, clear\n"
	"forgets it. The loop is the same in both workers and survives the death of either.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size = sizeof(struct looper),
    .tape_frames_at = tape_frames, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [RECORD] = {"record", US_GATE, 0, 0, 1, US_STEP, "on: records the loop, if it is empty; off: closes it"},
               [OVERDUB] = {"overdub", US_GATE, 0, 0, 1, US_STEP, "on: lays in on top of the loop"},
               [PLAY] = {"play", US_GATE, 1, 0, 1, US_STEP, "off: silent, and stands still"},
               [CLEAR] = {"clear", US_TRIGGER, 0, 0, 1, US_STEP, "forgets the loop"},
               [SPEED] = {"speed", US_RATIO, 1, -2, 2, US_LIN, "of the loop; negative: backwards", .also = "rate"},
               [FEEDBACK] = {"feedback", US_RATIO, 1, 0, 1, US_LIN, "what an overdub leaves of what was there",
                             .also = "fb|regen"},
               [SEAM] = {"seam", US_MS, 3, 0, 500, US_LIN, "how long the loop's end is faded into its beginning"},
               [LEVEL] = {"level", US_RATIO, 1, 0, 4, US_LIN, "loudness of the loop", .also = "gain|amp|volume"},
               [DRY] = {"dry", US_RATIO, 1, 0, 4, US_LIN, "loudness of in, beside the loop"}},
    .outputs = {[OUT] = {"out", "stereo, in and loop"},
                [WET] = {"wet", "stereo, the loop alone"},
                [POSITION] = {"position", "where it plays, 0 to 1"}});
