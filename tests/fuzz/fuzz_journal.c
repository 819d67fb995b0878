/* fuzz_journal.c — libFuzzer over what a worker meets: records from the journal, with right sums and with wrong ones,
 * struck out or not, amendments, blocks, checkpoints in between.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_journal -max_len=4096 tests/fuzz/corpus/journal
 *
 * The input is a sequence of steps, a byte each and what belongs to it (enum step). Checked: no crash; every sample is
 * a number within [-1, 1]; a worker that begins from a checkpoint goes on with the same bytes; and a record whose sum
 * is wrong is not read. */
#include "fuzz_rig.h"
#include "ipc/journal_rt.h"

enum { BLOCKS = 48 };
enum step { RECORD, DAMAGED, STRUCK, AMEND, RENDER, HAND_OVER, STEPS };

struct rig {
	struct us_engine *engine, *heir;
	struct us_journal *journal;
	struct us_clock *clock;
	struct fuzz_start start, heirs_start;
	void *checkpoint;
	uint32_t blocks;
};

static void open_rig(struct rig *r)
{
	r->engine = fuzz_engine();
	r->heir = fuzz_engine();
	r->checkpoint = malloc(us_engine_save_max(r->engine));
	r->journal = aligned_alloc(4096, (sizeof *r->journal + 4095) / 4096 * 4096);
	r->clock = aligned_alloc(4096, (sizeof *r->clock + 4095) / 4096 * 4096);
	demand(r->checkpoint && r->journal && r->clock, "no memory");
}

static void start_again(struct rig *r)
{
	fuzz_start_again(r->engine, &r->start);
	fuzz_start_again(r->heir, &r->heirs_start);
	memset(r->clock, 0, sizeof *r->clock);
	atomic_store(&r->journal->tail, 0);
	r->blocks = 0;
}

/* As control writes and a worker reads it. */
static void record(struct rig *r, struct fuzz_input *in, enum step step)
{
	struct us_record written, read;
	const uint64_t seq = us_journal_tail(r->journal);
	fuzz_take(in, &written, sizeof written);
	if (step != DAMAGED)
		written.type %= US_REC_TYPES + 1; /* one that there is not, too */
	if (!fuzz_may_play(&written) || !us_journal_append(r->journal, r->clock, &written, 1))
		return;
	if (step == DAMAGED) {
		r->journal->record[seq % US_JOURNAL].bytes[seq % sizeof written.bytes] ^= 1;
		demand(!us_journal_read(r->journal, seq, &read), "a damaged record is read");
		return;
	}
	demand(us_journal_read(r->journal, seq, &read), "a whole record is not read");
	if (step == STRUCK)
		us_engine_strike(r->engine, &read);
	else
		us_engine_apply(r->engine, &read, NULL);
}

static void amend(struct rig *r, struct fuzz_input *in)
{
	const uint8_t what = fuzz_byte(in), who = fuzz_byte(in);
	const struct us_amendment a = {.type = what % 3,
	                               .instance = what & 0x80 ? US_NOBODY : who,
	                               .cause = what,
	                               .seq = who,
	                               .block = us_engine_block(r->engine)};
	us_engine_amend(r->engine, &a);
}

static void render(struct rig *r)
{
	float samples[US_BLOCK * US_CHANNELS];
	if (r->blocks++ < BLOCKS)
		fuzz_render(r->engine, samples);
}

/* The engine's checkpoint goes to the heir; both go on, and the heir is the engine from now on. */
static void hand_over(struct rig *r)
{
	float mine[US_BLOCK * US_CHANNELS], theirs[US_BLOCK * US_CHANNELS];
	struct us_err err;
	const size_t bytes = us_engine_save(r->engine, r->checkpoint);
	if (us_engine_load(r->heir, r->checkpoint, bytes, &err))
		demand(false, err.text);
	for (int i = 0; i < 2 && r->blocks < BLOCKS; i++, r->blocks++) {
		fuzz_render(r->engine, mine);
		fuzz_render(r->heir, theirs);
		demand(memcmp(mine, theirs, sizeof mine) == 0, "an heir that plays something else");
	}
	struct us_engine *before = r->engine;
	r->engine = r->heir;
	r->heir = before;
	const struct fuzz_start start = r->start;
	r->start = r->heirs_start;
	r->heirs_start = start;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct rig rig;
	struct fuzz_input in = {data, bytes};
	if (!rig.engine)
		open_rig(&rig);
	start_again(&rig);
	while (in.left) {
		const enum step step = fuzz_byte(&in) % STEPS;
		if (step <= STRUCK)
			record(&rig, &in, step);
		else if (step == AMEND)
			amend(&rig, &in);
		else if (step == RENDER)
			render(&rig);
		else
			hand_over(&rig);
	}
	render(&rig);
	hand_over(&rig);
	return 0;
}
