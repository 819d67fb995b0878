/* test_osc_packets.c — promises of the decoder: what is OSC comes through whole, what is not is refused in words. */
#include "control/osc.h"
#include "ipc/follow.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

struct seen {
	uint32_t count;
	uint64_t ntp;
	char address[64];
	struct us_command last;
	char text[64];
	uint32_t refused;
	char refusal[200]; /* the last one, with its address */
};

static _Alignas(8) char packet[US_OSC_MOST_BYTES];

static void take(void *context, struct us_command *command, uint64_t ntp)
{
	struct seen *s = context;
	s->count++;
	s->ntp = ntp;
	s->last = *command;
	snprintf(s->address, sizeof s->address, "%s", command->address);
	for (uint32_t i = 0; i < command->argc; i++)
		if (command->arg[i].type == 's')
			snprintf(s->text, sizeof s->text, "%s", command->arg[i].s);
}

static void refuse(void *context, const char *address, const char *text)
{
	struct seen *s = context;
	s->refused++;
	assert_true(address[0] && strlen(text) > 10);
	snprintf(s->refusal, sizeof s->refusal, "%.60s %.120s", address, text);
}

static int decode(struct seen *s, size_t bytes)
{
	memset(s, 0, sizeof *s);
	const int failed = us_osc_decode(packet, bytes, take, refuse, s);
	assert_int_equal(failed == US_FAILED, s->refused > 0);
	return failed;
}

static size_t put_u32(size_t at, uint32_t value)
{
	value = htonl(value);
	memcpy(packet + at, &value, sizeof value);
	return at + sizeof value;
}

static size_t put_text(size_t at, const char *text)
{
	size_t n = strlen(text) / 4 * 4 + 4;
	memset(packet + at, 0, n);
	memcpy(packet + at, text, strlen(text));
	return at + n;
}

static size_t put_float_message(size_t at, const char *address, float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return put_u32(put_text(put_text(at, address), ",f"), bits);
}

static size_t put_bundle(size_t at, uint32_t seconds, uint32_t fraction)
{
	return put_u32(put_u32(put_text(at, "#bundle"), seconds), fraction);
}

static void every_type_of_number_arrives(void **state)
{
	(void)state;
	struct seen s;
	size_t n = put_text(put_text(0, "/x"), ",ihfdTFNIsc");
	n = put_u32(n, 7);
	n = put_u32(put_u32(n, 0xffffffff), 0xfffffffe);
	n = put_u32(n, 0x3fc00000);             /* 1.5f */
	n = put_u32(put_u32(n, 0x40040000), 0); /* 2.5 */
	n = put_text(n, "800hz");
	n = put_u32(n, '5');
	assert_int_equal(decode(&s, n), US_OK);
	assert_int_equal(s.last.argc, 10);
	assert_int_equal(s.last.arg[0].i, 7);
	assert_int_equal(s.last.arg[1].i, -2);
	assert_true(s.last.arg[2].type == 'd' && s.last.arg[2].d == 1.5);
	assert_true(s.last.arg[3].type == 'd' && s.last.arg[3].d == 2.5);
	assert_int_equal(s.last.arg[4].type, 'T');
	assert_int_equal(s.last.arg[5].type, 'F');
	assert_int_equal(s.last.arg[6].type, 'N');
	assert_int_equal(s.last.arg[7].type, 'I');
	assert_string_equal(s.text, "800hz");
	assert_true(s.last.arg[9].type == 'i' && s.last.arg[9].i == '5');
}

static void what_is_encoded_is_decoded_the_same(void **state)
{
	(void)state;
	struct seen s;
	const struct us_command c = {
	    .address = "/mod/sine/freq",
	    .argc = 4,
	    .arg = {
		{.type = 'i', .i = -5}, {.type = 'h', .i = 12}, {.type = 'd', .d = 0.1}, {.type = 's', .s = "c#4"}}};
	size_t n = us_osc_encode(&c, packet, sizeof packet);
	assert_true(n > 0 && n % 4 == 0);
	assert_int_equal(decode(&s, n), US_OK);
	assert_string_equal(s.address, "/mod/sine/freq");
	assert_int_equal(s.last.argc, 4);
	assert_int_equal(s.last.arg[0].i, -5);
	assert_int_equal(s.last.arg[1].i, 12);
	assert_true(s.last.arg[2].d == 0.1);
	assert_string_equal(s.text, "c#4");
	assert_int_equal(us_osc_encode(&c, packet, 16), 0);
}

