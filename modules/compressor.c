/* compressor — makes the loud softer. Level in decibels, a soft knee, then attack and release on what is to be taken
 * away, after Giannoulis, Massberg and Reiss, Digital Dynamic Range Compressor Design, JAES 60(6), 2012: smooth
 * decoupled, in the log domain. Both sides are turned down alike, so the picture stays in place. */
#include <understudy/dsp.h>

enum { IN, SIDE, THRESHOLD, RATIO, KNEE, ATTACK, RELEASE, MAKEUP, MIX };
enum { OUT, REDUCTION };

#define DB_PER_OCTAVE 6.0205999f
#define FLOOR 1e-6f   /* -120 dB: nothing softer matters */
#define AT_REST 1e-6f /* decibels; less is none */

struct compressor {
	us_vec peak;  /* decibels to take away: at once up, by the release down */
	us_vec taken; /* the same after the attack */
};

/* Weight of a one-pole that comes within 1/e in so many milliseconds. */
US_REALTIME static us_vec weight(us_vec ms, const struct us_block *b)
{
	return 1 - us_exp2(-1.442695f / us_max(us_clamp(ms, 0.01f, 1e6f) * (0.001f * b->rate), us_splat(0.1f)));
}

US_REALTIME static us_vec louder_side(us_vec x)
{
	const us_vec size = us_abs(us_bound(x));
	return us_splat(size[0] > size[1] ? size[0] : size[1]);
}

/* Decibels to take away from this level. */
US_REALTIME static us_vec asked(us_vec level, const us_vec *const in[], int i)
{
	const us_vec over = DB_PER_OCTAVE * us_log2(us_max(level, us_splat(FLOOR))) - in[THRESHOLD][i];
	const us_vec knee = us_clamp(in[KNEE][i], 0.01f, 60), part = us_clamp(over + 0.5f * knee, 0, 1e4f);
	const us_vec curved = us_select(over < 0.5f * knee, part * part / (2 * knee), over);
	return us_clamp((1 - 1 / us_clamp(in[RATIO][i], 1, 1e4f)) * curved, 0, 200);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct compressor s = *(struct compressor *)state;
	const us_vec *const side = b->connected >> SIDE & 1 ? in[SIDE] : in[IN];
	us_vec attack = weight(in[ATTACK][0], b), release = weight(in[RELEASE][0], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, ATTACK))
			attack = weight(in[ATTACK][i], b);
		if (!us_is_constant(b, RELEASE))
			release = weight(in[RELEASE][i], b);
		const us_vec now = asked(louder_side(side[i]), in, i);
		s.peak = us_max(now, s.peak + release * (now - s.peak));
		s.taken += attack * (s.peak - s.taken);
		s.taken = us_select(s.taken < AT_REST, us_splat(0), s.taken);
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec wet = us_bound(dry * us_db_to_gain(us_clamp(in[MAKEUP][i], -60, 60) - s.taken));
		const us_vec mix = us_clamp(in[MIX][i], 0, 1);
		out[OUT][i] = (1 - mix) * dry + mix * wet;
		out[REDUCTION][i] = s.taken * (1 / 24.f);
	}
	*(struct compressor *)state = s;
}

US_MODULE(
    compressor, "compressor with a soft knee and a side chain", .also = "comp",
    .help = "What is louder than threshold comes out softer: at ratio 4, four decibels too many become one. A slow\n"
	    "attack lets the stick of a drum through, a fast one makes it small. Plug a kick into side and a pad\n"
	    "into in, and the pad breathes with the kick. mix below 1 is parallel compression. reduction is what it\n"
	    "takes away, 1 for 24 dB: plug it into something that should move too.\n"
	    "Source: Giannoulis, Massberg, Reiss, JAES 60(6), 2012.",
    .flags = US_THROUGH | US_MIXDOWN, .state_size = sizeof(struct compressor), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [SIDE] = {"side", US_SIGNAL, 0, -1, 1, US_LIN, "what it listens to, instead of in"},
               [THRESHOLD] = {"threshold", US_DB, -18, -60, 0, US_LIN, "where it begins", .also = "thresh"},
               [RATIO] = {"ratio", US_RATIO, 4, 1, 100, US_EXP, "decibels in for one out, above that"},
               [KNEE] = {"knee", US_DB, 6, 0, 36, US_LIN, "how wide the bend is"},
               [ATTACK] = {"attack", US_MS, 5, 0.05f, 500, US_EXP, "time to turn down", .also = "att"},
               [RELEASE] = {"release", US_MS, 120, 5, 5000, US_EXP, "time to come back", .also = "rel"},
               [MAKEUP] = {"makeup", US_DB, 0, -24, 36, US_LIN, "gain after it"},
               [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 compressed alone", .also = "wet"}},
    .outputs = {[OUT] = {"out", "stereo, compressed"}, [REDUCTION] = {"reduction", "0 at rest, 1 at 24 dB less"}});
