/* probe.h — asks modules what they are, in a process of its own: no module's code, nor a constructor, runs where a
 * person's commands, a session's memory or its sound could come to harm. The process is understudy-worker --describe.
 * [setup] */
#ifndef US_PROBE_H
#define US_PROBE_H

#include "ipc/code.h"

#include <stddef.h>
#include <understudy/error.h>

/* Descriptions (engine/describe.h) of the pack's modules at this rate, made by the worker program at `worker_fd`.
 * `bytes` is the caller's to free. Fails with the name of the module that crashes, loops, or does more than compute
 * when it is loaded. */
int us_probe(int worker_fd, int code_fd, uint32_t rate, void **bytes, size_t *count, struct us_err *err);

/* The other side: understudy-worker --describe CODE_FD REPORT_FD RATE. Returns an exit code. */
int us_probe_serve(int code_fd, int report_fd, uint32_t rate);

#endif
