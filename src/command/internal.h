/* internal.h — the commander's own memory. Private to src/command. */
#ifndef US_COMMAND_INTERNAL_H
#define US_COMMAND_INTERNAL_H

#include "turn.h"

#include "lang/spelling.h"
#include "wildcard.h"
#include <understudy/pattern.h>
#include <understudy/scenes.h>

enum {
	CACHE_ENTRIES = 1024,
	CACHED_ADDRESS_BYTES = 104, /* "/mod/" + instance + "/" + input fit, with room */
	PENDING_OFFS = 4,           /* scheduled ends of notes, per instance */
	WARNINGS = 8,               /* answers to one command at most */
	ROOM_FOR_ONE = 16,          /* records that a single command may need */
	DEFERRED = 4096,            /* records of one batch that follow its COMMIT, see us_turn_emit */
};

/* An address that was resolved before, good as long as the graph is the one it was resolved against. */
struct cached {
	uint32_t generation; /* 0: empty */
	uint16_t instance;
	uint16_t input; /* US_NOBODY: a gate of keys, which is no input */
	const struct us_input *row;
	char address[CACHED_ADDRESS_BYTES];
};

/* The end of a note that the journal holds already, and what the gate will be told at that frame. */
struct pending_off {
	uint64_t frame; /* 0: none */
	uint16_t input;
	bool value;
};

struct batch {
	bool open;
	bool dropped; /* not open any more: its sender, who is still named here, was silent for too long */
	struct us_client client;
	enum us_from opener;
	enum us_from from; /* of all who gave to it, the one who may do least */
	uint64_t heard_ms;
	uint32_t edits;
	char *bytes; /* commands, one behind the other; see batch.c */
	size_t used, room;
};

/* undo.c: what takes the last edits back, and what was taken back. Records are carried out from the last to the first.
 */
enum { US_UNDO_STEPS = 64 };
enum us_undo_kind { US_UNDO, US_REDO, US_UNDO_KINDS };
struct us_step {
	struct us_record *record;
	uint32_t count;
	uint64_t at_ms;
	char *scenes; /* the text of all scenes; NULL: they were not changed */
};
struct us_history {
	struct us_step step[US_UNDO_STEPS];
	uint32_t steps;
};
struct us_undo {
	struct us_history history[US_UNDO_KINDS];
	struct us_record *record; /* the step that is being made */
	uint32_t count, room;
	enum us_undo_kind into;
	char *scenes;                   /* as they were before this step; NULL: as they are */
	uint64_t made[US_INDICES / 64]; /* instances that this step has made */
	bool timed;                     /* what carries a time is noted, too */
	bool redoing;                   /* one of the two is at work: nothing new is begun */
	bool lost;                      /* there was no memory for it */
	bool bottom;                    /* it loads a patch: undo stops there */
};

enum { US_TAPS = 8 };

struct us_commander {
	struct us_commander_config config;
	struct us_engine *model;
	uint64_t played, granted, now_ms;
	uint32_t generation; /* of the graph, from 1 */
	struct us_commander_counts counts;
	struct batch batch[US_BATCHES];
	uint32_t open_batches;
	struct cached cache[CACHE_ENTRIES];
	struct pending_off off[US_INDICES][PENDING_OFFS];
	uint32_t note_id; /* given last */
	struct us_undo undo;
	struct us_scenes *scenes, *own_scenes; /* shared memory, or our own */
	struct taps {
		uint64_t ms[US_TAPS];
		uint32_t count;
	} taps;
	struct us_record deferred[DEFERRED];
	uint32_t deferred_count;
	struct us_pattern *patched;       /* one of those, put together again */
	uint64_t marked[US_INDICES / 64]; /* see unheard.c */
	bool any_marked;
	uint64_t paced[US_INDICES / 64]; /* see too_long.c */
	bool any_paced;
};

/* commander.c */
/* Carries out one command with everything known but its route; sends the words if it fails. */
int us_turn_run(struct us_turn *turn);
/* Would its command change the sound? Finds the route. */
bool us_turn_is_edit(struct us_turn *turn);

/* address.c */
int us_resolve_knob(struct us_turn *turn, const char *address, struct cached *target);
int us_resolve_gate(struct us_turn *turn, const char *address, struct cached *target);

/* reach.c: the nearest instance, along the cables, that has what is wanted. */
typedef bool us_wanted_fn(const struct us_module *module, uint16_t *input);
uint16_t us_reach(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input);
/* The same against the cables only: who feeds it. */
uint16_t us_reach_up(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input);
/* With the cables only: who it leads to. */
uint16_t us_reach_down(const struct us_engine *model, uint16_t from, us_wanted_fn *wanted, uint16_t *input);
bool us_has_gate(const struct us_module *module, uint16_t *input);
bool us_is_sink(const struct us_module *module, uint16_t *input);

