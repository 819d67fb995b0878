/* watch.c — `understudy watch FILE`: a patch in an editor is the patch that plays. Each time the file is saved, or a
 * file that it includes, what differs from what plays is sent, all of it for one block. What is wrong with it is said,
 * and what played plays on. */
#include "cli.h"
#include "ipc/clock.h"
#include "lang/duration.h"
#include "lang/script.h"
#include "options.h"
#include "patch_file.h"
#include "song.h"
#include "talk.h"
#include "watch_plays.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy watch FILE [--at bar | --at beat] [--session NAME]\n"
    "Loads the patch in FILE, and each time FILE is saved it sends what differs: what is untouched sounds\n"
    "on. An error is printed as FILE:LINE:COLUMN, and what plays plays on. With --at a change waits for\n"
    "the next bar of four beats, or the next beat.\n";

enum {
	EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO,
	AHEAD_MS = 50, /* so long before the bar all is said but `commit` */
	CALM_MS = 20,  /* an editor does several things when it saves */
	LINKS = 8,     /* to links */
	FILES = 2 * (US_LANG_INCLUDES + 1)
};

struct watch {
	struct us_talk talk;
	const char *path;
	int inotify_fd;
	struct watched {
		int directory; /* as inotify knows it */
		char path[US_LANG_PATH_BYTES];
	} file[FILES];
	uint32_t files;
	struct us_script playing; /* what was sent last */
	char *played;             /* the patch as it was then; NULL: nobody has said */
	uint64_t nonce;           /* to this session; 0: to nobody */
	uint32_t sent;
	uint32_t beats;   /* a change waits for a multiple of them; 0: for nothing */
	uint64_t when_ns; /* to commit */
};

/* --- files ------------------------------------------------------------------------------------------------------- */

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Its directory is watched, not the file: an editor puts another one in its place. */
static int note_path(struct watch *w, const char *path, struct us_err *err)
{
	char directory[US_LANG_PATH_BYTES + 2];
	const size_t n = (size_t)(name_in(path) - path);
	if (strlen(path) >= US_LANG_PATH_BYTES)
		return us_fail(err, "the path of %.60s... is too long", path);
	for (uint32_t i = 0; i < w->files; i++)
		if (strcmp(w->file[i].path, path) == 0)
			return US_OK;
	if (w->files == FILES)
		return US_OK; /* the language says that these are too many */
	snprintf(directory, sizeof directory, "%.*s.", (int)n, path);
	struct watched *f = &w->file[w->files];
	f->directory = inotify_add_watch(w->inotify_fd, directory, EVENTS);
	if (f->directory < 0)
		return us_fail(err, "cannot watch %s: %s", directory, strerror(errno));
	strcpy(f->path, path);
	w->files++;
	return US_OK;
}

/* Where the link leads, counted from where it lies. False: it is none. */
static bool follow(const char *link, char to[static US_LANG_PATH_BYTES])
{
	char target[US_LANG_PATH_BYTES];
	const ssize_t n = readlink(link, target, sizeof target - 1);
	const size_t directory = n > 0 && target[0] != '/' ? (size_t)(name_in(link) - link) : 0;
	if (n <= 0 || directory + (size_t)n >= US_LANG_PATH_BYTES)
		return false;
	memcpy(to, link, directory);
	memcpy(to + directory, target, (size_t)n);
	to[directory + (size_t)n] = 0;
	return true;
}

/* A link is watched, and what it leads to. */
static int note_file(struct watch *w, const char *path, struct us_err *err)
{
	char at[US_LANG_PATH_BYTES], next[US_LANG_PATH_BYTES];
	if (note_path(w, path, err))
		return US_FAILED;
	strcpy(at, path); /* which is not too long */
	for (int links = 0; links < LINKS && follow(at, next); links++) {
		strcpy(at, next);
		if (note_path(w, at, NULL))
			return US_OK; /* it leads to nowhere: the file cannot be read, which is said */
	}
	return US_OK;
}

static bool concerns_us(const struct watch *w, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (uint32_t i = 0; i < w->files && event->len; i++)
		if (w->file[i].directory == event->wd && strcmp(name_in(w->file[i].path), event->name) == 0)
			return true;
	return false;
}

