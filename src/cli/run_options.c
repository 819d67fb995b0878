/* run_options.c — the command line of `understudy run`, checked in full before anything is started. */
#include "cli.h"
#include "ipc/log.h"
#include "ipc/socket.h"
#include "options.h"
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <understudy/letters.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy run [PATCH] [OPTION]...\n"
    "Starts the synth. Without PATCH it plays sine -> adsr -> filter -> out, silent until its gate opens.\n"
    "  --device NAME      an output device (understudy devices lists them), a client of JACK's if a server runs, "
    "null:\n"
    "                     real time without a device, freewheel: as fast as it goes. Default: JACK if it runs, else\n"
    "                     the default device, or null when there is none\n"
    "  --input NAME       an input device for the module in, or default; it must belong to the same system (ALSA, "
    "JACK)\n"
    "  --rate HZ          frames per second (JACK's where JACK plays; else 48000, or the device's where it has no "
    "other)\n"
    "  --frames N         frames that the device takes at once, 1 to 8192, where that can be chosen (128)\n"
    "  --lookahead D      blocks of 64 frames that must be ready beyond what the device takes at once (4 ms, at least "
    "3)\n"
    "  --port N           UDP port for OSC (5005)\n"
    "  --bind ADDRESS     where to listen for OSC (127.0.0.1 and ::1: this machine only; 0.0.0.0, ::, or an address\n"
    "                     of either family)\n"
    "  --session NAME     so that several can run side by side (main)\n"
    "  --record FILE.wav  record from the first block on\n"
    "  --log DIR          keep all that is needed for understudy replay; where DIR holds a log already, in a "
    "directory\n"
    "                     in it that is named after the time\n"
    "  --log-keep N       how many of these are kept (16)\n"
    "  --files DIR        files (samples, tunings) that others on this machine may name over OSC; up to four times\n"
    "  --record-dir DIR   where /record/start makes its files (your state directory, ~/.local/state/understudy)\n"
    "  --record-most GB   it ends and refuses recordings when so much lies there (20), or 256 MB of the disk are left\n"
    "  --token-file FILE  a secret of 16 letters or more: who sends it (/token) from elsewhere may do what this "
    "machine "
    "may\n"
    "  --token-only       take nothing over OSC without a token: other users of this machine are locked out\n"
    "  --log-code         the log holds the modules themselves, too: it can be replayed where they are others\n"
    "  --tape SECONDS     memory for modules that keep minutes of sound, such as looper (0)\n"
    "  --duration SEC     end by itself\n"
    "  --chaos            allow understudy fault to break modules, too\n"
    "  --list-devices     the same as understudy devices\n"
    "Ctrl-C ends it. Killing any of its processes does not.\n";

enum { US_TOKEN_LEAST = 16 }; /* what nobody guesses */
enum key {
	DEVICE = US_CLI_OWN,
	INPUT,
	RATE,
	FRAMES,
	LOOKAHEAD,
	PORT,
	BIND,
	RECORD,
	LOG,
	LOG_KEEP,
	TAPE,
	DURATION,
	CHAOS,
	LOG_CODE,
	LIST,
	FILES,
	RECORD_DIR,
	RECORD_MOST,
	TOKEN_FILE,
	TOKEN_ONLY
};
static const struct option table[] = {
    {"device", required_argument, NULL, DEVICE},
    {"input", required_argument, NULL, INPUT},
    {"rate", required_argument, NULL, RATE},
    {"frames", required_argument, NULL, FRAMES},
    {"lookahead", required_argument, NULL, LOOKAHEAD},
    {"port", required_argument, NULL, PORT},
    {"bind", required_argument, NULL, BIND},
    {"session", required_argument, NULL, US_CLI_SESSION},
    {"record", required_argument, NULL, RECORD},
    {"log", required_argument, NULL, LOG},
    {"log-keep", required_argument, NULL, LOG_KEEP},
    {"tape", required_argument, NULL, TAPE},
    {"duration", required_argument, NULL, DURATION},
    {"log-code", no_argument, NULL, LOG_CODE},
    {"chaos", no_argument, NULL, CHAOS},
    {"files", required_argument, NULL, FILES},
    {"record-dir", required_argument, NULL, RECORD_DIR},
    {"record-most", required_argument, NULL, RECORD_MOST},
    {"token-file", required_argument, NULL, TOKEN_FILE},
    {"token-only", no_argument, NULL, TOKEN_ONLY},
    {"list-devices", no_argument, NULL, LIST},
    US_CLI_COMMON,
};

