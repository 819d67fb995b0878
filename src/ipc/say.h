/* say.h — how much a line matters, in front of it, as syslog and journald have it. Who writes the lines of a session
 * (src/cli/run_output.c) takes the mark away and says it in words, or hands it on to journald. None: a notice. */
#ifndef US_SAY_H
#define US_SAY_H

#define US_SAY_ERROR "<3>"   /* something is lost, or has ended */
#define US_SAY_WARNING "<4>" /* something failed, and was dealt with */

#endif
