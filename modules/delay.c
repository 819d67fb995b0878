/* delay — stereo echo with filtered feedback. The line holds two floats per frame, not eight: it comes after the
 * mixdown. */
#include <understudy/tap.h>

enum { IN, TIME, BEATS, FEEDBACK, LOW_CUT, HIGH_CUT, PINGPONG, MIX };
enum { OUT, WET };
enum { MARGIN = 4 }; /* frames around the tap that the interpolation needs */

#define LONGEST_SECONDS 2
#define LOUDEST_LOOP 4 /* a feedback of 1 keeps what is in the loop; it clips 12 dB above full scale */

struct delay {
	us_vec low, bass; /* the filters in the loop */
	uint32_t write;   /* the frame of the line that comes next */
	struct us_tap echo;
	uint32_t unused[12];
	float line[][US_CHANNELS];
};

US_REALTIME static uint32_t length(float rate)
{
	return (uint32_t)(LONGEST_SECONDS * rate) + 2 * MARGIN;
}

static size_t state_size(float rate)
{
	return sizeof(struct delay) + length(rate) * sizeof(float[US_CHANNELS]);
}

/* Where the knobs want the echo, in frames back. What is too long in beats is halved until it fits: still in time. */
US_REALTIME static float wanted(const us_vec *const in[], int i, const struct us_block *b, uint32_t frames)
{
	const float beats = us_clamp(in[BEATS][i], 0, 64)[0], most = LONGEST_SECONDS * b->rate;
	float back = us_clamp(in[TIME][i], 0, 1e6f)[0] * (0.001f * b->rate);
	if (beats > 0)
		back = beats / (b->beats_per_frame > 1e-9f ? b->beats_per_frame : 1e-9f);
	for (int k = 0; k < 64 && beats > 0 && back > most; k++)
		back *= 0.5f;
	return us_clamp(us_splat(back), 2, (float)(frames - MARGIN))[0];
}

US_REALTIME static us_vec echo_at(const float (*line)[US_CHANNELS], uint32_t write, float back, uint32_t frames)
{
	us_vec at[MARGIN];
	const uint32_t whole = (uint32_t)back;
	uint32_t n = write + frames - whole + 1;
	for (int k = 0; k < MARGIN; k++, n--)
		at[k] = us_load_stereo(line[n >= frames ? n - frames : n]);
	return us_between(at[0], at[1], at[2], at[3], us_splat(back - (float)whole));
}

US_REALTIME static us_vec next_echo(struct delay *s, float to, uint32_t write, uint32_t frames,
                                    const struct us_block *b)
{
	us_tap_follow(&s->echo, to, b->seconds_per_frame);
	const us_vec now = echo_at(s->line, write, s->echo.at, frames);
	if (s->echo.fade >= 1)
		return now;
	const us_vec then = echo_at(s->line, write, s->echo.before, frames);
	return then + us_tap_share(&s->echo) * (now - then);
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
	us_vec cut_below = weight(in[LOW_CUT][0], b), cut_above = weight(us_opened(in[HIGH_CUT][0]), b);
	float to = wanted(in, 0, b, frames);
	const int settled = still && us_tap_rests(&s->echo, to);
	us_vec low = s->low, bass = s->bass;
	uint32_t write = s->write;
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			cut_below = weight(in[LOW_CUT][i], b), cut_above = weight(us_opened(in[HIGH_CUT][i]), b);
		if (!still)
			to = wanted(in, i, b, frames);
		if (!level)
			feedback = us_clamp(in[FEEDBACK][i], -1, 1), mix = us_clamp(in[MIX][i], 0, 1);
		const us_vec wet = settled ? echo_at(s->line, write, to, frames) : next_echo(s, to, write, frames, b);
		const us_vec dry = us_bound(in[IN][i]);
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
	"With beats above 0 the echo follows the tempo (0.75 is a dotted eighth), else it is `time` long. In beats it\n"
	"is 2 s at most: what would be longer is halved until it fits, and still in time.\n"
	"Every round passes low_cut and high_cut, so repeats get darker and thinner like a tape's. A feedback of 1\n"
	"holds for ever, a negative one hollows short delays; it cannot run away. pingpong enters on the left and\n"
	"changes sides each time. Moving time bends the pitch, as a tape does, by up to an octave; a jump, of the "
	"time\n"
	"or of the tempo, fades across. Plug wet into a reverb for itself.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [TIME] = {"time", US_MS, 375, 1, 2000, US_EXP, "from a sound to its echo, when beats is 0",
                         .also = "delay|delaytime"},
               [BEATS] = {"beats", US_BEAT, 0, 0, 8, US_LIN, "the same in quarter notes; 0 is off", .also = "division",
                          .seconds = LONGEST_SECONDS},
               [FEEDBACK] = {"feedback", US_RATIO, 0.4f, -1, 1, US_LIN, "how much of an echo is echoed",
                             .also = "fb|regen"},
               [LOW_CUT] = {"low_cut", US_HZ, 100, 1, 2000, US_EXP, "what lies below fades first",
                            .also = "lowcut|hpf"},
               [HIGH_CUT] = {"high_cut", US_HZ, 6000, 200, 20000, US_EXP, "what lies above fades first; 20 kHz is off",
                             .also = "highcut|lpf|tone"},
               [PINGPONG] = {"pingpong", US_CHOICE, 0, 0, 1, US_STEP, "echoes change sides", "off|on"},
               [MIX] = {"mix", US_RATIO, 0.35f, 0, 1, US_LIN, "0 dry, 1 echoes alone", .also = "wet"}},
    .outputs = {[OUT] = {"out", "stereo, dry and echoes"}, [WET] = {"wet", "stereo, echoes alone"}});
