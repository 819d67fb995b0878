/* test_command_wildcard.c — promises of the address matcher. */
#include "command/wildcard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool part(const char *pattern, const char *name)
{
	size_t budget = US_WILDCARD_STEPS;
	return us_wildcard_part(pattern, name, &budget);
}

static bool match(const char *text, const char *a, const char *b, const char *c)
{
	struct us_wildcard p;
	const char *name[] = {a, b, c};
	assert_int_equal(us_wildcard_read(&p, text, NULL), US_OK);
	return us_wildcard_match(&p, name, c ? 3 : b ? 2 : 1);
}

static void a_question_mark_is_exactly_one_character(void **state)
{
	(void)state;
	assert_true(part("vc?", "vcf"));
	assert_false(part("vc?", "vc"));
	assert_false(part("vc?", "vcff"));
}

static void a_star_is_any_number_of_characters(void **state)
{
	(void)state;
	assert_true(part("*", "osc"));
	assert_true(part("osc*", "osc"));
	assert_true(part("o*c", "osc"));
	assert_true(part("*s*", "osc"));
	assert_true(part("**c", "osc"));
	assert_false(part("*x*", "osc"));
	assert_false(part("o*s", "osc"));
}

static void a_class_is_one_of_its_characters(void **state)
{
	(void)state;
	assert_true(part("osc[123]", "osc2"));
	assert_true(part("osc[1-3]", "osc3"));
	assert_false(part("osc[1-3]", "osc4"));
	assert_true(part("osc[!1-3]", "osc4"));
	assert_false(part("osc[!1-3]", "osc1"));
	assert_true(part("osc[a-]", "osc-"));
	assert_false(part("osc[1]", "osc"));
}

static void braces_are_one_of_their_words(void **state)
{
	(void)state;
	assert_true(part("{sine,saw}", "saw"));
	assert_true(part("{sine,saw}1", "sine1"));
	assert_true(part("x{,y}z", "xz"));
	assert_true(part("x{y,yy}yz", "xyyyz"));
	assert_false(part("{sine,saw}", "sinesaw"));
	assert_false(part("{}", "x"));
}

static void a_star_does_not_cross_a_slash_but_a_double_slash_does(void **state)
{
	(void)state;
	assert_true(match("/mod/*/freq", "mod", "osc", "freq"));
	assert_false(match("/mod/*", "mod", "osc", "freq"));
	assert_false(match("/*", "mod", "osc", "freq"));
	assert_true(match("//freq", "mod", "osc", "freq"));
	assert_true(match("/mod//freq", "mod", "osc", "freq"));
	assert_true(match("/mod//", "mod", "osc", "freq"));
	assert_true(match("//osc//", "mod", "osc", "freq"));
	assert_false(match("//osc", "mod", "osc", "freq"));
	assert_true(match("/gate/*", "gate", "env", NULL));
	assert_false(match("/gate/*", "gate", "env", "x"));
}

static void brackets_that_do_not_close_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"/mod/[a", "/mod/{a,b", "/mod/{a[b}c]", "/mod/[{]", "/a/[x/y]", "/mod/x/"};
	struct us_wildcard p;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct us_err err = {""};
		assert_int_equal(us_wildcard_read(&p, bad[i], &err), US_FAILED);
		assert_true(strlen(err.text) > 10);
	}
}

static void too_long_and_too_deep_patterns_are_refused(void **state)
{
	(void)state;
	char text[US_ADDRESS_BYTES + 1];
	struct us_wildcard p;
	memset(text, '*', sizeof text);
	text[0] = '/';
	text[sizeof text - 1] = 0;
	assert_int_equal(us_wildcard_read(&p, text, NULL), US_FAILED);
	assert_int_equal(us_wildcard_read(&p, "/a/b/c/d/e/f/g/h/i", NULL), US_FAILED);
}

/* What holds a backtracking matcher for seconds at 12 stars and for ages at 100. */
static void a_pattern_bomb_costs_no_more_than_pattern_times_name(void **state)
{
	(void)state;
	char pattern[US_ADDRESS_BYTES] = "", name[US_WILDCARD_NAME_BYTES + 1];
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = 0;
	for (int i = 0; i < 100; i++)
		strcat(pattern, "*a");
	strcat(pattern, "b");
	size_t budget = US_WILDCARD_STEPS;
	assert_false(us_wildcard_part(pattern, name, &budget));
	assert_true(US_WILDCARD_STEPS - budget <= strlen(pattern) * sizeof name);
	assert_true(part("*a*a*a*a*a*a*a*a*a*a*a*a*", name));
}

static void an_empty_budget_matches_nothing(void **state)
{
	(void)state;
	size_t budget = 2;
	assert_false(us_wildcard_part("sine", "sine", &budget));
	assert_int_equal(budget, 0);
}

static void a_name_of_any_length_is_safe(void **state)
{
	(void)state;
	char name[128];
	for (size_t n = 0; n < sizeof name; n++) {
		memset(name, 'a', n);
		name[n] = 0;
		assert_int_equal(part("*", name), n <= US_WILDCARD_NAME_BYTES);
		assert_int_equal(part("*a", name), n > 0 && n <= US_WILDCARD_NAME_BYTES);
		assert_false(part("*b", name));
	}
}

/* The word walk against the plain recursive definition, over all short patterns and names of a small alphabet. */
static bool plain(const char *p, const char *s)
{
	if (!*p)
		return !*s;
	if (*p == '*')
		return plain(p + 1, s) || (*s && plain(p, s + 1));
	return *s && (*p == '?' || *p == *s) && plain(p + 1, s + 1);
}

static void nth(char *text, const char *alphabet, size_t letters, unsigned n)
{
	for (; n; n /= (unsigned)letters + 1)
		if (n % ((unsigned)letters + 1))
			*text++ = alphabet[n % (letters + 1) - 1];
	*text = 0;
}

static void agrees_with_the_plain_definition(void **state)
{
	(void)state;
	char p[16], s[16];
	for (unsigned i = 0; i < 3125; i++)
		for (unsigned j = 0; j < 243; j++) {
			nth(p, "ab?*", 4, i);
			nth(s, "ab", 2, j);
			if (part(p, s) != plain(p, s))
				fail_msg("pattern %s, name %s", p, s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_question_mark_is_exactly_one_character),
	    cmocka_unit_test(a_star_is_any_number_of_characters),
	    cmocka_unit_test(a_class_is_one_of_its_characters),
	    cmocka_unit_test(braces_are_one_of_their_words),
	    cmocka_unit_test(a_star_does_not_cross_a_slash_but_a_double_slash_does),
	    cmocka_unit_test(brackets_that_do_not_close_are_refused),
	    cmocka_unit_test(too_long_and_too_deep_patterns_are_refused),
	    cmocka_unit_test(a_pattern_bomb_costs_no_more_than_pattern_times_name),
	    cmocka_unit_test(an_empty_budget_matches_nothing),
	    cmocka_unit_test(a_name_of_any_length_is_safe),
	    cmocka_unit_test(agrees_with_the_plain_definition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
