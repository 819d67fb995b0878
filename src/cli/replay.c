/* replay.c — `understudy replay LOGDIR -o FILE`: renders what was played, from the log alone. The
 * engine is the workers': the file has the very bytes of a recording. */
#include "replay/replay.h"
#include "cli.h"
#include "ipc/log.h"
#include "offline.h"
#include "offline_guard.h"
#include "options.h"
#include "replay/seek.h"
#include "replay_code.h"
#include "shelf/shelve.h"

#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy replay LOGDIR -o FILE [--from BLOCK] [--blocks N] [--format NAME]\n"
    "Renders what the session that wrote LOGDIR (understudy run --log LOGDIR) played. As a WAV file it is equal, byte\n"
    "for byte, to the recording of the same blocks (understudy run --record).\n"
    "  -o, --output FILE   its ending says what is written: .wav, .flac, .aiff, .ogg; -: standard output\n"
    "      --format NAME   wav, flac, aiff or ogg, whatever the ending; on standard output it is wav unless said\n"
    "      --from BLOCK    the first block to write, of 64 frames each (default: 0); rendered from the nearest\n"
    "                      checkpoint before it that the log has, the same bytes\n"
    "      --blocks N      how many blocks to write (default: all)\n"
    "      --logged-code   where the modules here are not those that played it, run those that the log holds\n"
    "                      (run --log-code), in a sandbox\n"
    "      --any-code      render it with the modules that are here, whatever they are\n";

struct replay {
	struct us_offline offline;
	struct us_log log;
	struct us_offline_file file;
	uint64_t from, until; /* blocks to write */
	const char *output, *format_name;
	enum us_out_format format;
	enum us_replay_consent consent;
	enum us_replay_source source;
	bool listed; /* the log says which modules it needs */
	int code_fd;
	struct us_logged logged;
};

/* --- the whole --------------------------------------------------------------------------------------------------- */

static int check_layout(const struct replay *r, const char *directory, struct us_err *err)
{
	uint64_t here = us_engine_layout_id(r->offline.engine);
	if (r->listed || r->consent == US_REPLAY_ANY)
		return US_OK; /* that has been looked at, module by module */
	if (!r->log.head.layout_id || r->log.head.layout_id == here)
		return US_OK;
	return us_fail(err,
	               "%s was played with other modules or another build (layout %016" PRIx64 ", here %016" PRIx64
	               "): replay it with the program and the modules that played it",
	               directory, r->log.head.layout_id, here);
}

/* One block, for us_guard_block. */
struct turn {
	struct us_replay *replay;
	float samples[US_SAMPLES];
};

static void render_block(void *context)
{
	struct turn *turn = context;
	us_replay_block(turn->replay, turn->samples);
}

static int take_block(struct replay *r, struct turn *turn, struct us_err *err)
{
	if (r->source == US_REPLAY_FROM_LOG)
		return us_logged_block(&r->logged, turn->samples, &turn->replay->replica.applied, &turn->replay->gaps,
		                       err);
	return us_guard_block(render_block, turn, err);
}

static int render(struct replay *r, struct us_replay *again, struct us_err *err)
{
	struct turn turn = {.replay = again};
	const bool here = r->source == US_REPLAY_HERE;
	if (here)
		us_guard_open(r->offline.engine);
	for (uint64_t block = here ? us_engine_block(r->offline.engine) : 0; block < r->until; block++) {
		if (take_block(r, &turn, err)) {
			us_offline_finish(&r->file, NULL);
			return US_FAILED;
		}
		if (block >= r->from && us_offline_write(&r->file, turn.samples, err))
			return US_FAILED;
	}
	return us_offline_finish(&r->file, err);
}

static void say_how_it_ends(const struct us_log *log)
{
	if (log->end == US_PLAY_GIVEN_UP)
		fprintf(stderr,
		        "understudy: the log ends at block %" PRIu64
		        " and was given up there; the session went on without it\n",
		        log->blocks);
	else if (log->end != US_PLAY_END)
		fprintf(stderr,
		        "understudy: the log has no end: it is still being written, or the session was killed; it "
		        "holds %" PRIu64 " blocks\n",
		        log->blocks);
}

/* An engine here, or a process that has one. */
static int open_engine(struct replay *r, const char *directory, struct us_err *err)
{
	const struct us_log_head *head = &r->log.head;
	if (r->source == US_REPLAY_FROM_LOG) {
		r->offline.shelf = us_shelf_open(err);
		return !r->offline.shelf || us_logged_start(&r->logged, &r->log, r->offline.shelf, r->code_fd, err)
		           ? US_FAILED
		           : US_OK;
	}
	return us_offline_open(&r->offline, r->code_fd, (float)head->rate, head->arena_bytes, head->tape_bytes, err) ||
	               check_layout(r, directory, err)
	           ? US_FAILED
	           : US_OK;
}

