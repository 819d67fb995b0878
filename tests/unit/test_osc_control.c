/* test_osc_control.c — promises of the control process, with the test as its supervisor, worker and client: real shared
 * memory, a real UDP socket on loopback, the loop in a thread. */
#include "control/control.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/process.h"
#include "ipc/vault_rt.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARENA = 4 << 20, WAIT_MS = 5000 };
#define ROOM ((struct us_vault_room){ARENA, 0})

struct stage {
	char name[US_SESSION_BYTES];
	void *segment[US_SEGMENTS];
	struct us_clock *clock;
	struct us_journal *journal;
	struct us_house *house;
	struct us_slot *slot;
	struct us_recorder *recorder;
	struct us_control *control;
	pthread_t thread;
	bool running;
	int server_fd, client_fd;
	char answer[512]; /* the last one, as text */
};

/* --- the stage -------------------------------------------------------------------------------------------------------
 */

static void open_session(struct stage *s)
{
	struct us_err err = {""};
	uint64_t nonce = 0x1234567;
	const char *modules = getenv("UNDERSTUDY_MODULES");
	if (!modules)
		fail_msg("UNDERSTUDY_MODULES must name the directory of the modules");
	snprintf(s->name, sizeof s->name, "test-osc-%d", (int)getpid());
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		us_shm_unlink(s->name, k, 0);
		if (us_shm_create(&s->segment[k], s->name, k, ROOM, nonce, &err))
			fail_msg("%s", err.text);
	}
	s->clock = s->segment[US_SEG_CLOCK];
	s->journal = s->segment[US_SEG_JOURNAL];
	s->house = s->segment[US_SEG_HOUSE];
	s->slot = s->segment[US_SEG_SLOT0];
	s->recorder = s->segment[US_SEG_RECORDER];
	s->clock->rate = 48000;
	s->clock->lookahead = 3;
	atomic_store(&s->clock->lookahead_total, 3);
	s->clock->arena_bytes = ARENA;
	snprintf(s->clock->modules, sizeof s->clock->modules, "%s", modules);
	strcpy(s->clock->record_dir, "/music");
	us_process_note(&s->clock->board.supervisor, getpid());
	atomic_store(&s->clock->board.device_frames, 64);
	atomic_store(&s->clock->granted, 3);
}

static int loopback_socket(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof *address;
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &n), 0);
	return fd;
}

static void *serve(void *control)
{
	us_control_serve(control);
	return NULL;
}

static void start_control(struct stage *s, int patch_fd)
{
	struct us_err err = {""};
	s->control = calloc(1, sizeof *s->control);
	if (us_control_open(s->control, s->name, (const int[]){s->server_fd, -1}, patch_fd, -1, &err))
		fail_msg("%s", err.text);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s->control), 0);
	s->running = true;
}

/* Leaves nothing of it behind but what is in shared memory: as good as SIGKILL for what these tests ask. */
static void end_control(struct stage *s)
{
	if (!s->running)
		return;
	atomic_store(&s->clock->stop, 1);
	pthread_join(s->thread, NULL);
	us_control_close(s->control);
	free(s->control);
	atomic_store(&s->clock->stop, 0);
	s->running = false;
}

static int set_up_without_control(void **state)
{
	struct stage *s = *state = calloc(1, sizeof *s);
	struct sockaddr_in server, client;
	open_session(s);
	s->server_fd = loopback_socket(&server);
	s->client_fd = loopback_socket(&client);
	assert_int_equal(connect(s->client_fd, (struct sockaddr *)&server, sizeof server), 0);
	return 0;
}

static int set_up(void **state)
{
	int failed = set_up_without_control(state);
	if (!failed)
		start_control(*state, -1);
	return failed;
}

static int tear_down(void **state)
{
	struct stage *s = *state;
	end_control(s);
	close(s->server_fd);
	close(s->client_fd);
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		us_shm_close(s->segment[k]);
		us_shm_unlink(s->name, k, 0);
	}
	free(s);
	return 0;
}

/* --- the client
 * ----------------------------------------------------------------------------------------------------------- */

