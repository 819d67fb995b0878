/* editor.h — a line of text, typed and edited at a terminal, with history and completion. The only door to libedit
 * (editor.c). [one thread] */
#ifndef US_EDITOR_H
#define US_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

enum { US_CANDIDATES = 512, US_CANDIDATE_BYTES = 256 };

/* What a word could become. */
struct us_candidates {
	size_t from; /* where in the line the word begins */
	uint32_t count;
	struct us_candidate {
		char text[US_CANDIDATE_BYTES];
		char suffix; /* follows the word if it is the only one that fits; 0: nothing */
	} list[US_CANDIDATES];
};

/* Fills in what fits to the line up to the cursor. */
typedef void us_editor_complete(void *context, const char *line, size_t cursor, struct us_candidates *candidates);

struct us_editor_config {
	const char *prompt;  /* without colours */
	const char *history; /* a file, one line each; NULL: none is kept */
	bool colour;
	us_editor_complete *complete;
	void *context;
};

struct us_editor;
int us_editor_open(struct us_editor **editor, const struct us_editor_config *config, struct us_err *err);
void us_editor_close(struct us_editor *editor);

/* The next line, without its end, until the next call. NULL: there is none any more. */
const char *us_editor_read(struct us_editor *editor);

/* Keeps a line for this session and the next one. */
void us_editor_remember(struct us_editor *editor, const char *line);

#endif
