/* requests.c — the addresses that need the running synth: /engine/status, /record/…, /module/restore, /sync; and the
 * answers that take time, because they wait for a worker or for the recorder. */
#include "control.h"
#include "ipc/amend.h"
#include "ipc/futex.h"
#include "ipc/journal_rt.h"
#include "wav/beneath.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SYNC_PATIENCE_NS 5000000000ull
#define RECORDER_PATIENCE_NS 3000000000ull

static const struct us_slot *primary(const struct us_control *c)
{
	return c->session
	    .slot[atomic_load_explicit(&c->clock->role, memory_order_acquire) & 1]; /* pairs with promote() */
}

/* Notes that the sender of this command is owed an answer. */
static int wait_for(struct us_turn *turn, enum us_waiting_kind kind, uint64_t target, uint64_t patience_ns)
{
	struct us_control *c = turn->host;
	struct us_waiting *w = c->waiting;
	const enum us_from from = turn->message->from;
	uint32_t taken = 0;
	for (uint32_t i = 0; i < US_WAITING; i++)
		taken += c->waiting[i].kind != US_WAITS_NOT && c->waiting[i].from <= from;
	if (taken >= us_seats_for(from, US_WAITING))
		return us_fail(&turn->err, "busy: %u others wait already; try again", taken);
	while (w < c->waiting + US_WAITING && w->kind != US_WAITS_NOT)
		w++;
	if (w == c->waiting + US_WAITING)
		return us_fail(&turn->err, "busy: %d others wait already; try again", US_WAITING);
	*w = (struct us_waiting){.kind = kind, .from = from, .target = target, .deadline_ns = c->now_ns + patience_ns};
	if (c->source)
		w->source = *c->source;
	w->id.type = 'N';
	if (turn->command->argc > 0)
		w->id = turn->command->arg[0];
	if (w->id.type == 's') {
		snprintf(w->id_text, sizeof w->id_text, "%s", w->id.s);
		w->id.s = w->id_text;
	}
	snprintf(w->address, sizeof w->address, "%s", turn->command->address);
	c->waiting_count++;
	return US_OK;
}

/* --- the addresses ---------------------------------------------------------------------------------------------------
 */

static int act_status(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	const struct us_board *b = &c->clock->board;
	char *json = us_control_status(c);
	if (!json)
		return us_fail(&turn->err, "no memory for the status");
	us_turn_reply(turn, "/engine/status", "shii", json, (int64_t)atomic_load(&c->clock->played),
	              (int64_t)atomic_load(&b->underruns), (int64_t)atomic_load(&b->promotions));
	free(json);
	return US_OK;
}

/* /sync id → /synced id frame seconds, once the primary has applied every record before it. */
static int act_sync(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	uint64_t tail = us_journal_tail(c->session.journal) + c->out.count;
	return wait_for(turn, US_WAITS_FOR_SYNC, tail, SYNC_PATIENCE_NS);
}

static bool recorder_is_asked(const struct us_control *c)
{
	const uint32_t count = atomic_load_explicit(&c->session.house->request_count, memory_order_relaxed);
	for (uint32_t i = 0; i < US_WAITING; i++)
		if (c->waiting[i].kind == US_WAITS_FOR_RECORDER &&
		    atomic_load_explicit(&c->session.recorder->done_count, memory_order_acquire) != count)
			return true;
	return false;
}

static void put_request(struct us_control *c, enum us_record_request request, const char *path)
{
	struct us_house *h = c->session.house;
	const uint32_t count = atomic_load_explicit(&h->request_count, memory_order_relaxed);
	snprintf(h->request_path, sizeof h->request_path, "%s", path);
	atomic_store_explicit(&h->request, request, memory_order_relaxed);
	/* Pairs with the recorder's acquire: the request is complete. */
	atomic_store_explicit(&h->request_count, count + 1, memory_order_release);
	us_futex_wake(&h->request_count);
}

