/* answer.c — see answer.h. A table of answers, each with who prints it. What is in none is printed as it came, without
 * slashes. */
#include "answer.h"

#include "lang/duration.h"
#include "lang/value.h"

#include <stdlib.h>
#include <string.h>
#include <understudy/names.h>
#include <understudy/visible.h>

static double number(const struct us_command *answer, uint32_t n)
{
	const struct us_arg *a = &answer->arg[n];
	return n >= answer->argc ? 0 : a->type == 'i' || a->type == 'h' ? (double)a->i : a->d;
}

static const char *text(const struct us_command *answer, uint32_t n)
{
	return n < answer->argc && answer->arg[n].type == 's' ? answer->arg[n].s : "";
}

/* What somebody called an instance, a scene or a file does not reach a terminal as an order. */
static void print_visible(const char *s)
{
	while (*s) {
		const size_t n = us_visible_bytes((const unsigned char *)s);
		if (n)
			fwrite(s, 1, n, stdout);
		else
			putchar('?');
		s += n ? n : 1;
	}
}

/* "vcf.cutoff", or "/mod/vcf/cutoff" behind its /mod/: the input, NULL if nobody knows it. */
static const struct us_input *input_at(const struct us_roll *roll, const char *place)
{
	char name[US_NAME_BYTES];
	const size_t n = strcspn(place, "./");
	if (n >= sizeof name || !place[n])
		return NULL;
	snprintf(name, sizeof name, "%.*s", (int)n, place);
	const struct us_roll_entry *instance = us_roll_find(roll, name);
	const int input = instance && instance->module ? us_input_named(instance->module, place + n + 1) : -1;
	return input < 0 ? NULL : &instance->module->inputs[input];
}

/* /mod/vcf/cutoff 800 is vcf.cutoff 800hz. */
static void print_knob(const struct us_roll *roll, const struct us_command *answer)
{
	char value[48];
	const char *place = answer->address + sizeof "/mod/" - 1;
	const size_t n = strcspn(place, "/");
	us_value_print(value, (float)number(answer, 0), input_at(roll, place));
	printf("%.*s.%s %s\n", (int)n, place, place + n + (place[n] != 0), value);
}

static void print_tempo(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("tempo %.6gbpm\n", number(answer, 0));
}

static void print_gain(const struct us_roll *roll, const struct us_command *answer)
{
	static const struct us_input ratio = {.unit = US_RATIO};
	char value[48];
	(void)roll;
	printf("gain %s\n", us_value_print(value, (float)number(answer, 0), &ratio));
}

static void print_limiter(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("limiter %s\n", number(answer, 0) > 0.5 ? "on" : "off");
}

/* "key d dorian", and the one that waits for its bar. */
static void print_key(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("key ");
	print_visible(text(answer, 0));
	if (answer->argc > 1) {
		printf(", then ");
		print_visible(text(answer, 1));
	}
	printf("\n");
}

static void print_beat(double beat, double bpm)
{
	const long whole = (long)beat;
	printf("beat %ld of bar %ld (%.2f), %.4gbpm\n", whole % US_BEATS_PER_BAR + 1, whole / US_BEATS_PER_BAR + 1,
	       beat, bpm);
}

/* Where the song is: "plays, beat 3 of bar 27, 120bpm". */
static void print_transport(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("%s, ", number(answer, 0) > 0 ? "plays" : "stands");
	print_beat(number(answer, 1), number(answer, 2));
}

static void print_time(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	print_beat(number(answer, 2), number(answer, 3));
}

static void print_undo(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("%s; %.0f more can be undone, %.0f redone\n", answer->address + 1, number(answer, 0), number(answer, 1));
}

static const char *many(double n)
{
	return n == 1 ? "" : "s";
}

static void print_scene_saved(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("scene %s keeps %.0f value%s\n", text(answer, 0), number(answer, 1), many(number(answer, 1)));
}

static void print_scene_recalled(const struct us_roll *roll, const struct us_command *answer)
{
	const double knobs = number(answer, 1), patterns = number(answer, 2);
	(void)roll;
	if (knobs + patterns == 0)
		printf("scene %s: that is how it plays already\n", text(answer, 0));
	else
		printf("scene %s comes: %.0f knob%s and %.0f pattern%s change\n", text(answer, 0), knobs, many(knobs),
		       patterns, many(patterns));
}