static void a_message_alone_is_immediate(void **state)
{
	(void)state;
	struct seen s;
	assert_int_equal(decode(&s, put_float_message(0, "/a", 1)), US_OK);
	assert_int_equal(s.count, 1);
	assert_true(s.ntp <= US_OSC_IMMEDIATELY);
}

static void messages_of_a_bundle_come_in_order_with_its_time(void **state)
{
	(void)state;
	struct seen s;
	size_t n = put_bundle(0, 0xe0000000, 5);
	n = put_float_message(put_u32(n, 12), "/a", 1);
	n = put_float_message(put_u32(n, 12), "/b", 2);
	assert_int_equal(decode(&s, n), US_OK);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.address, "/b");
	assert_true(s.ntp == (0xe0000000ull << 32 | 5));
}

static void a_thousand_nested_bundles_are_carried_or_refused(void **state)
{
	(void)state;
	struct seen s;
	enum { DEPTH = 1000, HEAD = 20, BODY = 12 };
	size_t n = 0;
	for (uint32_t i = 0; i < DEPTH; i++)
		n = put_u32(put_bundle(n, 0, 1), (DEPTH - 1 - i) * HEAD + BODY);
	n = put_float_message(n, "/a", 1);
	int failed = decode(&s, n);
	assert_true(failed ? s.count == 0 : s.count == 1);
}

static void a_time_tag_bomb_queues_nothing(void **state)
{
	(void)state;
	struct seen s;
	for (uint32_t i = 0; i < 2000; i++) {
		size_t n = put_bundle(0, 0xffffffff, i);
		assert_int_equal(decode(&s, put_float_message(put_u32(n, 12), "/a", 1)), US_OK);
		assert_int_equal(s.count, 1); /* at once, to us, who refuse it */
	}
}

static void malformed_packets_are_refused(void **state)
{
	(void)state;
	struct seen s;
	assert_int_equal(decode(&s, 0), US_FAILED);
	assert_int_equal(decode(&s, put_text(put_text(0, "/x"), ",i")), US_FAILED);     /* no argument */
	assert_int_equal(decode(&s, put_text(put_text(0, "/x"), ",Q")), US_FAILED);     /* no such type */
	assert_int_equal(decode(&s, put_text(put_text(0, "/x"), ",b") - 2), US_FAILED); /* odd size */
	memset(packet, '/', 64);
	assert_int_equal(decode(&s, 64), US_FAILED); /* never ends */
	size_t n = put_text(put_text(0, "/x"), ",b");
	assert_int_equal(decode(&s, put_u32(n, 0x7fffffff)), US_FAILED); /* a blob of 2 GB */
	n = put_bundle(0, 0, 1);
	assert_int_equal(decode(&s, put_u32(n, 4000)), US_FAILED); /* an element that is not there */
	n = put_bundle(0, 0, 1);
	assert_int_equal(decode(&s, put_u32(n, 0xfffffffc)), US_FAILED);
	assert_int_equal(decode(&s, 8), US_FAILED); /* a bundle without a time */
}

static void more_arguments_than_any_address_takes_do_no_harm(void **state)
{
	(void)state;
	struct seen s;
	char types[400] = ",";
	memset(types + 1, 'i', 300);
	size_t n = put_text(put_text(0, "/x"), types);
	for (uint32_t i = 0; i < 300; i++)
		n = put_u32(n, i);
	assert_int_equal(decode(&s, n), US_OK);
	assert_int_equal(s.last.argc, US_COMMAND_ARGS);
}

static void random_bytes_do_no_harm(void **state)
{
	(void)state;
	struct seen s;
	unsigned seed = 1;
	for (uint32_t i = 0; i < 200000; i++) {
		size_t n = (size_t)(rand_r(&seed) % 32) * 4;
		for (size_t k = 0; k < n; k++)
			packet[k] = (char)rand_r(&seed);
		if (i % 2)
			memcpy(packet, i % 4 == 1 ? "/mod/a\0\0,f\0" : "#bundle\0\0\0\0\0\0\0\0", n < 12 ? n : 12);
		decode(&s, n);
	}
}