static int number(const char *option, const char *text, double least, double most, double *value, struct us_err *err)
{
	char *end;
	*value = strtod(text, &end);
	if (end == text || *end || !(*value >= least && *value <= most))
		return us_fail(err, "--%s %s: a number from %g to %g would be right", option, text, least, most);
	return US_OK;
}

static int whole(const char *option, const char *text, double least, double most, uint32_t *value, struct us_err *err)
{
	double v;
	if (number(option, text, least, most, &v, err))
		return US_FAILED;
	if (v != (double)(uint32_t)v)
		return us_fail(err, "--%s %s: a whole number would be right", option, text);
	*value = (uint32_t)v;
	return US_OK;
}

/* The supervisor and the recorder run elsewhere in the tree: they get whole paths. The file itself need not exist. */
static int whole_path(const char *option, const char *path, char whole_path[US_PATH_BYTES], struct us_err *err)
{
	char directory[PATH_MAX], resolved[PATH_MAX];
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	if (!*file || strlen(path) >= sizeof directory)
		return us_fail(err, "--%s %s: that is no file name", option, path);
	snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (slash == path)
		strcpy(directory, "/");
	if (!realpath(directory, resolved))
		return us_fail(err, "--%s %s: there is no directory %s", option, path, directory);
	if (access(resolved, W_OK))
		return us_fail(err, "--%s %s: cannot write in %s: %s", option, path, resolved, strerror(errno));
	if (strlen(resolved) + 1 + strlen(file) >= US_PATH_BYTES)
		return us_fail(err, "--%s %s: the path is longer than %d bytes", option, path, US_PATH_BYTES - 1);
	strcpy(whole_path, resolved);
	strcat(whole_path, "/");
	strcat(whole_path, file);
	return US_OK;
}

static int check_record(const char *path, char result[US_PATH_BYTES], struct us_err *err)
{
	struct stat st;
	const size_t n = strlen(path);
	if (n < 4 || !us_same_word(path + n - 4, ".wav"))
		return us_fail(
		    err,
		    "--record %s: a recording is a .wav, which goes on after a death; understudy replay makes "
		    ".flac, .aiff and .ogg of a log",
		    path);
	if (whole_path("record", path, result, err))
		return US_FAILED;
	if (stat(result, &st) == 0 && (!S_ISREG(st.st_mode) || access(result, W_OK)))
		return us_fail(err, "--record %s: that is not a file that can be written", path);
	return US_OK;
}

static int check_log(const char *path, char result[US_PATH_BYTES], struct us_err *err)
{
	char trimmed[PATH_MAX];
	snprintf(trimmed, sizeof trimmed, "%s", path);
	for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--)
		trimmed[n - 1] = 0;
	return whole_path("log", trimmed, result, err);
}

/* Whole, and without links: control and the recorder compare names with it. */
static int directory(const char *option, const char *path, int access_mode, char result[US_PATH_BYTES],
                     struct us_err *err)
{
	char resolved[PATH_MAX];
	struct stat st;
	if (!realpath(path, resolved) || stat(resolved, &st) || !S_ISDIR(st.st_mode))
		return us_fail(err, "--%s %s: there is no such directory", option, path);
	if (access(resolved, access_mode))
		return us_fail(err, "--%s %s: %s", option, path, strerror(errno));
	if (strlen(resolved) >= US_PATH_BYTES)
		return us_fail(err, "--%s %s: the path is longer than %d bytes", option, path, US_PATH_BYTES - 1);
	strcpy(result, resolved);
	return US_OK;
}

static int check_token(const char *path, char result[US_PATH_BYTES], struct us_err *err)
{
	char resolved[PATH_MAX];
	struct stat st;
	if (!realpath(path, resolved) || stat(resolved, &st) || !S_ISREG(st.st_mode) || access(resolved, R_OK))
		return us_fail(err, "--token-file %s: there is no such file that can be read", path);
	if (st.st_size < US_TOKEN_LEAST)
		return us_fail(err, "--token-file %s: expected %d letters or more", path, US_TOKEN_LEAST);
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return us_fail(err, "--token-file %s: others may read it, or it belongs to them; chmod 600 it", path);
	if (strlen(resolved) >= US_PATH_BYTES)
		return us_fail(err, "--token-file %s: the path is longer than %d bytes", path, US_PATH_BYTES - 1);
	strcpy(result, resolved);
	return US_OK;
}

