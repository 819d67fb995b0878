/* repl_words.c — the words that only the REPL knows: files, recordings, what the subcommands of the same name do. */
#include "repl.h"

#include "answer.h"
#include "cli.h"
#include "events.h"
#include "fetch.h"
#include "lang/plain.h"
#include "patch_file.h"
#include "status.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/pattern.h>

enum { NAMES_PATIENCE_MS = 1000, RECORDER_PATIENCE_MS = 3000 };

static int act_who(struct us_repl *r, const char *rest, struct us_err *err)
{
	(void)rest;
	if (!us_roll_ask(&r->talk, r->talk.roll, NAMES_PATIENCE_MS))
		return us_fail(err, "the synth's control does not answer; understudy status says how it is");
	for (uint32_t i = 0; i < r->talk.roll->count; i++) {
		const struct us_roll_entry *n = &r->talk.roll->list[i];
		printf("%-12s %s", n->name, n->module ? n->module->name : "?");
		if (n->voices > 1)
			printf(", %u voices", n->voices);
		printf("%s\n", n->bypassed ? ", bypassed: restore brings it back" : "");
	}
	if (!r->talk.roll->count)
		printf("nothing plays; begin with osc = saw, then out = out, then osc -> out\n");
	return US_OK;
}

static int fetch(struct us_repl *r, char **text, size_t *bytes, struct us_err *err)
{
	const int failed = us_patch_fetch(r->talk.sender, text, bytes, err);
	us_talk_listen(&r->talk);
	return failed;
}

