/* failover.pml — the failover and quarantine protocol as a Promela model, and five ways to get it wrong.
 *
 * Lead renders, Follower is gated by what Lead has published, Supervisor kills a (rightly or wrongly) suspected lead at
 * any step, quarantines a module from block q, and promotes the follower. Callback plays from whoever has the block.
 * Oracle: what was played for block b was rendered with the bypass exactly if b >= the final q.
 *
 *   RULE 0  q = max(breadcrumb block, published), read after certain death, amendment before role   must pass
 *   RULE 1  q = breadcrumb block                                                                    must fail
 *   RULE 2  role before amendment                                                                   must fail
 *   RULE 3  the follower is not gated                                                               must fail
 *   RULE 4  published is read before the death is certain                                           must fail
 *   RULE 5  the promotion does not wait for the death                                               must fail
 *
 * `make model` runs all six. A model that cannot fail proves nothing. Spin assumes sequential consistency; the orders of
 * single words are the business of the comments beside the atomics. */
#ifndef RULE
#define RULE 0
#endif
#ifndef BLOCKS
#define BLOCKS 4
#endif
#define NEVER 99

byte quarantine = NEVER; /* the amendment's block */
byte primary = 0;        /* the role word */
bool lead_may_run = true, lead_is_dead = false;
byte published[2];       /* by Lead, by Follower: blocks below it are in the ring */
byte breadcrumb = 0;     /* the block that Lead works on */
byte granted = 2;        /* blocks below it may be rendered */
byte ring_lead[BLOCKS], ring_follower[BLOCKS], heard[BLOCKS]; /* 1: plain, 2: with the bypass */
byte played = 0;

#define RENDERED(b) (1 + (b >= quarantine))

proctype Lead()
{
	byte b = 0, sound;
	do
	:: b < BLOCKS && lead_may_run && granted > b ->
		if :: atomic { lead_may_run -> breadcrumb = b } :: else -> break fi;
		if :: lead_may_run -> sound = RENDERED(b) :: else -> break fi;
		if :: atomic { lead_may_run -> ring_lead[b] = sound } :: else -> break fi;
		if :: atomic { lead_may_run -> published[0] = b + 1 } :: else -> break fi;
		b++
	:: !lead_may_run -> break
	:: b == BLOCKS -> break
	od;
	lead_is_dead = true
}

proctype Follower()
{
	byte b = 0, sound;
	do
	:: b < BLOCKS && granted > b && (primary == 1 || published[0] > b || RULE == 3) ->
		sound = RENDERED(b);
		ring_follower[b] = sound;
		published[1] = b + 1;
		b++
	:: b == BLOCKS -> break
	od
}

proctype Supervisor()
{
	byte q, early;
	if
	:: skip /* nobody is ever suspected */
	:: early = published[0];
#if RULE != 5
	   lead_may_run = false; /* SIGKILL */
	   lead_is_dead;         /* pidfd, or the fatal-signal handler's word */
#endif
	   q = breadcrumb;
#if RULE == 4
	   q = (early > q -> early : q);
#elif RULE != 1
	   q = (published[0] > q -> published[0] : q);
#endif
#if RULE == 2
	   primary = 1;
	   quarantine = q
#else
	   quarantine = q;
	   primary = 1
#endif
	fi
}

#define PLAY(ring) atomic { heard[played] = ring[played]; played++; if :: granted < BLOCKS -> granted++ :: else fi }

proctype Callback()
{
	do
	:: played < BLOCKS && primary == 0 && published[0] > played -> PLAY(ring_lead)
	:: played < BLOCKS && primary == 1 && published[1] > played -> PLAY(ring_follower)
	:: played < BLOCKS && primary == 1 && published[0] > played && published[1] <= played -> PLAY(ring_lead)
	:: played == BLOCKS -> break
	od
}

init {
	byte b = 0;
	atomic { run Lead(); run Follower(); run Supervisor(); run Callback() }
	(played == BLOCKS && _nr_pr == 1);
	do
	:: b < BLOCKS -> assert(heard[b] == RENDERED(b)); b++
	:: else -> break
	od
}
