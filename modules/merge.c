/* merge — two mono signals into a stereo one. */
#include <understudy/dsp.h>

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_bound(us_stereo(in[0][i][0], in[1][i][1]));
}

US_MODULE(
    merge, "two mono signals into a stereo one",
    .help = "What comes in at left is heard on the left, what comes in at right on the right. Of a stereo signal each\n"
	    "input takes its own side. The counterpart of split.",
    .flags = US_MIXDOWN | US_STEREO, .process = process,
    .inputs = {{"left", US_SIGNAL, 0, -1, 1, US_LIN, "heard on the left", .also = "l"},
               {"right", US_SIGNAL, 0, -1, 1, US_LIN, "heard on the right", .also = "r"}},
    .outputs = {{"out", "stereo"}});
