/* fetch.h — the patch that plays, as text that loads to the same sound. [one thread] */
#ifndef US_FETCH_H
#define US_FETCH_H

#include "client/sender.h"

/* The caller frees *text. */
int us_patch_fetch(struct us_sender *sender, char **text, size_t *bytes, struct us_err *err);

#endif
