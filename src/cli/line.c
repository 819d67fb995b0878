/* line.c — see line.h. */
#include "line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOTICE = 5 };

enum us_line_form us_line_form_of(int fd, const char *journal_stream)
{
	unsigned long long device, inode;
	struct stat st;
	if (journal_stream && sscanf(journal_stream, "%llu:%llu", &device, &inode) == 2 && fstat(fd, &st) == 0 &&
	    st.st_dev == device && st.st_ino == inode)
		return US_LINE_JOURNAL;
	return isatty(fd) ? US_LINE_TERMINAL : US_LINE_FILE;
}

/* "<4>text": 4, and text moves on to what is behind it. */
static int take_severity(const char **text, size_t *bytes)
{
	const char *t = *text;
	if (*bytes < 3 || t[0] != '<' || t[1] < '0' || t[1] > '7' || t[2] != '>')
		return NOTICE;
	*text += 3;
	*bytes -= 3;
	return t[1] - '0';
}

static int write_head(char to[static US_LINE_BYTES], enum us_line_form form, const char *session, uint64_t unix_ns,
                      int severity)
{
	static const char *const name[] = {"emergency", "alert",  "critical", "error",
	                                   "warning",   "notice", "info",     "debug"};
	const time_t seconds = (time_t)(unix_ns / 1000000000u);
	struct tm tm;
	char date[32];
	if (form == US_LINE_TERMINAL)
		return 0;
	if (form == US_LINE_JOURNAL) /* which knows the time */
		return snprintf(to, US_LINE_BYTES, "<%d>%s: ", severity, session);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	return snprintf(to, US_LINE_BYTES, "%s.%03uZ %s %s ", date, (unsigned)(unix_ns / 1000000 % 1000), session,
	                name[severity]);
}

size_t us_line_write(char to[static US_LINE_BYTES], enum us_line_form form, const char *session, uint64_t unix_ns,
                     const char *text, size_t bytes)
{
	const int severity = take_severity(&text, &bytes);
	const size_t head = (size_t)write_head(to, form, session, unix_ns, severity);
	const size_t room = US_LINE_BYTES - head, body = bytes < room ? bytes : room;
	memcpy(to + head, text, body);
	if (body < bytes)
		to[US_LINE_BYTES - 1] = '\n';
	return head + body;
}

bool us_line_may(struct us_line_rate *r, uint64_t now, uint64_t *dropped)
{
	if (!r->begun)
		*r = (struct us_line_rate){.begun = true, .then_ns = now, .room = US_LINES_AT_ONCE};
	r->room += (double)(now - r->then_ns) / 1e9 * US_LINES_A_SECOND;
	r->then_ns = now;
	if (r->room > US_LINES_AT_ONCE)
		r->room = US_LINES_AT_ONCE;
	*dropped = 0;
	if (r->room < 1) {
		r->dropped++;
		return false;
	}
	r->room--;
	*dropped = r->dropped;
	r->dropped = 0;
	return true;
}
