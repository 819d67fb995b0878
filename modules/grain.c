/* grain — a cloud of short sounds: pieces of what came in during the last second, or, with nothing plugged in, of a
 * wave of its own. The lanes are grains; a grain keeps what its knobs were when it began. */
#include <understudy/dsp.h>

enum { IN, FREEZE, DENSITY, JITTER, SIZE, SHAPE, POSITION, SPRAY, FREQ, PITCH, SCATTER, WIDTH, MIX };
enum { GRAINS = 32, TEAMS = GRAINS / US_LANES, TAPS = 4 };

#define LONGEST_SECONDS 1.0f

struct team {          /* of US_LANES grains */
	us_vec rest;   /* of a grain's life, from 1 to 0; 0 is free */
	us_vec shrink; /* of rest, per frame */
	us_ivec back;  /* whole frames behind the newest one, and a part: in one float pitch has steps */
	us_vec part;
	us_vec ratio;            /* frames of the line per frame */
	us_vec peak, rise, fall; /* place and slopes of the window */
	us_vec left, right;      /* levels */
	us_uvec phase, step;     /* in the wave of its own */
};

struct grain {
	struct team team[TEAMS];
	us_uvec counter;
	uint32_t write; /* counts frames */
	float wait;     /* frames to the next grain */
	float fresh;    /* after a freeze the line's new frames go from 0, held, to 1 */
	uint32_t unused[5];
	float line[][US_CHANNELS];
};

US_REALTIME static uint32_t length(float rate)
{
	uint32_t n = 64;
	while ((float)n < LONGEST_SECONDS * rate + 2 * TAPS)
		n *= 2;
	return n;
}

static size_t state_size(float rate)
{
	return sizeof(struct grain) + length(rate) * sizeof(float[US_CHANNELS]);
}

US_REALTIME static float knob(us_vec x, float low, float high)
{
	return us_clamp(x, low, high)[0];
}

/* The first grain that is free begins anew. Thirty-two at once are enough: with none free, this one is left out.
 * `speed` is how fast the line runs away under it. */
US_REALTIME static void begin(struct grain *s, const us_vec *const in[], int i, float speed, const struct us_block *b)
{
	int g = 0;
	while (g < GRAINS && s->team[g / US_LANES].rest[g % US_LANES] > 0)
		g++;
	const us_vec chance = us_random(&s->counter); /* one lane for each of what follows */
	if (g == GRAINS)
		return;
	struct team *t = &s->team[g / US_LANES];
	const int l = g % US_LANES;
	const float scatter = knob(in[SCATTER][i], 0, 8) * chance[1];
	const float ratio = us_exp2(us_clamp(in[PITCH][i], -4, 4) + scatter)[0];
	const float frames = knob(in[SIZE][i], 1, 1000) * 0.001f * b->rate;
	const float second = LONGEST_SECONDS * b->rate, spray = knob(in[SPRAY][i], 0, 1) * chance[2];
	const float place = us_clamp(in[POSITION][i] + spray, 0, 1)[0] * second;
	const float overtakes = frames * (ratio - speed); /* it must not run into the newest frame */
	const float pan = knob(in[WIDTH][i], 0, 1) * chance[3], peak = knob(in[SHAPE][i], 0.01f, 0.99f);
	const float crowd = frames * knob(in[DENSITY][i], 0, 1000) * b->seconds_per_frame;
	const float level = us_sqrt(us_splat(1 / (crowd > 1 ? crowd : 1)))[0];
	t->rest[l] = 1;
	t->shrink[l] = 1 / frames;
	t->back[l] = (int32_t)(place > overtakes + 2 ? place : overtakes + 2);
	t->part[l] = 0;
	t->ratio[l] = ratio;
	t->peak[l] = peak;
	t->rise[l] = 0.25f / peak;
	t->fall[l] = 0.25f / (1 - peak);
	t->left[l] = level * us_sqrt(us_splat(1 - pan))[0];
	t->right[l] = level * us_sqrt(us_splat(1 + pan))[0];
	t->phase[l] = 0;
	t->step[l] = us_phase_step(us_clamp(in[FREQ][i], 0, 1e5f) * ratio * b->seconds_per_frame)[0];
}

/* Both channels of the line behind the newest frame, lane by lane. */
US_REALTIME static void read_line(const struct grain *s, us_ivec back, us_vec part, uint32_t frames, us_vec *left,
                                  us_vec *right)
{
	const us_ivec most = (us_ivec){0} + (int32_t)(frames - TAPS), near = back<1, far = back> most;
	const us_uvec newest = s->write - (us_uvec)((near & 1) | (far & most) | (~near & ~far & back));
	float l[TAPS][US_LANES], r[TAPS][US_LANES];
	for (int k = 0; k < TAPS; k++) {
		const us_uvec n = (newest - (uint32_t)k) & (frames - 1);
		for (int g = 0; g < US_LANES; g++)
			l[k][g] = s->line[n[g]][0], r[k][g] = s->line[n[g]][1];
	}
	*left = us_between(us_gathered(l[0]), us_gathered(l[1]), us_gathered(l[2]), us_gathered(l[3]), part);
	*right = us_between(us_gathered(r[0]), us_gathered(r[1]), us_gathered(r[2]), us_gathered(r[3]), part);
}

US_REALTIME static void move(struct team *t, float speed)
{
	const us_vec part = t->part + (speed - t->ratio), whole = us_floor(part);
	t->back += us_to_int(whole);
	t->part = us_min(part - whole, us_splat(0x1.fffffep-1f));
}