static void say(struct stage *s, const char *address, const char *types, ...)
{
	_Alignas(8) char packet[512];
	struct us_command c = {.address = address};
	va_list args;
	va_start(args, types);
	for (; *types; types++) {
		struct us_arg *a = &c.arg[c.argc++];
		a->type = *types;
		if (*types == 'i')
			a->i = va_arg(args, int);
		else if (*types == 'd')
			a->d = va_arg(args, double);
		else
			a->s = va_arg(args, const char *);
	}
	va_end(args);
	size_t n = us_osc_encode(&c, packet, sizeof packet);
	assert_true(n > 0 && send(s->client_fd, packet, n, 0) == (ssize_t)n);
}

static void note(void *context, struct us_command *c, uint64_t ntp)
{
	struct stage *s = context;
	char *text = s->answer, *end = text + sizeof s->answer;
	(void)ntp;
	text += snprintf(text, (size_t)(end - text), "%.60s", c->address);
	for (uint32_t i = 0; i < c->argc && text < end; i++) {
		const struct us_arg *a = &c->arg[i];
		if (a->type == 's')
			text += snprintf(text, (size_t)(end - text), " %.200s", a->s);
		else if (a->type == 'd')
			text += snprintf(text, (size_t)(end - text), " %.9g", a->d);
		else
			text += snprintf(text, (size_t)(end - text), " %lld", (long long)a->i);
	}
}

static void refuse(void *context, const char *address, const char *text)
{
	(void)context;
	fail_msg("%s: %s", address, text);
}

static bool hear(struct stage *s, int wait_ms)
{
	_Alignas(8) static char packet[US_OSC_MOST_BYTES];
	struct pollfd p = {.fd = s->client_fd, .events = POLLIN};
	if (poll(&p, 1, wait_ms) != 1)
		return false;
	ssize_t n = recv(s->client_fd, packet, sizeof packet, 0);
	assert_true(n > 0);
	assert_int_equal(us_osc_decode(packet, (size_t)n, note, refuse, s), US_OK);
	return true;
}

static void expect(struct stage *s, const char *start, const char *part)
{
	if (!hear(s, WAIT_MS))
		fail_msg("no answer; expected %s … %s", start, part);
	if (strncmp(s->answer, start, strlen(start)) || !strstr(s->answer, part))
		fail_msg("'%s' is not %s … %s", s->answer, start, part);
}

/* Everything said before has been carried out when this returns. */
static void settle(struct stage *s)
{
	say(s, "/ping", "i", 99);
	while (hear(s, WAIT_MS))
		if (strncmp(s->answer, "/pong 99", 8) == 0)
			return;
	fail_msg("control does not answer");
}

static uint64_t tail(struct stage *s)
{
	return us_journal_tail(s->journal);
}

static struct us_record record(struct stage *s, uint64_t seq)
{
	struct us_record r;
	assert_true(us_journal_read(s->journal, seq, &r));
	return r;
}

/* --- promises
 * ----------------------------------------------------------------------------------------------------------------- */

static void the_default_patch_is_in_the_journal_before_ready(void **state)
{
	struct stage *s = *state;
	assert_int_equal(atomic_load(&s->house->ready), 1);
	assert_true(tail(s) > 0);
	assert_int_equal(record(s, tail(s) - 1).type, US_REC_COMMIT);
	say(s, "/patch/list", "");
	for (int i = 0; i < 4; i++)
		expect(s, "/patch/list ", "");
	expect(s, "/patch/list 4", "");
}

static void a_message_becomes_a_record_and_a_question_an_answer(void **state)
{
	struct stage *s = *state;
	uint64_t before = tail(s);
	say(s, "/mod/sine/freq", "i", 660);
	say(s, "/mod/sine/freq", "");
	expect(s, "/mod/sine/freq 660", "");
	assert_true(tail(s) == before + 1); /* in the journal before the answer */
	assert_int_equal(record(s, before).type, US_REC_SET);
	assert_true(record(s, before).set.value == 660);
}

static void a_flood_arrives_whole_and_in_order(void **state)
{
	struct stage *s = *state;
	enum { COUNT = 10000 };
	uint64_t before = tail(s);
	for (int i = 0; i < COUNT; i++) {
		say(s, "/mod/sine/freq", "i", 100 + i % 1000);
		if (i % 200 == 199)
			settle(s); /* the socket's buffer is not what is tested */
	}
	assert_true(tail(s) == before + COUNT);
	for (int i = 0; i < COUNT; i++)
		assert_true(record(s, before + (uint64_t)i).set.value == (float)(100 + i % 1000));
}

