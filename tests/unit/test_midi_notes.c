/* test_midi_notes.c — promises of messages and notes: each note that is begun is ended, whatever ends it. */
#include "midi/notes.h"
#include "midi_rig.h"

struct rig {
	struct said said; /* first: the sink's context is the rig */
	struct us_midi_notes notes;
};

static void route(void *context, uint8_t channel, uint8_t key, struct us_midi_target *t)
{
	(void)context;
	*t = (struct us_midi_target){.chords = channel == 0};
	if (channel == 9 && key == 36)
		*t = (struct us_midi_target){.instance = "kick", .trigger = "trigger", .has_velocity = true};
	else if (channel < 2)
		strcpy(t->instance, channel == 0 ? "pad" : "bass");
}

static void begin(struct rig *r)
{
	*r = (struct rig){.notes = {.sink = hear, .route = route, .context = r}};
}

static void play(struct rig *r, uint8_t port, const char *hex)
{
	const struct us_midi_message m = message(hex);
	us_midi_notes_play(&r->notes, port, &m);
}

static void bytes_are_messages(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		enum us_midi_kind kind;
		int channel, number, value;
	} rows[] = {{"90 3c 64", US_MIDI_NOTE_ON, 0, 60, 100},
	            {"93 3c 00", US_MIDI_NOTE_OFF, 3, 60, 0},
	            {"8f 7f 40", US_MIDI_NOTE_OFF, 15, 127, 64},
	            {"a1 3c 05", US_MIDI_KEY_PRESSURE, 1, 60, 5},
	            {"b2 4a 7f", US_MIDI_CONTROL, 2, 74, 127},
	            {"c0 05", US_MIDI_PROGRAM, 0, 5, 0},
	            {"d4 33", US_MIDI_PRESSURE, 4, 0, 51},
	            {"e0 00 40", US_MIDI_BEND, 0, 0, 8192},
	            {"e0 7f 7f", US_MIDI_BEND, 0, 0, 16383},
	            {"f2 08 01", US_MIDI_POSITION, 0, 0, 136},
	            {"f8", US_MIDI_CLOCK, 0, 0, 0},
	            {"fa", US_MIDI_START, 0, 0, 0},
	            {"fb", US_MIDI_CONTINUE, 0, 0, 0},
	            {"fc", US_MIDI_STOP, 0, 0, 0},
	            {"ff", US_MIDI_RESET, 0, 0, 0},
	            {"fe", US_MIDI_OTHER, 0, 0, 0},
	            {"f0 7e 7f 06 01 f7", US_MIDI_OTHER, 0, 0, 0},
	            {"f1 20", US_MIDI_OTHER, 0, 32, 0}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct us_midi_message m = message(rows[i].hex);
		if ((int)m.kind != (int)rows[i].kind || m.channel != rows[i].channel || m.number != rows[i].number ||
		    m.value != rows[i].value)
			fail_msg("%s: kind %d, channel %u, number %u, value %u", rows[i].hex, m.kind, m.channel,
			         m.number, m.value);
	}
}

static void rubbish_is_no_message(void **state)
{
	(void)state;
	struct us_midi_message m;
	static const uint8_t rows[][4] = {{0x3c, 0x64}, {0x90, 0x3c}, {0x90, 0x3c, 0x80}, {0x90, 0xf8, 0x40}};
	static const size_t counts[] = {2, 2, 3, 3};
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		assert_false(us_midi_read(&m, rows[i], counts[i]));
	assert_false(us_midi_read(&m, rows[0], 0));
	for (uint32_t i = 0; i < 1u << 24; i += 7) { /* nothing of three bytes is taken that is out of range */
		const uint8_t bytes[] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		if (us_midi_read(&m, bytes, 3) && (m.number > 127 || m.channel > 15 || m.value > 16383))
			fail_msg("%06x", i);
	}
}

