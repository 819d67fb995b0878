/* render.c — `understudy render PATCH -o FILE --seconds S`: a patch and a list of events, offline. Text becomes
 * commands, commands become records, records are granted to blocks as the player grants them, and the workers' engine
 * renders: the file is what `understudy run` would have played. */
#include "cli.h"
#include "command/commander.h"
#include "inputs.h"
#include "offline.h"
#include "offline_guard.h"
#include "options.h"
#include "patch_file.h"
#include "shelf/shelve.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: understudy render PATCH -o FILE --seconds S [--events FILE] [--rate HZ] [--format NAME]\n"
    "Renders a patch to a sound file, offline, bit for bit what understudy run would play.\n"
    "  -o, --output FILE   its ending says what is written: .wav (floats), .flac (24 bits), .aiff (floats), .ogg;\n"
    "                      -: standard output. What the patch reads is not written over\n"
    "      --format NAME   wav, flac, aiff or ogg, whatever the ending; on standard output it is wav unless said\n"
    "  -s, --seconds S     how long\n"
    "  -e, --events FILE   what happens meanwhile: lines of a time in seconds and a line of the patch language, in\n"
    "                      order: '0.5 gate env on', '1.25 vcf.cutoff 2khz'; each takes effect at that very frame\n"
    "      --rate HZ       frames per second (48000)\n";

enum { MOST_RECORDS = 1 << 20 }; /* memory is taken only as it is written */

struct render {
	const char *patch, *output, *events, *format_name;
	enum us_out_format format;
	struct us_inputs inputs;
	double seconds, rate;
	struct us_offline offline;
	struct us_commander *commander;
	struct us_lang_catalogue catalogue;
	struct us_offline_file file;
	struct us_record *record; /* the journal: all of it stays in memory */
	uint64_t written, applied;
	uint64_t at; /* frame of the commands that are being taken */
	char refusal[US_ERROR_BYTES];
	char *text; /* of the events */
	size_t text_bytes, text_at;
	uint32_t line;
	uint64_t last_frame;
	float samples[US_BLOCK * US_CHANNELS];
	float reduction; /* most that the limiter took away, dB */
};

/* --- commands into records -------------------------------------------------------------------------------------- */

static int hear(void *context, const struct us_command *answer, struct us_err *err)
{
	struct render *r = context;
	(void)err;
	if (answer->argc < 2 || answer->arg[1].type != 's')
		return US_OK;
	if (strcmp(answer->address, "/warning") == 0)
		fprintf(stderr, "understudy: warning: %s: %s\n", answer->arg[0].s, answer->arg[1].s);
	if (strcmp(answer->address, "/error") != 0)
		return US_OK;
	if (r->refusal[0]) /* one of several: the last one is the verdict */
		fprintf(stderr, "understudy: %s\n", r->refusal);
	snprintf(r->refusal, sizeof r->refusal, "%s %s", answer->arg[0].s, answer->arg[1].s);
	return US_OK;
}

static int take(void *context, const struct us_command *command, struct us_err *err)
{
	struct render *r = context;
	struct us_command timed = *command;
	struct us_outbox out = {.record = r->record + r->written, .room = US_OUTBOX_RECORDS};
	struct us_message message = {
	    .from = US_FROM_OWNER, .command = &timed, .out = &out, .reply = hear, .reply_context = r};
	uint64_t rejected = us_commander_counts(r->commander).rejected;
	if (r->written + US_OUTBOX_RECORDS > MOST_RECORDS)
		return us_fail(err, "more than %d changes: render it in parts", MOST_RECORDS - US_OUTBOX_RECORDS);
	if (us_commander_takes_time(r->commander, command)) /* a change of the patch comes with the block */
		timed.at = r->at;
	r->refusal[0] = 0;
	us_commander_take(r->commander, &message);
	for (uint32_t i = 0; i < out.count; i++)
		r->record[r->written + i].seq = r->written + i;
	r->written += out.count;
	us_inputs_note_command(&r->inputs, command);
	if (us_commander_counts(r->commander).rejected > rejected)
		return us_fail(err, "%s", r->refusal);
	if (r->refusal[0])
		fprintf(stderr, "understudy: %s: %s\n", command->address,
		        r->refusal); /* done, but not as it was said */
	return US_OK;
}

static int take_patch(struct render *r, struct us_err *err)
{
	char *text;
	size_t bytes;
	const struct us_command begin = {.address = "/patch/begin"}, commit = {.address = "/patch/commit"};
	if (us_text_read(r->patch, &text, &bytes, err))
		return US_FAILED;
	const struct us_lang_text patch = {.text = text, .bytes = bytes, .file = r->patch, .whole = true};
	int failed =
	    take(r, &begin, err) || us_lang_compile(&patch, &r->catalogue, take, r, err) || take(r, &commit, err);
	free(text);
	return failed ? US_FAILED : US_OK;
}

