/* bench_pattern — what another text costs whoever sends it: the command /pattern, from the notation to the records,
 * each carried out in control's model. Prints one line per text; nothing here passes or fails. bench_pattern MODULES */
#include "command/commander.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RATE = 48000, TIMES = 2000 };

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void take(struct us_commander *c, struct us_record *record, const struct us_command *command)
{
	struct us_outbox out = {.record = record, .room = US_OUTBOX_RECORDS};
	us_commander_take(c, &(struct us_message){.from = US_FROM_OWNER, .command = command, .out = &out});
	if (!out.count) {
		fprintf(stderr, "%s is refused\n", command->arg[command->argc - 1].s);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static const char *const texts[][2] = {
	    {"plain", "c4 e4 [g4 c5] ~ a4 b4 <c4 d4> e4 f4 ~ g4(3,8) a4 bd sn hh cp"},
	    {"changed", "c4 e4 [g4 c5] ~ a4 b4 <c4 d4> e4 f4 ~ g4(3,8) a4 bd sn hh cp; every 2 rev; off 1/8 (+7); "
	                "sometimes (fast 2); jux (iter 4); ply 2"},
	};
	struct us_library *library;
	struct us_commander *c;
	struct us_err err;
	struct us_record *record = calloc(US_OUTBOX_RECORDS, sizeof *record);
	if (argc != 2 || !record || us_library_open(&library, argv[1], &err) ||
	    us_commander_open(&c, &(struct us_commander_config){RATE, 0, 0, library}, &err)) {
		fprintf(stderr, "bench_pattern MODULES: %s\n", argc == 2 ? err.text : "");
		return 1;
	}
	take(c, record,
	     &(struct us_command){.address = "/patch/create",
	                          .at = US_NOW,
	                          .argc = 2,
	                          .arg = {{.type = 's', .s = "p"}, {.type = 's', .s = "pattern"}}});
	for (int i = 0; i < 2; i++) {
		const struct us_command play = {.address = "/pattern",
		                                .at = US_NOW,
		                                .argc = 2,
		                                .arg = {{.type = 's', .s = "p"}, {.type = 's', .s = texts[i][1]}}};
		double best = 1e9;
		for (int round = 0; round < 5; round++) {
			const double begin = now_us();
			for (int n = 0; n < TIMES; n++) {
				us_commander_advance(c, (uint64_t)(round * TIMES + n) * 400,
				                     (uint64_t)(round * TIMES + n) * 400 + 3, 0);
				take(c, record, &play);
			}
			const double us = (now_us() - begin) / TIMES;
			best = us < best ? us : best;
		}
		printf("another text, %s: %.1f us\n", texts[i][0], best);
	}
	us_commander_close(c);
	us_library_close(library);
	free(record);
	return 0;
}
