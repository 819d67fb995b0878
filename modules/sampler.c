/* sampler — plays a sound from a file. Between frames it reads by a cubic Hermite spline through four points
 * (Niemitalo, Polynomial Interpolators for High-Quality Resampling of Oversampled Audio, 2001: 4-point, 3rd-order,
 * x-form). */
#include <understudy/dsp.h>

enum { GATE, SPEED, PITCH, START, END, MODE, FADE, LEVEL };
enum { OUT, LEFT, RIGHT };
enum mode { ONCE, GATED, LOOP, PINGPONG };

struct sampler {
	us_ivec frame;   /* where it reads; never outside the part that is played */
	us_vec fraction; /* of the way to the next frame, 0 to 1 */
	us_vec level;    /* of the fade, 0 to 1 */
	us_ivec playing; /* masks: sounding or fading out, gate seen on, running backwards on the way back */
	us_ivec was_on;
	us_ivec returning;
};

/* What the inputs say in one frame, for one lane. */
struct wish {
	float step;         /* frames of the file per frame */
	int32_t first, end; /* the part that is played: [first, end) */
	enum mode mode;
	float fade; /* change of the fade per frame */
};

/* A frame of the table as a stereo pair; silence beyond its ends. */
US_REALTIME static void read_frame(const struct us_table *t, int32_t frame, float pair[2])
{
	if (frame < 0 || (uint32_t)frame >= t->frames) {
		pair[0] = pair[1] = 0;
		return;
	}
	const float *v = t->value + (size_t)frame * t->channels;
	pair[0] = v[0];
	pair[1] = v[t->channels > 1];
}

US_REALTIME static void read_between(const struct us_table *t, int32_t frame, float x, float pair[2])
{
	float p[4][2];
	for (int k = 0; k < 4; k++)
		read_frame(t, frame + k - 1, p[k]);
	for (int c = 0; c < 2; c++) {
		const float slope = 0.5f * (p[2][c] - p[0][c]);
		const float c2 = p[0][c] - 2.5f * p[1][c] + 2 * p[2][c] - 0.5f * p[3][c];
		const float c3 = 0.5f * (p[3][c] - p[0][c]) + 1.5f * (p[1][c] - p[2][c]);
		pair[c] = ((c3 * x + c2) * x + slope) * x + p[1][c];
	}
}

US_REALTIME static float within(float x, float low, float high)
{
	return x > low ? (x < high ? x : high) : low;
}

US_REALTIME static struct wish read_wish(const us_vec *const in[], int i, int lane, const struct us_table *t,
                                         const struct us_block *b, us_vec octaves)
{
	const float frames = (float)t->frames, rate = t->rate > 0 ? t->rate : b->rate;
	const float a = within(in[START][i][lane], 0, 1), z = within(in[END][i][lane], 0, 1);
	struct wish w = {.mode = (enum mode)(int)within(in[MODE][i][lane] + 0.5f, ONCE, PINGPONG)};
	w.first = (int32_t)(within(a < z ? a : z, 0, 1) * (frames - 1));
	w.end = (int32_t)(within(a < z ? z : a, 0, 1) * frames);
	if (w.end <= w.first)
		w.end = w.first + 1;
	/* end before start: it plays from the far end, backwards */
	w.step =
	    within(in[SPEED][i][lane], -64, 64) * octaves[lane] * (rate * b->seconds_per_frame) * (a <= z ? 1 : -1);
	w.step = within(w.step, -1e5f, 1e5f);
	w.fade = 1 / within(in[FADE][i][lane] * 0.001f * b->rate, 1, 1e7f);
	return w;
}

/* Moves one lane on by a step; false when the part is over. */
US_REALTIME static int advance(struct sampler *s, int lane, const struct wish *w)
{
	const float step = s->returning[lane] ? -w->step : w->step;
	const float x = s->fraction[lane] + step, whole = __builtin_floorf(x);
	const int32_t length = w->end - w->first;
	int32_t frame = s->frame[lane] + (int32_t)whole;
	s->fraction[lane] = x - whole;
	if (frame < w->first || frame >= w->end) {
		if (w->mode == LOOP) {
			frame = (frame - w->first) % length;
			frame += w->first + (frame < 0 ? length : 0);
		} else if (w->mode == PINGPONG) {
			s->returning[lane] = ~s->returning[lane];
			frame = frame < w->first ? w->first : w->end - 1;
		} else {
			return 0;
		}
	}
	s->frame[lane] = frame;
	return 1;
}