static void notes_of_a_chord_are_ended_one_by_one(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "90 3c 64");
	play(&r, 1, "90 40 50");
	play(&r, 1, "90 3c 00");
	play(&r, 1, "80 40 7f");
	play(&r, 1, "80 40 7f"); /* once is enough */
	said_is(&r.said, "/note pad 60 100; /note pad 64 80; /note pad 60 0; /note pad 64 0; ");
	assert_int_equal(r.notes.count, 0);
}

static void a_key_that_two_keyboards_hold_ends_with_the_second(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "90 3c 64");
	play(&r, 2, "90 3c 30");
	play(&r, 1, "80 3c 00");
	said_is(&r.said, "/note pad 60 100; /note pad 60 48; ");
	play(&r, 2, "80 3c 00");
	said_is(&r.said, "/note pad 60 0; ");
}

static void one_voice_plays_the_last_key_and_goes_back(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "91 3c 64");
	play(&r, 1, "91 40 32");
	play(&r, 1, "91 43 33");
	play(&r, 1, "81 40 00"); /* the one in the middle: nothing is heard of it */
	play(&r, 1, "81 43 00");
	play(&r, 1, "81 3c 00");
	said_is(&r.said, "/note bass 60 100; /note bass 64 50; /note bass 67 51; /note bass 60 100; /note bass 60 0; ");
}

static void the_pedal_holds_what_is_let_go(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "90 3c 64");
	us_midi_notes_pedal(&r.notes, 1, 0, true);
	play(&r, 1, "90 40 64");
	play(&r, 1, "80 3c 00");
	play(&r, 1, "90 3c 20"); /* struck again below the pedal */
	play(&r, 1, "80 3c 00");
	said_is(&r.said, "/note pad 60 100; /note pad 64 100; /note pad 60 32; ");
	us_midi_notes_pedal(&r.notes, 1, 0, false);
	said_is(&r.said, "/note pad 60 0; "); /* 64 is a key that is down */
	play(&r, 1, "80 40 00");
	said_is(&r.said, "/note pad 64 0; ");
}

static void pedals_of_other_channels_and_ports_are_others(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	us_midi_notes_pedal(&r.notes, 1, 1, true);
	us_midi_notes_pedal(&r.notes, 2, 0, true);
	play(&r, 1, "90 3c 64");
	play(&r, 1, "80 3c 64");
	said_is(&r.said, "/note pad 60 100; /note pad 60 0; ");
}

static void a_port_that_goes_takes_its_notes_with_it(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	us_midi_notes_pedal(&r.notes, 1, 0, true);
	play(&r, 1, "90 3c 64");
	play(&r, 1, "80 3c 64");
	play(&r, 1, "90 40 64");
	play(&r, 1, "91 20 64");
	play(&r, 2, "90 43 64");
	r.said = (struct said){0};
	us_midi_notes_end(&r.notes, 1, US_MIDI_ANY);
	said_is(&r.said, "/note pad 60 0; /note pad 64 0; /note bass 32 0; ");
	assert_int_equal(r.notes.count, 1);
	us_midi_notes_end(&r.notes, US_MIDI_ANY, US_MIDI_ANY);
	said_is(&r.said, "/note pad 67 0; ");
	play(&r, 1, "90 3c 64"); /* and its pedal is up */
	play(&r, 1, "80 3c 64");
	said_is(&r.said, "/note pad 60 100; /note pad 60 0; ");
}

