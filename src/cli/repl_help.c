/* repl_help.c — `help`: all that can be said, or what one thing is: a module, an instance, an input of it, a statement,
 * a word of the REPL, a sign, a musical word. */
#include "repl.h"

#include "cli.h"
#include "lang/spelling.h"

#include <stdlib.h>
#include <string.h>

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

/* What is no word of its own. */
static const struct {
	const char *topic, *says;
} signs[] = {
    {"->",
     "osc -> vcf -> out: cables, from the first output to the input `in`, or the first; vcf.cutoff -> 2khz over 4 "
     "bars: a ramp"},
    {"-/>", "osc -/> vcf takes a cable out"},
    {"*", "lfo -> vcf.cutoff *2khz: an amount, in the unit of the input; vcf.cutoff *1.2: a step from where it stands"},
    {"=", "osc = saw freq=110hz: a new instance and its knobs"},
    {"+", "vcf.cutoff +2st: a step from where it stands"},
    {"-=", "gain -= 3db: a step down from where it stands; gain -3db is a value"},
    {"#", "the rest of the line is a comment"},
    {"over",
     "vcf.cutoff 2khz over 4 bars: how long it takes; over 2s, over 1/2 beat. Knobs, tempo, gain, scenes, mute, solo"},
    {"voices", "lead = keys voices=8: a source of so many voices; what it is plugged into follows"},
    {"units", "hz khz, a4 c#3; us ms s min; st c oct; db; % and 1/8; bpm; on off; without one it is the input's own"},
    {"patterns",
     "bd*2 [~ sn] <a b> (3,8); every 4 (fast 2): docs/patch-language.md has all; events \"bd(3,8)\" draws one"},
};
enum { SIGNS = sizeof signs / sizeof signs[0] };

/* Of a word: what it does, and what a statement with it looks like. */
static bool print_word(struct us_repl *r, const char *wanted)
{
	char text[US_WORDS_LINES_BYTES];
	const struct us_repl_word *own;
	const char *example, *word;
	struct us_err unread;
	bool found = false;
	for (uint32_t i = 0; (own = us_repl_word(i)); i++)
		if (strcmp(own->word, wanted) == 0)
			found = printf("%s\n", own->says) > 0;
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		if (strcmp(word, wanted) == 0)
			found = printf("%s\n  %s\n", us_lang_word_does(i), example) > 0;
	for (uint32_t i = 0; i < SIGNS; i++)
		if (strcmp(signs[i].topic, wanted) == 0)
			found = printf("%s\n", signs[i].says) > 0;
	if ((r->words || us_vocabulary_open(&r->words, &unread) == US_OK) && us_words_describe(r->words, wanted, text))
		found = printf("a musician's word: say %s, or just %s\n  %s", wanted, wanted, text) > 0;
	return found;
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
	for (uint32_t i = 0; i < r->talk.roll->count; i++)
		us_spelling_offer(&near, r->talk.roll->list[i].name);
	for (uint32_t i = 0; (module = us_library_at(r->talk.library, i)); i++)
		us_spelling_offer(&near, module->name);
	for (uint32_t i = 0; r->words && (word = us_words_name(r->words, i)); i++)
		us_spelling_offer(&near, word);
	word = us_spelling_best(&near);
	return us_fail(err, "there is no module, instance or word '%s'; %s%s%s", topic,
	               word ? "did you mean '" : "`understudy modules` lists the modules", word ? word : "",
	               word ? "'" : "");
}

/* "vcf", of an instance that plays, or of a module. */
static const struct us_module *module_of(struct us_repl *r, const char *name)
{
	const struct us_roll_entry *instance =
	    us_roll_ask(&r->talk, r->talk.roll, NAMES_PATIENCE_MS) ? us_roll_find(r->talk.roll, name) : NULL;
	return instance && instance->module ? instance->module : us_library_find(r->talk.library, name);
}

/* help vcf.cutoff */
static int help_port(struct us_repl *r, const char *topic, struct us_err *err)
{
	char name[US_NAME_BYTES], inputs[200] = "";
	const char *port = strchr(topic, '.') + 1;
	snprintf(name, sizeof name, "%.*s", (int)(port - 1 - topic), topic);
	const struct us_module *m = module_of(r, name);
	if (!m)
		return refuse_topic(r, name, err);
	if (us_cli_describe_port(m, port))
		return US_OK;
	for (uint32_t i = 0; m->inputs[i].name && strlen(inputs) < 160; i++)
		snprintf(inputs + strlen(inputs), sizeof inputs - strlen(inputs), "%s%s", i ? ", " : "",
		         m->inputs[i].name);
	return us_fail(err, "%s has no '%s'; its inputs are %s", name, port, inputs);
}

int us_repl_help(struct us_repl *r, const char *rest, struct us_err *err)
{
	char topic[2 * US_NAME_BYTES];
	snprintf(topic, sizeof topic, "%s", rest);
	for (size_t n = strlen(topic); n && (topic[n - 1] == ' ' || topic[n - 1] == '\t');)
		topic[--n] = 0;
	if (!*topic) {
		print_words();
		print_statements();
		return US_OK;
	}
	if (strchr(topic, '.') && topic[0] != '.')
		return help_port(r, topic, err);
	const bool word = print_word(r, topic);
	const struct us_module *module = module_of(r, topic);
	if (module)
		us_cli_describe(module);
	return module || word ? US_OK : refuse_topic(r, topic, err);
}