static int ask_recorder(struct us_turn *turn, enum us_record_request request, const char *path)
{
	struct us_control *c = turn->host;
	const uint32_t count = atomic_load_explicit(&c->session.house->request_count, memory_order_relaxed);
	if (recorder_is_asked(c) && request == US_RECORD_STOP) /* right behind the start */
		return wait_for(turn, US_WAITS_TO_STOP, 0, RECORDER_PATIENCE_NS);
	if (recorder_is_asked(c))
		return us_fail(&turn->err, "busy: the recorder has not answered the last request; try again");
	if (wait_for(turn, US_WAITS_FOR_RECORDER, count + 1, RECORDER_PATIENCE_NS))
		return US_FAILED;
	put_request(c, request, path);
	return US_OK;
}

/* A button's release does nothing. */
static int let_go(struct us_turn *turn, bool *released)
{
	bool on = true;
	if (turn->command->argc > 0 && turn->command->arg[0].type != 's' && us_turn_switch(turn, 0, &on))
		return US_FAILED;
	*released = !on;
	return US_OK;
}

static int act_record_start(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	const bool owner = turn->message->from == US_FROM_OWNER;
	const char *directory = c->clock->record_dir;
	char path[US_PATH_BYTES], name[64];
	bool released = false;
	if (let_go(turn, &released) || released)
		return released ? US_OK : US_FAILED;
	const char *wanted = name;
	if (turn->command->argc > 0 && turn->command->arg[0].type == 's') {
		wanted = turn->command->arg[0].s;
	} else {
		time_t now = (time_t)(c->real_ns / 1000000000u);
		struct tm tm;
		strftime(name, sizeof name, "understudy-%Y%m%d-%H%M%S.wav", localtime_r(&now, &tm));
	}
	const char *below = us_file_below(directory, wanted);
	const size_t n = strlen(wanted);
	if (n < 5 || n >= sizeof path || strcmp(wanted + n - 4, ".wav"))
		return us_fail(&turn->err,
		               "the recording needs a file name that ends in .wav and has at most %zu bytes",
		               sizeof path - 1);
	if (!us_is_visible(wanted)) /* it will be shown to people */
		return us_fail(&turn->err, "the name holds characters that cannot be seen, or is not UTF-8");
	if (!below && !owner)
		return us_fail(&turn->err,
		               "recordings go into the directory of run --record-dir: a name alone is enough");
	if (below && !directory[0])
		return us_fail(&turn->err, "there is no directory for recordings; start with run --record-dir DIR");
	if (below && strlen(directory) + 1 + strlen(below) >= sizeof path)
		return us_fail(&turn->err, "the path of the recording has more than %zu bytes", sizeof path - 1);
	if (below)
		stpcpy(stpcpy(stpcpy(path, directory), "/"), below);
	else
		memcpy(path, wanted, n + 1);
	if (ask_recorder(turn, below ? US_RECORD_START : US_RECORD_START_ANYWHERE, path))
		return US_FAILED;
	c->taking = false; /* until the recorder says that it is on */
	if (c->source)
		c->taker = *c->source;
	return US_OK;
}

/* A recording that ends by itself, as the disk is full or has no more room for it, was long since confirmed. */
void us_control_watch_recording(struct us_control *c)
{
	const struct us_recorder *r = c->session.recorder;
	const uint32_t state = atomic_load_explicit(&r->state, memory_order_acquire);
	char message[sizeof r->message];
	bool answered = false; /* with the request that is being carried out */
	for (uint32_t i = 0; i < US_WAITING; i++)
		answered |= c->waiting[i].kind == US_WAITS_FOR_RECORDER;
	if (c->taking && !answered && state == US_RECORDER_FAILED && c->taker.any.sa_family != AF_UNSPEC) {
		memcpy(message, r->message, sizeof message - 1);
		message[sizeof message - 1] = 0;
		const struct us_command answer = {
		    .address = "/error",
		    .argc = 2,
		    .arg = {{.type = 's', .s = "/record/start"}, {.type = 's', .s = message}}};
		c->source = &c->taker;
		us_control_answer(c, &answer, NULL);
		c->source = NULL;
	}
	c->taking = state == US_RECORDER_ON;
}

