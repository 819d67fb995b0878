/* fuzz_pattern.c — libFuzzer over mini-notation: any text, and what is made of it.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_pattern -max_len=4200 tests/fuzz/corpus/pattern
 *
 * Checked: no crash; what is refused has a column within the text, and words; what is read is sound, can be asked any
 * span down to one tick without failing, tells the same however the span is cut, and keeps the bounds that it was let
 * in for; and the module plays it. */
#include "command/internal.h"
#include "fuzz_rig.h"
#include "pattern/read.h"

enum { TEXT = US_PATTERN_TEXT + 64, CYCLES = 2, MOST_ASKED = 1 << 14, BLOCKS = 6 };

static struct rig {
	uint64_t room[(US_PATTERN_BYTES + 7) / 8], again[(US_PATTERN_BYTES + 7) / 8];
	struct us_hap hap[US_PATTERN_HAPS];
} rig;

/* Of what begins in a span: order counts. */
static uint64_t mixed(uint64_t sum, const struct us_hap *h, uint64_t number)
{
	const uint64_t words[] = {(uint64_t)h->begin, (uint64_t)h->end, h->name, h->place, (uint64_t)h->sharp};
	uint32_t bits[2];
	memcpy(&bits[0], &h->value, 4);
	memcpy(&bits[1], &h->velocity, 4);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		sum = (sum ^ words[i]) * 0x100000001b3u + number;
	return (sum ^ bits[0] ^ (uint64_t)bits[1] << 32) * 0x100000001b3u;
}

/* Asks for a cycle in pieces of `span`, halved where it is much; false: it takes too long to go on. */
static bool ask_cycle(const struct us_pattern *p, int64_t cycle, int64_t span, uint64_t *sum, uint64_t *events)
{
	const int64_t end = (cycle + 1) * p->ticks;
	uint32_t asked = 0;
	*sum = 1;
	*events = 0;
	for (int64_t at = cycle * p->ticks; at < end && asked < MOST_ASKED; asked++) {
		const int64_t piece = span < end - at ? span : end - at;
		const int n = us_pattern_onsets(p, at, at + piece, rig.hap, US_PATTERN_HAPS);
		demand(n >= 0 || piece > 1, "a moment that cannot be asked for");
		if (n < 0) {
			span = (piece + 1) / 2;
			continue;
		}
		for (int i = 0; i < n; i++) {
			const struct us_hap *h = &rig.hap[i];
			demand(h->begin >= at && h->begin < at + piece && h->end > h->begin,
			       "an event outside of its span");
			demand(!i || rig.hap[i - 1].begin <= h->begin, "events out of order");
			demand(h->velocity >= 0 && h->velocity <= 1 && h->name <= p->names, "an event that is none");
			*sum = mixed(*sum, h, (*events)++);
		}
		at += piece;
	}
	return asked < MOST_ASKED;
}

static void ask_all(const struct us_pattern *p)
{
	for (int64_t c = 0; c < CYCLES; c++) {
		uint64_t whole, pieces, events, again;
		if (!ask_cycle(p, c, p->ticks, &whole, &events))
			continue;
		demand(events <= US_PATTERN_EVENTS, "more events than it was let in for");
		const int64_t span = p->ticks / 7 + 1;
		if (ask_cycle(p, c, span, &pieces, &again))
			demand(again == events && pieces == whole, "other events when the cycle is cut otherwise");
	}
}

/* In an engine, which must take it and play it. */
static void play(const struct us_pattern *p)
{
	static struct us_engine *e;
	static struct fuzz_start start;
	static float samples[US_BLOCK * US_CHANNELS];
	struct us_err err = {""};
	e = e ? e : fuzz_engine();
	fuzz_start_again(e, &start);
	struct us_record r = {.type = US_REC_CREATE, .instance = 1, .at = US_NOW, .create = {.voices = 4}};
	strcpy(r.create.module, "pattern");
	demand(us_engine_apply(e, &r, &err) == US_OK, err.text);
	for (uint32_t part = 0; part < us_pattern_parts(p); part++) {
		us_pattern_part(&r, 1, p, part);
		r.at = US_NOW;
		if (us_engine_apply(e, &r, &err)) {
			demand(strstr(err.text, "no room") != NULL, err.text);
			return;
		}
	}
	for (int i = 0; i < BLOCKS; i++)
		fuzz_render(e, samples);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static char text[TEXT];
	struct us_pattern *p = (struct us_pattern *)rig.room, *again = (struct us_pattern *)rig.again;
	struct us_err err = {""};
	uint32_t column = 0;
	bytes = bytes < TEXT - 1 ? bytes : TEXT - 1;
	memcpy(text, data, bytes);
	text[bytes] = 0;
	if (us_pattern_read(p, text, NULL, 0, &column, &err)) {
		demand(err.text[0] != 0, "refused without a word");
		demand(column >= 1 && column <= strlen(text) + 1, "refused at a place outside of the text");
		return 0;
	}
	demand(us_pattern_is_sound(p, US_PATTERN_BYTES), "what has been read is not sound");
	demand(strcmp(us_pattern_text(p), text) == 0, "another text");
	p->seed = 1;
	ask_all(p);
	play(p);
	demand(us_pattern_read(again, us_pattern_text(p), p, 0, &column, &err) == US_OK, "not read a second time");
	demand(again->names == p->names, "other names the second time");
	return 0;
}
