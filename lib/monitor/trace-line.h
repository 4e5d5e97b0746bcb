/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_TRACE_LINE_H
#define DMABUFCTL_MONITOR_TRACE_LINE_H

/*
 * One line of trace_pipe as an event: those of include/trace/events/dma_buf.h (Linux 7.2)
 * that monitor asks for. Pure.
 */

#include "lib/model/event.h"

/*
 * Cuts up line, into which *ret then points. The time of *ret is that of the trace clock,
 * in microseconds. 0, or -EBADMSG: none of these events.
 */
int trace_line_parse(char *line, struct event *ret);

#endif
