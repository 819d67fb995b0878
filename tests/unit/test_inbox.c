/* test_inbox.c — promises of src/control/inbox.c: whoever reads datagrams may die at any instant, and each message is
 * carried out once, by it or by its successor. */
#include "control/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PACKETS = 7, MESSAGES = 3, AT_ONCE = 2 };

/* A reader whose messages are letters; its journal is a string. It lives on in what is shared: house, socket, journal.
 */
static struct us_house *house;
static int server, client;
static char journal[64];
static uint64_t tail;
static jmp_buf death;
static int steps_to_live, deaths;

static void step(void)
{
	if (--steps_to_live == 0)
		longjmp(death, 1);
}

static int open_socket(struct sockaddr_in *address)
{
	socklen_t n = sizeof *address;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &n), 0);
	return fd;
}

static int set_up(void **state)
{
	struct sockaddr_in to, from;
	(void)state;
	house = aligned_alloc(US_PAGE, (sizeof *house + US_PAGE - 1) / US_PAGE * US_PAGE);
	memset(house, 0, sizeof *house);
	server = open_socket(&to);
	client = open_socket(&from);
	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
	memset(journal, 0, sizeof journal);
	tail = 0;
	steps_to_live = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(house);
	close(server);
	close(client);
	return 0;
}

/* Packets "abc", "def", … */
static void send_packets(void)
{
	for (char p = 0; p < PACKETS; p++) {
		const char text[MESSAGES] = {(char)('a' + 3 * p), (char)('b' + 3 * p), (char)('c' + 3 * p)};
		assert_int_equal(send(client, text, sizeof text, 0), sizeof text);
	}
}

/* What control does with `count` datagrams, in small: as in server.c and outbox.c. */
static void carry_out(struct us_inbox *in, uint32_t count)
{
	static char copy[US_INBOX_BYTES_EACH];
	char pending[AT_ONCE];
	uint32_t pendings = 0;
	us_place place = us_inbox_place(in);
	for (uint32_t i = (uint32_t)(place >> 32); i < count; i++) {
		size_t bytes;
		uint32_t skip = (uint32_t)place;
		step();
		assert_true(us_inbox_begin(in, i, copy, &bytes));
		step();
		for (size_t m = skip; m <= bytes; m++) {
			if (pendings == AT_ONCE || (m == bytes && pendings > 0)) {
				us_inbox_intend(in, tail + pendings, place);
				step();
				memcpy(journal + tail, pending, pendings);
				step(); /* nothing is there before the tail says so */
				tail += pendings;
				step();
				us_inbox_reach(in, place);
				step();
				pendings = 0;
			}
			if (m < bytes) {
				pending[pendings++] = copy[m];
				copy[m] = '?'; /* the decoder scribbles on what it reads */
				place++;
			}
		}
		us_inbox_end(in);
		step();
		place = us_place_of(i + 1, 0);
	}
	us_inbox_reach(in, place);
	step();
	us_inbox_close(in);
	step();
}

static void live(void)
{
	struct us_inbox *in = us_inbox_of(house);
	carry_out(in, us_inbox_left(in, tail));
	for (uint32_t count; (count = us_inbox_fill(in, server)) > 0;) {
		step();
		carry_out(in, count);
	}
}

static void each_message_is_carried_out_once_wherever_control_dies(void **state)
{
	deaths = 0;
	for (volatile bool died = true; died; deaths++) {
		tear_down(state);
		set_up(state);
		send_packets();
		steps_to_live = deaths + 1;
		died = setjmp(death) != 0;
		live(); /* after a death: another one, for good */
		assert_string_equal(journal, "abcdefghijklmnopqrstu");
		steps_to_live = 0;
	}
	assert_true(deaths > PACKETS * MESSAGES);
}

static void a_datagram_that_ends_control_twice_is_not_tried_again(void **state)
{
	static char copy[US_INBOX_BYTES_EACH];
	struct us_inbox *in = us_inbox_of(house);
	size_t bytes;
	(void)state;
	send_packets();
	assert_int_equal(us_inbox_fill(in, server), PACKETS);
	assert_true(us_inbox_begin(in, 0, copy, &bytes));
	us_inbox_end(in);
	assert_true(us_inbox_begin(in, 1, copy, &bytes)); /* dies of it */
	assert_int_equal(us_inbox_left(in, 0), PACKETS);
	assert_true(us_inbox_begin(in, 1, copy, &bytes)); /* again */
	assert_memory_equal(copy, "def", bytes);
	assert_int_equal(us_inbox_left(in, 0), PACKETS);
	assert_false(us_inbox_begin(in, 1, copy, &bytes));
	assert_true(us_inbox_begin(in, 0, copy, &bytes)); /* the others are innocent */
	assert_true(us_inbox_begin(in, 2, copy, &bytes));
}

static void nothing_is_left_of_a_session_that_has_just_begun(void **state)
{
	(void)state;
	assert_int_equal(us_inbox_left(us_inbox_of(house), 0), 0);
}

static void an_empty_datagram_is_one_too(void **state)
{
	struct us_inbox *in = us_inbox_of(house);
	(void)state;
	assert_int_equal(send(client, "", 0, 0), 0);
	assert_int_equal(us_inbox_fill(in, server), 1);
	assert_int_equal(us_inbox_left(in, 0), 1);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(each_message_is_carried_out_once_wherever_control_dies),
	    PROMISE(a_datagram_that_ends_control_twice_is_not_tried_again),
	    PROMISE(nothing_is_left_of_a_session_that_has_just_begun),
	    PROMISE(an_empty_datagram_is_one_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