static void garbage_is_answered_and_changes_nothing(void **state)
{
	struct stage *s = *state;
	static char big[60000];
	uint64_t before = tail(s);
	memset(big, 'x', sizeof big);
	send(s->client_fd, big, sizeof big, 0);
	expect(s, "/error /", "OSC");
	send(s->client_fd, "/mod\0\0\0\0,i\0\0", 12, 0);
	expect(s, "/error /", "OSC");
	send(s->client_fd, "", 0, 0);
	expect(s, "/error /", "empty");
	big[0] = '/';
	send(s->client_fd, big, sizeof big, 0);
	expect(s, "/error /", "");
	say(s, "/no/such/thing", "");
	expect(s, "/error /no/such/thing", "no such address");
	settle(s);
	assert_true(tail(s) == before);
	assert_true(atomic_load(&s->house->rejected) >= 5);
}

static void sync_is_answered_when_the_primary_has_applied(void **state)
{
	struct stage *s = *state;
	say(s, "/mod/sine/freq", "i", 500);
	say(s, "/sync", "i", 7);
	settle(s);
	assert_false(hear(s, 30)); /* nobody has applied it */
	atomic_store(&s->slot->applied, tail(s) - 1);
	assert_false(hear(s, 30));
	atomic_store(&s->slot->published, 12);
	atomic_store(&s->slot->applied, tail(s));
	expect(s, "/synced 7 768", "");
}

static void a_full_journal_is_said_to_the_sender(void **state)
{
	struct stage *s = *state;
	for (int i = 0; tail(s) < US_JOURNAL && i < 2 * US_JOURNAL; i += 100) {
		for (int k = 0; k < 100; k++)
			say(s, "/mod/sine/freq", "i", 100 + k);
		settle(s);
	}
	uint64_t before = tail(s);
	assert_true(before <= US_JOURNAL);
	say(s, "/mod/sine/freq", "i", 777);
	expect(s, "/error /mod/sine/freq", "busy");
	assert_true(tail(s) == before);
	atomic_store(&s->clock->keep, before); /* a checkpoint later */
	say(s, "/mod/sine/freq", "i", 778);
	say(s, "/mod/sine/freq", "");
	expect(s, "/mod/sine/freq 778", "");
}

static void a_new_control_knows_what_the_old_one_knew(void **state)
{
	struct stage *s = *state;
	say(s, "/patch/create", "ss", "lead", "sine");
	say(s, "/patch/connect", "ss", "lead", "adsr");
	say(s, "/mod/lead/freq", "i", 333);
	settle(s);
	end_control(s);
	uint64_t before = tail(s);
	say(s, "/mod/lead/freq", ""); /* waits in the kernel meanwhile */
	start_control(s, -1);
	expect(s, "/mod/lead/freq 333", "");
	assert_true(tail(s) == before); /* no second first patch */
}

/* What a worker does at a checkpoint, done by the test. */
static void make_checkpoint(struct stage *s, uint64_t block)
{
	struct us_library *library;
	struct us_engine *engine;
	struct us_record r;
	void *bytes;
	const struct us_engine_config config = {.rate = 48000, .master = true, .arena_bytes = ARENA};
	assert_int_equal(us_library_open(&library, s->clock->modules, NULL), 0);
	assert_int_equal(us_engine_open(&engine, &config, library, NULL), 0);
	for (uint64_t i = 0; i < tail(s); i++)
		if (us_journal_read(s->journal, i, &r))
			us_engine_apply(engine, &r, NULL);
	us_engine_skip_to(engine, block);
	struct us_checkpoint *c = us_vault_begin(s->slot, 0, NULL, ROOM, &bytes);
	c->bytes = us_engine_save(engine, bytes);
	c->block = block;
	c->applied = tail(s);
	c->layout_id = us_engine_layout_id(engine);
	us_vault_commit(c, bytes);
	us_engine_close(engine);
	us_library_close(library);
}