/* CC 123 lets the keys of its channel go, its pedal holds on; CC 120 ends what the pedal holds as well. */
static void all_notes_off_respects_the_pedal_and_keeps_it(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	us_midi_notes_pedal(&r.notes, 1, 0, true);
	play(&r, 1, "90 3c 64");
	play(&r, 1, "90 40 64");
	play(&r, 1, "80 40 00");
	play(&r, 1, "91 30 64");
	play(&r, 2, "90 43 64");
	r.said = (struct said){0};
	us_midi_notes_off(&r.notes, 1, 0, false);
	said_is(&r.said, "");
	us_midi_notes_pedal(&r.notes, 1, 0, false);
	said_is(&r.said, "/note pad 64 0; /note pad 60 0; ");
	us_midi_notes_pedal(&r.notes, 1, 0, true);
	play(&r, 1, "90 3c 64");
	r.said = (struct said){0};
	us_midi_notes_off(&r.notes, 1, 0, true);
	said_is(&r.said, "/note pad 60 0; ");
	play(&r, 1, "90 41 64"); /* the pedal is down still */
	play(&r, 1, "80 41 00");
	said_is(&r.said, "/note pad 65 100; ");
	us_midi_notes_off(&r.notes, 1, 1, false); /* another channel, without a pedal */
	said_is(&r.said, "/note bass 48 0; ");
	assert_int_equal(r.notes.count, 2);
}

static void all_notes_off_is_for_a_channel(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "90 3c 64");
	play(&r, 1, "91 3d 64");
	r.said = (struct said){0};
	us_midi_notes_end(&r.notes, 1, 1);
	said_is(&r.said, "/note bass 61 0; ");
}

static void a_drum_is_struck(void **state)
{
	(void)state;
	struct rig r;
	begin(&r);
	play(&r, 1, "99 24 7f");
	play(&r, 1, "89 24 00");
	play(&r, 1, "99 25 7f"); /* nobody plays it */
	said_is(&r.said, "/mod/kick/velocity 1; /mod/kick/trigger 1; /mod/kick/trigger 0; ");
}

/* What sounds, by what was said. */
static int sounding(struct rig *r, bool sounds[static 128])
{
	int still = 0;
	for (char *at = r->said.text; (at = strstr(at, "/note pad ")); at++) {
		int key, velocity;
		assert_int_equal(sscanf(at, "/note pad %d %d", &key, &velocity), 2);
		sounds[key] = velocity > 0;
	}
	r->said = (struct said){0};
	for (int k = 0; k < 128; k++)
		still += sounds[k];
	return still;
}

static void nothing_ever_hangs(void **state)
{
	(void)state;
	static struct rig r;
	bool sounds[128] = {false};
	begin(&r);
	srand(7);
	for (int i = 0; i < 20000; i++) {
		char hex[16];
		const uint8_t port = (uint8_t)(rand() % 4);
		snprintf(hex, sizeof hex, "%x0 %02x %02x", rand() % 3 ? 9 : 8, 30 + rand() % 90, rand() % 3 ? 100 : 0);
		play(&r, port, hex);
		if (rand() % 10 == 0)
			us_midi_notes_pedal(&r.notes, port, 0, rand() % 2);
		assert_true(sounding(&r, sounds) <= (int)r.notes.count);
	}
	assert_true(sounding(&r, sounds) > 0);
	us_midi_notes_end(&r.notes, US_MIDI_ANY, US_MIDI_ANY);
	assert_int_equal(sounding(&r, sounds), 0);
	assert_int_equal(r.notes.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_are_messages),
	    cmocka_unit_test(rubbish_is_no_message),
	    cmocka_unit_test(notes_of_a_chord_are_ended_one_by_one),
	    cmocka_unit_test(a_key_that_two_keyboards_hold_ends_with_the_second),
	    cmocka_unit_test(one_voice_plays_the_last_key_and_goes_back),
	    cmocka_unit_test(the_pedal_holds_what_is_let_go),
	    cmocka_unit_test(pedals_of_other_channels_and_ports_are_others),
	    cmocka_unit_test(a_port_that_goes_takes_its_notes_with_it),
	    cmocka_unit_test(all_notes_off_respects_the_pedal_and_keeps_it),
	    cmocka_unit_test(all_notes_off_is_for_a_channel),
	    cmocka_unit_test(a_drum_is_struck),
	    cmocka_unit_test(nothing_ever_hangs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