/* The recorder may be writing these texts: a copy is always terminated. */
static void copy_text(char *to, size_t bytes, const char *from)
{
	memcpy(to, from, bytes - 1);
	to[bytes - 1] = 0;
}

/* A recording that the session's user has begun elsewhere, with run --record for one, is his to end. */
static bool is_the_owners(const struct us_control *c)
{
	const struct us_recorder *r = c->session.recorder;
	char path[sizeof r->path];
	copy_text(path, sizeof path, r->path);
	return atomic_load_explicit(&r->state, memory_order_acquire) == US_RECORDER_ON &&
	       !us_file_below(c->clock->record_dir, path);
}

static int act_record_stop(struct us_turn *turn)
{
	bool released = false;
	if (let_go(turn, &released) || released)
		return released ? US_OK : US_FAILED;
	if (turn->message->from != US_FROM_OWNER && is_the_owners(turn->host))
		return us_fail(&turn->err, "this recording was begun by the session's user, who alone may end it");
	return ask_recorder(turn, US_RECORD_STOP, "");
}

static void answer_recording(struct us_control *c)
{
	static const char *const states[] = {
	    [US_RECORDER_IDLE] = "idle", [US_RECORDER_ON] = "recording", [US_RECORDER_FAILED] = "failed"};
	const struct us_recorder *r = c->session.recorder;
	char path[sizeof r->path], message[sizeof r->message];
	uint32_t state = atomic_load_explicit(&r->state, memory_order_acquire);
	copy_text(path, sizeof path, r->path);
	copy_text(message, sizeof message, r->message);
	const struct us_command answer = {
	    .address = "/record/status",
	    .argc = 5,
	    .arg = {{.type = 's', .s = state <= US_RECORDER_FAILED ? states[state] : "unknown"},
	            {.type = 's', .s = path},
	            {.type = 'd', .d = (double)((float)atomic_load(&r->frames) / (float)c->clock->rate)},
	            {.type = 'i', .i = (int64_t)atomic_load(&r->dropped_blocks)},
	            {.type = 's', .s = state == US_RECORDER_FAILED ? message : ""}}};
	us_control_answer(c, &answer, NULL);
}

static int act_record_status(struct us_turn *turn)
{
	answer_recording(turn->host);
	return US_OK;
}

static int act_restore(struct us_turn *turn)
{
	struct us_control *c = turn->host;
	struct us_house *h = c->session.house;
	const char *name;
	struct us_instance_view view;
	if (us_turn_text(turn, 0, &name))
		return US_FAILED;
	uint16_t i = us_engine_find(us_commander_model(c->commander), name);
	if (i == US_NOBODY || !us_engine_instance(us_commander_model(c->commander), i, &view))
		return us_fail(&turn->err, "there is no instance '%.60s'; /patch/list names those that exist", name);
	uint64_t word = atomic_load_explicit(&primary(c)->quarantined[i / 64], memory_order_relaxed);
	if (!(word >> i % 64 & 1))
		return us_fail(&turn->err, "'%s' is not in quarantine: it plays", view.name);
	if (!us_amend_may_restore(c->clock))
		return us_fail(
		    &turn->err,
		    "'%s' stays in quarantine: this session has seen too many faults. Save the patch and start "
		    "the synth anew, or leave the module out",
		    view.name);
	uint32_t count = atomic_load_explicit(&h->restore_count, memory_order_relaxed);
	atomic_store_explicit(&h->restore[count % US_RESTORES], i, memory_order_relaxed);
	/* Pairs with the acquire in the supervisor's serve_requests(). */
	atomic_store_explicit(&h->restore_count, count + 1, memory_order_release);
	return US_OK;
}

/* Text can say anything at once; it is not taken from elsewhere. */
static int act_eval(struct us_turn *turn)
{
	const char *line;
	return us_turn_text(turn, 0, &line) ? US_FAILED : us_turn_eval(turn, line);
}