static void print_scene(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	if (answer->argc == 2)
		printf("%s, %.0f value%s\n", text(answer, 0), number(answer, 1), many(number(answer, 1)));
	else if (number(answer, 0) == 0)
		printf("there are no scenes; scene save NAME keeps what plays as one\n");
}

static void print_instance(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	if (answer->argc < 4) {
		if (number(answer, 0) == 0)
			printf("nothing plays; begin with osc = saw, then out = out, then osc -> out\n");
		return;
	}
	printf("%-12s %s", text(answer, 0), text(answer, 1));
	if (number(answer, 2) > 1)
		printf(", %.0f voices", number(answer, 2));
	printf("%s\n", number(answer, 3) > 0 ? ", bypassed: restore brings it back" : "");
}

static void print_cable(const struct us_roll *roll, const struct us_command *answer)
{
	char amount[48];
	if (answer->argc < 3) {
		if (number(answer, 0) == 0)
			printf("there are no cables\n");
		return;
	}
	printf("%s -> %s", text(answer, 0), text(answer, 1));
	if (number(answer, 2) != 1)
		printf(" *%s", us_value_print(amount, (float)number(answer, 2), input_at(roll, text(answer, 1))));
	printf("\n");
}

static void print_pattern(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("play %s \"", text(answer, 0));
	print_visible(text(answer, 1));
	printf("\"\n");
}

static void print_mark(const struct us_roll *roll, const struct us_command *answer)
{
	const char *what = strcmp(answer->address, "/mute") == 0 ? "muted" : "solo";
	(void)roll;
	if (answer->arg[0].type == 's')
		printf("%s is %s\n", text(answer, 0), what);
	else if (number(answer, 0) == 0)
		printf("nothing is %s\n", what);
}

static void print_recording(const struct us_roll *roll, const struct us_command *answer)
{
	const char *state = text(answer, 0), *path = text(answer, 1);
	(void)roll;
	if (strcmp(state, "failed") == 0)
		printf("the recording failed: ");
	else
		printf("%s ", strcmp(state, "recording") == 0 ? "recording to" : *path ? "recorded" : "no recording");
	print_visible(strcmp(state, "failed") == 0 ? text(answer, 4) : path);
	if (*path)
		printf(", %.1f s", number(answer, 2));
	if (number(answer, 3) > 0)
		printf(", %.0f blocks missing", number(answer, 3));
	printf("\n");
}

static void print_late(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	printf("that came %.1f ms late\n", number(answer, 1));
}

static void print_pong(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll, (void)answer;
	printf("it answers\n");
}

static void print_sentence(const struct us_roll *roll, const struct us_command *answer)
{
	(void)roll;
	print_visible(text(answer, 0));
	printf("\n");
}

static const struct {
	const char *address;
	uint32_t least; /* arguments */
	void (*print)(const struct us_roll *roll, const struct us_command *answer);
} answers[] = {
    {"/tempo", 1, print_tempo},
    {"/engine/tempo", 1, print_tempo},
    {"/key", 1, print_key},
    {"/engine/gain", 1, print_gain},
    {"/engine/limiter", 1, print_limiter},
    {"/transport", 4, print_transport},
    {"/time", 4, print_time},
    {"/undone", 2, print_undo},
    {"/redone", 2, print_undo},
    {"/scene/saved", 2, print_scene_saved},
    {"/scene/recalled", 3, print_scene_recalled},
    {"/scene/list", 1, print_scene},
    {"/patch/list", 1, print_instance},
    {"/patch/cables", 1, print_cable},
    {"/pattern", 2, print_pattern},
    {"/mute", 1, print_mark},
    {"/solo", 1, print_mark},
    {"/record/status", 5, print_recording},
    {"/late", 2, print_late},
    {"/pong", 1, print_pong},
    {"/patch/commit", 1, print_sentence},
    {"/engine/status", 1, print_sentence},
};

void us_answer_say(const struct us_roll *roll, const struct us_command *answer)
{
	char words[256];
	if (strncmp(answer->address, "/mod/", 5) == 0 && answer->argc == 1) {
		print_knob(roll, answer);
		return;
	}
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (strcmp(answers[i].address, answer->address) == 0 && answer->argc >= answers[i].least) {
			answers[i].print(roll, answer);
			return;
		}
	snprintf(words, sizeof words, "%s", answer->address + (answer->address[0] == '/'));
	for (char *p = words; *p; p++)
		*p = *p == '/' ? ' ' : *p;
	us_answer_print(words, answer);
}
