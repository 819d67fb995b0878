/* measure_changes.c — what changes without a click, and what noise does not change. */
#include "measure.h"

/* --- clicks ------------------------------------------------------------------------------------------------- */

/* A sine of 200 Hz goes through while one knob goes through its choices, in every block that it can. */
static const struct change {
	const char *what, *module, *knob;
	int choices;
	struct {
		const char *knob;
		float value;
	} set[3];
} changes[] = {{"filter: mode changed, cutoff 200 Hz", "filter", "mode", 4, {{"cutoff", 200}}},
               {"ladder: mode changed, cutoff 200 Hz", "ladder", "mode", 4, {{"cutoff", 200}, {"drive", -12}}},
               {"drive: shape changed", "drive", "shape", 3, {{"drive", -12}, {"bias", 0.3f}}},
               {"fold: shape changed", "fold", "shape", 2, {{"fold", 0.9f}}}};

static void change_row(const struct change *c)
{
	double most = -300;
	AT_ALL_RATES for (int from = 0; from < c->choices; from++) for (int to = 0; to < c->choices; to++)
	{
		const int frames = (int)rate / 4, at_frame = (int)rate / 6;
		struct rig *r = open_rig(c->module);
		us_vec *in = rig_plug(r, "in");
		for (int k = 0; k < 3 && c->set[k].knob; k++)
			rig_set(r, c->set[k].knob, c->set[k].value);
		for (int at = 0; at < frames; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				in[i] = (us_vec){0} + (float)sin(2 * M_PI * 200 * (at + i) / (double)rate);
			rig_set(r, c->knob, (float)(at < at_frame ? from : to));
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				sound[at + i] = r->out[0][i][0];
		}
		rig_close(r);
		most = fmax(most, crackle((int)rate / 10, frames));
	}
	row(c->what, "below -60 dB above 3 kHz", most < -60, "%.1f dBFS", most);
}

/* A long low kick, struck again at many places of its wave. */
static void restrike_row(const char *module, const char *knob, float value)
{
	double most = -300, once = -300;
	char what[80];
	AT_ALL_RATES for (int n = 0; n < 12; n++)
	{
		const int frames = (int)rate / 2, second = (int)(0.3 * (double)rate) + n * (int)rate / 600;
		struct rig *r = open_rig(module);
		us_vec *trigger = rig_plug(r, "trigger");
		rig_set(r, "decay", 2000);
		rig_set(r, "velocity", 0.5f);
		rig_set(r, knob, value);
		for (int at = 0; at < frames; at += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				trigger[i] =
				    (us_vec){0} + (at + i < 10 || (n && abs(at + i - second) < 10) ? 1.f : 0.f);
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				sound[at + i] = r->out[0][i][0];
		}
		rig_close(r);
		*(n ? &most : &once) = fmax(n ? most : once, crackle(n ? (int)rate / 10 : 0, frames));
	}
	snprintf(what, sizeof what, "%s: struck again while it sounds", module);
	row(what, "above 3 kHz as the first stroke, 2 dB", most < once + 2, "%.1f dB, the first %.1f dB", most, once);
}

/* --- quantize ---------------------------------------------------------------------------------------------- */

/* Changes in four seconds of a pitch that goes from `from` to `to`, with noise of so many cents either way. */
static int notes(double from, double to, float cents)
{
	struct rig *r = open_rig("quantize");
	us_vec *in = rig_plug(r, "in");
	const int changed = rig_output(r, "changed"), frames = 4 * (int)rate;
	struct dice d = {3};
	int count = 0;
	rig_set(r, "scale", 0);
	for (int at = 0; at < frames; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			const float noise = dice_between(&d, -cents, cents);
			in[i] = (us_vec){0} + (float)(from + (to - from) * (at + i) / frames) + noise / 1200;
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			count += r->out[changed][i][0] > 0.5f;
	}
	rig_close(r);
	return count;
}

static void quantize_rows(void)
{
	int still = 0, sweep = 0, least = 1000;
	AT_ALL_RATES
	{
		const int up = notes(-2, 2, 2.4f), stands = notes(3.5 / 12, 3.5 / 12, 2.4f);
		still = stands > still ? stands : still;
		sweep = up > sweep ? up : sweep;
		least = up < least ? up : least;
	}
	row("quantize: between two notes, 2.4 cents of noise", "one note in 4 s", still <= 1, "%d", still);
	row("quantize: four octaves in 4 s with that noise", "each semitone once, 48 or 49", least >= 48 && sweep <= 49,
	    "%d to %d", least, sweep);
}

void change_rows(void)
{
	for (size_t c = 0; c < sizeof changes / sizeof changes[0]; c++)
		change_row(&changes[c]);
	restrike_row("kick", "drive", 0);
	restrike_row("snare", "wires", 0);
	quantize_rows();
}
