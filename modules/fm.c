/* fm — four sine operators that bend each other's phase. Rendered at twice the rate; no modulation may push an
 * operator's momentary frequency beyond what the decimator can take away again. */
#include <understudy/dsp.h>

enum { FREQ, PITCH, ALGORITHM, INDEX, FEEDBACK, RATIO, LEVEL = RATIO + 4, SYNC = LEVEL + 4 };
enum { OPERATORS = 4, ALGORITHMS = 8 };

/* Where each operator goes: bit 0 is the output, bits 1 to 3 the operators 1 to 3. An operator's number is higher than
 * those of the ones that it bends, as in Yamaha's chips of four. */
enum { OUT = 1, TO1 = 2, TO2 = 4, TO3 = 8 };
static const uint8_t goes[ALGORITHMS][OPERATORS] = {
    {OUT, TO1, TO2, TO3},             /* 4 > 3 > 2 > 1 */
    {OUT, TO1, TO2, TO2},             /* 3 + 4 > 2 > 1 */
    {OUT, TO1, TO2, TO1},             /* (3 > 2) + 4 > 1 */
    {OUT, TO1, TO1, TO3},             /* 2 + (4 > 3) > 1 */
    {OUT, TO1, OUT, TO3},             /* 2 > 1, 4 > 3 */
    {OUT, OUT, OUT, TO1 | TO2 | TO3}, /* 4 > 1, 2 and 3 */
    {OUT, OUT, OUT, TO3},             /* 1, 2, 4 > 3 */
    {OUT, OUT, OUT, OUT},             /* 1, 2, 3, 4 */
};

/* The decimator: a half-band filter, -93 dB beyond 2/3 of the rate. These are its odd taps on one side. */
enum { TAPS = 9 };
static const float tap[TAPS] = {0.31395001f,     -0.0936440208f, 0.0448077751f,    -0.0225455816f, 0.0107403157f,
                                -0.00455456389f, 0.00160881424f, -0.000422310633f, 5.95622776e-05f};

struct fm {
	us_uvec phase[OPERATORS];
	us_vec fed[2];                          /* what operator 4 gave in the last two half frames */
	us_vec early[2 * TAPS - 1], late[TAPS]; /* first and second halves of the last frames */
	us_ivec was_on;
};

struct routes {
	us_vec into[OPERATORS][OPERATORS]; /* [from][to], 0 or 1 */
	us_vec out[OPERATORS];             /* the carriers together are 1 */
};

struct knobs {
	us_uvec step[OPERATORS]; /* per half frame */
	us_vec bend[OPERATORS][OPERATORS], out[OPERATORS], feedback;
};

US_REALTIME static struct routes route(us_vec algorithm)
{
	const us_ivec a = us_to_int(us_round(us_clamp(algorithm, 0, ALGORITHMS - 1)));
	struct routes r;
	us_vec carriers = us_splat(0);
	for (int m = 0; m < OPERATORS; m++) {
		us_ivec to;
		for (int l = 0; l < US_LANES; l++)
			to[l] = goes[a[l]][m];
		for (int k = 0; k < m; k++)
			r.into[m][k] = us_to_float(to >> (k + 1) & 1);
		r.out[m] = us_to_float(to & OUT);
		carriers += r.out[m];
	}
	for (int m = 0; m < OPERATORS; m++)
		r.out[m] /= carriers;
	return r;
}

/* Highest momentary frequency, in cycles per frame: what lies above folds back only from 1.5 on. */
#define HIGHEST 0.7f
#define HIGHEST_BENDER 0.2f /* side bands of side bands: leave them room */
#define LOW_BENDER 0.1f     /* up to here, HIGHEST is the narrower limit */
#define FOLDS 1.6f          /* side bands from here on come back as what can be heard */
#define TURN 6.28318531f

/* A bender bends as far as its first side band that folds stays below -70 dB. A side band of order n is as loud as
 * Bessel's function of that order, about (index / 2)^n / n!; the limit is made of chords of its inverse. */
US_REALTIME static us_vec hold_back(us_vec bend, us_vec carrier, us_vec bender)
{
	const us_vec order = (FOLDS - carrier) / us_max(bender, us_splat(LOW_BENDER));
	const us_vec most = us_max(us_max(0.7f * order - 2.9f, 0.25f * order - 0.5f), us_splat(0)) * (1 / TURN);
	return us_select(bender > LOW_BENDER, us_min(bend, most), bend);
}

US_REALTIME static struct knobs turn(const us_vec *const in[], int i, const struct routes *r, const struct us_block *b)
{
	const us_vec base = us_clamp(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, 0, 1);
	const us_vec index = us_clamp(in[INDEX][i], 0, 8);
	us_vec peak[OPERATORS]; /* the highest momentary frequency of each operator */
	struct knobs t;
	for (int k = OPERATORS - 1; k >= 0; k--) {
		const us_vec cycles = us_clamp(base * us_clamp(in[RATIO + k][i], 0, 64), 0, 0.99f);
		const us_vec level = us_clamp(in[LEVEL + k][i], 0, 2);
		t.step[k] = us_phase_step(0.5f * cycles);
		t.out[k] = r->out[k] * level;
		us_vec swing = us_splat(0);
		for (int m = k + 1; m < OPERATORS; m++) {
			t.bend[m][k] = r->into[m][k] * index * us_clamp(in[LEVEL + m][i], 0, 2);
			if (us_any(peak[m] > LOW_BENDER))
				t.bend[m][k] = hold_back(t.bend[m][k], cycles, peak[m]);
			swing += TURN * t.bend[m][k] * peak[m];
		}
		const us_vec highest = us_select(r->out[k] > 0, us_splat(HIGHEST), us_splat(HIGHEST_BENDER));
		const us_vec room = us_max(highest - cycles, us_splat(0));
		const us_vec share = us_select(swing > room, room / us_max(swing, us_splat(1e-9f)), us_splat(1));
		for (int m = k + 1; m < OPERATORS; m++)
			t.bend[m][k] *= share;
		peak[k] = cycles + us_min(swing, room);
		if (k == OPERATORS - 1) { /* its own feedback makes it a saw, in the treble less than that */
			const us_vec own = us_clamp(in[FEEDBACK][i], 0, 1) / (1 + 24 * cycles);
			t.feedback = 0.1f * own;
			peak[k] += us_min(3 * own * cycles, room);
		}
	}
	return t;
}

