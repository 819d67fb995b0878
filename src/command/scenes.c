/* scenes.c — the book of scenes (understudy/scenes.h): what is in it, and putting another text in its place. The former
 * text is noted for /undo, and for a batch that fails. */
#include "internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const char *us_scenes_text(const struct us_commander *c)
{
	return c->scenes->text[atomic_load_explicit(&c->scenes->which, memory_order_relaxed) & 1]; /* our own */
}

/* The word up to the next space, or to the end of the line. */
static const char *cut(const char *at, const char *end, char *to, size_t room)
{
	const char *space = memchr(at, ' ', (size_t)(end - at));
	const size_t n = (size_t)((space ? space : end) - at), kept = n < room ? n : room - 1;
	memcpy(to, at, kept);
	to[kept] = 0;
	return space ? space + 1 : end;
}

bool us_scene_line(const char **at, struct us_scene_line *line)
{
	if (!**at)
		return false;
	const char *end = *at + strcspn(*at, "\n");
	line->begin = *at;
	const char *value = cut(cut(*at, end, line->name, sizeof line->name), end, line->place, sizeof line->place);
	const size_t n = (size_t)(end - value), kept = n < sizeof line->value ? n : sizeof line->value - 1;
	memcpy(line->value, value, kept);
	line->value[kept] = 0;
	*at = end + (*end == '\n');
	line->bytes = (size_t)(*at - line->begin);
	return true;
}

bool us_scene_is(const struct us_commander *c, const char *name)
{
	struct us_scene_line line;
	for (const char *at = us_scenes_text(c); us_scene_line(&at, &line);)
		if (strcmp(line.name, name) == 0)
			return true;
	return false;
}

void us_scenes_put(struct us_commander *c, const char *text)
{
	c->generation++; /* the pages of /patch/text are of another patch now */
	const uint32_t next = 1 ^ (atomic_load_explicit(&c->scenes->which, memory_order_relaxed) & 1);
	char *to = c->scenes->text[next];
	memset(to, 0, US_SCENES_BYTES);
	memcpy(to, text, strnlen(text, US_SCENES_BYTES - 1));
	/* Pairs with the acquire of the next control process: the text is whole. */
	atomic_store_explicit(&c->scenes->which, next, memory_order_release);
}

/* --- drafts ------------------------------------------------------------------------------------------------------ */

int us_draft_begin(struct us_draft *d, struct us_turn *turn, const char *name, const char *place)
{
	struct us_scene_line line;
	*d = (struct us_draft){.text = malloc(US_SCENES_BYTES)};
	if (!d->text)
		return us_fail(&turn->err, "no memory to write a scene");
	for (const char *at = us_scenes_text(turn->commander); us_scene_line(&at, &line);) {
		const bool goes = strcmp(line.name, name) == 0 && (!place || strcmp(line.place, place) == 0);
		d->dropped += goes;
		if (goes)
			continue;
		memcpy(d->text + d->used, line.begin, line.bytes);
		d->used += line.bytes;
	}
	return US_OK;
}

void us_draft_add(struct us_draft *d, const char *name, const char *place, const char *value)
{
	const size_t need = strlen(name) + strlen(place) + strlen(value) + 3;
	d->added++;
	d->full |= d->used + need >= US_SCENES_BYTES;
	if (d->full)
		return;
	sprintf(d->text + d->used, "%s %s %s\n", name, place, value);
	for (char *p = d->text + d->used; p < d->text + d->used + need - 1; p++)
		*p = (unsigned char)*p < ' ' || *p == 127 ? ' ' : *p; /* a pattern may have lines */
	d->used += need;
}

/* Takes the place of what there is, or of nothing if it does not fit. */
int us_draft_end(struct us_draft *d, struct us_turn *turn)
{
	int failed = US_OK;
	if (d->full)
		failed =
		    us_fail(&turn->err,
		            "all scenes together have room for %d letters; delete one, or save fewer instances, as "
		            "in /scene/save verse drums vcf",
		            US_SCENES_BYTES - 1);
	if (!failed) {
		d->text[d->used] = 0;
		us_undo_scenes(turn->commander);
		us_scenes_put(turn->commander, d->text);
	}
	free(d->text);
	return failed;
}
