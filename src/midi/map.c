/* map.c — one line of the map; see map.h. */
#include "map.h"

#include "lang/value.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 240, CONTROLLERS = 128, PARAMETERS = 16384, MOST_BEND = 48 };

struct reader {
	const char *at, *word_at; /* behind the word, and where it begins */
	char word[WORD_BYTES];
	struct us_err *err;
};

/* Goes on to the next word; false at the end, or at a comment. */
static bool next(struct reader *r)
{
	r->at += strspn(r->at, " \t\r\n");
	r->word_at = r->at;
	const size_t n = strcspn(r->at, " \t\r\n");
	if (!n || *r->at == '#') {
		r->word[0] = 0;
		return false;
	}
	snprintf(r->word, sizeof r->word, "%.*s", (int)n, r->at);
	r->at += n;
	return true;
}

static bool is(const struct reader *r, const char *word)
{
	return strcmp(r->word, word) == 0;
}

static int refuse(struct reader *r, const char *right)
{
	return r->word[0] ? us_fail(r->err, "'%.40s' cannot stand here; right would be %s", r->word, right)
	                  : us_fail(r->err, "the line ends too soon; right would be %s", right);
}

/* A whole number up to `most`, at *text, which goes on behind it. */
static bool number(const char **text, int least, int most, int *value)
{
	char *end;
	const long n = strtol(*text, &end, 10);
	if (**text < '0' || **text > '9' || n < least || n > most)
		return false;
	*value = (int)n;
	*text = end;
	return true;
}

static int read_number(struct reader *r, int least, int most, int *value, const char *right)
{
	const char *text = r->word;
	next(r);
	return number(&text, least, most, value) && !*text ? US_OK : refuse(r, right);
}

static int read_arrow(struct reader *r, const char *right)
{
	return next(r) && is(r, "->") ? US_OK : refuse(r, right);
}

static bool is_name(const char *text, size_t n, size_t most)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-";
	return n > 0 && n < most && strspn(text, letters) >= n && text[0] != '-' && !(text[0] >= '0' && text[0] <= '9');
}

static int read_instance(struct reader *r, char instance[static US_NAME_BYTES])
{
	next(r);
	if (!is_name(r->word, strlen(r->word), US_NAME_BYTES) || strchr(r->word, '.'))
		return refuse(r, "the name of an instance, as in channel 10 -> drums");
	strcpy(instance, r->word);
	return US_OK;
}

static int read_place(struct reader *r, struct us_map_knob *k)
{
	next(r);
	const char *dot = strchr(r->word, '.');
	if (!dot || !is_name(r->word, (size_t)(dot - r->word), US_NAME_BYTES) ||
	    !is_name(dot + 1, strlen(dot + 1), US_MODULE_NAME_BYTES))
		return refuse(r, "an instance and its input, as in vcf.cutoff");
	snprintf(k->instance, sizeof k->instance, "%.*s", (int)(dot - r->word), r->word);
	snprintf(k->input, sizeof k->input, "%s", dot + 1);
	return US_OK;
}

/* 200hz..8khz; that the units fit the input can be seen only when it is there. */
static int read_range(struct reader *r, struct us_map_knob *k)
{
	static const char right[] = "a range, as in 200hz..8khz";
	const char *dots = strstr(r->word, "..");
	const size_t n = (size_t)(dots - r->word);
	float unread;
	if (!n || n >= US_MAP_VALUE_BYTES || strlen(dots + 2) >= US_MAP_VALUE_BYTES)
		return refuse(r, right);
	memcpy(k->low, r->word, n);
	k->low[n] = 0;
	strcpy(k->high, dots + 2);
	return us_value_parse(k->low, NULL, &unread, r->err) || us_value_parse(k->high, NULL, &unread, r->err)
	           ? US_FAILED
	           : US_OK;
}

static bool is_relative(enum us_map_take take)
{
	return take >= US_MAP_TWOS;
}