US_REALTIME static us_vec half_frame(struct fm *s, const struct knobs *t)
{
	us_vec y[OPERATORS], sum = us_splat(0);
	for (int k = OPERATORS - 1; k >= 0; k--) {
		us_vec bend = us_splat(0);
		if (k == OPERATORS - 1)
			bend = t->feedback * (s->fed[0] + s->fed[1]);
		for (int m = k + 1; m < OPERATORS; m++)
			bend += t->bend[m][k] * y[m];
		y[k] = us_sin_phase(s->phase[k] + us_phase(bend));
		sum += t->out[k] * y[k];
		s->phase[k] += t->step[k];
	}
	s->fed[1] = s->fed[0];
	s->fed[0] = y[OPERATORS - 1];
	return sum;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct fm *s = state;
	us_vec early[US_BLOCK + 2 * TAPS - 1], late[US_BLOCK + TAPS];
	__builtin_memcpy(early, s->early, sizeof s->early);
	__builtin_memcpy(late, s->late, sizeof s->late);
	const uint64_t knobs = (1ull << SYNC) - 1;
	struct routes r = route(in[ALGORITHM][0]);
	struct knobs t = turn(in, 0, &r, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, ALGORITHM))
			r = route(in[ALGORITHM][i]);
		if ((b->constant & knobs) != knobs)
			t = turn(in, i, &r, b);
		const us_ivec start = us_rise(&s->was_on, in[SYNC][i]);
		for (int k = 0; k < OPERATORS; k++)
			s->phase[k] &= (us_uvec)~start;
		early[i + 2 * TAPS - 1] = half_frame(s, &t);
		late[i + TAPS] = half_frame(s, &t);

		us_vec y = 0.5f * late[i];
		for (int j = 0; j < TAPS; j++)
			y += tap[j] * (early[i + TAPS + j] + early[i + TAPS - 1 - j]);
		out[0][i] = y;
	}
	__builtin_memcpy(s->early, early + US_BLOCK, sizeof s->early);
	__builtin_memcpy(s->late, late + US_BLOCK, sizeof s->late);
}

#define RATIO_ROW(N, AT_REST)                                                                                          \
	[RATIO + N - 1] = {"ratio" #N, US_RATIO, AT_REST, 0, 32, US_LIN, "frequency of operator " #N ", in freq"}
#define LEVEL_ROW(N, AT_REST)                                                                                          \
	[LEVEL + N - 1] = {"level" #N,                                                                                 \
	                   US_RATIO,                                                                                   \
	                   AT_REST,                                                                                    \
	                   0,                                                                                          \
	                   2,                                                                                          \
	                   US_LIN,                                                                                     \
	                   "of operator " #N ": loudness if it is heard, else how many cycles it bends"}

US_MODULE(
    fm, "four operators in eight algorithms", .also = "fm4|dx",
    .help =
	"Bells, electric pianos, basses, brass. An operator that is heard is a carrier; one that goes into another\n"
	"bends its phase by level cycles (an index of 6.28 at level 1). The algorithms, > for goes into:\n"
	"  stack  4 > 3 > 2 > 1        twin   3 and 4 > 2 > 1        branch  3 > 2 > 1, 4 > 1   mirror  4 > 3 > 1, 2 > "
	"1\n"
	"  pairs  2 > 1, 4 > 3         fan    4 > 1, 2 and 3         duo     1, 2, 4 > 3        organ   1, 2, 3, 4\n"
	"Whole ratios are harmonic, others clang: 3.5 and 1.414 are bells. An envelope into index shapes the\n"
	"brightness of the whole sound, one into a level that of an operator. sync starts all phases at 0. In the\n"
	"treble the bending is held back, so that nothing folds down. Sources: Chowning, JAES 21(7), 1973; Carson's\n"
	"rule; the operators of Yamaha's DX21. Comes 9 frames late.",
    .state_size = sizeof(struct fm), .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency where ratio is 1",
                         .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [ALGORITHM] = {"algorithm", US_CHOICE, 4, 0, ALGORITHMS - 1, US_STEP, "who goes into whom",
                              "stack|twin|branch|mirror|pairs|fan|duo|organ"},
               [INDEX] = {"index", US_RATIO, 1, 0, 4, US_LIN, "factor for the level of all that bend",
                          .also = "depth|amount"},
               [FEEDBACK] = {"feedback", US_RATIO, 0, 0, 1, US_LIN, "of operator 4 into itself", .also = "fb|regen"},
               RATIO_ROW(1, 1),
               RATIO_ROW(2, 14),
               RATIO_ROW(3, 1),
               RATIO_ROW(4, 1),
               LEVEL_ROW(1, 1),
               LEVEL_ROW(2, 0.05f),
               LEVEL_ROW(3, 1),
               LEVEL_ROW(4, 0.25f),
               [SYNC] = {"sync", US_TRIGGER, 0, 0, 1, US_STEP, "starts all operators at phase 0"}},
    .outputs = {{"out", "audio, -1 to 1 while no level is above 1"}});