/* The seam between what was frozen and what is new has no step: a low-pass opens. */
US_REALTIME static void write_line(struct grain *s, us_vec now, uint32_t frames)
{
	if (s->fresh < 1) {
		const us_vec before = us_load_stereo(s->line[(s->write - 1) & (frames - 1)]);
		now = before + s->fresh * (now - before);
		s->fresh += 1.0f / 256;
	}
	us_store_stereo(s->line[s->write++ & (frames - 1)], now);
}

/* A sine squared, its top moved to `peak`. */
US_REALTIME static us_vec window(const struct team *t)
{
	const us_vec age = 1 - t->rest;
	const us_vec w = us_sin_quarter(us_clamp(us_select(age < t->peak, age * t->rise, t->rest * t->fall), 0, 0.25f));
	return w * w;
}

US_REALTIME static us_vec sum_lanes(us_vec x)
{
	float sum = x[0];
	for (int l = 1; l < US_LANES; l++)
		sum += x[l];
	return us_splat(sum);
}

struct cloud {
	us_vec left, right;
};

US_REALTIME static struct cloud play(struct grain *s, int has_input, float speed, uint32_t frames)
{
	struct cloud sum = {us_splat(0), us_splat(0)};
	for (int n = 0; n < TEAMS; n++) {
		struct team *t = &s->team[n];
		if (!us_any(t->rest > 0))
			continue;
		us_vec left, right;
		if (has_input) {
			read_line(s, t->back, t->part, frames, &left, &right);
			move(t, speed);
		} else {
			left = 0.5f * (us_sin_phase(t->phase) + 0.3f * us_sin_phase(2 * t->phase));
			right = left;
			t->phase += t->step;
		}
		const us_vec level = us_select(t->rest > 0, window(t), us_splat(0));
		sum.left += level * t->left * left;
		sum.right += level * t->right * right;
		t->rest = us_max(t->rest - t->shrink, us_splat(0));
	}
	return (struct cloud){sum_lanes(sum.left), sum_lanes(sum.right)};
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct grain *s = state;
	const uint32_t frames = length(b->rate);
	const int has_input = (int)(b->connected >> IN & 1);
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]);
		const float speed = in[FREEZE][i][0] > 0.5f ? 0 : 1;
		if (speed > 0)
			write_line(s, dry, frames);
		else
			s->fresh = 0;
		if (s->wait <= 0) {
			begin(s, in, i, speed, b);
			const float jitter = knob(in[JITTER][i], 0, 1) * us_random(&s->counter)[0];
			s->wait += b->rate / knob(in[DENSITY][i], 0.1f, 1000) * (1 + jitter);
		}
		s->wait -= 1;
		const struct cloud cloud = play(s, has_input, speed, frames);
		const us_vec wet = us_stereo(us_bound(cloud.left)[0], us_bound(cloud.right)[0]);
		out[0][i] = dry + us_clamp(in[MIX][i], 0, 1) * (wet - dry);
	}
}

static void init(void *state, const struct us_setup *setup)
{
	struct grain *s = state;
	s->counter = us_seed_lanes(setup->seed);
}

US_MODULE(
    grain, "a cloud of grains, of what came in or of a wave of its own", .also = "granular|grains|granulator",
    .help =
	"Plug a voice, a piano or a drum kit in, and hear its last second in crumbs: position is how far back they\n"
	"are taken, spray how far around there. pitch moves them, scatter each one differently. freeze keeps the\n"
	"second for ever. With nothing plugged in, the grains are a soft wave of freq: long ones with scatter are a\n"
	"swarm, short ones rain. Few grains with jitter 0 are an echo, many a texture, and above 30 a second a tone.\n"
	"shape 0 plucks, 1 plays them backwards. Up to 32 sound at once. Sources: Gabor 1947; Roads, Microsound, 2001.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .init = init,
    .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "what is crumbled, mono or stereo", .also = "input"},
               [FREEZE] = {"freeze", US_GATE, 0, 0, 1, US_STEP, "keeps the last second", .also = "hold"},
               [DENSITY] = {"density", US_HZ, 12, 0.1f, 200, US_EXP, "grains in a second", .also = "rate"},
               [JITTER] = {"jitter", US_RATIO, 0.5f, 0, 1, US_LIN, "0 a regular row, 1 by chance"},
               [SIZE] = {"size", US_MS, 180, 2, 1000, US_EXP, "length of a grain", .also = "length|duration|grainsize"},
               [SHAPE] = {"shape", US_RATIO, 0.5f, 0, 1, US_LIN, "where in a grain its peak is", .also = "window"},
               [POSITION] = {"position", US_RATIO, 0.3f, 0, 1, US_LIN, "how far back, in seconds", .also = "pos"},
               [SPRAY] = {"spray", US_RATIO, 0.2f, 0, 1, US_LIN, "by how much that differs from grain to grain"},
               [FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "of the wave that sounds with nothing in in",
                         .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -4, 4, US_LIN, "of the grains, in octaves"},
               [SCATTER] = {"scatter", US_RATIO, 0, 0, 2, US_LIN, "by how many octaves that differs"},
               [WIDTH] = {"width", US_RATIO, 0.7f, 0, 1, US_LIN, "how far from the middle grains may be",
                          .also = "stereo"},
               [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 cloud alone", .also = "wet"}},
    .outputs = {{"out", "stereo"}});
