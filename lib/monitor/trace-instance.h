/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_TRACE_INSTANCE_H
#define DMABUFCTL_MONITOR_TRACE_INSTANCE_H

/*
 * Events from the trace events of dma-buf (Linux 7.0), in a tracefs instance of our own:
 * nobody else's trace is disturbed. A process of its own removes the instance when this
 * one has ended, however that was.
 */

#include "lib/model/event.h"

struct root;
struct trace_instance;

/* The kinds that these trace events tell of: an EVENT_BIT() mask. */
#define TRACE_INSTANCE_KINDS                                                             \
	(EVENT_BIT(EVENT_EXPORT) | EVENT_BIT(EVENT_ATTACH) | EVENT_BIT(EVENT_DETACH) |   \
	 EVENT_BIT(EVENT_LOST))

/*
 * put and context outlive it. 0, or negative errno with *ret_why, which is static.
 * -EOPNOTSUPP: this kernel has no such events, or no tracefs is mounted.
 */
int trace_instance_new(const struct root *root, event_function *put, void *context,
		       struct trace_instance **ret, const char **ret_why);
void trace_instance_free(struct trace_instance *instance); /* NULL is allowed */

/* An fd that is readable when there are events; it is the instance's. */
int trace_instance_fd(const struct trace_instance *instance);

/* Hands over what has come, at most some hundred. 0 or negative errno. */
int trace_instance_read(struct trace_instance *instance);

/*
 * Of the bytes of trace_pipe at text (NUL-terminated), hands over every whole line, whose
 * times are clock_us later in CLOCK_REALTIME, and returns how many bytes they were. A line
 * that cannot be read is told as lost. Cuts up text.
 */
size_t trace_lines(char *text, int64_t clock_us, event_function *put, void *context);

#endif