static void a_checkpoint_and_the_journal_behind_it_make_the_model(void **state)
{
	struct stage *s = *state;
	say(s, "/patch/create", "ss", "lead", "sine");
	settle(s);
	make_checkpoint(s, 64);
	atomic_store(&s->clock->played, 70);
	atomic_store(&s->clock->granted, 73);
	for (uint64_t n = 64; n < 73; n++)
		atomic_store(&s->clock->grant[n], tail(s));
	say(s, "/mod/lead/freq", "i", 444);
	settle(s);
	end_control(s);
	/* The journal before the checkpoint is gone. */
	memset(&s->journal->record[0], 0xff, (tail(s) - 1) * sizeof s->journal->record[0]);
	atomic_store(&s->clock->keep, tail(s) - 1);
	start_control(s, -1);
	say(s, "/mod/lead/freq", "");
	expect(s, "/mod/lead/freq 444", "");
	say(s, "/gate/adsr", "i", 1);
	settle(s);
}

static void a_tombstone_takes_a_command_back_and_its_sender_is_told(void **state)
{
	struct stage *s = *state;
	struct us_amendments *list = &s->clock->amendments[US_BY_ARBITER];
	say(s, "/mod/sine/freq", "i", 200);
	settle(s);
	say(s, "/mod/sine/freq", "i", 300);
	settle(s);
	list->list[0] = (struct us_amendment){.type = US_AMEND_TOMBSTONE, .seq = tail(s) - 1};
	atomic_store(&list->count, 1);
	expect(s, "/error /mod", "crashed");
	say(s, "/mod/sine/freq", "");
	expect(s, "/mod/sine/freq 200", "");
}

static void a_bundle_of_the_future_gets_its_frame(void **state)
{
	struct stage *s = *state;
	struct timespec t;
	uint64_t before = tail(s);
	_Alignas(8) char packet[128] = "#bundle";
	const struct us_command c = {.address = "/gate/adsr", .argc = 1, .arg = {{.type = 'i', .i = 1}}};
	size_t n = us_osc_encode(&c, packet + 20, sizeof packet - 20);
	clock_gettime(CLOCK_REALTIME, &t);
	const uint32_t word[] = {htonl((uint32_t)(t.tv_sec + 2208988800ll + 2)), 0, htonl((uint32_t)n)};
	memcpy(packet + 8, word, sizeof word);
	send(s->client_fd, packet, 20 + n, 0);
	settle(s);
	assert_true(tail(s) == before + 1);
	struct us_record r = record(s, before);
	assert_true(r.at > 3 * US_BLOCK && r.at <= 3 * US_BLOCK + US_BLOCK + 2 * 48000);
	/* An hour ahead is refused: nothing waits in here for ever. */
	const uint32_t later = htonl((uint32_t)(t.tv_sec + 2208988800ll + 3600));
	memcpy(packet + 8, &later, sizeof later);
	send(s->client_fd, packet, 20 + n, 0);
	expect(s, "/error /gate/adsr", "ahead");
	assert_true(tail(s) == before + 1);
}

static void the_recorder_is_asked_and_its_answer_passed_on(void **state)
{
	struct stage *s = *state;
	static const char *const elsewhere[] = {"/etc/take.wav", "/musical/take.wav", "/mus/../etc/take.wav"};
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
		say(s, "/record/start", "s", elsewhere[i]);
		expect(s, "/error /record/start", "--record-dir");
	}
	say(s, "/record/start", "s", "take-1.wav");
	settle(s);
	assert_int_equal(atomic_load(&s->house->request), US_RECORD_START);
	assert_string_equal(s->house->request_path, "/music/take-1.wav");
	snprintf(s->recorder->path, sizeof s->recorder->path, "/music/take-1.wav");
	atomic_store(&s->recorder->state, US_RECORDER_ON);
	atomic_store(&s->recorder->done_count, atomic_load(&s->house->request_count));
	expect(s, "/record/status recording /music/take-1.wav", "");
	say(s, "/record/stop", "d", 0.0); /* a button is let go */
	settle(s);
	assert_int_equal(atomic_load(&s->house->request), US_RECORD_START);
	say(s, "/record/stop", "");
	settle(s);
	snprintf(s->recorder->message, sizeof s->recorder->message, "the disk is full");
	atomic_store(&s->recorder->state, US_RECORDER_FAILED);
	atomic_store(&s->recorder->done_count, atomic_load(&s->house->request_count));
	expect(s, "/error /record/stop", "the disk is full");
	say(s, "/record/start", "s", "take");
	expect(s, "/error /record/start", ".wav");
}