/* Each type of OSC 1.0, those that are optional and arrays as well. */
static void every_type_of_osc_is_understood(void **state)
{
	(void)state;
	struct seen s;
	size_t n = put_text(put_text(0, "/x"), ",i[f[h]T]sSrmtbd");
	n = put_u32(n, 7);
	n = put_u32(n, 0x3fc00000);
	n = put_u32(put_u32(n, 0), 9);
	n = put_text(put_text(n, "abcd"), "symbol");
	n = put_u32(put_u32(n, 0x11223344), 0x00903c40);             /* a colour, a MIDI message */
	n = put_u32(put_u32(n, 0xe0000000), 5);                      /* a time */
	n = put_u32(put_u32(put_u32(n, 5), 0x01020304), 0x05000000); /* five bytes */
	n = put_u32(put_u32(n, 0x40040000), 0);
	assert_int_equal(decode(&s, n), US_OK);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.last.argc, 11);
	assert_int_equal(s.last.arg[0].i, 7);
	assert_true(s.last.arg[1].d == 1.5 && s.last.arg[2].i == 9);
	assert_true(s.last.arg[5].type == 's' && strcmp(s.text, "symbol") == 0);
	assert_true(s.last.arg[6].type == 'r' && s.last.arg[9].type == 'b');
	assert_true(s.last.arg[10].d == 2.5);
	assert_int_equal(decode(&s, put_text(put_text(0, "/x"), ",[T")), US_FAILED);
	assert_int_equal(decode(&s, put_text(put_text(0, "/x"), ",T]")), US_FAILED);
	assert_non_null(strstr(s.refusal, "/x malformed OSC: an array"));
}

/* As old senders do. */
static void a_message_without_types_is_understood(void **state)
{
	(void)state;
	struct seen s;
	assert_int_equal(decode(&s, put_text(0, "/test")), US_OK);
	assert_string_equal(s.address, "/test");
	assert_int_equal(s.last.argc, 0);
	assert_int_equal(decode(&s, put_u32(put_text(0, "/mod/sine/freq"), 0x43dc0000)), US_OK);
	assert_true(s.last.argc == 1 && s.last.arg[0].type == 'd' && s.last.arg[0].d == 440);
	assert_int_equal(decode(&s, put_u32(put_text(0, "/gate/adsr"), 1)), US_OK);
	assert_true(s.last.argc == 1 && s.last.arg[0].type == 'i' && s.last.arg[0].i == 1);
	size_t n = put_text(put_text(put_text(0, "/patch/create"), "osc"), "sine");
	assert_int_equal(decode(&s, n), US_OK);
	assert_int_equal(s.last.argc, 2);
	assert_string_equal(s.text, "sine");
}

static void one_bad_element_costs_only_itself_and_is_named(void **state)
{
	(void)state;
	struct seen s;
	static const char *const bad[] = {",i", ",Q", ",]", ",ffff"};
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
		size_t n = put_bundle(0, 0, 1), at;
		n = put_float_message(put_u32(n, 12), "/a", 1);
		at = n;
		n = put_text(put_text(n + 4, "/mod/bad/one"), bad[k]);
		put_u32(at, (uint32_t)(n - at - 4));
		n = put_float_message(put_u32(n, 12), "/c", 3);
		assert_int_equal(decode(&s, n), US_FAILED);
		assert_int_equal(s.count, 2);
		assert_string_equal(s.address, "/c");
		assert_int_equal(s.refused, 1);
		assert_memory_equal(s.refusal, "/mod/bad/one ", 13);
	}
}

/* --- wall time to frames ---------------------------------------------------------------------------------------------
 */

#define SECOND 1000000000ull

static void a_followed_clock_stays_within_a_buffer_of_the_position(void **state)
{
	(void)state;
	struct us_follow f = {.rate = 48000};
	unsigned seed = 1;
	for (uint64_t ns = 5 * SECOND; ns < 15 * SECOND; ns += (uint64_t)rand_r(&seed) % 3000000) {
		uint64_t position = (ns - 5 * SECOND) / 1000 * 48 / 1000 / 128 * 128;
		us_follow_look(&f, ns, position, 128);
		double frame = us_follow_frame(&f, (int64_t)ns);
		assert_true(frame >= (double)position && frame <= (double)position + 128);
	}
}

