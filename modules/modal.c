/* modal — something that rings: sixteen resonances, struck with a mallet, stroked with a bow, or driven from outside.
 * Each resonance is a number in the complex plane that turns by its frequency in every frame and shrinks a little
 * (Mathews and Smith, Methods for Synthesizing Very High Q Parametrically Well Behaved Two Pole Filters, 2003): it may
 * be retuned in any frame and never jumps. */
#include <understudy/dsp.h>

enum { TRIGGER, IN, BOW, FREQ, PITCH, MATERIAL, DECAY, DAMP, POSITION, HARDNESS, VELOCITY };
enum { MODES = 16, MATERIALS = 6 };

/* Frequencies of the modes. A stiff string; a free bar and one whose underside is cut until the second mode is two
 * octaves up; the ideal membrane (zeros of Bessel's functions); a church bell, which is named after its second mode
 * (Rossing and Perrin, Vibrations of Bells, 1987); a wine glass (French, In Vino Veritas, 1983). */
static const float ratio[MATERIALS][MODES] = {
    {1, 2.0009f, 3.0036f, 4.009f, 5.018f, 6.0314f, 7.0502f, 8.0752f, 9.1073f, 10.147f, 11.196f, 12.255f, 13.323f,
     14.404f, 15.496f, 16.601f},
    {1, 2.7571f, 5.4039f, 8.9329f, 13.344f, 18.638f, 24.814f, 31.872f, 39.812f, 48.635f, 58.34f, 68.927f, 80.396f,
     92.748f, 105.98f, 120.1f},
    {1, 3.984f, 9.93f, 17.2f, 26.069f, 36.89f, 50.091f, 66.197f, 85.845f, 109.82f, 139.06f, 174.74f, 218.27f, 271.37f,
     336.16f, 415.2f},
    {1, 1.5933f, 2.1355f, 2.2954f, 2.6531f, 2.9173f, 3.1555f, 3.5001f, 3.5985f, 3.6474f, 4.0589f, 4.1317f, 4.2304f,
     4.601f, 4.61f, 4.8319f},
    {0.5f, 1, 1.2f, 1.506f, 2, 2.514f, 2.662f, 3.011f, 3.6f, 4.166f, 4.8f, 5.433f, 6.796f, 8.215f, 9.7f, 11.3f},
    {1, 2.32f, 4.25f, 6.63f, 9.38f, 12.45f, 15.8f, 19.4f, 23.2f, 27.3f, 31.5f, 36, 40.6f, 45.4f, 50.3f, 55.5f},
};

#define LONGEST_MS 60000.0f /* of any mode: beyond it a float cannot tell the shrinking from none */
#define HIGHEST 0.45f       /* cycles per frame; modes above are mute */
#define STROKE 0.4f
#define BOW_SPEED 0.2f
#define BOW_FORCE 0.004f
#define BOW_LEAN                                                                                                       \
	50.f /* radians per second: a bow holds nothing aside below 8 Hz, or what it plays would lie off zero */
#define LOUDEST_IN 1e4f
#define MOST_PUSH                                                                                                      \
	3.f /* a force acts for longer in a longer frame; more than this would shake the bow off the string            \
	     */

struct modal {
	us_vec x[MODES], y[MODES];
	us_vec left, length; /* frames of the mallet's touch */
	us_vec force;        /* of the stroke */
	us_vec lean;         /* what the bow presses aside on average */
	us_ivec was_on;
};

struct modes {
	us_vec times[MODES], shrink[MODES], weight[MODES]; /* what rings, and where it is touched */
	us_vec cosine[MODES], sine[MODES], gain[MODES];    /* and in this pitch */
};

US_REALTIME static us_vec mode_ratio(us_ivec material, int k)
{
	us_vec r;
	for (int l = 0; l < US_LANES; l++)
		r[l] = ratio[material[l]][k];
	return r;
}

US_REALTIME static void shape(struct modes *m, const us_vec *const in[], int i, const struct us_block *b)
{
	const us_ivec material = us_to_int(us_round(us_clamp(in[MATERIAL][i], 0, MATERIALS - 1)));
	const us_vec damp = 1.5f * us_clamp(in[DAMP][i], 0, 1), position = 0.25f * us_clamp(in[POSITION][i], 0, 1);
	const us_vec loss = 9.9657843f / (us_clamp(in[DECAY][i], 1, LONGEST_MS) * (0.001f * b->rate));
	const float least = 9.9657843f / (LONGEST_MS * 0.001f * b->rate);
	for (int k = 0; k < MODES; k++) {
		const us_vec times = mode_ratio(material, k);
		m->times[k] = times;
		m->shrink[k] = us_exp2(-us_max(loss * us_exp2(damp * us_log2(times)), us_splat(least)));
		m->weight[k] = us_sin_cycles(position * (float)(k + 1)) * (1 / (1 + 0.3f * (float)k));
	}
}

US_REALTIME static void tune(struct modes *m, const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec base = us_clamp(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, 0, 1);
	for (int k = 0; k < MODES; k++) {
		const us_vec cycles = base * m->times[k];
		m->cosine[k] = m->shrink[k] * us_sin_cycles(cycles + 0.25f);
		m->sine[k] = m->shrink[k] * us_sin_cycles(cycles);
		m->gain[k] = us_clamp((HIGHEST - cycles) * 20, 0, 1) * m->weight[k];
	}
}