static int read_how(struct reader *r, struct us_map_knob *k)
{
	static const struct {
		const char *word;
		enum us_map_take take;
	} takes[] = {{"pickup", US_MAP_PICKUP}, {"jump", US_MAP_JUMP},     {"relative", US_MAP_TWOS},
	             {"twos", US_MAP_TWOS},     {"offset", US_MAP_OFFSET}, {"sign", US_MAP_SIGN}};
	if (strstr(r->word, ".."))
		return read_range(r, k);
	if (is(r, "log") || is(r, "lin")) {
		k->scale = is(r, "log") ? US_MAP_RATIOS : US_MAP_STRAIGHT;
		return US_OK;
	}
	for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++)
		if (is(r, takes[i].word)) {
			k->take = takes[i].take;
			return is_relative(k->take) && k->source != US_MAP_CC
			           ? us_fail(r->err, "only a cc of 7 bits can be relative")
			           : US_OK;
		}
	return refuse(r, "a range as in 200hz..8khz, lin, log, pickup, jump, or relative with twos, offset or sign");
}

/* channel 2 ->, or -> alone. */
static int read_channel(struct reader *r, int *channel)
{
	*channel = US_MAP_EVERY;
	if (!next(r))
		return refuse(r, "-> and what it turns, as in cc 74 -> vcf.cutoff");
	if (is(r, "channel")) {
		if (read_number(r, 1, US_MIDI_CHANNELS, channel, "a channel from 1 to 16"))
			return US_FAILED;
		--*channel;
		return read_arrow(r, "-> and what it turns, as in cc 74 channel 2 -> vcf.cutoff");
	}
	return is(r, "->") ? US_OK : refuse(r, "-> and what it turns, as in cc 74 -> vcf.cutoff");
}

static int read_knob(struct us_map *map, struct reader *r, struct us_map_knob k)
{
	if (read_channel(r, &k.channel) || read_place(r, &k))
		return US_FAILED;
	while (next(r))
		if (read_how(r, &k))
			return US_FAILED;
	if (map->knobs == US_MAP_KNOBS)
		return us_fail(r->err, "more than %d controllers", US_MAP_KNOBS);
	map->knob[map->knobs++] = k;
	return US_OK;
}

static int read_cc(struct us_map *map, struct reader *r)
{
	static const char right[] = "a controller from 0 to 127, or two as in cc 1/33";
	struct us_map_knob k = {.source = US_MAP_CC};
	next(r);
	const char *text = r->word;
	if (!number(&text, 0, CONTROLLERS - 1, &k.number))
		return refuse(r, right);
	if (*text == '/') {
		text++;
		k.source = US_MAP_CC14;
		if (!number(&text, 0, CONTROLLERS - 1, &k.low_number))
			return refuse(r, right);
	}
	return *text ? refuse(r, right) : read_knob(map, r, k);
}

static int read_nrpn(struct us_map *map, struct reader *r)
{
	struct us_map_knob k = {.source = US_MAP_NRPN};
	next(r);
	const char *text = r->word;
	if (!number(&text, 0, PARAMETERS - 1, &k.number) || *text)
		return refuse(r, "a parameter from 0 to 16383, as in nrpn 1234");
	return read_knob(map, r, k);
}

/* bend 12, or bend -> place. */
static int read_bend(struct us_map *map, struct reader *r)
{
	const char *before = r->at;
	int semitones;
	next(r);
	const char *text = r->word;
	if (number(&text, 0, MOST_BEND, &semitones) && (!*text || strcmp(text, "st") == 0)) {
		map->bend = (float)semitones;
		return next(r) ? refuse(r, "nothing more") : US_OK;
	}
	if (!is(r, "->") && !is(r, "channel"))
		return refuse(r, "0 to 48 semitones, as in bend 12, or -> and what it turns");
	r->at = before;
	return read_knob(map, r, (struct us_map_knob){.source = US_MAP_BEND});
}

