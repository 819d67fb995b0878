/* said.h — what control says, for somebody who reads: addresses of OSC in it become words of the patch language. [any]
 */
#ifndef US_SAID_H
#define US_SAID_H

#include <understudy/error.h>

/* "/mod/vcf/cutoff: out of range" is "vcf.cutoff: out of range", and "/patch/list names them" is "list names them".
 * Paths of files stay what they are. Returns `to`. */
char *us_said(char to[static US_ERROR_BYTES], const char *text);

#endif