US_REALTIME static void strike(struct sampler *s, int lane, const struct wish *w)
{
	s->frame[lane] = w->step < 0 ? w->end - 1 : w->first;
	s->fraction[lane] = 0;
	s->returning[lane] = 0;
	s->playing[lane] = -1;
	/* Struck anew while it sounds, or begun in the middle: up from silence, or it would click. */
	s->level[lane] = s->frame[lane] == 0 ? 1 : 0;
}

US_REALTIME static void play_frame(struct sampler *s, int lane, const struct wish *w, const struct us_table *t, int on,
                                   float pair[2])
{
	pair[0] = pair[1] = 0;
	if (!s->playing[lane])
		return;
	/* Knobs may have moved the part away from under it, or the file may be another one. */
	const int32_t frame = s->frame[lane] < w->first  ? w->first
	                      : s->frame[lane] >= w->end ? w->end - 1
	                                                 : s->frame[lane];
	s->frame[lane] = frame;
	read_between(t, frame, s->fraction[lane], pair);
	pair[0] *= s->level[lane];
	pair[1] *= s->level[lane];
	const int wanted = on || w->mode == ONCE;
	s->level[lane] = within(s->level[lane] + (wanted ? w->fade : -w->fade), 0, 1);
	if (!advance(s, lane, w) || (!wanted && s->level[lane] == 0))
		s->playing[lane] = 0;
}

US_REALTIME static void silence(us_vec *const out[])
{
	for (int i = 0; i < US_BLOCK; i++)
		out[OUT][i] = out[LEFT][i] = out[RIGHT][i] = us_splat(0);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct sampler *s = state;
	const struct us_table *t = b->table;
	if (!t || t->frames > 0x40000000) {
		silence(out);
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		const us_ivec on = in[GATE][i] > 0.5f, struck = us_rise(&s->was_on, in[GATE][i]);
		const us_vec octaves = us_exp2(us_clamp(in[PITCH][i], -10, 10)), level = us_clamp(in[LEVEL][i], 0, 4);
		us_vec left = us_splat(0), right = us_splat(0);
		for (uint32_t l = 0; l < b->lanes; l++) {
			if (!struck[l] && !s->playing[l])
				continue;
			const struct wish w = read_wish(in, i, (int)l, t, b, octaves);
			float pair[2];
			if (struck[l])
				strike(s, (int)l, &w);
			play_frame(s, (int)l, &w, t, on[l], pair);
			left[l] = pair[0];
			right[l] = pair[1];
		}
		if (b->lanes == 1) { /* mono: all lanes alike */
			left = us_splat(left[0]);
			right = us_splat(right[0]);
		}
		out[LEFT][i] = us_bound(left * level);
		out[RIGHT][i] = us_bound(right * level);
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
	"The file is read outside the sound's processes and lies in memory that they can only read.\n"
	"Source: Niemitalo 2001, cubic Hermite interpolation.",
    .flags = US_TABLE | US_STEREO, .state_size = sizeof(struct sampler), .process = process,
    .inputs = {[GATE] = {"gate", US_GATE, 0, 0, 1, US_STEP, "starts it; ends it too unless mode is once"},
               [SPEED] = {"speed", US_RATIO, 1, -4, 4, US_LIN, "1 as recorded, 2 an octave up, -1 backwards",
                          .also = "rate"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -5, 5, US_LIN, "multiplies speed, in octaves (1 V/oct)"},
               [START] = {"start", US_RATIO, 0, 0, 1, US_LIN, "where it begins, as a share of the file"},
               [END] = {"end", US_RATIO, 1, 0, 1, US_LIN, "where it ends; before start: backwards"},
               [MODE] = {"mode", US_CHOICE, ONCE, ONCE, PINGPONG, US_STEP, "what the gate means, what the end means",
                         "once|gate|loop|pingpong"},
               [FADE] = {"fade", US_MS, 2, 0, 2000, US_LIN, "fades in and out so long where it would click"},
               [LEVEL] = {"level", US_RATIO, 1, 0, 4, US_LIN, "loudness, for velocity", .also = "gain|amp|volume"}},
    .outputs = {[OUT] = {"out", "both channels, mixed"},
                [LEFT] = {"left", "left channel"},
                [RIGHT] = {"right", "right channel"}});