/* knobs.c */
int us_turn_knob(struct us_turn *turn, const char *address, const struct cached *target);
/* Gain or tempo, or what they are. */
int us_turn_master(struct us_turn *turn, enum us_record_type type, const struct us_input *row, float now);
int us_turn_set(struct us_turn *turn, uint16_t instance, uint16_t input, float value, uint32_t ramp_frames,
                uint64_t at);
/* Argument n, if there is one: seconds, or "4 bars". */
int us_turn_ramp(struct us_turn *turn, uint32_t n, uint32_t *frames);
/* Brings a value into the input's range, and says so to the sender. */
float us_turn_clamp(struct us_turn *turn, const struct us_input *row, float value);

/* play.c */
int us_turn_gate(struct us_turn *turn, const struct cached *target);
void us_play_forget(struct us_commander *commander, uint16_t instance);

/* wildcards.c */
int us_act_wildcard(struct us_turn *turn);

/* keys.c */
struct us_keys_note {
	uint16_t instance;
	float key, velocity; /* up to 1; 0: off */
	uint64_t at;         /* US_NOW or a frame */
	uint64_t end;        /* a frame; 0: until told */
};
/* This instance, or the nearest that feeds it, that tells notes apart; US_NOBODY if there is none. */
uint16_t us_keys_of(const struct us_engine *model, uint16_t from);
int us_keys_play(struct us_turn *turn, const struct us_keys_note *note);
int us_keys_gate(struct us_turn *turn, uint16_t instance, bool on, uint64_t end);

/* undo.c: before a record is offered to the model; after a command or a batch is done. */
void us_undo_before(struct us_commander *commander, const struct us_record *record);
/* Has the command that is being carried out made this instance? Then nobody has heard it yet. */
bool us_undo_made(const struct us_commander *commander, uint16_t instance);

/* answer.c: /error, with the address of the command and these words. */
void us_turn_complain(struct us_turn *turn, const char *text);
void us_undo_step(struct us_commander *commander);
/* The step that is being made is the bottom: what lies before it is not taken back, nor it itself. */
void us_undo_stops_here(struct us_commander *commander);
/* Before scenes are changed; the batch that has changed them has failed. */
void us_undo_scenes(struct us_commander *commander);
void us_undo_scenes_drop(struct us_commander *commander);
void us_undo_forget(struct us_commander *commander);
/* All that the model's instances and cables are, as records from the last to the first; until the next step. Forgets
 * what could be taken back. NULL: there is nothing, or no memory (then *count is not 0). */
const struct us_record *us_undo_all(struct us_commander *commander, uint32_t *count);
void us_undo_close(struct us_commander *commander);
/* Frees what a step holds. */
void us_step_drop(struct us_step *step);
int us_act_undo(struct us_turn *turn);
int us_act_redo(struct us_turn *turn);

/* pattern.c: a pattern as records. */
uint32_t us_pattern_parts(const struct us_pattern *p);
void us_pattern_part(struct us_record *record, uint16_t instance, const struct us_pattern *p, uint32_t part);

/* outputs.c: what an instance plays when this batch is done; its outputs by name. -1: it has no such output. */
const struct us_pattern *us_turn_pattern(const struct us_turn *turn, uint16_t instance);
int us_output_find(const struct us_module *module, const struct us_pattern *p, const char *port);
const char *us_output_name(const struct us_module *module, const struct us_pattern *p, uint8_t output,
                           char text[static US_PATTERN_NAME_BYTES]);
/* Bit n - 1: from the output for name n a cable leaves. */
uint64_t us_outputs_held(const struct us_engine *model, const struct us_instance_view *view);
int us_output_refuse(struct us_turn *turn, const struct us_instance_view *view, const struct us_pattern *p,
                     const char *port);

/* unheard.c: this instance has another pattern, or cables; when the command is done, it is said what of it sounds
 * nowhere. `whole`: it was a batch, so a pattern without any cable is not being built. */
void us_unheard_mark(struct us_commander *commander, uint16_t instance);
void us_unheard_say(struct us_turn *turn, bool whole);
void us_unheard_forget(struct us_commander *commander);

/* too_long.c: a record may have made something in beats longer than its module can hold; when the command is done, it
 * is said what is shortened. */
void us_too_long_mark(struct us_commander *commander, const struct us_record *record);
void us_too_long_say(struct us_turn *turn);
void us_too_long_forget(struct us_commander *commander);

