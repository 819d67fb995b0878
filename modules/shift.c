/* shift — moves all frequencies by the same number of hertz. Two chains of all-passes make the signal and itself a
 * quarter of a turn later; turned round by a sine and a cosine, only one side band is left: the phasing method of
 * single-sideband radio (Hartley, 1928), and Bode's frequency shifter of 1972 in music.
 *
 * The chains are a half-band filter (Gazsi, IEEE Trans. CAS 32(1), 1985; here 68 dB) turned by a quarter of the sample
 * rate: what it held back becomes the side band that must not be heard, from 0.0005 of the sample rate (24 Hz at 48
 * kHz) up to as far from its half. */
#include <understudy/dsp.h>

enum { IN, HZ, FEEDBACK, MIX };
enum { OUT, DOWN };
enum { STAGES = 6, CHAINS = 2 };

#define LOUDEST_LOOP 4 /* 12 dB above full scale */

static const float coefficient[CHAINS][STAGES] = {
    {0.07752030f, 0.48328685f, 0.79505374f, 0.92972088f, 0.97742732f, 0.99394191f},
    {0.26707058f, 0.66541556f, 0.87871028f, 0.95986379f, 0.98770210f, 0.99818020f}};

struct shift {
	us_vec z[CHAINS][STAGES + 1][2]; /* what came in or out of a stage, one and two frames ago */
	us_vec late;                     /* the second chain is one frame behind */
	us_vec returned;
	us_uvec phase;
};

/* y = c (x + y two frames ago) - x two frames ago, one after the other. */
US_REALTIME static us_vec chain(us_vec (*z)[2], const float *c, us_vec x)
{
	for (int n = 0; n < STAGES; n++) {
		const us_vec y = c[n] * (x + z[n + 1][1]) - z[n][1];
		z[n][1] = z[n][0], z[n][0] = x;
		x = y;
	}
	z[STAGES][1] = z[STAGES][0], z[STAGES][0] = x;
	return x;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct shift s = *(struct shift *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]), mix = us_clamp(in[MIX][i], 0, 1);
		const us_vec enter = dry + us_clamp(in[FEEDBACK][i], -0.95f, 0.95f) * s.returned;
		const us_vec straight = chain(s.z[0], coefficient[0], enter);
		const us_vec turned = s.late;
		s.late = chain(s.z[1], coefficient[1], enter);
		const us_vec a = straight * us_sin_phase(s.phase + 0x40000000u), c = turned * us_sin_phase(s.phase);
		const us_vec up = a - c, down = a + c;
		s.returned = us_clamp(up, -LOUDEST_LOOP, LOUDEST_LOOP);
		s.phase += us_phase_step(in[HZ][i] * b->seconds_per_frame);
		out[OUT][i] = us_bound((1 - mix) * dry + mix * up);
		out[DOWN][i] = us_bound((1 - mix) * dry + mix * down);
	}
	*(struct shift *)state = s;
}

US_MODULE(shift, "frequency shifter: all frequencies moved by the same hertz", .also = "freqshift",
          .help =
              "Not a transposer: 100, 200, 300 Hz shifted by 30 are 130, 230, 330, which is no longer a chord. A few\n"
              "tenths of a hertz on a pad, mixed half and half, are a phaser that only ever rises; 5 Hz inside a\n"
              "delay's tail, with feedback, climbs a barber's pole; hundreds make drums into metal. out is up, down\n"
              "the other way: left and right. hz may be negative and move at audio rate.\n"
              "After Bode's frequency shifter, 1972.",
          .flags = US_THROUGH, .state_size = sizeof(struct shift), .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
                     [HZ] = {"by", US_RATIO, 100, -5000, 5000, US_LIN, "how far, in hertz",
                             .also = "freq|frequency|hz|amount"},
                     [FEEDBACK] = {"feedback", US_RATIO, 0, -0.95f, 0.95f, US_LIN, "shifted again and again",
                                   .also = "fb|regen"},
                     [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 shifted alone", .also = "wet"}},
          .outputs = {[OUT] = {"out", "moved up"}, [DOWN] = {"down", "moved down"}});