static int act_what(struct us_repl *r, const char *rest, struct us_err *err)
{
	char *text;
	size_t bytes;
	(void)rest;
	if (fetch(r, &text, &bytes, err))
		return US_FAILED;
	fwrite(text, 1, bytes, stdout);
	free(text);
	return US_OK;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

/* The rest of the line is a path: in quotes or not, ~/ is at home. */
static const char *path_of(const char *rest, char to[static PATH_MAX])
{
	char plain[PATH_MAX];
	size_t n = strlen(rest);
	while (n && (rest[n - 1] == ' ' || rest[n - 1] == '\t'))
		n--;
	const bool quoted = n > 1 && *rest == '"' && rest[n - 1] == '"';
	snprintf(plain, sizeof plain, "%.*s", (int)(quoted ? n - 2 : n), rest + quoted);
	const char *path = us_plain_path(plain, to, PATH_MAX);
	return path == to ? path : strcpy(to, plain);
}

static int act_load(struct us_repl *r, const char *rest, struct us_err *err)
{
	char path[PATH_MAX], *memory;
	struct us_lang_text text = {.file = path_of(rest, path), .whole = true};
	if (!*path)
		return us_fail(err, "which patch? As in load patches/acid.us");
	if (us_text_read(path, &memory, &text.bytes, err))
		return US_FAILED;
	text.text = memory;
	const int failed = us_talk_say(&r->talk, &text, err);
	free(memory);
	if (failed)
		return US_FAILED;
	snprintf(r->file, sizeof r->file, "%s", path);
	printf("%s plays\n", path);
	return US_OK;
}

static int act_save(struct us_repl *r, const char *rest, struct us_err *err)
{
	char path[PATH_MAX], *text;
	size_t bytes;
	if (!*path_of(rest, path))
		snprintf(path, sizeof path, "%s", r->saved);
	if (!*path && r->file[0]) /* its comments would be gone */
		return us_fail(err, "into which file? save %.200s takes the place of what was loaded, comments and all",
		               r->file);
	if (!*path)
		return us_fail(err, "into which file? As in save my.us");
	if (fetch(r, &text, &bytes, err))
		return US_FAILED;
	const int failed = us_text_replace(path, text, bytes, err);
	uint32_t lines = 0;
	for (size_t i = 0; i < bytes; i++)
		lines += text[i] == '\n';
	free(text);
	if (failed)
		return US_FAILED;
	snprintf(r->saved, sizeof r->saved, "%s", path);
	printf("%s, %u lines\n", path, lines);
	return US_OK;
}

struct recording {
	struct us_repl *repl;
	bool heard;
};

static int hear_recording(void *context, const struct us_command *answer, struct us_err *err)
{
	struct recording *recording = context;
	(void)err;
	recording->heard |= strcmp(answer->address, "/record/status") == 0;
	us_answer_say(recording->repl->talk.roll, answer);
	return US_OK;
}

/* The recorder is another process: its answer comes when it has done it. */
static int ask_recorder(struct us_repl *r, const struct us_command *command, struct us_err *err)
{
	struct recording recording = {.repl = r};
	us_sender_listen(r->talk.sender, hear_recording, &recording);
	int failed = us_sender_send(r->talk.sender, command, err) || us_sender_sync(r->talk.sender, err);
	for (int tries = 0; !failed && !recording.heard && tries < RECORDER_PATIENCE_MS / 20; tries++) {
		poll(NULL, 0, 20);
		failed = us_sender_sync(r->talk.sender, err);
	}
	us_talk_listen(&r->talk);
	return failed || recording.heard ? failed : us_fail(err, "the recorder does not answer; status says how it is");
}

/* record take.wav, record stop, and a question. */
static int act_record(struct us_repl *r, const char *rest, struct us_err *err)
{
	static const struct us_command ask = {.address = "/record/status"};
	char path[PATH_MAX];
	path_of(rest, path);
	const bool stops = strcmp(path, "stop") == 0 || strcmp(path, "off") == 0;
	const bool starts = strcmp(path, "start") == 0 || strcmp(path, "on") == 0;
	struct us_command command = {.address = stops ? "/record/stop" : "/record/start"};
	if (!*path)
		command = ask;
	else if (!stops && !starts)
		command = (struct us_command){.address = "/record/start", .argc = 1, .arg = {{.type = 's', .s = path}}};
	return ask_recorder(r, &command, err);
}

static int act_status(struct us_repl *r, const char *rest, struct us_err *err)
{
	(void)rest;
	us_status_say(r->talk.session);
	return fflush(stdout) ? us_fail(err, "cannot print the status") : US_OK;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

static int act_say(struct us_repl *r, const char *rest, struct us_err *err)
{
	return us_repl_say(r, rest, false, err);
}

static int act_explain(struct us_repl *r, const char *rest, struct us_err *err)
{
	return us_repl_say(r, rest, true, err);
}

/* events "bd*2 sn", events drums "bd? sn" as drums would play it, events drums: what it plays. */
static int act_events(struct us_repl *r, const char *rest, struct us_err *err)
{
	char name[US_NAME_BYTES] = "", text[US_PATTERN_TEXT], *played = NULL;
	const size_t n = strcspn(rest, " ");
	struct us_events how = {.cycles = 1};
	if (n && n < sizeof name && us_roll_ask(&r->talk, r->talk.roll, NAMES_PATIENCE_MS))
		snprintf(name, sizeof name, "%.*s", (int)n, rest);
	us_talk_listen(&r->talk);
	const struct us_roll_entry *instance = *name ? us_roll_find(r->talk.roll, name) : NULL;
	if (instance && instance->module && instance->module->flags & US_PATTERN) {
		how.name = name;
		rest += n + strspn(rest + n, " ");
	}
	if (how.name && !*rest && us_events_ask(&r->talk, name, &played, err))
		return US_FAILED;
	const char quote = *rest == '"' || *rest == '\'' ? *rest : 0;
	snprintf(text, sizeof text, "%s", played ? played : rest + (quote != 0));
	free(played);
	char *end = quote ? strrchr(text, quote) : NULL;
	if (end)
		*end = 0;
	return text[0] ? us_events_say(text, &how, err)
	               : us_fail(err, "expected a pattern, as in events \"bd*2 sn; every 2 rev\"");
}

static int act_quit(struct us_repl *r, const char *rest, struct us_err *err)
{
	(void)rest, (void)err;
	r->over = true;
	return US_OK;
}

const struct us_repl_word *us_repl_word(uint32_t n)
{
	static const struct us_repl_word words[] = {
	    {"help", "this; help saw, help vcf.cutoff, help darker: what something is", false, true, us_repl_help},
	    {"who", "the instances that play", true, false, act_who},
	    {"what", "what plays, as a patch", true, false, act_what},
	    {"say", "in a musician's words: say the bass a bit darker; without say, too", true, true, act_say},
	    {"explain", "what say would do", true, true, act_explain},
	    {"load", "another patch in the place of what plays: load patches/acid.us", true, true, act_load},
	    {"save", "what plays into a file: save my.us; alone into the one that was saved last", true, true,
	     act_save},
	    {"record", "record take.wav, record stop; alone: is it recording", true, true, act_record},
	    {"status", "how the synth is doing", true, false, act_status},
	    {"events", "what a pattern does: events \"bd*2 sn; rev\"; events drums: what drums plays", false, true,
	     act_events},
	    {"quit", "leaves; the synth plays on (Ctrl-D does the same)", false, false, act_quit},
	    {"exit", "the same", false, false, act_quit},
	};
	return n < sizeof words / sizeof words[0] ? &words[n] : NULL;
}
