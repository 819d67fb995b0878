/* rights.c — who sends a packet, and what that allows. By its address it comes from this machine or from elsewhere; a
 * message /token "…" shows more, for the rest of the same packet and no longer:
 *
 *   the session's own token (us_clock.token)   its user: nobody else may map the segment that it lies in
 *   the token of run --token-file              as if it came from this machine
 *
 * Over UDP anybody on this machine can send from 127.0.0.1: see docs/security.md. */
#include "control.h"
#include "wav/beneath.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Takes as long wherever they differ. */
static bool same_secret(const char *secret, const char *said)
{
	const size_t n = strlen(secret);
	unsigned char differ = strnlen(said, n + 1) != n;
	for (size_t i = 0; i < n && said[i]; i++)
		differ |= (unsigned char)(secret[i] ^ said[i]);
	return n > 0 && !differ;
}

static int read_guest_token(struct us_control *c, struct us_err *err)
{
	const char *path = c->clock->token_file;
	char text[US_GUEST_TOKEN_BYTES] = "";
	const int fd = us_file_open(path, O_RDONLY | O_NOFOLLOW, err);
	if (fd < 0)
		return US_FAILED;
	const ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[strcspn(text, "\r\n")] = 0;
	const size_t length = strlen(text);
	if (n < 0 || length < US_GUEST_TOKEN_LEAST || length > sizeof text - 8)
		return us_fail(err, "%s: its first line has %zu letters; expected %d to %zu", path, length,
		               US_GUEST_TOKEN_LEAST, sizeof text - 8);
	memcpy(c->guest_token, text, sizeof text);
	return US_OK;
}

void us_control_open_rights(struct us_control *c)
{
	struct us_err err;
	if (c->clock->token_file[0] && read_guest_token(c, &err))
		fprintf(stderr, "understudy-control: %s; no other machine has more rights than to play\n", err.text);
}

void us_control_meet(struct us_control *c, const union us_source *source)
{
	const bool ourselves = !source || source->any.sa_family == AF_UNSPEC; /* the first patch */
	c->source = source;
	c->shown = ourselves;
	c->from = ourselves ? US_FROM_OWNER : us_source_is_here(source) ? US_FROM_HERE : US_FROM_ELSEWHERE;
}

void us_control_show_token(struct us_control *c, const struct us_command *command)
{
	const char *said = command->argc == 1 && command->arg[0].type == 's' ? command->arg[0].s : "";
	if (same_secret(c->clock->token, said)) {
		c->from = US_FROM_OWNER;
		c->shown = true;
	} else if (same_secret(c->guest_token, said)) {
		c->from = c->from > US_FROM_HERE ? c->from : US_FROM_HERE;
		c->shown = true;
	} else {
		return;
	}
	if (c->source)
		us_budget_know(&c->budget, c->source, c->now_ns);
}

bool us_control_listens(const struct us_control *c, struct us_err *err)
{
	if (c->shown || !c->clock->token_only)
		return true;
	us_fail(err, "this synth takes nothing without its token (run --token-only)");
	return false;
}
