/* options.c — the supervisor's command line. It is written by `understudy run`, which has checked what a person typed;
 * here only what would break something is refused. */
#include "stage.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
	SESSION = 1,
	DEVICE,
	BACKEND,
	INPUT,
	RATE,
	FRAMES,
	LOOKAHEAD,
	PORT,
	BIND,
	RECORD,
	LOG,
	MODULES,
	PATCH_FD,
	READY_FD,
	CODE_FD,
	SOCKET_FD,
	HERE6_FD,
	BLOCKS,
	TAPE,
	CHAOS,
	ADOPT,
	FILES,
	RECORD_DIR,
	RECORD_MOST,
	TOKEN_FILE,
	TOKEN_ONLY
};

static const struct option table[] = {
    {"session", required_argument, NULL, SESSION},
    {"device", required_argument, NULL, DEVICE},
    {"backend", required_argument, NULL, BACKEND},
    {"input", required_argument, NULL, INPUT},
    {"rate", required_argument, NULL, RATE},
    {"frames", required_argument, NULL, FRAMES},
    {"lookahead", required_argument, NULL, LOOKAHEAD},
    {"port", required_argument, NULL, PORT},
    {"bind", required_argument, NULL, BIND},
    {"record", required_argument, NULL, RECORD},
    {"log", required_argument, NULL, LOG},
    {"modules", required_argument, NULL, MODULES},
    {"patch-fd", required_argument, NULL, PATCH_FD},
    {"ready-fd", required_argument, NULL, READY_FD},
    {"code-fd", required_argument, NULL, CODE_FD},
    {"socket-fd", required_argument, NULL, SOCKET_FD},
    {"here6-fd", required_argument, NULL, HERE6_FD},
    {"blocks", required_argument, NULL, BLOCKS},
    {"tape-bytes", required_argument, NULL, TAPE},
    {"chaos", no_argument, NULL, CHAOS},
    {"adopt", no_argument, NULL, ADOPT},
    {"files", required_argument, NULL, FILES},
    {"record-dir", required_argument, NULL, RECORD_DIR},
    {"record-most", required_argument, NULL, RECORD_MOST},
    {"token-file", required_argument, NULL, TOKEN_FILE},
    {"token-only", no_argument, NULL, TOKEN_ONLY},
    {NULL, 0, NULL, 0},
};

/* What the scheduler needs is time, not blocks: 4 ms, and three blocks at least. */
static uint32_t usual_lookahead(uint32_t rate)
{
	const uint32_t blocks = (rate * 4 + US_BLOCK * 1000 - 1) / (US_BLOCK * 1000);
	return blocks > 3 ? blocks : 3;
}

static int check(const struct us_options *o, struct us_err *err)
{
	if (!us_session_name_ok(o->session))
		return us_fail(err, "'%s' is no session name", o->session);
	if (o->rate < 8000 || o->rate > 192000)
		return us_fail(err, "--rate %u: 8000 to 192000 frames per second", o->rate);
	if (o->frames < 1 || o->frames > US_MAX_FRAMES)
		return us_fail(err, "--frames %u: 1 to %d", o->frames, US_MAX_FRAMES);
	if (o->lookahead < 1 || o->lookahead > US_MOST_LOOKAHEAD)
		return us_fail(err, "--lookahead %u: 1 to %d blocks", o->lookahead, US_MOST_LOOKAHEAD);
	if (o->port < 1 || o->port > 65535)
		return us_fail(err, "--port %u: 1 to 65535", o->port);
	if (o->code_fd < 0)
		return us_fail(err, "--code-fd is missing: this is started by understudy run");
	const char *const paths[] = {o->record,   o->log,      o->modules,    o->files[0],  o->files[1],
	                             o->files[2], o->files[3], o->record_dir, o->token_file};
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (paths[i] && strlen(paths[i]) >= US_PATH_BYTES)
			return us_fail(err, "a path is longer than %d bytes", US_PATH_BYTES - 1);
	return US_OK;
}

int us_options_read(struct us_options *o, int argc, char **argv, struct us_err *err)
{
	*o = (struct us_options){.session = "main",
	                         .device = "",
	                         .backend = "",
	                         .bind = "127.0.0.1",
	                         .record = "",
	                         .log = "",
	                         .modules = "",
	                         .record_dir = "",
	                         .token_file = "",
	                         .rate = 48000,
	                         .frames = 128,
	                         .port = 5005,
	                         .patch_fd = -1,
	                         .ready_fd = -1,
	                         .code_fd = -1,
	                         .socket_fd = -1,
	                         .here6_fd = -1};
	for (int key; (key = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		uint32_t number = optarg ? (uint32_t)strtoul(optarg, NULL, 10) : 0;
		switch (key) {
		case SESSION:
			o->session = optarg;
			break;
		case DEVICE:
			o->device = optarg;
			break;
		case BACKEND:
			o->backend = optarg;
			break;
		case INPUT:
			o->input = optarg;
			break;
		case RATE:
			o->rate = number;
			break;
		case FRAMES:
			o->frames = number;
			break;
		case LOOKAHEAD:
			o->lookahead = number;
			break;
		case PORT:
			o->port = number;
			break;
		case BIND:
			o->bind = optarg;
			break;
		case RECORD:
			o->record = optarg;
			break;
		case LOG:
			o->log = optarg;
			break;
		case MODULES:
			o->modules = optarg;
			break;
		case PATCH_FD:
			o->patch_fd = atoi(optarg);
			break;
		case READY_FD:
			o->ready_fd = atoi(optarg);
			break;
		case CODE_FD:
			o->code_fd = atoi(optarg);
			break;
		case SOCKET_FD:
			o->socket_fd = atoi(optarg);
			break;
		case HERE6_FD:
			o->here6_fd = atoi(optarg);
			break;
		case BLOCKS:
			o->blocks = strtoull(optarg, NULL, 10);
			break;
		case TAPE:
			o->tape_bytes = strtoull(optarg, NULL, 10);
			break;
		case ADOPT:
			o->adopt = true;
			break;
		case FILES:
			if (o->file_places == US_FILE_PLACES)
				return us_fail(err, "--files: at most %d directories", US_FILE_PLACES);
			o->files[o->file_places++] = optarg;
			break;
		case RECORD_DIR:
			o->record_dir = optarg;
			break;
		case RECORD_MOST:
			o->record_most = strtoull(optarg, NULL, 10);
			break;
		case TOKEN_FILE:
			o->token_file = optarg;
			break;
		case TOKEN_ONLY:
			o->token_only = true;
			break;
		case CHAOS:
			o->chaos = true;
			break;
		default:
			return us_fail(err, "unknown option; understudy run knows the options");
		}
	}
	if (!o->lookahead)
		o->lookahead = usual_lookahead(o->rate);
	return check(o, err);
}