/* A callback that is late now and then does not bend the line; a clock that has really stood is believed. */
static void a_late_callback_bends_nothing_and_a_stall_is_believed(void **state)
{
	(void)state;
	struct us_follow f = {.rate = 48000};
	unsigned seed = 1;
	double first = 0;
	for (int look = 0; look < 5000; look++) {
		const uint64_t ns = 5 * SECOND + (uint64_t)look * 1000000;
		uint64_t position = (uint64_t)look * 48 / 64 * 64;
		if (look % 50 == 49)
			position -= 64 * (uint64_t)(rand_r(&seed) % 8 + 1); /* up to 10 ms behind its time */
		us_follow_look(&f, ns, position, 64);
		const double offset = us_follow_frame(&f, (int64_t)ns) - look * 48.0;
		first = look == 600 ? offset : first;
		assert_true(look < 600 || fabs(offset - first) < 1);
	}
	us_follow_look(&f, 11 * SECOND, 240000, 64); /* a second later it is where it was */
	assert_true(fabs(us_follow_frame(&f, 11 * SECOND) - 240000) <= 64);
	for (int look = 0; look < 2000; look++) /* 20 ms are missing for good */
		us_follow_look(&f, 11 * SECOND + (uint64_t)look * 1000000, 240000 - 960 + (uint64_t)look * 48, 64);
	assert_true(fabs(us_follow_frame(&f, 13 * SECOND) - (240000 - 960 + 96000)) < 80);
}

static void moments_ten_milliseconds_apart_are_480_frames_apart(void **state)
{
	(void)state;
	struct us_follow f = {.rate = 48000};
	us_follow_look(&f, SECOND, 4800, 64);
	double a = us_follow_frame(&f, SECOND + 20000000), b = us_follow_frame(&f, SECOND + 30000000);
	assert_true(b - a > 479.999 && b - a < 480.001);
}

static void a_time_tag_of_now_is_now(void **state)
{
	(void)state;
	uint64_t unix_ns = 1700000000 * SECOND + 250000000;
	uint64_t ntp = (1700000000ull + 2208988800ull) << 32 | 0x40000000;
	assert_int_equal(us_follow_ntp(ntp, unix_ns, 77 * SECOND), 77 * SECOND);
	assert_int_equal(us_follow_ntp(ntp + (1ull << 32), unix_ns, 77 * SECOND), 78 * SECOND);
	assert_true(us_follow_ntp(2, unix_ns, 77 * SECOND) < 0); /* 1900 */
	/* And back: the time of a frame leads to this frame, within what a double can say. */
	struct us_follow f = {.rate = 48000};
	us_follow_look(&f, 70 * SECOND, 4800, 64);
	for (uint64_t frame = 0; frame < 1000000; frame += 77777) {
		const double when = us_follow_time(&f, frame, unix_ns, 77 * SECOND);
		const int64_t mono = (int64_t)((when - (double)unix_ns / 1e9) * 1e9) + 77 * (int64_t)SECOND;
		assert_true(fabs(us_follow_frame(&f, mono) - (double)frame) < 0.05);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_of_number_arrives),
	    cmocka_unit_test(what_is_encoded_is_decoded_the_same),
	    cmocka_unit_test(a_message_alone_is_immediate),
	    cmocka_unit_test(messages_of_a_bundle_come_in_order_with_its_time),
	    cmocka_unit_test(a_thousand_nested_bundles_are_carried_or_refused),
	    cmocka_unit_test(a_time_tag_bomb_queues_nothing),
	    cmocka_unit_test(malformed_packets_are_refused),
	    cmocka_unit_test(more_arguments_than_any_address_takes_do_no_harm),
	    cmocka_unit_test(random_bytes_do_no_harm),
	    cmocka_unit_test(every_type_of_osc_is_understood),
	    cmocka_unit_test(a_message_without_types_is_understood),
	    cmocka_unit_test(one_bad_element_costs_only_itself_and_is_named),
	    cmocka_unit_test(a_late_callback_bends_nothing_and_a_stall_is_believed),
	    cmocka_unit_test(a_followed_clock_stays_within_a_buffer_of_the_position),
	    cmocka_unit_test(moments_ten_milliseconds_apart_are_480_frames_apart),
	    cmocka_unit_test(a_time_tag_of_now_is_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
