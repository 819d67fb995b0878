/* test_midi_stream.c — promises of bytes becoming messages: whatever stood before, a status byte begins anew. */
#include "midi/message.h"
#include "midi/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the standard headers */
#include <cmocka.h>

/* All messages of a text of bytes: "90 3c 64, f8, …" */
static const char *messages(const char *hex)
{
	static char said[512];
	struct us_midi_stream stream = {0};
	const uint8_t *message;
	unsigned byte;
	size_t at = 0;
	int used;
	said[0] = 0;
	for (; sscanf(hex, "%2x%n", &byte, &used) == 1; hex += used) {
		const size_t bytes = us_midi_stream_take(&stream, (uint8_t)byte, &message);
		for (size_t i = 0; i < bytes; i++)
			at += (size_t)snprintf(said + at, sizeof said - at, "%s%02x",
			                       i    ? " "
			                       : at ? ", "
			                            : "",
			                       message[i]);
	}
	return said;
}

static void messages_are_cut_where_they_end(void **state)
{
	(void)state;
	assert_string_equal(messages("90 3c 64 80 3c 00 c1 05 e0 00 40 f2 01 02 f3 07 f6"),
	                    "90 3c 64, 80 3c 00, c1 05, e0 00 40, f2 01 02, f3 07, f6");
	assert_string_equal(messages("90 3c 64 40 64 3c 00"), "90 3c 64, 90 40 64, 90 3c 00"); /* running status */
	assert_string_equal(messages("90 3c 64 f3 01 40 64"), "90 3c 64, f3 01");              /* which ends there */
	assert_string_equal(messages("3c 64 7f"), "");
	assert_string_equal(messages("90 3c 90 40 64"), "90 40 64");
	assert_string_equal(messages("90 f8 3c fa fe 64 ff"), "f8, fa, 90 3c 64, ff"); /* real time stands anywhere */
}

/* Each status below F8 ends a system exclusive message that has no end, with real-time bytes in it or without. */
static void any_status_ends_an_unfinished_sysex(void **state)
{
	static const char *const before[] = {"f0",          "f0 7e 01", "f0 7e f8 01 fe", "90 3c f0 01",
	                                     "f0 01 f0 02", "f4 01 02", "f5 01",          "f0 01 f7 02 03"};
	(void)state;
	for (size_t b = 0; b < sizeof before / sizeof before[0]; b++)
		for (int status = 0x80; status < 0xf8; status++) {
			char hex[64], expected[64], all[128];
			const int bytes = status == 0xf6                                           ? 1
			                  : status == 0xf1 || status == 0xf3 || (status >> 5) == 6 ? 2
			                  : status >= 0xf0 && status != 0xf2                       ? 0
			                                                                           : 3;
			snprintf(hex, sizeof hex, "%s %02x 11 12", before[b], status);
			snprintf(expected, sizeof expected, "%02x 11 12", status);
			expected[bytes ? bytes * 3 - 1 : 0] = 0;
			if ((status >> 5) == 6) /* of one data byte: the second one is another message */
				snprintf(expected, sizeof expected, "%02x 11, %02x 12", status, status);
			snprintf(all, sizeof all, "%s%s%s", strstr(before[b], "f8") ? "f8" : "",
			         strstr(before[b], "f8") && expected[0] ? ", " : "", expected);
			assert_string_equal(messages(hex), all);
			snprintf(hex, sizeof hex, "%s 90 3c 64", before[b]); /* a note behind it is heard */
			assert_non_null(strstr(messages(hex), "90 3c 64"));
		}
}

/* Whatever comes: what is passed on is a message, as message.h reads it. */
static void only_messages_are_passed_on(void **state)
{
	struct us_midi_stream stream = {0};
	const uint8_t *bytes;
	uint32_t seed = 1;
	(void)state;
	for (int i = 0; i < 1000000; i++) {
		struct us_midi_message m;
		seed = seed * 1664525 + 1013904223;
		const uint8_t byte = (uint8_t)(seed >> 24) & (seed >> 23 & 1 ? 0xff : 0x7f);
		const size_t n = us_midi_stream_take(&stream, byte, &bytes);
		assert_true(n <= 3);
		if (n)
			assert_true(us_midi_read(&m, bytes, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_cut_where_they_end),
	    cmocka_unit_test(any_status_ends_an_unfinished_sysex),
	    cmocka_unit_test(only_messages_are_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