/* A raised cosine of unit area: what a felt or a wooden mallet does while it touches. */
US_REALTIME static us_vec mallet(struct modal *s, const us_vec *const in[], int i, const struct us_block *b)
{
	const us_ivec struck = us_rise(&s->was_on, in[TRIGGER][i]);
	const us_vec period = b->rate / us_max(in[FREQ][i] * us_exp2(in[PITCH][i]), us_splat(1));
	const us_vec soft = us_exp2(-6 * us_clamp(in[HARDNESS][i], 0, 1)) * (0.008f * b->rate);
	const us_vec touch = us_min(soft, period); /* a longer one would stop what it strikes */
	s->length = us_select(struck, us_max(us_round(touch), us_splat(2)), s->length);
	s->left = us_select(struck, s->length, s->left);
	s->force = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s->force);
	const us_ivec touching = s->left > 0;
	if (!us_any(touching))
		return us_splat(0);
	const us_vec turn = (s->left - 0.5f) / s->length, force = STROKE * s->force / s->length;
	s->left = us_select(touching, s->left - 1, s->left);
	return us_select(touching, force * (1 - us_sin_cycles(turn + 0.25f)), us_splat(0));
}

/* Sticks while the surface moves with it, slips when it is left behind: Bilbao, Numerical Sound Synthesis, 2009. */
US_REALTIME static us_vec friction(us_vec speed)
{
	const us_vec d = us_clamp(BOW_SPEED - speed, -10, 10);
	return BOW_FORCE * 23.3164f * d * us_exp2(-144.269504f * d * d);
}

US_REALTIME static us_vec ring(struct modal *s, const struct modes *m, us_vec blow, us_vec bow, us_vec lean)
{
	us_vec speed = us_splat(0), sum = speed, stroke = speed;
	if (us_any(bow > 0)) {
		for (int k = 0; k < MODES; k++)
			speed += m->gain[k] * s->x[k];
		stroke = bow * friction(speed);
	}
	s->lean += lean * (stroke - s->lean);
	blow += stroke - s->lean;
	for (int k = 0; k < MODES; k++) {
		const us_vec x = s->x[k] + m->gain[k] * blow, y = s->y[k];
		s->x[k] = m->cosine[k] * x - m->sine[k] * y;
		s->y[k] = m->sine[k] * x + m->cosine[k] * y;
		sum += s->y[k];
	}
	return us_bound(sum);
}

US_REALTIME static int has_moved(const us_vec *const in[], int first, int last, int i)
{
	us_ivec news = {0};
	for (int k = first; k <= last; k++)
		news |= in[k][i] != in[k][i - 1];
	return us_any(news);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct modal *s = state;
	const uint64_t knobs = (1ull << (POSITION + 1)) - (1ull << FREQ);
	const int steady = (b->constant & knobs) == knobs;
	const us_vec lean = us_splat(BOW_LEAN * b->seconds_per_frame);
	const us_vec push = us_min(us_splat(48000 * b->seconds_per_frame), us_splat(MOST_PUSH));
	struct modes m;
	shape(&m, in, 0, b);
	tune(&m, in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		const int reshaped = i && !steady && has_moved(in, MATERIAL, POSITION, i);
		if (reshaped)
			shape(&m, in, i, b);
		if (reshaped || (i && !steady && has_moved(in, FREQ, PITCH, i)))
			tune(&m, in, i, b);
		const us_vec blow = mallet(s, in, i, b) + push * us_clamp(in[IN][i], -LOUDEST_IN, LOUDEST_IN);
		out[0][i] = ring(s, &m, blow, push * us_clamp(in[BOW][i], 0, 1), lean);
	}
}

US_MODULE(
    modal, "something that rings: struck, bowed or driven",
    .help =
	"Strings, xylophones, drums, bells and glasses. trigger strikes it with a mallet: hardness 0 is felt, 1 is\n"
	"steel; velocity is how hard. bow strokes it as long as it is above 0: plug an envelope in, and take glass "
	"for\n"
	"a glass harmonica. in drives it with any signal: a click, noise, a whole drum kit. position is where it is\n"
	"touched, from the edge to the middle, and mutes the modes that do not move there. decay is the time of a\n"
	"mode at freq, damp shortens those above it. Sources: Mathews and Smith 2003; Fletcher and Rossing, The\n"
	"Physics of Musical Instruments; the bow after Bilbao 2009.",
    .version = 2, .state_size = sizeof(struct modal), .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "strikes at each rise", .also = "trig"},
               [IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "drives it with any signal; loud if that is in tune",
                       .also = "input"},
               [BOW] = {"bow", US_RATIO, 0, 0, 1, US_LIN, "pressure of a bow"},
               [FREQ] = {"freq", US_HZ, US_C4_HZ, 20, 8000, US_EXP, "frequency of the mode that names the pitch",
                         .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [MATERIAL] = {"material", US_CHOICE, 2, 0, MATERIALS - 1, US_STEP, "what rings",
                             "string|bar|marimba|drum|bell|glass"},
               [DECAY] = {"decay", US_MS, 1500, 20, 30000, US_EXP, "time to fade by 60 dB", .also = "dec"},
               [DAMP] = {"damp", US_RATIO, 0.4f, 0, 1, US_LIN, "how much sooner high modes fade", .also = "damping"},
               [POSITION] = {"position", US_RATIO, 0.55f, 0.01f, 1, US_LIN, "where it is touched: 0 edge, 1 middle",
                             .also = "pos"},
               [HARDNESS] = {"hardness", US_RATIO, 0.5f, 0, 1, US_LIN,
                             "of the mallet, which touches for one period at most"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "strength, read at the stroke",
                             .also = "vel|accent"}},
    .outputs = {{"out", "audio"}});
