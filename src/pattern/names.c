/* names.c — which name has which number, and with it which output. A name keeps its number from one text to the next,
 * also while no text says it. The first numbers have outputs, and are scarce: when they have all been given, a new name
 * takes that of one which the text does not say and from which no cable leaves. See parse.h. */
#include "parse.h"

#include <string.h>

/* names bd sn ~ hh: their numbers, in this order; ~ leaves one to nobody. Changes nothing that is heard. */
uint16_t us_make_names(struct parse *m, uint16_t pattern, const struct change *c)
{
	(void)c;
	m->listed = 0;
	for (us_skip_blanks(m); *m->at && *m->at != ';' && *m->at != ')'; us_skip_blanks(m)) {
		size_t n = us_name_length(m);
		const bool blank = n == 0 && *m->at == '~';
		m->token = m->at;
		if (n && m->at[n] == ':')
			n += 1 + strspn(m->at + n + 1, "0123456789");
		if (!blank && (n == 0 || us_is_digit(*m->at))) {
			us_refuse(m, "a name, or ~ for a place without one, as in names bd ~ hh");
			return NONE;
		}
		const uint16_t name = blank ? 0 : us_name_number(m, m->at, n);
		if (!blank && !name)
			return NONE;
		if (m->listed == US_PATTERN_NAMES) {
			us_fail(m->err, "more than %d names in one pattern", US_PATTERN_NAMES);
			return NONE;
		}
		m->list[m->listed++] = name;
		m->at += blank ? 1 : n;
	}
	if (m->listed)
		return pattern;
	us_refuse(m, "names, as in names bd sn hh");
	return NONE;
}

static bool has(const struct parse *m, const char *name)
{
	for (uint32_t i = 0; i < m->names; i++)
		if (strcmp(m->name[i], name) == 0)
			return true;
	return false;
}

/* Nothing is lost if another name takes number i + 1. */
static bool is_free(const struct parse *to, const struct parse *said, uint64_t held, uint32_t i)
{
	return !(held >> i & 1) && !(to->name[i][0] && has(said, to->name[i]));
}

static int give_number(struct parse *to, const struct parse *said, const char *name, uint64_t held)
{
	uint32_t place = to->names;
	if (has(to, name))
		return US_OK;
	for (uint32_t i = 0; to->names >= US_PATTERN_OUTPUTS && i < to->names && place == to->names; i++)
		if (is_free(to, said, held, i))
			place = i;
	if (place == US_PATTERN_NAMES)
		return us_fail(to->err, "more than %d different names in one pattern, with those that have a cable",
		               US_PATTERN_NAMES);
	to->names += place == to->names;
	memset(to->name[place], 0, sizeof to->name[place]);
	memcpy(to->name[place], name, strlen(name));
	return US_OK;
}

int us_names_settle(struct parse *to, const struct parse *said, const struct us_pattern *before, uint64_t held)
{
	for (uint32_t i = 1; before && i <= before->names && i <= US_PATTERN_NAMES; i++)
		strncpy(to->name[to->names++], us_pattern_name(before, i), US_PATTERN_NAME_BYTES - 1);
	if (to->names == 0)
		for (uint32_t i = 0; i < said->listed; i++) {
			if (said->list[i])
				memcpy(to->name[i], said->name[said->list[i] - 1], sizeof to->name[i]);
			else
				held |= 1ull << i;
			to->names++;
		}
	for (uint32_t i = 0; i < said->names; i++)
		if (give_number(to, said, said->name[i], held))
			return US_FAILED;
	return US_OK;
}
