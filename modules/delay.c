/* delay — stereo echo with filtered feedback. The line holds two floats per frame, not eight: it comes after the
 * mixdown. */
#include <understudy/dsp.h>

enum { IN, TIME, BEATS, FEEDBACK, LOW_CUT, HIGH_CUT, PINGPONG, MIX };
enum { OUT, WET };
enum { MARGIN = 4 }; /* frames around the tap that the interpolation needs */

#define LONGEST_SECONDS 2
#define LOUDEST_LOOP 4 /* a feedback of 1 keeps what is in the loop; it clips 12 dB above full scale */

struct delay {
	us_vec low, bass; /* the filters in the loop */
	uint32_t write;   /* the frame of the line that comes next */
	uint32_t unused[15];
	float line[][US_CHANNELS];
};

/* Which frames an echo is made of: `back` whole frames ago and a part of the next. */
struct place {
	uint32_t back;
	us_vec part;
};

US_REALTIME static uint32_t length(float rate)
{
	return (uint32_t)(LONGEST_SECONDS * rate) + 2 * MARGIN;
}

static size_t state_size(float rate)
{
	return sizeof(struct delay) + length(rate) * sizeof(float[US_CHANNELS]);
}

US_REALTIME static struct place place(const us_vec *const in[], int i, const struct us_block *b, uint32_t frames)
{
	const us_vec beats = us_clamp(in[BEATS][i], 0, 64);
	const us_vec by_time = us_clamp(in[TIME][i], 0, 1e6f) * (0.001f * b->rate);
	const us_vec by_song = beats / us_max(us_splat(b->beats_per_frame), us_splat(1e-9f));
	const us_vec back = us_clamp(us_select(beats > 0, by_song, by_time), 2, (float)(frames - MARGIN));
	const us_vec whole = us_floor(back);
	return (struct place){(uint32_t)whole[0], us_splat((back - whole)[0])};
}

US_REALTIME static us_vec echo_at(const float (*line)[US_CHANNELS], uint32_t write, const struct place *p,
                                  uint32_t frames)
{
	us_vec at[MARGIN];
	uint32_t n = write + frames - p->back + 1;
	for (int k = 0; k < MARGIN; k++, n--)
		at[k] = us_load_stereo(line[n >= frames ? n - frames : n]);
	return us_between(at[0], at[1], at[2], at[3], p->part);
}

/* Weight of a one-pole low-pass. */
US_REALTIME static us_vec weight(us_vec hz, const struct us_block *b)
{
	return 1 - us_exp2(us_clamp(hz, 0, 1e6f) * (-9.0647203f * b->seconds_per_frame));
}

/* What enters the line: everything on its own side, or, in ping-pong, all on the left and echoes on the other side. */
US_REALTIME static us_vec enter(us_vec dry, us_vec returned, int pingpong)
{
	us_vec x = dry + returned;
	if (pingpong)
		x = us_stereo(0.5f * (dry[0] + dry[1]) + returned[1], returned[0]);
	return us_clamp(x, -LOUDEST_LOOP, LOUDEST_LOOP);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct delay *s = state;
	const uint32_t frames = length(b->rate);
	const int still = us_is_constant(b, TIME) && us_is_constant(b, BEATS);
	const int steady = us_is_constant(b, LOW_CUT) && us_is_constant(b, HIGH_CUT);
	const int level = us_is_constant(b, FEEDBACK) && us_is_constant(b, MIX);
	us_vec feedback = us_clamp(in[FEEDBACK][0], -1, 1), mix = us_clamp(in[MIX][0], 0, 1);
	us_vec cut_below = weight(in[LOW_CUT][0], b), cut_above = weight(in[HIGH_CUT][0], b);
	struct place p = place(in, 0, b, frames);
	us_vec low = s->low, bass = s->bass;
	uint32_t write = s->write;
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			cut_below = weight(in[LOW_CUT][i], b), cut_above = weight(in[HIGH_CUT][i], b);
		if (!still)
			p = place(in, i, b, frames);
		if (!level)
			feedback = us_clamp(in[FEEDBACK][i], -1, 1), mix = us_clamp(in[MIX][i], 0, 1);
		const us_vec wet = echo_at(s->line, write, &p, frames), dry = us_bound(in[IN][i]);
		low += cut_above * (wet - low);
		bass += cut_below * (low - bass);
		const us_vec returned = (low - bass) * feedback;
		us_store_stereo(s->line[write], enter(dry, returned, in[PINGPONG][i][0] >= 0.5f));
		write = write + 1 == frames ? 0 : write + 1;
		out[WET][i] = wet;
		out[OUT][i] = dry + mix * (wet - dry);
	}
	s->low = low, s->bass = bass, s->write = write;
}

US_MODULE(
    delay, "stereo echo with filtered feedback, in time or in beats", .also = "echo|simple_delay|bbd|vc_delay",
    .help =
	"With beats above 0 the echo follows the tempo (0.75 is a dotted eighth), else it is `time` long; up to 2 s.\n"
	"Every round passes low_cut and high_cut, so repeats get darker and thinner like a tape's. A feedback of 1\n"
	"holds for ever, a negative one hollows short delays; it cannot run away. pingpong enters on the left and\n"
	"changes sides each time. Moving time bends the pitch, as a tape does. Plug wet into a reverb for itself.",
    .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [TIME] = {"time", US_MS, 375, 1, 2000, US_EXP, "from a sound to its echo, when beats is 0",
                         .also = "delay|delaytime"},
               [BEATS] = {"beats", US_BEAT, 0, 0, 8, US_LIN, "the same in quarter notes; 0 is off", .also = "division"},
               [FEEDBACK] = {"feedback", US_RATIO, 0.4f, -1, 1, US_LIN, "how much of an echo is echoed",
                             .also = "fb|regen"},
               [LOW_CUT] = {"low_cut", US_HZ, 100, 1, 2000, US_EXP, "what lies below fades first",
                            .also = "lowcut|hpf"},
               [HIGH_CUT] = {"high_cut", US_HZ, 6000, 200, 20000, US_EXP, "what lies above fades first",
                             .also = "highcut|lpf|tone"},
               [PINGPONG] = {"pingpong", US_CHOICE, 0, 0, 1, US_STEP, "echoes change sides", "off|on"},
               [MIX] = {"mix", US_RATIO, 0.35f, 0, 1, US_LIN, "0 dry, 1 echoes alone", .also = "wet"}},
    .outputs = {[OUT] = {"out", "stereo, dry and echoes"}, [WET] = {"wet", "stereo, echoes alone"}});
