/* answer.c — what a sender hears: replies, refusals, warnings. Called by whoever carries a command out. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

static void give(struct us_turn *turn, const struct us_command *answer)
{
	if (turn->message->reply)
		turn->message->reply(turn->message->reply_context, answer, NULL);
}

void us_turn_reply(struct us_turn *turn, const char *address, const char *types, ...)
{
	struct us_command answer = {.address = address, .at = US_NOW};
	va_list args;
	va_start(args, types);
	for (; *types && answer.argc < US_COMMAND_ARGS; types++) {
		struct us_arg *a = &answer.arg[answer.argc++];
		a->type = *types;
		if (*types == 'i' || *types == 'h')
			a->i = va_arg(args, int64_t);
		else if (*types == 'd')
			a->d = va_arg(args, double);
		else
			a->s = va_arg(args, const char *);
	}
	va_end(args);
	give(turn, &answer);
}

/* What a stranger put into an address or a name does not reach somebody's terminal. */
static void copy_visible(char *to, size_t bytes, const char *from)
{
	snprintf(to, bytes, "%s", from);
	us_visible(to);
}

static void say(struct us_turn *turn, const char *answer, const char *text)
{
	char address[US_ADDRESS_BYTES], words[US_ERROR_BYTES];
	copy_visible(address, sizeof address, turn->command->address);
	copy_visible(words, sizeof words, text);
	us_turn_reply(turn, answer, "ss", address, words);
}

void us_turn_complain(struct us_turn *turn, const char *text)
{
	say(turn, "/error", text);
}

void us_turn_complain_in_part(struct us_turn *turn)
{
	if (turn->warnings++ < WARNINGS)
		us_turn_complain(turn, turn->err.text);
}

void us_turn_warn(struct us_turn *turn, const char *format, ...)
{
	char text[US_ERROR_BYTES];
	va_list args;
	if (turn->warnings++ >= WARNINGS)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	say(turn, "/warning", text);
}
