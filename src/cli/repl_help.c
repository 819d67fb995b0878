/* repl_help.c — the words that only the REPL knows: help, who, what, quit. */
#include "repl.h"

#include "cli.h"
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_PATIENCE_MS = 1000 };

static void print_statements(void)
{
	const char *example, *word;
	printf("\nthe language\n"
	       "  osc = saw freq=110       a new instance, with knobs\n"
	       "  osc -> vcf -> out        cables; osc -/> vcf takes one out\n"
	       "  lfo -> vcf.cutoff *2khz  a cable with an amount\n"
	       "  vcf.cutoff 800hz         a knob; without a value it is a question\n");
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		printf("%s%-12s%s", i % 6 ? "" : "  ", word, i % 6 == 5 ? "\n" : "");
	printf("\n");
}

static void print_words(void)
{
	const struct us_repl_word *word;
	for (uint32_t i = 0; (word = us_repl_word(i)); i++)
		printf("  %-8s %s\n", word->word, word->says);
}

static const char *example_of(const char *wanted)
{
	const char *example, *word;
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		if (strcmp(word, wanted) == 0)
			return example;
	return NULL;
}

/* Of a module, of an instance that plays, or of a word. */
static int act_help(struct us_repl *r, const char *topic, struct us_err *err)
{
	if (!*topic) {
		print_words();
		print_statements();
		return US_OK;
	}
	const struct us_module *module = us_library_find(r->talk.library, topic);
	if (!module && us_repl_ask_names(r, NAMES_PATIENCE_MS)) {
		const struct us_repl_name *instance = us_repl_name(r, topic);
		module = instance ? instance->module : NULL;
	}
	const char *example = module ? NULL : example_of(topic);
	if (module)
		us_cli_describe(module);
	else if (example)
		printf("%s\n", example);
	else {
		const char *near = us_library_nearest(r->talk.library, topic);
		return us_fail(err, "there is no module, instance or word '%s'%s%s%s", topic,
		               near ? ", did you mean '" : "; `understudy modules` lists the modules", near ? near : "",
		               near ? "'" : "");
	}
	return US_OK;
}

static int act_who(struct us_repl *r, const char *rest, struct us_err *err)
{
	(void)rest;
	if (!us_repl_ask_names(r, NAMES_PATIENCE_MS))
		return us_fail(err, "the synth's control does not answer; understudy status says how it is");
	for (uint32_t i = 0; i < r->names.count; i++) {
		const struct us_repl_name *n = &r->names.list[i];
		printf("%-12s %s", n->name, n->module ? n->module->name : "?");
		if (n->voices > 1)
			printf(", %u voices", n->voices);
		printf("%s\n", n->bypassed ? ", bypassed: restore brings it back" : "");
	}
	if (!r->names.count)
		printf("nothing plays; begin with osc = saw, osc -> out needs out = out first\n");
	return US_OK;
}

static int act_what(struct us_repl *r, const char *rest, struct us_err *err)
{
	char *text;
	size_t bytes;
	(void)rest;
	if (us_patch_fetch(r->talk.sender, &text, &bytes, err))
		return US_FAILED;
	us_sender_listen(r->talk.sender, r->editor ? us_repl_answer : NULL, r);
	fwrite(text, 1, bytes, stdout);
	free(text);
	return US_OK;
}

static int act_quit(struct us_repl *r, const char *rest, struct us_err *err)
{
	(void)rest, (void)err;
	r->over = true;
	return US_OK;
}

const struct us_repl_word *us_repl_word(uint32_t n)
{
	static const struct us_repl_word words[] = {
	    {"help", "this; help saw: what a module, an instance or a word is", false, act_help},
	    {"who", "the instances that play", true, act_who},
	    {"what", "what plays, as a patch", true, act_what},
	    {"quit", "leaves; the synth plays on (Ctrl-D does the same)", false, act_quit},
	    {"exit", "the same", false, act_quit},
	};
	return n < sizeof words / sizeof words[0] ? &words[n] : NULL;
}
