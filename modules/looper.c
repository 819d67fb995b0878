/* looper — records what it hears and plays it round and round, while more is laid on top. Sixty seconds of stereo, on a
 * tape outside the state: a checkpoint copies only what was recorded since the last one. */
#include <understudy/dsp.h>

enum { IN, RECORD, OVERDUB, PLAY, CLEAR, SPEED, FEEDBACK, SEAM, LEVEL, DRY };
enum { OUT, WET, POSITION };

#define SECONDS 60

struct looper {
	uint32_t length;    /* frames of the loop; 0: empty */
	uint32_t frame;     /* where it plays */
	float fraction;     /* of the way to the next frame */
	float playing;      /* fades in and out with the gate, 0 to 1 */
	uint32_t recording; /* the first pass, which decides the length */
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

/* What lies between two frames of the loop, silent towards the seam so that it does not click there. */
US_REALTIME static void read_loop(const struct looper *s, const struct us_tape *t, float seam, float pair[US_CHANNELS])
{
	const uint32_t next = s->frame + 1 < s->length ? s->frame + 1 : 0;
	const float at = (float)s->frame + s->fraction, left = (float)s->length - at;
	const float edge = at < left ? at : left;
	const float gain = (seam >= 1 ? within(edge / within(seam, 1, 1e6f), 0, 1) : 1) * s->playing;
	for (int c = 0; c < US_CHANNELS; c++)
		pair[c] = gain * (t->frame[s->frame][c] + s->fraction * (t->frame[next][c] - t->frame[s->frame][c]));
}

US_REALTIME static void lay_on(const struct us_tape *t, uint32_t frame, float feedback, const float heard[US_CHANNELS])
{
	float pair[US_CHANNELS];
	for (int c = 0; c < US_CHANNELS; c++)
		pair[c] = within(t->frame[frame][c] * feedback + heard[c], -US_LOUDEST, US_LOUDEST);
	us_tape_put(t, frame, pair);
}

/* Moves on by a step of at most two frames; every frame that is passed gets what is laid on. */
US_REALTIME static void advance(struct looper *s, const struct us_tape *t, float speed, int overdub, float feedback,
                                const float heard[US_CHANNELS])
{
	const float x = s->fraction + within(speed, -2, 2), whole = __builtin_floorf(x);
	int steps = (int)whole;
	s->fraction = x - whole;
	for (; steps > 0; steps--) {
		if (overdub)
			lay_on(t, s->frame, feedback, heard);
		s->frame = s->frame + 1 < s->length ? s->frame + 1 : 0;
	}
	for (; steps < 0; steps++) {
		s->frame = s->frame ? s->frame - 1 : s->length - 1;
		if (overdub)
			lay_on(t, s->frame, feedback, heard);
	}
}

/* The first pass: frame after frame, until the gate falls or the tape ends. */
US_REALTIME static void record(struct looper *s, const struct us_tape *t, const float heard[US_CHANNELS])
{
	us_tape_put(t, s->length++, heard);
	if (s->length == t->frames)
		s->recording = 0;
}

US_REALTIME static void turn(struct looper *s, const us_vec *const in[], int i)
{
	const int pressed = us_rise(&s->was_recording, in[RECORD][i])[0], on = in[RECORD][i][0] > 0.5f;
	if (us_rise(&s->was_clearing, in[CLEAR][i])[0])
		s->length = s->frame = s->recording = 0;
	if (pressed && s->length == 0)
		s->recording = 1;
	if (!on && s->recording) {
		s->recording = 0;
		s->frame = 0;
		s->fraction = 0;
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct looper s = *(struct looper *)state;
	const struct us_tape *t = b->tape;
	const float fade = 1 / (0.005f * b->rate);
	if (!t || s.length > t->frames || s.frame > s.length)
		s.length = s.frame = s.recording = 0;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]);
		const float heard[US_CHANNELS] = {dry[0], dry[1]};
		const int overdub = in[OVERDUB][i][0] > 0.5f;
		float pair[US_CHANNELS] = {0, 0};
		turn(&s, in, i);
		s.playing = within(s.playing + (in[PLAY][i][0] > 0.5f ? fade : -fade), 0, 1);
		if (t && s.recording)
			record(&s, t, heard);
		else if (t && s.length && s.playing > 0) {
			read_loop(&s, t, in[SEAM][i][0] * 0.001f * b->rate, pair);
			advance(&s, t, in[SPEED][i][0], overdub, within(in[FEEDBACK][i][0], 0, 1), heard);
		}
		out[WET][i] = us_bound(us_stereo(pair[0], pair[1]) * us_clamp(in[LEVEL][i], 0, 4));
		out[OUT][i] = us_bound(dry * us_clamp(in[DRY][i], 0, 4) + out[WET][i]);
		out[POSITION][i] = us_splat(s.length ? (float)s.frame / (float)s.length : 0);
	}
	*(struct looper *)state = s;
}

US_MODULE(
    looper, "records a loop of up to a minute, plays it, and lays more on top", .also = "loop",
    .help =
	"Needs memory: run --tape 60 for each looper. While record is on, the first pass is recorded, and its length\n"
	"is the loop's; when it falls, the loop plays. overdub lays what comes in on top, feedback says how much of\n"
	"what was there stays. speed 0.5 is half speed and an octave down, -1 backwards; overdubbing works at any\n"
	"speed. play off silences and holds it, clear forgets it. The loop is the same in both workers and survives\n"
	"the death of either.",
    .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size = sizeof(struct looper), .tape_frames_at = tape_frames,
    .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [RECORD] = {"record", US_GATE, 0, 0, 1, US_STEP, "on: records the loop, if it is empty; off: closes it"},
               [OVERDUB] = {"overdub", US_GATE, 0, 0, 1, US_STEP, "on: lays in on top of the loop"},
               [PLAY] = {"play", US_GATE, 1, 0, 1, US_STEP, "off: silent, and stands still"},
               [CLEAR] = {"clear", US_TRIGGER, 0, 0, 1, US_STEP, "forgets the loop"},
               [SPEED] = {"speed", US_RATIO, 1, -2, 2, US_LIN, "of the loop; negative: backwards", .also = "rate"},
               [FEEDBACK] = {"feedback", US_RATIO, 1, 0, 1, US_LIN, "what an overdub leaves of what was there",
                             .also = "fb|regen"},
               [SEAM] = {"seam", US_MS, 3, 0, 500, US_LIN, "fade where the loop's end meets its beginning"},
               [LEVEL] = {"level", US_RATIO, 1, 0, 4, US_LIN, "loudness of the loop", .also = "gain|amp|volume"},
               [DRY] = {"dry", US_RATIO, 1, 0, 4, US_LIN, "loudness of in, beside the loop"}},
    .outputs = {[OUT] = {"out", "stereo, in and loop"},
                [WET] = {"wet", "stereo, the loop alone"},
                [POSITION] = {"position", "where it plays, 0 to 1"}});
