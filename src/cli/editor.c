/* editor.c — see editor.h. The only file that includes histedit.h.
 *
 * History is a plain text file. Each line is appended as soon as it was typed: nothing is lost when this process dies,
 * and several of them can share the file. */
#include "editor.h"

#include "patch_file.h"

#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_LINES = 2000, PROMPT_BYTES = 64 };

struct us_editor {
	EditLine *el;
	History *history;
	struct us_editor_config config;
	char prompt[PROMPT_BYTES];
	char *line;
	struct us_candidates candidates;
};

static struct us_editor *editor_of(EditLine *el)
{
	struct us_editor *e = NULL;
	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *prompt(EditLine *el)
{
	return editor_of(el)->prompt;
}

/* --- history ----------------------------------------------------------------------------------------------------- */

static void enter(struct us_editor *e, const char *line)
{
	HistEvent event;
	history(e->history, &event, H_ENTER, line);
}

/* The last lines of the file; one that has become long is cut. */
static void recall(struct us_editor *e)
{
	char *text, *line, *rest;
	size_t bytes;
	uint32_t lines = 0;
	const char *path = e->config.history;
	if (!path || access(path, R_OK) || us_text_read(path, &text, &bytes, NULL))
		return;
	text[bytes] = 0; /* there is room: see us_text_read */
	size_t at = bytes;
	while (at > 0 && (lines += text[at - 1] == '\n') <= HISTORY_LINES)
		at--;
	if (at > 0)
		us_text_replace(path, text + at, bytes - at, NULL);
	for (rest = text + at; (line = strsep(&rest, "\n"));)
		if (*line)
			enter(e, line);
	free(text);
}

void us_editor_remember(struct us_editor *e, const char *line)
{
	char *text;
	enter(e, line);
	const int fd =
	    e->config.history ? open(e->config.history, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return;
	const int bytes = asprintf(&text, "%s\n", line); /* one write: lines of two editors do not mix */
	if (bytes > 0) {
		if (write(fd, text, (size_t)bytes) != bytes)
			e->config.history = NULL; /* a full disk: not again for every line */
		free(text);
	}
	close(fd);
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

/* ^C gives up the line, not the program: what was typed stays to be seen, an empty line is what is read. */
static unsigned char give_up_line(EditLine *el, int key)
{
	(void)key;
	FILE *out;
	const LineInfo *line = el_line(el);
	el_cursor(el, (int)(line->lastchar - line->cursor));
	line = el_line(el);
	el_deletestr(el, (int)(line->cursor - line->buffer));
	el_insertstr(el, "\n");
	if (!el_get(el, EL_GETFP, 1, &out))
		fputs("^C\n", out);
	return CC_NEWLINE;
}

static size_t common_bytes(const struct us_candidates *c)
{
	size_t n = strlen(c->list[0].text);
	for (uint32_t i = 1; i < c->count; i++)
		for (size_t k = 0; k < n; k++)
			if (c->list[i].text[k] != c->list[0].text[k])
				n = k;
	return n;
}

static void list_candidates(EditLine *el, const struct us_candidates *c)
{
	int columns = 80;
	size_t widest = 1;
	FILE *out;
	if (el_get(el, EL_GETFP, 1, &out))
		return;
	el_get(el, EL_GETTC, "co", &columns);
	for (uint32_t i = 0; i < c->count; i++)
		widest = strlen(c->list[i].text) > widest ? strlen(c->list[i].text) : widest;
	const uint32_t across = columns > (int)widest + 2 ? (uint32_t)columns / ((uint32_t)widest + 2) : 1;
	for (uint32_t i = 0; i < c->count; i++)
		fprintf(out, "%s%-*s", i % across ? "  " : "\n", (int)widest, c->list[i].text);
	fprintf(out, "\n");
	fflush(out);
}

/* As far as all agree; when that is no step forward, all are shown. */
static unsigned char complete(EditLine *el, int key)
{
	(void)key;
	struct us_editor *e = editor_of(el);
	struct us_candidates *c = &e->candidates;
	char ending[US_CANDIDATE_BYTES + 1];
	const LineInfo *info = el_line(el);
	const size_t cursor = (size_t)(info->cursor - info->buffer);
	char *line = strndup(info->buffer, (size_t)(info->lastchar - info->buffer));
	if (!line)
		return CC_ERROR;
	c->count = 0;
	c->from = cursor;
	e->config.complete(e->config.context, line, cursor, c);
	free(line);
	if (!c->count)
		return CC_ERROR;
	const size_t common = common_bytes(c), typed = cursor - c->from;
	snprintf(ending, sizeof ending, "%.*s%.*s", (int)(common - typed), c->list[0].text + typed, c->count == 1,
	         &c->list[0].suffix);
	if (*ending)
		return el_insertstr(el, ending) ? CC_ERROR : CC_REFRESH;
	if (c->count == 1)
		return CC_REFRESH;
	list_candidates(el, c);
	return CC_REDISPLAY;
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

/* A byte of UTF-8 is no letter in the C locale: what a terminal shows is UTF-8 today, whatever nobody has set. */
static void choose_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int us_editor_open(struct us_editor **editor, const struct us_editor_config *config, struct us_err *err)
{
	HistEvent event;
	choose_locale();
	struct us_editor *e = calloc(1, sizeof *e);
	if (e) {
		e->config = *config;
		e->el = el_init("understudy", stdin, stdout, stderr);
		e->history = history_init();
	}
	if (!e || !e->el || !e->history) {
		us_editor_close(e);
		return us_fail(err, "no memory to edit lines");
	}
	snprintf(e->prompt, sizeof e->prompt, config->colour ? "\1\033[1m\1%s\1\033[0m\1" : "%s", config->prompt);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT_ESC, prompt, '\1');
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_SIGNAL, 1); /* the terminal is as it was, however this ends */
	history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	history(e->history, &event, H_SETUNIQUE, 1);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_ADDFN, "us-complete", "complete the word", complete);
	el_set(e->el, EL_ADDFN, "us-give-up", "give up the line", give_up_line);
	el_set(e->el, EL_BIND, "^I", "us-complete", NULL);
	el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(e->el, NULL); /* what the user wants in ~/.editrc */
	el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
	signal(SIGINT, SIG_IGN); /* nor one that is typed while a line is carried out */
	el_set(e->el, EL_BIND, "^C", "us-give-up", NULL);
	recall(e);
	*editor = e;
	return US_OK;
}

void us_editor_close(struct us_editor *e)
{
	if (!e)
		return;
	if (e->el)
		el_end(e->el);
	if (e->history)
		history_end(e->history);
	free(e->line);
	free(e);
}

const char *us_editor_read(struct us_editor *e)
{
	int count;
	const char *typed = el_gets(e->el, &count);
	free(e->line);
	e->line = typed && count > 0 ? strndup(typed, strcspn(typed, "\r\n")) : NULL;
	return e->line;
}
