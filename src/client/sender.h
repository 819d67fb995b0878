/* sender.h — from a client to a synth's control over OSC, and its answers back. One socket, connected to
 * where control listens. [one thread] */
#ifndef US_SENDER_H
#define US_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <understudy/command.h>

struct us_sender;

/* `address`: what control listens on; any of this machine's (0.0.0.0, ::) means its loopback. */
int us_sender_open(struct us_sender **sender, const char *address, uint32_t port, struct us_err *err);
void us_sender_close(struct us_sender *sender);

/* From now on all that is sent shows this token (us_clock.token): it comes from the session's own user. */
void us_sender_show(struct us_sender *sender, const char *token);

/* Files that messages name are handed over as well, to control of the session with this nonce: ipc/offer.h. */
void us_sender_offer(struct us_sender *sender, uint64_t nonce);

/* Sends one message. */
int us_sender_send(struct us_sender *sender, const struct us_command *command, struct us_err *err);

/* The same for who plays live: never waits for anybody, and asks for no answer. */
int us_sender_post(struct us_sender *sender, const struct us_command *command, struct us_err *err);
/* Takes one answer, if there is one; false: there is none. The words of an /error are in err->text, which is empty
 * otherwise; other answers go where us_sender_listen says. Never waits. */
bool us_sender_hear(struct us_sender *sender, struct us_err *err);

/* Waits until all that was sent before is applied: /sync, then /synced. Meanwhile answers are printed: values on
 * stdout, a /warning on stderr; an /error makes the call fail with its words. */
int us_sender_sync(struct us_sender *sender, struct us_err *err);

/* How long the next syncs wait; 0: as long as is usual. */
void us_sender_wait(struct us_sender *sender, uint32_t ms);

/* From now on answers go to `sink` instead of stdout. NULL: to stdout. */
void us_sender_listen(struct us_sender *sender, us_command_sink *sink, void *context);

/* Prints an answer as a line: the address, as it is to be called, and the arguments. */
void us_answer_print(const char *address, const struct us_command *answer);

/* Writes one OSC packet to `packet`; returns its bytes, 0 if it does not fit. */
size_t us_sender_encode(const struct us_command *command, void *packet, size_t room);

#endif