/* True if one of the files was written since the last call. */
static bool was_saved(const struct watch *w)
{
	_Alignas(struct inotify_event) char bytes[4096];
	bool saved = false;
	ssize_t n;
	while ((n = read(w->inotify_fd, bytes, sizeof bytes)) > 0)
		for (char *at = bytes; at < bytes + n;) {
			const struct inotify_event *event = (const struct inotify_event *)(void *)at;
			saved |= concerns_us(w, event);
			at += sizeof *event + event->len;
		}
	return saved;
}

static void wait_for_save(const struct watch *w)
{
	struct pollfd p = {.fd = w->inotify_fd, .events = POLLIN};
	bool saved = false;
	while (!saved) {
		poll(&p, 1, -1);
		saved = was_saved(w);
	}
	while (poll(&p, 1, CALM_MS) > 0)
		was_saved(w);
}

/* --- patches ----------------------------------------------------------------------------------------------------- */

/* Every file that is included is watched, too. */
static int read_include(void *context, const char *path, char **text, size_t *bytes, struct us_err *err)
{
	struct watch *w = context;
	const struct us_lang_catalogue all = us_catalogue_of(w->talk.library);
	return note_file(w, path, err) || all.read(all.context, path, text, bytes, err) ? US_FAILED : US_OK;
}

static const struct us_module *find(void *context, const char *name)
{
	return us_library_find(((struct watch *)context)->talk.library, name);
}

static const char *nearest(void *context, const char *name)
{
	return us_library_nearest(((struct watch *)context)->talk.library, name);
}

static struct us_lang_catalogue catalogue_of(struct watch *w)
{
	return (struct us_lang_catalogue){.find = find, .nearest = nearest, .read = read_include, .context = w};
}

static int compile(struct watch *w, struct us_script *script, struct us_err *err)
{
	char *memory;
	const struct us_lang_catalogue catalogue = catalogue_of(w);
	struct us_lang_text text = {.file = w->path, .whole = true};
	if (note_file(w, w->path, err) || us_text_read(w->path, &memory, &text.bytes, err))
		return US_FAILED;
	if (text.bytes == 0) { /* an editor is about to write it, or it was lost */
		free(memory);
		return us_fail(err, "%s is empty; what plays plays on", w->path);
	}
	text.text = memory;
	const int failed = us_lang_compile(&text, &catalogue, us_script_add, script, err);
	free(memory);
	return failed;
}

static int send_command(void *context, const struct us_command *command, struct us_err *err)
{
	struct watch *w = context;
	w->sent++;
	return us_sender_send(w->talk.sender, command, err);
}

static int find_bar(struct watch *w, struct us_err *err)
{
	struct us_song song;
	if (us_song_ask(&w->talk, &song, err))
		return US_FAILED;
	const uint64_t ahead_ns = AHEAD_MS * 1000000ull;
	w->when_ns = us_song_next_ns(&song, w->beats, w->talk.lead_frames, us_now_ns() + ahead_ns);
	us_song_sleep_until(w->when_ns - ahead_ns);
	return US_OK;
}

static int wait_for_bar(struct watch *w, struct us_err *err)
{
	if (us_sender_sync(w->talk.sender, err))
		return US_FAILED;
	us_song_sleep_until(w->when_ns);
	return US_OK;
}

struct change {
	struct watch *watch;
	const struct us_script *before, *now;
};

static int give_difference(struct us_talk *talk, void *context, struct us_err *err)
{
	const struct change *c = context;
	struct watch *w = c->watch;
	(void)talk;
	const struct us_lang_catalogue catalogue = catalogue_of(w);
	if (us_script_difference(c->before, c->now, &catalogue, send_command, w, err))
		return US_FAILED;
	return w->beats && w->sent ? wait_for_bar(w, err) : US_OK;
}

static int give_all(struct us_talk *talk, void *context, struct us_err *err)
{
	static const struct us_command clear = {.address = "/patch/clear"};
	const struct change *c = context;
	(void)talk;
	int failed = us_sender_send(c->watch->talk.sender, &clear, err);
	for (uint32_t i = 0; i < c->now->count && !failed; i++)
		failed = send_command(c->watch, &c->now->command[i], err);
	return failed;
}

