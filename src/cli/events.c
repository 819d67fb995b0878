/* events.c — `understudy events "PATTERN"`: what a pattern does, by the same code that plays it: each event with its
 * times as fractions, and a picture of the cycle. */
#include "events.h"
#include "cli.h"
#include "client/sender.h"
#include "command/commander.h"
#include "options.h"
#include "pattern/read.h"
#include "talk.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>

static const char usage[] =
    "usage: understudy events [--cycles N] [--from CYCLE] [--seed NAME] [--json] \"PATTERN\"\n"
    "       understudy events [--cycles N] [--from CYCLE] [--session SESSION] [--json] NAME\n"
    "       understudy events [--cycles N] [--from CYCLE] [--seed NAME] --json -\n"
    "Prints what a pattern does: cycle, onset and length as fractions of a cycle, value, name,\n"
    "velocity and the column where it stands; and a picture of each cycle. With --session it is what\n"
    "the pattern NAME plays there; with - one pattern a line, from standard input.\n"
    "Chance (?, |, sometimes, rand) comes from the name of the pattern that plays and from the cycle:\n"
    "--seed drums shows what drums would do; without it the chance is nobody's, as good as any other.\n";

enum { COLUMNS = 64, ROWS = 24, LABEL = 32, MOST_CYCLES = 4096, LAST_CYCLE = 10000 };

struct fraction {
	int64_t num, den;
};