const struct us_route us_control_routes[] = {
    {"/engine/status", "", 0, 0, US_ROUTE_DEAR, act_status},
    {"/sync", "[id]", 0, 1, 0, act_sync},
    {"/eval", "\"line\"", 1, 1, US_ROUTE_NEAR | US_ROUTE_DEAR, act_eval},
    {"/record/start", "[path]", 0, 1, US_ROUTE_NEAR, act_record_start},
    {"/record/stop", "", 0, 1, US_ROUTE_NEAR, act_record_stop},
    {"/record/status", "", 0, 0, 0, act_record_status},
    {"/subscribe", "[\"fault\"|\"patterns\"]", 0, 1, US_ROUTE_DEAR, us_act_subscribe},
    {"/unsubscribe", "[\"fault\"|\"patterns\"]", 0, 1, 0, us_act_unsubscribe},
    {"/module/restore", "instance", 1, 1, 0, act_restore},
    {.address = NULL},
};

/* --- what they wait for
 * ---------------------------------------------------------------------------------------------------- */

static void give_up(struct us_control *c, const struct us_waiting *w)
{
	const char *text = w->kind == US_WAITS_FOR_SYNC
	                       ? "no worker has applied the commands within 5 s; see /engine/status"
	                       : "the recorder does not answer; see /record/status";
	const struct us_command answer = {
	    .address = "/error", .argc = 2, .arg = {{.type = 's', .s = w->address}, {.type = 's', .s = text}}};
	us_control_answer(c, &answer, NULL);
}

static void answer_sync(struct us_control *c, const struct us_waiting *w)
{
	uint64_t block = atomic_load_explicit(&primary(c)->published, memory_order_acquire);
	const struct us_arg frame = {.type = 'h', .i = (int64_t)(block * US_BLOCK)};
	struct us_command answer = {.address = "/synced"};
	if (w->id.type != 'N')
		answer.arg[answer.argc++] = w->id;
	answer.arg[answer.argc++] = frame;
	answer.arg[answer.argc++] =
	    (struct us_arg){.type = 'd', .d = us_follow_time(&c->follow, block * US_BLOCK, c->real_ns, c->now_ns)};
	us_control_answer(c, &answer, NULL);
}

static void answer_recorder(struct us_control *c, const struct us_waiting *w)
{
	const struct us_recorder *r = c->session.recorder;
	char message[sizeof r->message];
	if (atomic_load_explicit(&r->state, memory_order_acquire) != US_RECORDER_FAILED) {
		answer_recording(c);
		return;
	}
	copy_text(message, sizeof message, r->message);
	const struct us_command answer = {
	    .address = "/error", .argc = 2, .arg = {{.type = 's', .s = w->address}, {.type = 's', .s = message}}};
	us_control_answer(c, &answer, NULL);
}

static bool is_due(const struct us_control *c, const struct us_waiting *w)
{
	if (w->kind == US_WAITS_TO_STOP)
		return false;
	if (w->kind == US_WAITS_FOR_SYNC) /* pairs with the worker's release, after the record is applied */
		return atomic_load_explicit(&primary(c)->applied, memory_order_acquire) >= w->target;
	return atomic_load_explicit(&c->session.recorder->done_count, memory_order_acquire) >= (uint32_t)w->target;
}

void us_control_answer_waiting(struct us_control *c)
{
	for (uint32_t i = 0; i < US_WAITING && c->waiting_count; i++) {
		struct us_waiting *w = &c->waiting[i];
		if (w->kind == US_WAITS_TO_STOP && !recorder_is_asked(c)) {
			w->kind = US_WAITS_FOR_RECORDER;
			w->target = atomic_load_explicit(&c->session.house->request_count, memory_order_relaxed) + 1;
			put_request(c, US_RECORD_STOP, "");
		}
		bool due = w->kind != US_WAITS_NOT && is_due(c, w);
		if (w->kind == US_WAITS_NOT || (!due && c->now_ns < w->deadline_ns))
			continue;
		c->source = &w->source;
		if (!due)
			give_up(c, w);
		else if (w->kind == US_WAITS_FOR_SYNC)
			answer_sync(c, w);
		else
			answer_recorder(c, w);
		c->source = NULL;
		w->kind = US_WAITS_NOT;
		c->waiting_count--;
	}
}
