/* run_screen.c — what `understudy run` shows: where it plays and how late, then one line that is kept up to date on a
 * terminal in whose foreground it is, and a summary at the end. Elsewhere only lines that say something new. */
#include "ipc/clock.h"
#include "ipc/meters_rt.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned long long get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void us_run_greet(struct us_run *run)
{
	struct us_err err;
	run->viewing = us_session_open(&run->view, run->session, 1u << US_SEG_CLOCK, &err) == US_OK;
	if (!run->viewing) {
		fprintf(stderr, "understudy: %s\n", err.text);
		return;
	}
	char place[US_ADDRESS_TEXT_BYTES + 16];
	const struct us_clock *c = run->view.clock;
	double lookahead = atomic_load(&c->lookahead_total) * 1000.0 * US_BLOCK / c->rate,
	       limiter = 1000.0 * US_MASTER_FRAMES / c->rate,
	       device = atomic_load(&c->board.device_latency_us) / 1000.0;
	fprintf(stderr, "understudy: session %s plays on %s at %u Hz, OSC on %s\n", run->session, c->board.device,
	        c->rate, us_socket_print(place, run->bind, c->osc_port));
	const uint32_t frames = atomic_load(&c->board.device_frames);
	fprintf(stderr,
	        "understudy: latency %.1f ms (lookahead %.1f + device %.1f + limiter %.1f): the device takes %u frames "
	        "at once, and "
	        "%u blocks more are kept ready for the workers\n",
	        lookahead + device + limiter, lookahead, device, limiter, frames, c->lookahead);
	if (run->record[0])
		fprintf(stderr, "understudy: recording to %s\n", run->record);
	if (run->log[0])
		fprintf(stderr, "understudy: logging to %s\n", run->log);
}

/* Since the last turn, in percent: `load`, the share of a block's time that the primary takes to render it, and `cpu`,
 * what both workers take of one core. */
static void measure(struct us_run *run, double *load, double *cpu)
{
	struct us_run_sample now = {.at_ns = us_now_ns()}, *last = &run->sample;
	uint32_t primary = (uint32_t)(atomic_load(&run->view.clock->role) & 1);
	double cpu_ns = 0;
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		const struct us_slot *slot = run->view.slot[s];
		now.slot[s].worker = get(&slot->epoch);
		now.slot[s].busy_ns = get(&slot->busy_ns);
		now.slot[s].blocks = get(&slot->blocks);
		now.slot[s].cpu_ns = get(&slot->cpu_ns);
		if (now.slot[s].worker != last->slot[s].worker || now.slot[s].blocks <= last->slot[s].blocks)
			continue; /* another worker: it has not been here long enough to be compared with itself */
		cpu_ns += (double)(now.slot[s].cpu_ns - last->slot[s].cpu_ns);
		if (s == primary)
			*load = 100.0 * (double)(now.slot[s].busy_ns - last->slot[s].busy_ns) /
			        (double)(now.slot[s].blocks - last->slot[s].blocks) * run->view.clock->rate / US_BLOCK /
			        1e9;
	}
	if (last->at_ns)
		*cpu = 100.0 * cpu_ns / (double)(now.at_ns - last->at_ns);
	*last = now;
}

static uint32_t terminal_columns(const struct us_run *run)
{
	struct winsize size;
	return ioctl(run->output.screen_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

/* no-color.org: set, and not to the empty string. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
	return !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* What is heard now, and what was too loud. Empty before there is anything to hear. */
static void describe_levels(char text[static 64], const struct us_session *s)
{
	struct us_meters m;
	us_meters_read(s->slot[atomic_load(&s->clock->role) & 1], &m);
	text[0] = 0;
	if (!(m.recent > US_METER_NONE && m.recent <= 0))
		return;
	int n = snprintf(text, 64, "  peak %.1f dB", (double)m.recent);
	if (m.momentary > US_METER_NONE && m.momentary < 100)
		n += snprintf(text + n, 64 - (size_t)n, "  %.1f LUFS", (double)m.momentary);
	if (m.clips)
		snprintf(text + n, 64 - (size_t)n, "  CLIPPED");
	else if (m.reduction > 0.05f && m.reduction < 100)
		snprintf(text + n, 64 - (size_t)n, "  limiter -%.1f dB", (double)m.reduction);
}

/* There somebody else has the line that is being typed: the shell. */
static bool in_background(const struct us_run *run)
{
	const pid_t front = tcgetpgrp(run->output.screen_fd);
	return front > 0 && front != getpgrp();
}

void us_run_show(struct us_run *run)
{
	if (!run->output.terminal || !run->viewing || in_background(run))
		return;
	const struct us_session *s = &run->view;
	const struct us_board *b = &s->clock->board;
	uint64_t played = get(&s->clock->played);
	double load = 0, cpu = 0;
	char line[256], levels[64];
	describe_levels(levels, s);
	measure(run, &load, &cpu);
	snprintf(line, sizeof line,
	         "%.1f s  load %.1f %%  cpu %.1f %%  block %llu  underruns %llu  promotions %llu  %s%s%s",
	         (double)played * US_BLOCK / s->clock->rate, load, cpu, (unsigned long long)played, get(&b->underruns),
	         get(&b->promotions), atomic_load(&s->clock->live_mask) == 3 ? "pair" : "ALONE",
	         atomic_load(&b->spare_ready) ? " + spare" : "", levels);
	/* Never wider than the terminal: a line that wraps cannot be taken back. What follows takes its place. */
	fprintf(stderr, "%s%.*s%s\r", wants_colour() ? "\x1b[2m" : "", (int)terminal_columns(run) - 1, line,
	        wants_colour() ? "\x1b[0m" : "");
	fflush(stderr);
}

void us_run_farewell(struct us_run *run)
{
	if (!run->viewing)
		return;
	const struct us_board *b = &run->view.clock->board;
	fprintf(stderr,
	        "understudy: %llu blocks (%.1f s), underruns %llu, gaps %llu, deaths %llu, promotions %llu, replaced "
	        "%llu, divergences %llu\n",
	        get(&run->view.clock->played), (double)get(&run->view.clock->played) * US_BLOCK / run->view.clock->rate,
	        get(&b->underruns), get(&b->gap_blocks), get(&b->crashes), get(&b->promotions), get(&b->replacements),
	        get(&b->divergences));
}