static void only_what_is_in_quarantine_is_restored(void **state)
{
	struct stage *s = *state;
	say(s, "/module/restore", "s", "filter");
	expect(s, "/error /module/restore", "not in quarantine");
	say(s, "/module/restore", "s", "nobody");
	expect(s, "/error /module/restore", "no instance");
	atomic_store(&s->slot->quarantined[0], 1ull << 2); /* sine, adsr, filter */
	say(s, "/module/restore", "s", "filter");
	settle(s);
	assert_int_equal(atomic_load(&s->house->restore_count), 1);
	assert_int_equal(atomic_load(&s->house->restore[0]), 2);
	atomic_store(&s->clock->amendments[US_BY_ARBITER].count, US_AMENDMENTS);
	say(s, "/module/restore", "s", "filter");
	expect(s, "/error /module/restore", "too many faults");
	atomic_store(&s->clock->amendments[US_BY_ARBITER].count, 0);
	say(s, "/engine/status", "");
	expect(s, "/engine/status", "{\"session\"");
}

static void the_first_patch_comes_from_the_descriptor(void **state)
{
	struct stage *s = *state;
	static const struct us_command said[] = {
	    {.address = "/patch/begin"},
	    {.address = "/patch/create", .argc = 2, .arg = {{.type = 's', .s = "o"}, {.type = 's', .s = "sine"}}},
	    {.address = "/patch/create", .argc = 2, .arg = {{.type = 's', .s = "out"}, {.type = 's', .s = "out"}}},
	    {.address = "/patch/connect", .argc = 2, .arg = {{.type = 's', .s = "o"}, {.type = 's', .s = "out"}}},
	    {.address = "/patch/commit"},
	};
	FILE *f = tmpfile();
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		_Alignas(8) char packet[256];
		uint32_t n = (uint32_t)us_osc_encode(&said[i], packet, sizeof packet), size = htonl(n);
		fwrite(&size, sizeof size, 1, f);
		fwrite(packet, n, 1, f);
	}
	fflush(f); /* the position is at the end: it must not matter */
	start_control(s, fileno(f));
	fclose(f);
	say(s, "/patch/list", "");
	expect(s, "/patch/list o sine", "");
	expect(s, "/patch/list out out", "");
	expect(s, "/patch/list 2", "");
}

static void a_truncated_first_patch_is_refused(void **state)
{
	struct stage *s = *state;
	struct us_err err = {""};
	struct us_control *c = calloc(1, sizeof *c);
	FILE *f = tmpfile();
	fwrite("\0\0\1\0/patch", 10, 1, f);
	fflush(f);
	assert_int_equal(us_control_open(c, s->name, (const int[]){s->server_fd, -1}, fileno(f), -1, &err), US_FAILED);
	assert_non_null(strstr(err.text, "cut short"));
	assert_int_equal(atomic_load(&s->house->ready), 0);
	fclose(f);
	us_control_close(c);
	free(c);
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_stage(the_default_patch_is_in_the_journal_before_ready),
	    on_stage(a_message_becomes_a_record_and_a_question_an_answer),
	    on_stage(a_flood_arrives_whole_and_in_order),
	    on_stage(garbage_is_answered_and_changes_nothing),
	    on_stage(sync_is_answered_when_the_primary_has_applied),
	    on_stage(a_full_journal_is_said_to_the_sender),
	    on_stage(a_new_control_knows_what_the_old_one_knew),
	    on_stage(a_checkpoint_and_the_journal_behind_it_make_the_model),
	    on_stage(a_tombstone_takes_a_command_back_and_its_sender_is_told),
	    on_stage(a_bundle_of_the_future_gets_its_frame),
	    on_stage(the_recorder_is_asked_and_its_answer_passed_on),
	    on_stage(only_what_is_in_quarantine_is_restored),
	    cmocka_unit_test_setup_teardown(the_first_patch_comes_from_the_descriptor, set_up_without_control,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(a_truncated_first_patch_is_refused, set_up_without_control, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