/* It would be overwritten while it is read. */
static int is_of_the_log(const char *directory, const char *output, struct us_err *err)
{
	struct stat out, st;
	int failed = US_OK;
	DIR *d = strcmp(output, "-") == 0 ? NULL : opendir(directory);
	if (d && stat(output, &out) == 0)
		for (struct dirent *e; !failed && (e = readdir(d));)
			if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && us_log_owns(e->d_name) &&
			    st.st_dev == out.st_dev && st.st_ino == out.st_ino)
				failed = us_fail(err, "-o %s is a file of this log and would be overwritten", output);
	if (d)
		closedir(d);
	return failed;
}

static int perform(struct replay *r, const char *directory, struct us_err *err)
{
	char notice[US_LOG_NOTICE_BYTES];
	if (us_log_open(&r->log, directory, notice, err))
		return US_FAILED;
	if (notice[0])
		fprintf(stderr, "understudy: %s\n", notice);
	if (r->from >= r->log.blocks)
		return us_fail(err, "%s holds %" PRIu64 " blocks: there is none to write from block %" PRIu64 " on",
		               directory, r->log.blocks, r->from);
	r->until = r->until < r->log.blocks - r->from ? r->from + r->until : r->log.blocks;
	if (us_replay_choose(&r->source, &r->code_fd, &r->listed, &r->log, directory, r->consent, err) ||
	    open_engine(r, directory, err) || is_of_the_log(directory, r->output, err) ||
	    us_out_open(&r->file.out, r->output, r->format, r->log.head.rate, (r->until - r->from) * US_BLOCK, err))
		return US_FAILED;
	struct us_replay again = {.replica.engine = r->offline.engine, .log = &r->log, .shelf = r->offline.shelf};
	/* With other modules a checkpoint would be another's state. */
	if (r->source == US_REPLAY_HERE && r->consent != US_REPLAY_ANY)
		us_replay_seek(&again, directory, r->from);
	const uint64_t began = r->source == US_REPLAY_HERE ? us_engine_block(r->offline.engine) : 0;
	if (render(r, &again, err))
		return US_FAILED;
	say_how_it_ends(&r->log);
	FILE *to = strcmp(r->output, "-") == 0 ? stderr : stdout;
	if (began)
		fprintf(to, "begun at the checkpoint of block %" PRIu64 "\n", began);
	fprintf(to,
	        "%s: blocks %" PRIu64 " to %" PRIu64 " (%.3f s), %" PRIu64 " commands, %" PRIu64 " amendments, %" PRIu64
	        " blocks that nobody could play\n",
	        to == stderr ? "standard output" : r->output, r->from, r->until - 1,
	        (double)(r->until - r->from) * US_BLOCK / r->log.head.rate, again.replica.applied, r->log.amendments,
	        again.gaps);
	return US_OK;
}

static int read_options(struct replay *r, int argc, char **argv)
{
	enum { OUTPUT = 'o', FROM = US_CLI_OWN, BLOCKS, ANY_CODE, LOGGED_CODE, FORMAT };
	static const struct option table[] = {{"output", required_argument, NULL, OUTPUT},
	                                      {"from", required_argument, NULL, FROM},
	                                      {"blocks", required_argument, NULL, BLOCKS},
	                                      {"any-code", no_argument, NULL, ANY_CODE},
	                                      {"logged-code", no_argument, NULL, LOGGED_CODE},
	                                      {"format", required_argument, NULL, FORMAT},
	                                      US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .letters = ":o:"};
	double number;
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == ANY_CODE || key == LOGGED_CODE) {
			r->consent = key == ANY_CODE ? US_REPLAY_ANY : US_REPLAY_LOGGED;
			continue;
		}
		if (key == OUTPUT || key == FORMAT) {
			*(key == OUTPUT ? &r->output : &r->format_name) = optarg;
			continue;
		}
		if (!us_offline_number(optarg, key == BLOCKS, &number))
			return us_cli_misused("replay", "'%s' is no number of blocks", optarg);
		if (key == FROM)
			r->from = (uint64_t)number;
		else
			r->until = (uint64_t)number;
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (optind != argc - 1)
		return us_cli_misused("replay", "one log directory is wanted, as run --log DIR wrote it");
	if (!r->output)
		return us_cli_misused("replay", "-o FILE.wav is missing");
	struct us_err err;
	if (us_out_format(r->output, r->format_name, &r->format, &err))
		return us_cli_misused("replay", "%s", err.text);
	return US_CLI_GO_ON;
}

int us_cli_replay(int argc, char **argv)
{
	struct replay r = {.until = UINT64_MAX, .code_fd = -1};
	struct us_err err;
	int code = read_options(&r, argc, argv);
	if (code != US_CLI_GO_ON)
		return code;
	code = perform(&r, argv[optind], &err) ? us_cli_refuse(&err) : US_CLI_DONE;
	us_logged_end(&r.logged);
	if (r.code_fd >= 0)
		close(r.code_fd);
	us_out_close(r.file.out, NULL);
	us_offline_close(&r.offline);
	us_log_release(&r.log);
	return code;
}
