/* pan — places a signal between left and right at equal power. */
#include <understudy/dsp.h>

enum { IN, PAN };
enum { OUT, LEFT, RIGHT };

struct place {
	us_vec left, right;
};

US_REALTIME static struct place place(us_vec pan)
{
	const us_vec turn = us_clamp(pan, -1, 1) * 0.125f + 0.125f; /* an eighth of a turn is the middle */
	return (struct place){us_sin_quarter(0.25f - turn), us_sin_quarter(turn)};
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	const us_ivec left_lanes = (us_lane_numbers() - 2 * us_floor(us_lane_numbers() * 0.5f)) < 0.5f;
	struct place p = place(in[PAN][0]);
	if (us_is_constant(b, PAN) && us_is_unread(b, OUT)) { /* a voice's */
		for (int i = 0; i < US_BLOCK; i++) {
			const us_vec signal = us_bound(in[IN][i]);
			out[LEFT][i] = signal * p.left;
			out[RIGHT][i] = signal * p.right;
		}
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, PAN))
			p = place(in[PAN][i]);
		const us_vec signal = us_bound(in[IN][i]);
		out[LEFT][i] = signal * p.left;
		out[RIGHT][i] = signal * p.right;
		out[OUT][i] = signal * us_select(left_lanes, p.left, p.right);
	}
}

US_MODULE(
    pan, "places a signal between left and right", .also = "panner|pan2",
    .help =
	"Equal power: as loud in the middle (each side -3 dB) as at the edges. In a voice, where each lane is a voice\n"
	"with its own place, cable left to out.left and right to out.right. After the mixdown out is enough: a\n"
	"stereo signal, left on the left. Plug a slow lfo into pan for an auto-pan.",
    .flags = US_THROUGH | US_STEREO, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono signal", .also = "input"},
               [PAN] = {"pan", US_RATIO, 0, -1, 1, US_LIN, "-1 left, 0 middle, 1 right", .also = "position|pos"}},
    .outputs = {[OUT] = {"out", "stereo; use it after the mixdown"},
                [LEFT] = {"left", "the left channel's share"},
                [RIGHT] = {"right", "the right channel's share"}});
