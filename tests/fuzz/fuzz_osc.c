/* fuzz_osc.c — libFuzzer over everything a stranger's datagram touches: liblo's decoder, the commander, the model.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_osc -max_len=4096 tests/fuzz/corpus/osc
 *
 * The input is a sequence of packets, each with its size in front (2 bytes, big-endian). Every input starts from the
 * same patch. Checked: no crash, and whatever the model accepted is well-formed and accepted by a second engine too,
 * which is what the workers are. */
#include "command/commander.h"
#include "control/osc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 2 };

struct rig {
	struct us_library *library;
	struct us_commander *commander;
	struct us_engine *worker;
	void *start;
	size_t start_bytes;
	struct us_record record[US_OUTBOX_RECORDS];
	struct us_outbox out;
	struct us_client client;
	char answer[US_OSC_MOST_BYTES];
};

static void demand(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_osc: %s\n", what);
	abort();
}

static int answer(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	(void)err;
	demand(us_osc_encode(command, r->answer, sizeof r->answer) > 0, "an answer cannot be encoded");
	return 0;
}

static void take(void *context, struct us_command *command, uint64_t ntp)
{
	struct rig *r = context;
	const struct us_message m = {.client = r->client,
	                             .from = US_FROM_OWNER,
	                             .command = command,
	                             .out = &r->out,
	                             .reply = answer,
	                             .reply_context = r};
	command->at = ntp <= US_OSC_IMMEDIATELY ? US_NOW : ntp % 10000000 + 1;
	us_commander_take(r->commander, &m);
}

static void say(struct rig *r, const char *address, const char *a, const char *b)
{
	struct us_command command = {.address = address,
	                             .argc = !a   ? 0
	                                     : !b ? 1
	                                          : 2,
	                             .arg = {{.type = 's', .s = a}, {.type = 's', .s = b}}};
	take(r, &command, US_OSC_IMMEDIATELY);
}

static void open_rig(struct rig *r)
{
	struct us_err err;
	const char *modules = getenv("UNDERSTUDY_MODULES");
	demand(modules != NULL, "UNDERSTUDY_MODULES must name the directory of the modules");
	if (us_library_open(&r->library, modules, &err))
		demand(0, err.text);
	const struct us_commander_config config = {
	    .rate = 48000, .arena_bytes = 1 << 20, .library = r->library, .chaos = true};
	const struct us_engine_config engine = us_engine_of_session(48000, 1 << 20, 0, NULL);
	demand(!us_commander_open(&r->commander, &config, &err), err.text);
	demand(!us_engine_open(&r->worker, &engine, r->library, &err), err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	static const char *const chain[] = {"sine", "adsr", "filter", "out"};
	for (int i = 0; i < 4; i++)
		say(r, "/patch/create", chain[i], chain[i]);
	for (int i = 1; i < 4; i++)
		say(r, "/patch/connect", chain[i - 1], chain[i]);
	r->start = malloc(us_engine_save_max(r->worker));
	r->start_bytes = us_engine_save(us_commander_model(r->commander), r->start);
}

static void start_again(struct rig *r)
{
	struct us_err err;
	r->out.count = 0;
	for (unsigned char i = 0; i < CLIENTS; i++) {
		r->client.bytes[0] = i;
		say(r, "/patch/abort", NULL, NULL);
	}
	demand(!us_engine_load(us_commander_model(r->commander), r->start, r->start_bytes, &err), err.text);
	demand(!us_engine_load(r->worker, r->start, r->start_bytes, &err), err.text);
	us_commander_forget(r->commander);
}

/* A worker meets the records at a later block; it refuses nothing that the model took. */
static void perform(struct rig *r)
{
	struct us_err err;
	for (uint32_t i = 0; i < r->out.count; i++) {
		const struct us_record *record = &r->record[i];
		demand(record->type < US_REC_TYPES, "a record of no type");
		if (us_engine_apply(r->worker, record, &err)) {
			fprintf(stderr, "record %u of type %u: %s\n", i, record->type, err.text);
			demand(0, "a worker refuses what the model took");
		}
	}
	r->out.count = 0;
}

static void refuse(void *context, const char *address, const char *text)
{
	(void)context;
	demand(address[0] && text[0], "a refusal without words");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct rig rig;
	_Alignas(8) static char packet[US_OSC_MOST_BYTES];
	if (!rig.library)
		open_rig(&rig);
	start_again(&rig);
	for (uint64_t n = 0; bytes >= 2; n++) {
		size_t size = (size_t)data[0] << 8 | data[1];
		data += 2, bytes -= 2;
		size = size < bytes ? size : bytes;
		memcpy(packet, data, size);
		data += size, bytes -= size;
		rig.client.bytes[0] = (unsigned char)(n % CLIENTS);
		us_commander_advance(rig.commander, n, n + 3, n);
		us_osc_decode(packet, size, take, refuse, &rig);
		if (n + 3 > us_engine_block(rig.worker)) /* a worker meets a record when it is granted */
			us_engine_skip_to(rig.worker, n + 3);
		perform(&rig);
	}
	return 0;
}