static int shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	struct render *r = host;
	us_inputs_note(&r->inputs, path); /* also by an event, when the output is open */
	if (us_inputs_check(&r->inputs, "-o", r->output, err))
		return US_FAILED;
	return us_shelve_file(&(struct us_shelve){.shelf = r->offline.shelf}, path, number, err);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

/* The next line that says anything, without its end; false at the end of the text. */
static bool next_line(struct render *r, const char **line, size_t *bytes)
{
	while (r->text_at < r->text_bytes) {
		*line = r->text + r->text_at;
		const char *end = memchr(*line, '\n', r->text_bytes - r->text_at);
		*bytes = end ? (size_t)(end - *line) : r->text_bytes - r->text_at;
		size_t blank = strspn(*line, " \t\r");
		if (blank < *bytes && (*line)[blank] != '#')
			return true;
		r->text_at += *bytes + 1;
		r->line++;
	}
	return false;
}

static int refuse_event(const struct render *r, const char *why, struct us_err *err)
{
	return us_fail(err, "%s:%" PRIu32 ": %.180s", r->events, r->line, why);
}

/* Takes the events whose time has come with this block. */
static int take_events(struct render *r, uint64_t block, struct us_err *err)
{
	const char *line;
	size_t bytes;
	while (r->events && next_line(r, &line, &bytes)) {
		char *rest;
		struct us_err why;
		double seconds = strtod(line, &rest);
		if (rest == line || !isfinite(seconds) || seconds < 0 || (*rest != ' ' && *rest != '\t'))
			return refuse_event(r, "an event is a time in seconds and a command: 0.5 gate env on", err);
		uint64_t frame = (uint64_t)(seconds * r->rate + 0.5);
		if (frame < r->last_frame)
			return refuse_event(r, "it is earlier than the event before it", err);
		if (frame >= (block + 1) * US_BLOCK)
			return US_OK;
		r->last_frame = r->at = frame; /* frame 0 is US_NOW: the first frame there is */
		const struct us_lang_text words = {.text = rest, .bytes = bytes - (size_t)(rest - line)};
		if (us_lang_compile(&words, &r->catalogue, take, r, &why))
			return refuse_event(r, why.text, err);
		r->text_at += bytes + 1;
		r->line++;
	}
	return US_OK;
}

/* --- blocks ------------------------------------------------------------------------------------------------------ */

static void apply(struct render *r)
{
	uint64_t until = r->written - r->applied < US_GRANT_RECORDS ? r->written : r->applied + US_GRANT_RECORDS;
	for (; r->applied < until; r->applied++)
		us_engine_apply(r->offline.engine, &r->record[r->applied], NULL);
}

/* For us_guard_block. */
static void render_block(void *context)
{
	struct render *r = context;
	apply(r);
	us_engine_render(r->offline.engine, r->samples);
}

enum { METER_BLOCKS = 8 }; /* less than 0.1 s, at any rate: no reduction is missed */

static void print_levels(const struct render *r, FILE *to)
{
	struct us_meters m;
	us_engine_meters(r->offline.engine, &m);
	if (m.true_peak > US_METER_NONE)
		fprintf(to, ", true peak %.1f dBTP", (double)m.true_peak);
	if (m.integrated > US_METER_NONE)
		fprintf(to, ", %.1f LUFS", (double)m.integrated);
	if (r->reduction > 0.05f)
		fprintf(to, ", the limiter took up to %.1f dB", (double)r->reduction);
	if (m.clips)
		fprintf(to, ", %" PRIu64 " samples clipped", m.clips);
	fprintf(to, "\n");
}

static uint64_t blocks_of(const struct render *r)
{
	return (uint64_t)(r->seconds * r->rate / US_BLOCK + 0.5);
}