/* Recordings that nobody gave a place for: $XDG_STATE_HOME/understudy. The recorder makes it when it is needed. */
static void default_record_dir(char result[US_PATH_BYTES])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (state && state[0] == '/' && strlen(state) < US_PATH_BYTES - 64)
		snprintf(result, US_PATH_BYTES, "%s/understudy", state);
	else if (home && home[0] == '/' && strlen(home) < US_PATH_BYTES - 64)
		snprintf(result, US_PATH_BYTES, "%s/.local/state/understudy", home);
}

static int read_option(struct us_run *run, int key, struct us_err *err)
{
	switch (key) {
	case DEVICE:
		run->device = strcmp(optarg, "default") == 0 ? "" : optarg;
		return US_OK;
	case INPUT:
		run->input = strcmp(optarg, "default") == 0 ? "" : optarg;
		return US_OK;
	case RATE:
		return whole("rate", optarg, 8000, 192000, &run->rate, err);
	case FRAMES:
		return whole("frames", optarg, 1, US_MAX_FRAMES, &run->frames, err);
	case LOOKAHEAD:
		return whole("lookahead", optarg, 1, US_MOST_LOOKAHEAD, &run->lookahead, err);
	case PORT:
		return whole("port", optarg, 1, 65535, &run->port, err);
	case BIND:
		return us_socket_resolve(optarg, run->bind, err);
	case US_CLI_SESSION:
		run->session = optarg;
		return US_OK;
	case RECORD:
		return check_record(optarg, run->record, err);
	case LOG:
		return check_log(optarg, run->log, err);
	case LOG_KEEP:
		return whole("log-keep", optarg, 1, 10000, &run->log_keep, err);
	case TAPE:
		return number("tape", optarg, 0, US_TAPE_SECONDS, &run->tape_seconds, err);
	case DURATION:
		return number("duration", optarg, 0.01, 1e7, &run->seconds, err);
	case LOG_CODE:
		run->log_code = true;
		return US_OK;
	case CHAOS:
		run->chaos = true;
		return US_OK;
	case FILES:
		if (run->file_places == US_FILE_PLACES)
			return us_fail(err, "--files: at most %d directories", US_FILE_PLACES);
		return directory("files", optarg, R_OK | X_OK, run->files[run->file_places++], err);
	case RECORD_DIR:
		return directory("record-dir", optarg, W_OK | X_OK, run->record_dir, err);
	case RECORD_MOST:
		return number("record-most", optarg, 0.001, 1e6, &run->record_most, err);
	case TOKEN_FILE:
		return check_token(optarg, run->token_file, err);
	case TOKEN_ONLY:
		run->token_only = true;
		return US_OK;
	default:
		return US_FAILED;
	}
}

static int list_devices(void)
{
	char *argv[] = {"devices", NULL};
	optind = 1;
	return us_cli_devices(1, argv);
}

int us_run_read(struct us_run *run, int argc, char **argv)
{
	struct us_err err;
	*run = (struct us_run){.session = "main",
	                       .bind = "127.0.0.1",
	                       .frames = 128,
	                       .port = 5005,
	                       .patch_fd = -1,
	                       .log_keep = 16,
	                       .record_most = 20};
	const struct us_cli_options options = {.usage = usage, .table = table};
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == LIST || (key == DEVICE && strcmp(optarg, "help") == 0))
			return list_devices();
		if (read_option(run, key, &err)) {
			us_cli_refuse(&err);
			return US_CLI_USAGE;
		}
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (!run->record_dir[0])
		default_record_dir(run->record_dir);
	if (optind < argc)
		run->patch = argv[optind++];
	if (optind < argc)
		return us_cli_misused("run", "one patch is enough: '%s' is too much", argv[optind]);
	if (run->log_code && !run->log[0])
		return us_cli_misused("run", "--log-code needs --log DIR");
	if (run->input && run->device && (!strcmp(run->device, "null") || !strcmp(run->device, "freewheel")))
		return us_cli_misused("run", "--input needs a device: the %s clock hears nothing", run->device);
	if (!us_session_name_ok(run->session))
		return us_cli_misused("run", "'%s' is no session name: 1 to %d letters, digits, - or _", run->session,
		                      US_SESSION_BYTES - 1);
	return US_CLI_GO_ON;
}