static int read_key(struct reader *r, const char *text, uint8_t *key)
{
	static const struct us_input row = {.name = "key", .unit = US_SEMITONE, .min = 0, .max = 127};
	float value;
	if (us_value_parse(text, &row, &value, NULL) || !(value >= 0 && value < US_MIDI_KEYS) ||
	    value != (float)(int)value)
		return refuse(r, "a key from 0 to 127 or c-1 to g9, or some, as in c2..b3");
	*key = (uint8_t)value;
	return US_OK;
}

static int read_zone(struct us_map *map, struct reader *r, bool keys)
{
	struct us_map_zone z = {.channel = US_MAP_EVERY, .last = US_MIDI_KEYS - 1};
	next(r);
	if (keys) {
		char first[WORD_BYTES];
		const char *dots = strstr(r->word, "..");
		snprintf(first, sizeof first, "%.*s", dots ? (int)(dots - r->word) : (int)strlen(r->word), r->word);
		if (read_key(r, first, &z.first) || read_key(r, dots ? dots + 2 : first, &z.last))
			return US_FAILED;
		if (z.first > z.last)
			return refuse(r, "the lower key first");
	} else {
		const char *text = r->word;
		if (!number(&text, 1, US_MIDI_CHANNELS, &z.channel) || *text)
			return refuse(r, "a channel from 1 to 16, as in channel 10 -> drums");
		z.channel--;
	}
	if (read_arrow(r, "-> and who plays it") || read_instance(r, z.instance))
		return US_FAILED;
	if (map->zones == US_MAP_ZONES)
		return us_fail(r->err, "more than %d channels and keys", US_MAP_ZONES);
	map->zone[map->zones++] = z;
	return next(r) ? refuse(r, "nothing more") : US_OK;
}

static int read_patch(struct us_map *map, struct reader *r)
{
	if (!next(r) || strlen(r->word) >= US_MAP_PATH_BYTES)
		return refuse(r, "a file, as in patch drone.us");
	if (map->patches == US_MAP_PATCHES)
		return us_fail(r->err, "more than %d patches; program change knows no more", US_MAP_PATCHES);
	strcpy(map->patch[map->patches++], r->word);
	return next(r) ? refuse(r, "nothing more") : US_OK;
}

void us_map_clear(struct us_map *map)
{
	memset(map, 0, sizeof *map);
	map->bend = 2;
}

int us_map_line(struct us_map *map, const char *line, const char **where, struct us_err *err)
{
	struct reader r = {.at = line, .err = err};
	int failed = US_OK;
	if (!next(&r)) {
		*where = line;
		return US_OK;
	}
	if (is(&r, "cc"))
		failed = read_cc(map, &r);
	else if (is(&r, "nrpn"))
		failed = read_nrpn(map, &r);
	else if (is(&r, "pressure"))
		failed = read_knob(map, &r, (struct us_map_knob){.source = US_MAP_PRESSURE});
	else if (is(&r, "bend"))
		failed = read_bend(map, &r);
	else if (is(&r, "channel") || is(&r, "key"))
		failed = read_zone(map, &r, is(&r, "key"));
	else if (is(&r, "patch"))
		failed = read_patch(map, &r);
	else
		failed = refuse(&r, "cc, nrpn, pressure, bend, channel, key or patch");
	*where = r.word_at;
	return failed;
}

const char *us_map_player(const struct us_map *map, uint8_t channel, uint8_t key)
{
	const struct us_map_zone *found = NULL;
	for (uint32_t i = 0; i < map->zones; i++) {
		const struct us_map_zone *z = &map->zone[i];
		const bool fits =
		    z->channel == US_MAP_EVERY ? key >= z->first && key <= z->last : z->channel == channel;
		if (fits && (!found || z->channel == US_MAP_EVERY || found->channel != US_MAP_EVERY))
			found = z;
	}
	return found ? found->instance : NULL;
}