static int render_all(struct render *r, struct us_err *err)
{
	struct us_meters meters;
	const uint64_t blocks = blocks_of(r);
	us_guard_open(r->offline.engine);
	for (uint64_t block = 0; block < blocks; block++) {
		us_commander_advance(r->commander, block, block,
		                     (uint64_t)((double)(block * US_BLOCK) * 1000 / r->rate));
		if (take_events(r, block, err))
			return US_FAILED;
		if (us_guard_block(render_block, r, err)) {
			us_offline_finish(&r->file, NULL);
			return US_FAILED;
		}
		if (block % METER_BLOCKS == 0) {
			us_engine_meters(r->offline.engine, &meters);
			r->reduction = meters.reduction > r->reduction ? meters.reduction : r->reduction;
		}
		if (us_offline_write(&r->file, r->samples, err))
			return US_FAILED;
	}
	if (us_offline_finish(&r->file, err))
		return US_FAILED;
	FILE *to = strcmp(r->output, "-") == 0 ? stderr : stdout;
	fprintf(to, "%s: %.3f s, %" PRIu64 " changes", to == stderr ? "standard output" : r->output,
	        (double)(blocks * US_BLOCK) / r->rate, r->written);
	print_levels(r, to);
	return US_OK;
}

static int perform(struct render *r, struct us_err *err)
{
	if (us_offline_open(&r->offline, US_OFFLINE_HERE, (float)r->rate, 0,
	                    us_tape_bytes(US_OFFLINE_TAPE_SECONDS, (float)r->rate), err))
		return US_FAILED;
	struct us_commander_config config = {.rate = (float)r->rate,
	                                     .tape_bytes = us_tape_bytes(US_OFFLINE_TAPE_SECONDS, (float)r->rate),
	                                     .library = r->offline.library,
	                                     .shelf = r->offline.shelf,
	                                     .shelve = shelve,
	                                     .chaos = true,
	                                     .host = r};
	const struct us_lang_catalogue modules = us_catalogue_of(r->offline.library);
	r->catalogue = us_inputs_catalogue(&r->inputs, &modules);
	us_inputs_note(&r->inputs, r->patch);
	if (r->events)
		us_inputs_note(&r->inputs, r->events);
	r->record = calloc(MOST_RECORDS, sizeof *r->record);
	if (!r->record)
		return us_fail(err, "no memory for the changes");
	if (us_commander_open(&r->commander, &config, err) || take_patch(r, err) ||
	    (r->events && us_text_read(r->events, &r->text, &r->text_bytes, err)) ||
	    us_inputs_check(&r->inputs, "-o", r->output, err) ||
	    us_out_open(&r->file.out, r->output, r->format, (uint32_t)r->rate, blocks_of(r) * US_BLOCK, err))
		return US_FAILED;
	if (r->events)
		r->text[r->text_bytes] = 0; /* us_text_read leaves room */
	return render_all(r, err);
}

/* --- the call ---------------------------------------------------------------------------------------------------- */

static int read_options(struct render *r, int argc, char **argv)
{
	enum { OUTPUT = 'o', SECONDS = 's', EVENTS = 'e', RATE = US_CLI_OWN, FORMAT };
	static const struct option table[] = {
	    {"output", required_argument, NULL, OUTPUT}, {"seconds", required_argument, NULL, SECONDS},
	    {"events", required_argument, NULL, EVENTS}, {"rate", required_argument, NULL, RATE},
	    {"format", required_argument, NULL, FORMAT}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .letters = ":o:s:e:"};
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == OUTPUT)
			r->output = optarg;
		else if (key == EVENTS)
			r->events = optarg;
		else if (key == FORMAT)
			r->format_name = optarg;
		else if (key == SECONDS && (!us_offline_number(optarg, 0, &r->seconds) || r->seconds > 86400))
			return us_cli_misused("render", "--seconds %s: a number from 0 to 86400 is wanted", optarg);
		else if (key == RATE && (!us_offline_number(optarg, 8000, &r->rate) || r->rate > 192000))
			return us_cli_misused("render", "--rate %s: 8000 to 192000 frames per second", optarg);
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (optind != argc - 1)
		return us_cli_misused("render", "one patch is wanted");
	r->patch = argv[optind];
	if (!r->output)
		return us_cli_misused("render", "-o FILE.wav is missing");
	struct us_err err;
	if (us_out_format(r->output, r->format_name, &r->format, &err))
		return us_cli_misused("render", "%s", err.text);
	if (!(r->seconds > 0))
		return us_cli_misused("render", "--seconds is missing: how long shall it play");
	return US_CLI_GO_ON;
}

int us_cli_render(int argc, char **argv)
{
	static struct render r = {.rate = 48000, .line = 1}; /* big for a stack */
	struct us_err err;
	int code = read_options(&r, argc, argv);
	if (code != US_CLI_GO_ON)
		return code;
	code = perform(&r, &err) ? us_cli_refuse(&err) : US_CLI_DONE;
	us_out_close(r.file.out, NULL);
	if (r.commander)
		us_commander_close(r.commander);
	us_offline_close(&r.offline);
	free(r.record);
	free(r.text);
	return code;
}