/* scenes.c: the book. Lines from *at on; false at the end. */
enum { US_SCENE_PLACE_BYTES = US_NAME_BYTES + US_MODULE_NAME_BYTES };
struct us_scene_line {
	char name[US_NAME_BYTES], place[US_SCENE_PLACE_BYTES], value[US_PATTERN_TEXT];
	const char *begin;
	size_t bytes;
};
/* A scene says of an instance that its knobs stand where the module has them, but for those that it names. */
#define US_SCENE_DEFAULT "default"
/* scene.c: may a scene hold this knob? */
bool us_scene_belongs(const struct us_input *input);
const char *us_scenes_text(const struct us_commander *commander);
bool us_scene_line(const char **at, struct us_scene_line *line);
bool us_scene_is(const struct us_commander *commander, const char *name);
void us_scenes_put(struct us_commander *commander, const char *text);
/* Another text for all scenes: what there is but this scene (or this place in it), then what is added. */
struct us_draft {
	char *text;
	size_t used;
	uint32_t dropped, added;
	bool full;
};
int us_draft_begin(struct us_draft *draft, struct us_turn *turn, const char *name, const char *place);
void us_draft_add(struct us_draft *draft, const char *name, const char *place, const char *value);
int us_draft_end(struct us_draft *draft, struct us_turn *turn);
/* scene.c: argument 0 is a scene that there is. */
int us_turn_scene(struct us_turn *turn, const char **name);

/* song_key.c: none from now on, where there is one. */
int us_turn_key_off(struct us_turn *turn);

/* when.c: argument n, if there is one, is now, beat or bar (or cycle, which is a bar): the beats that are waited for,
 * 0: none. And the frame, and the beat in it: of the message's own time, or of the next such beat, or `soon`. */
int us_turn_when(struct us_turn *turn, uint32_t n, bool cycles, double *unit);
int us_turn_moment(struct us_turn *turn, double unit, uint64_t soon, uint64_t *frame, double *beat);

/* batch.c */
struct batch *us_batch_of(struct us_commander *commander, const struct us_client *client);
int us_batch_collect(struct us_turn *turn, struct batch *batch);
void us_batch_close(struct us_commander *commander, struct batch *batch);
void us_batch_expire(struct us_commander *commander);

/* routes.c */
extern const struct us_route us_knob_route, us_gate_route, us_wildcard_route;
const struct us_route *us_route_find(const struct us_commander *commander, const char *address);
const struct us_route *us_route_at(const struct us_commander *commander, uint32_t n);

/* edit.c, play.c, info.c, batch.c: what the addresses do. */
int us_act_create(struct us_turn *turn);
int us_act_connect(struct us_turn *turn);
int us_act_disconnect(struct us_turn *turn);
int us_act_delete(struct us_turn *turn);
int us_act_play(struct us_turn *turn);
int us_act_hush(struct us_turn *turn);
int us_act_file(struct us_turn *turn);
int us_act_clear(struct us_turn *turn);
int us_act_begin(struct us_turn *turn);
int us_act_commit(struct us_turn *turn);
int us_act_abort(struct us_turn *turn);
int us_act_note(struct us_turn *turn);
int us_act_test(struct us_turn *turn);
int us_act_panic(struct us_turn *turn);
int us_act_fault(struct us_turn *turn);
int us_act_restore(struct us_turn *turn);
int us_act_gain(struct us_turn *turn);
int us_act_limiter(struct us_turn *turn);
int us_act_meters_reset(struct us_turn *turn);
/* mute.c */
int us_act_mute(struct us_turn *turn);
int us_act_solo(struct us_turn *turn);
int us_act_unmute(struct us_turn *turn);
int us_act_unsolo(struct us_turn *turn);
int us_act_scene_save(struct us_turn *turn);
int us_act_scene_set(struct us_turn *turn);
int us_act_scene_recall(struct us_turn *turn);
int us_act_scene_delete(struct us_turn *turn);
int us_act_scene_list(struct us_turn *turn);
/* song.c */
int us_act_tempo(struct us_turn *turn);
int us_act_key(struct us_turn *turn);
int us_act_tap(struct us_turn *turn);
int us_act_transport(struct us_turn *turn);
int us_act_transport_play(struct us_turn *turn);
int us_act_transport_stop(struct us_turn *turn);
int us_act_locate(struct us_turn *turn);
int us_act_ping(struct us_turn *turn);
int us_act_time(struct us_turn *turn);
int us_act_list(struct us_turn *turn);
int us_act_cables(struct us_turn *turn);
int us_act_text(struct us_turn *turn);

#endif
