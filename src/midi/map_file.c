/* map_file.c — the file that the map lies in. */
#include "map.h"

#include "lang/plain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 512, FILE_BYTES = 1 << 20 };

/* A relative path counts from the map's own directory. */
static int settle_patches(struct us_map *map, uint32_t first, const char *path, struct us_err *err)
{
	const char *slash = strrchr(path, '/');
	char whole[LINE_BYTES + US_MAP_PATH_BYTES];
	for (uint32_t i = first; i < map->patches; i++) {
		if (map->patch[i][0] == '/' || !slash)
			continue;
		snprintf(whole, sizeof whole, "%.*s/%s", (int)(slash - path), path, map->patch[i]);
		if (strlen(whole) >= US_MAP_PATH_BYTES) {
			map->patches = first;
			return us_fail(err, "the path is longer than %d letters with its directory",
			               US_MAP_PATH_BYTES - 1);
		}
		strcpy(map->patch[i], whole);
	}
	return US_OK;
}

int us_map_read(struct us_map *map, const char *path, us_map_complaint *complain, void *context, struct us_err *err)
{
	char line[LINE_BYTES], text[LINE_BYTES + US_ERROR_BYTES];
	FILE *f = us_plain_open(path);
	us_map_clear(map);
	if (!f)
		return us_fail(err, "cannot read %s: %s", path, strerror(errno));
	for (uint32_t number = 1; fgets(line, sizeof line, f); number++) {
		const uint32_t patches = map->patches;
		const char *where = line;
		struct us_err wrong;
		int failed = US_OK;
		if (!strchr(line, '\n') && !feof(f)) {
			failed = us_fail(&wrong, "a line of more than %zu letters", sizeof line - 1);
			for (int c; (c = fgetc(f)) != EOF && c != '\n';)
				;
		} else {
			failed = us_map_line(map, line, &where, &wrong) || settle_patches(map, patches, path, &wrong);
		}
		if (failed) {
			snprintf(text, sizeof text, "%.400s:%u:%u: %s", path, number, (unsigned)(where - line) + 1,
			         wrong.text);
			complain(context, text);
		}
	}
	fclose(f);
	return US_OK;
}

void us_map_print(const struct us_map_knob *k, char line[static 160])
{
	static const char *const takes[] = {"", " jump", " relative twos", " relative offset", " relative sign"};
	char source[32], channel[32] = "", range[2 * US_MAP_VALUE_BYTES + 8] = "";
	if (k->source == US_MAP_CC14)
		snprintf(source, sizeof source, "cc %d/%d", k->number, k->low_number);
	else if (k->source == US_MAP_CC || k->source == US_MAP_NRPN)
		snprintf(source, sizeof source, "%s %d", k->source == US_MAP_CC ? "cc" : "nrpn", k->number);
	else
		snprintf(source, sizeof source, "%s", k->source == US_MAP_BEND ? "bend" : "pressure");
	if (k->channel != US_MAP_EVERY)
		snprintf(channel, sizeof channel, " channel %d", k->channel + 1);
	if (k->low[0])
		snprintf(range, sizeof range, " %s..%s", k->low, k->high);
	snprintf(line, 160, "%s%s -> %s.%s%s%s%s", source, channel, k->instance, k->input, range,
	         k->scale == US_MAP_AS_INPUT ? ""
	         : k->scale == US_MAP_RATIOS ? " log"
	                                     : " lin",
	         takes[k->take]);
}

/* Does this line bind the same controller? Then it goes. */
static bool is_overruled(const char *line, const struct us_map_knob *knob)
{
	struct us_map one;
	const char *where;
	us_map_clear(&one);
	if (us_map_line(&one, line, &where, NULL) || one.knobs != 1)
		return false;
	const struct us_map_knob *k = &one.knob[0];
	return k->source == knob->source && k->number == knob->number && k->channel == knob->channel;
}

static void make_directories(const char *path)
{
	char part[LINE_BYTES];
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		mkdir(part, 0700);
	}
}

static bool copy_lines(FILE *from, FILE *to, const struct us_map_knob *knob)
{
	char line[LINE_BYTES];
	bool whole = true;
	while (from && fgets(line, sizeof line, from)) {
		if (is_overruled(line, knob))
			continue;
		fputs(line, to);
		whole = strchr(line, '\n') != NULL;
	}
	if (!whole)
		fputc('\n', to);
	return !ferror(to);
}

/* Beside it and then in its place: who reads it meanwhile has the old or the new one. */
int us_map_write(const char *path, const struct us_map_knob *knob, struct us_err *err)
{
	char beside[LINE_BYTES], rule[160];
	if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside)
		return us_fail(err, "the path of %.60s... is too long", path);
	make_directories(path);
	const int fd = mkstemp(beside);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w"), *from = fopen(path, "re");
	us_map_print(knob, rule);
	bool done = to && copy_lines(from, to, knob) && fprintf(to, "%s\n", rule) > 0 && fchmod(fd, 0644) == 0;
	const int why = errno;
	if (from)
		fclose(from);
	if (to)
		done = fclose(to) == 0 && done;
	if (done && rename(beside, path) == 0)
		return US_OK;
	if (fd >= 0)
		unlink(beside);
	return us_fail(err, "cannot write %s: %s", path, strerror(why));
}
