/* fuzz_checkpoint.c — libFuzzer over checkpoints: bytes of a real one are changed, or its end is cut off.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_checkpoint -max_len=4096 tests/fuzz/corpus/checkpoint
 *
 * The input is a patch of journal records (as in fuzz_journal, one after the other) up to the byte 255, then places
 * and bytes to change. Checked, of the vault: whatever is changed in bytes or head, a worker is never given bytes that
 * differ from what was checkpointed. Of the engine, which must not even trust those: it refuses, or looks and edits
 * without a crash. (It does not render them: a module may trust its own state, which the vault's hash answers for.) */
#include "fuzz_rig.h"
#include "ipc/vault_rt.h"

enum { ARENA = 1 << 20, PATCH_RECORDS = 40 };

struct rig {
	struct us_engine *engine, *heir;
	struct us_slot *slot[US_SLOTS];
	struct fuzz_start start;
	void *pristine;
	uint8_t *copy;
};

static const struct us_vault_room room = {.arena = ARENA};

static void open_rig(struct rig *r)
{
	r->engine = fuzz_engine();
	r->heir = fuzz_engine();
	r->pristine = malloc(us_engine_save_max(r->engine));
	r->copy = malloc(us_engine_save_max(r->engine));
	for (uint32_t s = 0; s < US_SLOTS; s++)
		r->slot[s] = aligned_alloc(4096, us_slot_bytes(room));
	demand(r->pristine && r->copy && r->slot[0] && r->slot[1], "no memory");
}

static size_t make_checkpoint(struct rig *r, struct fuzz_input *in)
{
	float samples[US_BLOCK * US_CHANNELS];
	fuzz_start_again(r->engine, &r->start);
	for (int i = 0; i < PATCH_RECORDS && in->left && *in->at != 255; i++) {
		struct us_record record;
		fuzz_take(in, &record, sizeof record);
		record.type %= US_REC_TYPES;
		if (fuzz_may_play(&record))
			us_engine_apply(r->engine, &record, NULL);
	}
	fuzz_byte(in);
	fuzz_render(r->engine, samples);
	return us_engine_save(r->engine, r->pristine);
}

static void look_and_edit(struct us_engine *e)
{
	struct us_instance_view instance;
	struct us_cable_view cable;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(e, i, &instance)) {
			us_engine_knob(e, i, 0);
			us_engine_pattern(e, i);
		}
	for (uint32_t place = 0; us_engine_next_cable(e, &place, &cable);)
		demand(cable.source < US_INDICES && cable.instance < US_INDICES, "a cable to nowhere");
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(e, i, &instance))
			us_engine_apply(e, &(struct us_record){.type = US_REC_DELETE, .instance = i}, NULL);
}

static void load_changed(struct rig *r, struct fuzz_input in, size_t bytes)
{
	struct us_err err = {""};
	memcpy(r->copy, r->pristine, bytes);
	const uint8_t cut = fuzz_byte(&in);
	for (int i = 0; i < 64 && in.left; i++) {
		uint32_t place;
		fuzz_take(&in, &place, sizeof place);
		r->copy[place % bytes] ^= fuzz_byte(&in);
	}
	const size_t left = cut < 200 ? bytes : bytes * (cut - 200u) / 56;
	uint8_t *exact = malloc(left + 1); /* so that a reading beyond its end is noticed */
	demand(exact != NULL, "no memory");
	memcpy(exact, r->copy, left);
	if (us_engine_load(r->heir, exact, left, &err) == US_OK)
		look_and_edit(r->heir);
	else
		demand(err.text[0], "refused without a word");
	free(exact);
}

static void find_in_vault(struct rig *r, struct fuzz_input in, size_t bytes)
{
	struct us_found found;
	void *to;
	for (uint32_t s = 0; s < US_SLOTS; s++)
		memset(r->slot[s], 0, sizeof *r->slot[s]);
	struct us_checkpoint *c = us_vault_begin(r->slot[0], 0, NULL, room, &to);
	memcpy(to, r->pristine, bytes);
	c->block = 1;
	c->applied = 2;
	c->bytes = bytes;
	c->layout_id = us_engine_layout_id(r->engine);
	us_vault_commit(c, to);
	fuzz_byte(&in);
	for (int i = 0; i < 64 && in.left; i++) {
		uint32_t place;
		fuzz_take(&in, &place, sizeof place);
		const uint8_t change = fuzz_byte(&in);
		if (place & 1)
			((uint8_t *)to)[place / 2 % bytes] ^= change;
		else
			((uint8_t *)r->slot[0]->vault)[place / 2 % sizeof r->slot[0]->vault] ^= change;
	}
	for (uint32_t n = 0; us_vault_find(r->slot, room, 0, n, &found); n++) {
		demand(found.head.bytes <= room.arena && found.head.tape_bytes <= room.tape,
		       "a checkpoint beyond its room");
		if (us_vault_intact(&found, found.bytes) && found.head.bytes)
			demand(found.head.bytes == bytes && found.head.block == 1 && found.head.applied == 2 &&
			           memcmp(found.bytes, r->pristine, bytes) == 0,
			       "a changed checkpoint counts as one");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct rig rig;
	struct fuzz_input in = {data, bytes};
	if (!rig.engine)
		open_rig(&rig);
	const size_t saved = make_checkpoint(&rig, &in);
	load_changed(&rig, in, saved);
	find_in_vault(&rig, in, saved);
	return 0;
}
