/* duration.c — see duration.h. */
#include "duration.h"

#include "value.h"

#include <stdint.h>
#include <string.h>
#include <understudy/letters.h>
#include <understudy/module.h>

enum { NUMBER_BYTES = 40 };

static const struct {
	const char *word;
	int beats;
} units[] = {{"bars", US_BEATS_PER_BAR}, {"bar", US_BEATS_PER_BAR}, {"beats", 1}, {"beat", 1}};

/* How many beats one of the unit at the end of the text has, and the number before it; 0: no such unit. */
static int cut_unit(const char *text, char number[static NUMBER_BYTES])
{
	const size_t n = strlen(text);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t m = strlen(units[i].word);
		if (n < m || !us_same_word(text + n - m, units[i].word) || n - m >= NUMBER_BYTES)
			continue;
		memcpy(number, text, n - m);
		for (m = n - m; m > 0 && number[m - 1] == ' ';)
			m--;
		number[m] = 0;
		return units[i].beats;
	}
	return 0;
}

bool us_duration_is_musical(const char *text)
{
	char number[NUMBER_BYTES];
	return cut_unit(text, number) > 0;
}

int us_duration_parse(const char *text, float bpm, float *seconds, struct us_err *err)
{
	static const struct us_input count = {.name = "a length", .unit = US_RATIO},
				     time = {.name = "a length", .unit = US_MS};
	char number[NUMBER_BYTES];
	const int beats = cut_unit(text, number);
	const bool unit = strpbrk(text, "smuSMU") != NULL;
	if (us_value_parse(beats ? number : text, beats || !unit ? &count : &time, seconds, err))
		return us_fail(err, "'%.40s' is no length; right would be 2s, 500ms, 4 bars or 2 beats", text);
	if (beats)
		*seconds *= (float)beats * 60 / bpm;
	else if (unit)
		*seconds /= 1000;
	return *seconds >= 0 ? US_OK : us_fail(err, "'%.40s' is less than nothing", text);
}
