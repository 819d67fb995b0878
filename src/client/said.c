/* said.c — see said.h. */
#include "said.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What stands for an address, and what for it; one that ends in a slash goes on with a word that is kept. */
static const struct {
	const char *address, *words;
} table[] = {
    {"/gate/", "gate "},
    {"/patch/begin", "begin"},
    {"/patch/commit", "commit"},
    {"/patch/abort", "abort"},
    {"/patch/clear", "clear"},
    {"/patch/list", "list"},
    {"/patch/cables", "cables"},
    {"/patch/create", "create"},
    {"/patch/connect", "connect"},
    {"/patch/disconnect", "disconnect"},
    {"/patch/delete", "delete"},
    {"/patch/file", "file"},
    {"/patch/text", "save"},
    {"/pattern", "play"},
    {"/scene/save", "scene save"},
    {"/scene/recall", "scene"},
    {"/scene/set", "scene"},
    {"/scene/delete", "scene delete"},
    {"/scene/list", "scene list"},
    {"/engine/gain", "gain"},
    {"/engine/limiter", "limiter"},
    {"/engine/tempo", "tempo"},
    {"/engine/status", "status"},
    {"/key", "key"},
    {"/tempo/tap", "tap"},
    {"/tempo", "tempo"},
    {"/transport/play", "transport play"},
    {"/transport/stop", "transport stop"},
    {"/transport/locate", "transport locate"},
    {"/transport", "transport"},
    {"/record/start", "record"},
    {"/record/stop", "record stop"},
    {"/record/status", "record"},
    {"/module/restore", "restore"},
    {"/mute", "mute"},
    {"/unmute", "unmute"},
    {"/solo", "solo"},
    {"/unsolo", "unsolo"},
    {"/note", "note"},
    {"/test", "test"},
    {"/undo", "undo"},
    {"/redo", "redo"},
    {"/hush", "hush"},
    {"/panic", "panic"},
    {"/ping", "ping"},
    {"/time", "time"},
    {"/eval", "eval"},
};

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '/' || c == '.';
}

/* At an address: its words, and how many letters it has. 0: it is none. */
static size_t read_address(const char *at, char words[static US_ERROR_BYTES])
{
	static const char mod[] = "/mod/";
	const size_t n = strcspn(at, " :;,)'");
	if (strncmp(at, mod, sizeof mod - 1) == 0) {
		snprintf(words, US_ERROR_BYTES, "%.*s", (int)(n - sizeof mod + 1), at + sizeof mod - 1);
		char *slash = strchr(words, '/');
		if (slash)
			*slash = '.';
		return n;
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const size_t m = strlen(table[i].address);
		if (strncmp(at, table[i].address, m) != 0)
			continue;
		if (at[m - 1] != '/' && is_letter(at[m]) && !(at[m] == '.' && !is_letter(at[m + 1])))
			continue;
		strcpy(words, table[i].words);
		return m;
	}
	return 0;
}

char *us_said(char to[static US_ERROR_BYTES], const char *text)
{
	char words[US_ERROR_BYTES];
	size_t used = 0;
	for (const char *p = text; *p && used < US_ERROR_BYTES - 1;) {
		const bool begins = *p == '/' && (p == text || strchr(" ('", p[-1]));
		const size_t n = begins ? read_address(p, words) : 0;
		if (!n) {
			to[used++] = *p++;
			continue;
		}
		const size_t bytes = strlen(words), room = US_ERROR_BYTES - 1 - used;
		memcpy(to + used, words, bytes < room ? bytes : room);
		used += bytes < room ? bytes : room;
		p += n;
	}
	to[used] = 0;
	return to;
}
