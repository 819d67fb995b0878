/* model.c — where the commander's model comes from: a checkpoint and the journal behind it, or the first patch. */
#include "control.h"
#include "ipc/journal_rt.h"
#include "ipc/report.h"
#include "ipc/say.h"
#include "replica/load.h"
#include "replica/shared.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Checkpoints say nothing here: workers make them of an empty graph too, while control is still starting. */
bool us_control_is_fresh(const struct us_control *c)
{
	return us_journal_tail(c->session.journal) == 0 &&
	       !atomic_load_explicit(&c->session.house->ready, memory_order_acquire);
}

/* --- from checkpoint and journal -----------------------------------------------------------------------------------
 */

/* The newest checkpoint that loads, and the journal from there on; else the journal alone, if it has its beginning. */
static int load(const struct us_control *c, struct us_replica *r, struct us_err *err)
{
	/* The journal behind an old one may be overwritten by now: only we write it, so this stays true. */
	struct us_load load = {.latest = UINT64_MAX,
	                       .applied = atomic_load_explicit(&c->clock->keep, memory_order_acquire)};
	struct us_found found;
	if (us_replica_load(r, &c->session, &load, &found) || us_replica_begin(r, &c->session, 0))
		return US_OK;
	for (load.trust = US_LOAD_AS_IT_IS; load.trust <= US_LOAD_DOUBTED; load.trust++)
		if (us_replica_load(r, &c->session, &load, &found))
			return US_OK;
	return us_fail(err, "no checkpoint loads, and the journal's beginning is gone");
}

/* What is not granted yet is in the model as soon as it is in the journal. */
static uint64_t all_records(void *context, uint64_t block)
{
	(void)block;
	return us_journal_tail(((const struct us_shared *)context)->session->journal);
}

/* Amendments that come meanwhile are met by us_control_follow_amendments. */
int us_control_rebuild(struct us_control *c, struct us_err *err)
{
	struct us_replica r = {.engine = us_commander_model(c->commander)};
	struct us_shared shared = us_shared_now(&c->session);
	struct us_source_of_song song = us_shared_song(&shared);
	if (load(c, &r, err))
		return US_FAILED;
	uint64_t granted = atomic_load_explicit(&c->clock->granted, memory_order_acquire); /* [when] */
	uint64_t first = granted > US_GRANTS / 2 ? granted - US_GRANTS / 2 : 0; /* older grants may be gone */
	uint64_t block = us_engine_block(r.engine);
	for (block = block > first ? block : first; block < granted; block++) {
		us_engine_skip_to(r.engine, block);
		us_replica_follow(&r, &song, block);
	}
	song.granted = all_records;
	us_replica_follow(&r, &song, UINT64_MAX);
	memcpy(c->amended, r.amended, sizeof c->amended);
	us_commander_forget(c->commander);
	return US_OK;
}

void us_control_credit(struct us_control *c)
{
	uint32_t generation = us_commander_generation(c->commander);
	struct us_instance_view view;
	if (c->credited == generation)
		return;
	c->credited = generation;
	/* What is gone keeps its name until another one takes its number: it may be blamed while it fades. */
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(us_commander_model(c->commander), i, &view))
			us_report_credit(c->session.house, i, view.name, view.module->name);
}

/* --- the first patch -------------------------------------------------------------------------------------------------
 */

static const union us_source nobody;

static void say(struct us_control *c, const struct us_command *command)
{
	struct us_message m = {.command = command, .out = &c->out, .reply = us_control_answer, .reply_context = c};
	us_control_meet(c, &nobody);
	m.from = c->from;
	us_commander_take(c->commander, &m);
}

static void say_words(struct us_control *c, const char *address, const char *first, const char *second)
{
	const struct us_command command = {.address = address,
	                                   .argc = !first    ? 0
	                                           : !second ? 1
	                                                     : 2,
	                                   .arg = {{.type = 's', .s = first}, {.type = 's', .s = second}}};
	say(c, &command);
}

static void say_cable(struct us_control *c, const char *from, const char *to, double amount)
{
	const struct us_command command = {
	    .address = "/patch/connect",
	    .argc = 3,
	    .arg = {{.type = 's', .s = from}, {.type = 's', .s = to}, {.type = 'f', .d = amount}}};
	say(c, &command);
}

/* sine -> adsr -> filter -> out *0.32, as in patches/default.us: silent until a gate is opened, and as loud as the
 * other patches. */
static void say_default_patch(struct us_control *c)
{
	static const char *const chain[] = {"sine", "adsr", "filter", "out"};
	enum { LINKS = sizeof chain / sizeof chain[0] };
	say_words(c, "/patch/begin", NULL, NULL);
	for (uint32_t i = 0; i < LINKS; i++)
		say_words(c, "/patch/create", chain[i], chain[i]);
	say(c, &(struct us_command){.address = "/mod/sine/freq", .argc = 1, .arg = {{.type = 'f', .d = 440}}});
	for (uint32_t i = 1; i < LINKS; i++)
		say_cable(c, chain[i - 1], chain[i], i + 1 < LINKS ? 1 : 0.32);
	say_words(c, "/patch/commit", NULL, NULL);
}

/* The descriptor is shared with those who were control before: its position means nothing. A pipe has none. */
static ssize_t read_at(int fd, void *to, size_t bytes, off_t at)
{
	size_t done = 0;
	while (done < bytes) {
		ssize_t n = pread(fd, (char *)to + done, bytes - done, at + (off_t)done);
		if (n < 0 && errno == ESPIPE)
			n = read(fd, (char *)to + done, bytes - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Packets, each with its size in front, big-endian. */
static int say_packets(struct us_control *c, int fd, struct us_err *err)
{
	_Alignas(8) static char packet[US_OSC_MOST_BYTES];
	uint32_t size;
	for (off_t at = 0;; at += (off_t)(sizeof size + size)) {
		ssize_t n = read_at(fd, &size, sizeof size, at);
		if (n == 0)
			return US_OK;
		size = ntohl(size);
		if (n != sizeof size || size > sizeof packet ||
		    read_at(fd, packet, size, at + (off_t)sizeof size) != (ssize_t)size)
			return us_fail(err, "the first patch is cut short or is no sequence of OSC packets");
		us_control_packet(c, packet, size, &nobody);
	}
}

int us_control_first_patch(struct us_control *c, int patch_fd, struct us_err *err)
{
	us_control_look_at_clock(c);
	us_control_make_room(c);
	if (patch_fd < 0)
		say_default_patch(c);
	else if (say_packets(c, patch_fd, err))
		return US_FAILED;
	if (c->patch_failed)
		fprintf(stderr, US_SAY_WARNING
		        "understudy-control: the first patch is not complete; the synth runs without what failed\n");
	us_commander_begin_history(c->commander);
	us_control_flush(c);
	c->source = NULL;
	return US_OK;
}
