/* test_visible.c — promises of what is printed: whatever somebody was called, no message holds a byte that a terminal
 * or a log takes for an order, and what can be seen stays as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <understudy/error.h>
/* after the standard headers */
#include <cmocka.h>

static void check(const char *text, const char *wanted)
{
	struct us_err err;
	assert_int_equal(us_fail(&err, "%s", text), US_FAILED);
	assert_string_equal(err.text, wanted);
	assert_int_equal(us_is_visible(text), strcmp(text, wanted) == 0);
}

static void orders_to_a_terminal_are_question_marks(void **state)
{
	(void)state;
	check("\x1b[2J\x1b]0;title\x07", "?[2J?]0;title?");
	check("a\r\nunderstudy: forged", "a??understudy: forged");
	check("del\x7f tab\t bs\b", "del? tab? bs?");
	check("c1 \xc2\x9b"
	      "31m",
	      "c1 ??31m"); /* CSI in UTF-8 */
	check("raw \x9b"
	      "31m",
	      "raw ?31m"); /* and raw */
	check("turned \xe2\x80\xae"
	      "gpj",
	      "turned ???gpj"); /* right to left from here */
	check("line \xe2\x80\xa8"
	      "x",
	      "line ???x");
}

static void what_can_be_seen_stays(void **state)
{
	(void)state;
	check("plain, 'quoted' ~", "plain, 'quoted' ~");
	check("Gr\xc3\xbc\xc3\x9f"
	      "e \xe2\x99\xaa \xf0\x9f\x8e\xb9",
	      "Gr\xc3\xbc\xc3\x9f"
	      "e \xe2\x99\xaa \xf0\x9f\x8e\xb9");
	check("", "");
}

static void what_is_no_utf8_does_not_hide_anything(void **state)
{
	(void)state;
	check("\xc0\x9b", "??");
	check("\xe0\x82\x9b", "???");      /* overlong */
	check("\xed\xa0\x80", "???");      /* half a pair */
	check("\xf4\x90\x80\x80", "????"); /* beyond the last */
	check("\xc3", "?");
	check("\xe2\x80", "??");
}

/* Cut where the text is full, maybe within a character: still nothing that is not one. */
static void a_cut_message_ends_cleanly(void **state)
{
	char text[2 * US_ERROR_BYTES];
	struct us_err err;
	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe2\x99\xaa", 4);
		us_fail(&err, "%s", text);
		assert_true(us_is_visible(err.text));
		assert_int_equal(strlen(err.text), US_ERROR_BYTES - 1);
	}
}

/* Every text of three bytes. */
static void no_three_bytes_are_an_order(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 1u << 24; n += n % 7 + 1) {
		char text[4] = {(char)(n >> 16), (char)(n >> 8), (char)n, 0};
		us_visible(text);
		for (const char *s = text; *s; s++)
			assert_true((unsigned char)*s >= ' ' && *s != 0x7f);
		assert_true(us_is_visible(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_to_a_terminal_are_question_marks),
	    cmocka_unit_test(what_can_be_seen_stays),
	    cmocka_unit_test(what_is_no_utf8_does_not_hide_anything),
	    cmocka_unit_test(a_cut_message_ends_cleanly),
	    cmocka_unit_test(no_three_bytes_are_an_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
