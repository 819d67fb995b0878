/* repl_help.c — the words that only the REPL knows: help, who, what, quit. */
#include "repl.h"

#include "cli.h"
#include "events.h"
#include "fetch.h"
#include "lang/spelling.h"

#include <stdlib.h>
#include <string.h>
#include <understudy/pattern.h>

enum { NAMES_PATIENCE_MS = 1000 };

static void print_statements(void)
{
	const char *example, *word;
	printf("\nthe language\n"
	       "  osc = saw freq=110              a new instance, with knobs\n"
	       "  osc -> vcf -> out               cables; osc -/> vcf takes one out\n"
	       "  lfo -> vcf.cutoff *2khz         a cable with an amount\n"
	       "  vcf.cutoff 800hz                a knob; without a value it is a question\n"
	       "  vcf.cutoff +2st                 a step from where it stands: *1.2, /2, +100hz, -= 3db\n"
	       "  vcf.cutoff -> 4khz over 4 bars  a ramp: over 2s, over 1/2 beat\n"
	       "  scene save verse                what plays, under a name; scene verse brings it back\n");
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		printf("%s%s", i == 0 ? "  " : i % 10 ? ", " : ",\n  ", word);
	printf("\n");
}

static void print_words(void)
{
	const struct us_repl_word *word;
	for (uint32_t i = 0; (word = us_repl_word(i)); i++)
		printf("  %-8s %s\n", word->word, word->says);
}

/* Of a word: what it does, or what a statement with it looks like. */
static bool print_word(const char *wanted)
{
	const struct us_repl_word *own;
	const char *example, *word;
	for (uint32_t i = 0; (own = us_repl_word(i)); i++)
		if (strcmp(own->word, wanted) == 0)
			return printf("%s\n", own->says) > 0;
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		if (strcmp(word, wanted) == 0)
			return printf("%s\n", example) > 0;
	return false;
}

static int refuse_topic(const struct us_repl *r, const char *topic, struct us_err *err)
{
	struct us_spelling near = {.wanted = topic};
	const struct us_repl_word *own;
	const struct us_module *module;
	const char *example, *word;
	for (uint32_t i = 0; (own = us_repl_word(i)); i++)
		us_spelling_offer(&near, own->word);
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		us_spelling_offer(&near, word);
	for (uint32_t i = 0; i < r->names.count; i++)
		us_spelling_offer(&near, r->names.list[i].name);
	for (uint32_t i = 0; (module = us_library_at(r->talk.library, i)); i++)
		us_spelling_offer(&near, module->name);
	word = us_spelling_best(&near);
	return us_fail(err, "there is no module, instance or word '%s'; %s%s%s", topic,
	               word ? "did you mean '" : "`understudy modules` lists the modules", word ? word : "",
	               word ? "'" : "");
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
	if (module)
		us_cli_describe(module);
	return module || print_word(topic) ? US_OK : refuse_topic(r, topic, err);
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
		printf("nothing plays; begin with osc = saw, then out = out, then osc -> out\n");
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

/* events "bd*2 sn" */
static int act_events(struct us_repl *r, const char *rest, struct us_err *err)
{
	char text[US_PATTERN_TEXT];
	(void)r;
	const char quote = *rest == '"' || *rest == '\'' ? *rest : 0;
	snprintf(text, sizeof text, "%s", rest + (quote != 0));
	char *end = quote ? strrchr(text, quote) : NULL;
	if (end)
		*end = 0;
	return text[0] ? us_events_say(text, 1, err)
	               : us_fail(err, "expected a pattern, as in events \"bd*2 sn; every 2 rev\"");
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
	    {"help", "this; help saw: what a module, an instance or a word is", false, false, act_help},
	    {"who", "the instances that play", true, false, act_who},
	    {"what", "what plays, as a patch", true, false, act_what},
	    {"events", "what a pattern does: events \"bd*2 sn; rev\"", false, true, act_events},
	    {"quit", "leaves; the synth plays on (Ctrl-D does the same)", false, false, act_quit},
	    {"exit", "the same", false, false, act_quit},
	};
	return n < sizeof words / sizeof words[0] ? &words[n] : NULL;
}