static struct fraction fraction_of(int64_t ticks, int64_t cycle)
{
	int64_t a = ticks < 0 ? -ticks : ticks, b = cycle;
	while (b) {
		const int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return (struct fraction){ticks / (a ? a : 1), cycle / (a ? a : 1)};
}

static const char *print(char text[static 48], struct fraction f)
{
	if (f.den == 1)
		snprintf(text, 48, "%lld", (long long)f.num);
	else
		snprintf(text, 48, "%lld/%lld", (long long)f.num, (long long)f.den);
	return text;
}

/* All that begins in a cycle, to `each`; in pieces where it is much at once. */
static void each_event(const struct us_pattern *p, int64_t cycle,
                       void (*each)(void *to, const struct us_pattern *p, int64_t cycle, const struct us_hap *h),
                       void *to)
{
	static struct us_hap hap[US_PATTERN_HAPS];
	const int64_t end = (cycle + 1) * p->ticks;
	for (int64_t at = cycle * p->ticks, span = p->ticks; at < end;) {
		span = span < end - at ? span : end - at;
		const int count = us_pattern_onsets(p, at, at + span, hap, US_PATTERN_HAPS);
		if (count < 0 && span > 1) {
			span = (span + 1) / 2;
			continue;
		}
		for (int i = 0; i < count; i++)
			each(to, p, cycle, &hap[i]);
		at += span;
	}
}

static struct us_pattern *read_pattern(const char *text, const struct us_events *how, uint32_t *column,
                                       struct us_err *err)
{
	struct us_pattern *p = us_pattern_new(text, column, err);
	if (p && how->name)
		p->seed = us_seed_of(how->name);
	*column = us_column_of(text, *column);
	return p;
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

static void to_json(void *to, const struct us_pattern *p, int64_t cycle, const struct us_hap *h)
{
	char onset[48], length[48];
	json_t *event = json_pack("{s:I, s:s, s:s, s:f, s:f, s:f, s:i}", "cycle", (json_int_t)cycle, "onset",
	                          print(onset, fraction_of(h->begin - cycle * p->ticks, p->ticks)), "length",
	                          print(length, fraction_of(h->end - h->begin, p->ticks)), "value",
	                          (double)h->value + h->sharp, "velocity", (double)h->velocity, "side", (double)h->side,
	                          "column", us_column_of(us_pattern_text(p), h->place));
	if (h->name)
		json_object_set_new(event, "name", json_string(us_pattern_name(p, h->name)));
	if (h->start != 0 || h->stop != 1 || h->speed != 1) {
		json_object_set_new(event, "begin", json_real((double)h->start));
		json_object_set_new(event, "end", json_real((double)h->stop));
		json_object_set_new(event, "speed", json_real((double)h->speed));
	}
	json_array_append_new(to, event);
}

static int say_json(const char *text, const struct us_events *how)
{
	uint32_t column;
	struct us_err err = {""};
	struct us_pattern *p = read_pattern(text, how, &column, &err);
	json_t *events = json_array();
	json_t *all = p ? json_pack("{s:s, s:I, s:I, s:o}", "pattern", text, "cycles", (json_int_t)how->cycles, "ticks",
	                            (json_int_t)p->ticks, "events", events)
	                : json_pack("{s:s, s:s, s:i, s:o}", "pattern", text, "error", err.text, "column", (int)column,
	                            "events", events);
	for (int64_t c = how->from; p && c < how->from + how->cycles; c++)
		each_event(p, c, to_json, events);
	if (!all) { /* a text that is no UTF-8 */
		json_decref(events);
		all = json_pack("{s:s}", "error", "the text is not UTF-8");
	}
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(all);
	const int failed = !p;
	free(p);
	return failed;
}

static int say_lines(const struct us_events *how)
{
	char *line = NULL;
	size_t room = 0;
	int failed = 0;
	while (getline(&line, &room, stdin) >= 0) {
		line[strcspn(line, "\n")] = 0;
		failed |= say_json(line, how);
	}
	free(line);
	return failed;
}

/* --- for eyes ---------------------------------------------------------------------------------------------------- */

/* A row for each name or value, in the order in which they come. */
struct picture {
	char label[ROWS][LABEL], row[ROWS][COLUMNS + 1];
	uint32_t rows, left_out;
};

static void label_of(const struct us_pattern *p, const struct us_hap *h, char label[static LABEL])
{
	const double value = (double)h->value + h->sharp;
	if (h->name && value != 0)
		snprintf(label, LABEL, "%.9s:%g", us_pattern_name(p, h->name), value);
	else if (h->name)
		snprintf(label, LABEL, "%.15s", us_pattern_name(p, h->name));
	else
		snprintf(label, LABEL, "%.6g", value);
}

static void draw(void *to, const struct us_pattern *p, int64_t cycle, const struct us_hap *h)
{
	struct picture *picture = to;
	char label[LABEL];
	uint32_t r = 0;
	label_of(p, h, label);
	while (r < picture->rows && strcmp(picture->label[r], label) != 0)
		r++;
	if (r == ROWS) {
		picture->left_out++;
		return;
	}
	if (r == picture->rows) {
		strcpy(picture->label[r], label);
		memset(picture->row[r], '.', COLUMNS);
		picture->rows++;
	}
	const double columns = (double)COLUMNS / (double)p->ticks;
	const int begin = (int)((double)(h->begin - cycle * p->ticks) * columns);
	const int end = (int)((double)(h->end - cycle * p->ticks) * columns);
	for (int i = begin + 1; i < end && i < COLUMNS; i++)
		if (picture->row[r][i] == '.')
			picture->row[r][i] = '-';
	picture->row[r][begin] = '#';
}

static void say_event(void *to, const struct us_pattern *p, int64_t cycle, const struct us_hap *h)
{
	char onset[48], length[48], label[LABEL];
	(void)to;
	label_of(p, h, label);
	printf("%4lld  %-10s %-10s %-15s %-8.3g %u", (long long)cycle,
	       print(onset, fraction_of(h->begin - cycle * p->ticks, p->ticks)),
	       print(length, fraction_of(h->end - h->begin, p->ticks)), label, (double)h->velocity,
	       us_column_of(us_pattern_text(p), h->place));
	if (h->side != 0)
		printf("  side %g", (double)h->side);
	if (h->start != 0 || h->stop != 1)
		printf("  %.3g to %.3g of it", (double)h->start, (double)h->stop);
	if (h->speed != 1)
		printf("  speed %.3g", (double)h->speed);
	putchar('\n');
}

int us_events_say(const char *text, const struct us_events *how, struct us_err *err)
{
	uint32_t column;
	struct us_err why = {""};
	struct us_pattern *p = read_pattern(text, how, &column, &why);
	const int64_t end = how->from + how->cycles;
	if (!p)
		return us_fail(err, "column %u: %s", column, why.text);
	printf("cycle onset      length     value           velocity column\n");
	for (int64_t c = how->from; c < end; c++)
		each_event(p, c, say_event, NULL);
	for (int64_t c = how->from; c < end; c++) {
		struct picture picture = {.rows = 0};
		each_event(p, c, draw, &picture);
		printf("\ncycle %lld%s\n", (long long)c, picture.rows ? "" : ": nothing");
		for (uint32_t r = 0; r < picture.rows; r++)
			printf("  %-15s |%s|\n", picture.label[r], picture.row[r]);
		if (picture.left_out)
			printf("  and %u more events, with other values\n", picture.left_out);
	}
	free(p);
	return US_OK;
}

/* --- the pattern of a session ------------------------------------------------------------------------------------- */

static int hear_text(void *context, const struct us_command *answer, struct us_err *err)
{
	char **text = context;
	(void)err;
	if (strcmp(answer->address, "/pattern") == 0 && answer->argc == 2 && answer->arg[1].type == 's' && !*text)
		*text = strdup(answer->arg[1].s);
	return US_OK;
}

int us_events_ask(struct us_talk *talk, const char *name, char **text, struct us_err *err)
{
	const struct us_command ask = {.address = "/pattern", .argc = 1, .arg = {{.type = 's', .s = name}}};
	*text = NULL;
	us_sender_listen(talk->sender, hear_text, text);
	const int failed = us_sender_send(talk->sender, &ask, err) || us_sender_sync(talk->sender, err);
	us_talk_listen(talk);
	if (!failed && !*text)
		return us_fail(err, "the synth's control did not say what %s plays; try again", name);
	return failed ? US_FAILED : US_OK;
}

/* Of what the pattern `name` plays in a session. */
static int ask_session(const char *session, const char *name, char **text, struct us_err *err)
{
	struct us_talk talk = {.wanted = session};
	bool renewed;
	const int failed = us_talk_renew(&talk, &renewed, err) || us_events_ask(&talk, name, text, err);
	us_talk_close(&talk);
	return failed;
}

/* --- the subcommand ----------------------------------------------------------------------------------------------- */

static bool read_cycles(const char *text, int64_t least, int64_t most, int64_t *value)
{
	char *end;
	*value = strtoll(text, &end, 10);
	if (!*end && end != text && *value >= least && *value <= most)
		return true;
	fprintf(stderr, "understudy: %s cycles; expected a whole number from %lld to %lld\n", text, (long long)least,
	        (long long)most);
	return false;
}

static int say(const char *text, const struct us_events *how, bool json)
{
	struct us_err err;
	if (json)
		return strcmp(text, "-") == 0 ? say_lines(how) : say_json(text, how);
	if (us_events_say(text, how, &err) == US_OK)
		return 0;
	return us_cli_refuse(&err);
}

int us_cli_events(int argc, char **argv)
{
	enum { CYCLES = US_CLI_OWN, FROM, SEED, JSON };
	static const struct option table[] = {
	    {"cycles", required_argument, NULL, CYCLES}, {"from", required_argument, NULL, FROM},
	    {"seed", required_argument, NULL, SEED},     {"session", required_argument, NULL, US_CLI_SESSION},
	    {"json", no_argument, NULL, JSON},           US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .text = true};
	struct us_events how = {.cycles = 1};
	const char *session = NULL;
	char *played = NULL;
	struct us_err err;
	bool json = false;
	int key, code;
	while ((key = us_cli_option(argc, argv, &options, &code)) != -1) {
		json |= key == JSON;
		session = key == US_CLI_SESSION ? optarg : session;
		how.name = key == SEED ? optarg : how.name;
		if ((key == CYCLES && !read_cycles(optarg, 1, MOST_CYCLES, &how.cycles)) ||
		    (key == FROM && !read_cycles(optarg, 0, LAST_CYCLE, &how.from)))
			return 2;
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (optind + 1 != argc || (session && how.name)) {
		fputs(usage, stderr);
		return 2;
	}
	const char *text = argv[optind];
	if (session) {
		how.name = text;
		if (ask_session(session, text, &played, &err))
			return us_cli_refuse(&err);
		text = played;
	}
	code = say(text, &how, json);
	free(played);
	return code;
}