/* If somebody else has changed what plays since the file was sent, then it is compared with that. */
static int find_before(struct watch *w, struct us_script *plays, const struct us_script **before, struct us_err *err)
{
	const struct us_lang_catalogue catalogue = catalogue_of(w);
	char *text;
	if (us_watch_ask(&w->talk, &text, err))
		return US_FAILED;
	*before = w->played && strcmp(text, w->played) == 0 ? &w->playing : plays;
	const int failed = *before == plays ? us_watch_read(text, &catalogue, &w->playing, plays, err) : US_OK;
	free(text);
	return failed;
}

/* What plays, and the difference to it; where that does not fit, all of it is sent. */
static int send(struct watch *w, const struct us_script *now, struct us_err *err)
{
	struct us_script plays = {0};
	struct change change = {.watch = w, .before = &w->playing, .now = now};
	bool renewed;
	if (us_talk_renew(&w->talk, &renewed, err))
		return US_FAILED;
	bool same = w->nonce && w->nonce == w->talk.nonce;
	if (same && find_before(w, &plays, &change.before, NULL))
		same = false;
	w->sent = 0;
	if (same && w->beats && find_bar(w, err)) {
		us_script_free(&plays);
		return US_FAILED;
	}
	const bool sent = same && !us_talk_at_once(&w->talk, give_difference, &change, err);
	us_script_free(&plays);
	if (sent) {
		printf("%s: %u change%s\n", w->path, w->sent, w->sent == 1 ? "" : "s");
		return US_OK;
	}
	w->sent = 0;
	if (us_talk_at_once(&w->talk, give_all, &change, err))
		return US_FAILED;
	printf("%s: all of it, %u commands\n", w->path, w->sent);
	return US_OK;
}

static int update(struct watch *w, struct us_err *err)
{
	struct us_script now = {0};
	if (compile(w, &now, err) || send(w, &now, err)) {
		us_script_free(&now);
		return US_FAILED;
	}
	us_script_free(&w->playing);
	w->playing = now;
	w->nonce = w->talk.nonce;
	free(w->played);
	w->played = NULL;
	if (us_watch_ask(&w->talk, &w->played, NULL))
		w->played = NULL; /* then it is compared with what plays, the next time */
	return US_OK;
}

static int watch(struct watch *w, struct us_err *err)
{
	w->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->inotify_fd < 0)
		return us_fail(err, "cannot watch files: %s", strerror(errno));
	if (us_talk_open(&w->talk, err) || note_file(w, w->path, err))
		return US_FAILED;
	for (;; wait_for_save(w)) {
		if (update(w, err))
			us_cli_refuse(err);
		fflush(stdout);
	}
}

static bool read_at(struct watch *w, const char *word)
{
	w->beats = strcmp(word, "bar") == 0 ? US_BEATS_PER_BAR : strcmp(word, "beat") == 0;
	return w->beats > 0;
}

int us_cli_watch(int argc, char **argv)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION},
	                                      {"at", required_argument, NULL, US_CLI_OWN},
	                                      US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	struct watch *w = calloc(1, sizeof *w);
	struct us_err err;
	int code;
	if (!w)
		return us_cli_refuse(&(struct us_err){"no memory to watch a file"});
	bool known = true;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == US_CLI_SESSION)
			w->talk.wanted = optarg;
		else
			known = read_at(w, optarg);
	}
	if (code == US_CLI_GO_ON && !known)
		code = us_cli_misused("watch", "a change can wait for --at bar or --at beat");
	if (code == US_CLI_GO_ON && argc - optind != 1)
		code = us_cli_misused("watch", "right would be: understudy watch patches/drone.us");
	if (code == US_CLI_GO_ON && strcmp(argv[optind], "-") == 0)
		code = us_cli_misused("watch", "standard input is never saved; right would be a file");
	if (code == US_CLI_GO_ON) {
		w->path = argv[optind];
		watch(w, &err);
		code = us_cli_refuse(&err);
	}
	us_script_free(&w->playing);
	free(w->played);
	us_talk_close(&w->talk);
	free(w);
	return code;
}
