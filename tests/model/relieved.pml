/* relieved.pml — a primary that is relieved and not dead, an amendment, and successors of the supervisor.
 *
 * Worker 0 leads in slot 0, worker 1 stands by in slot 1. Any of their steps may take any time: that is a process which is
 * stopped in mid-block and continued. The supervisor may take worker 0 for stalled at any moment, and let worker 1 lead.
 * Worker 1 crashes in some block; the module at work is bypassed from block q on; worker 2, a spare, takes slot 1, renders
 * all from the start, and leads. The supervisor may die between any two of its steps: its successor knows what lies in
 * shared memory, and nothing else. Callback plays from whoever has the block.
 * Oracle: what was played for block b was rendered with the bypass exactly if b >= the final q.
 *
 *   RULE 0  worker 0 is killed, q is chosen when its death is certain; a successor trusts nobody     must pass
 *   RULE 1  the amendment is published, and worker 0 leads again                                      must fail
 *   RULE 2  the amendment is published while worker 0 lives, and worker 2 leads                       must fail
 *   RULE 3  worker 0 is killed, but q was chosen before                                               must fail
 *   RULE 4  a successor takes who does not lead for a follower at its gate, and does not kill it      must fail */
#ifndef RULE
#define RULE 0
#endif
#ifndef BLOCKS
#define BLOCKS 3
#endif
#define NEVER 99

byte quarantine = NEVER;
byte primary = 0; /* slot */
byte published[2], breadcrumb = NEVER;
byte granted = 2, played = 0;
byte ring0[BLOCKS], ring1[BLOCKS], heard[BLOCKS]; /* 1: plain, 2: with the bypass */
bool killed = false, dead[3], spare_may_start = false, has_crashed = false;

#define RENDERED(b) (1 + (b >= quarantine))
#define MAX(a, b) (a > b -> a : b)
/* The block after the last that anybody has published: by the counts, and by the rings, in which a block may be that its
 * writer did not live to count. */
#define CHOOSE(q) atomic { \
	q = MAX(breadcrumb, MAX(published[0], published[1])); \
	if :: q < BLOCKS -> if :: ring0[q] || ring1[q] -> q++ :: else fi :: else fi }

/* Each step is one; a killed worker takes none. */
proctype Relieved()
{
	byte b = 0, sound;
	do
	:: atomic { !killed && b < BLOCKS && granted > b && (primary == 0 || published[1] > b) -> skip };
		if :: atomic { !killed -> sound = RENDERED(b) } :: killed -> break fi;
		if :: atomic { !killed -> ring0[b] = sound } :: killed -> break fi;
		if :: atomic { !killed -> published[0] = b + 1 } :: killed -> break fi;
		b++
	:: killed -> break
	:: played == BLOCKS -> break
	od;
	dead[0] = true
}

proctype Standby()
{
	byte b = 0, sound;
	do
	:: b < BLOCKS && granted > b && (primary == 1 || published[0] > b) ->
		if
		:: primary == 1 && !has_crashed -> /* the module crashes */
			has_crashed = true;
			breadcrumb = b;
			break
		:: sound = RENDERED(b)
		fi;
		ring1[b] = sound;
		published[1] = b + 1;
		b++
	:: played == BLOCKS -> break
	:: has_crashed -> break
	od;
	dead[1] = true
}

proctype Spare()
{
	byte b = 0, sound;
	(spare_may_start || played == BLOCKS);
	do
	:: b < BLOCKS && granted > b ->
		sound = RENDERED(b);
		ring1[b] = sound;
		published[1] = b + 1;
		b++
	:: b == BLOCKS -> break
	:: played == BLOCKS -> break
	od
}

proctype Supervisor()
{
	byte q, early;
	bool knows = false; /* that worker 0 was relieved: not in shared memory */
	(published[0] > 0 || played == BLOCKS);
	if :: primary = 1; knows = true :: skip fi;
	if :: knows = false /* it dies, and a successor begins */ :: skip fi;
	if
	:: dead[1] && has_crashed ->
		CHOOSE(early);
#if RULE == 0 || RULE == 3
		killed = true;
		dead[0];
#elif RULE == 4
		if :: knows -> killed = true; dead[0] :: else -> skip fi;
#endif
		if
		:: skip /* it dies here: what the crash was about is lost, and nothing is amended */
		:: CHOOSE(q);
#if RULE == 3
			q = early;
#endif
			quarantine = q
		fi;
#if RULE == 1
		primary = 0;
#else
		published[1] = 0;
		spare_may_start = true;
#endif
	:: played == BLOCKS
	fi
}

#define PLAY(ring) atomic { heard[played] = ring[played]; played++; if :: granted < BLOCKS -> granted++ :: else fi }

/* A block that is in a ring was published, also before it is counted. */
proctype Callback()
{
	do
	:: played < BLOCKS && ring0[played] -> PLAY(ring0)
	:: played < BLOCKS && ring1[played] -> PLAY(ring1)
	:: played == BLOCKS -> break
	od
}

init {
	byte b = 0;
	atomic { run Relieved(); run Standby(); run Spare(); run Supervisor(); run Callback() }
	(played == BLOCKS);
	do
	:: b < BLOCKS -> assert(heard[b] == RENDERED(b)); b++
	:: else -> break
	od
}
