/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_MONITOR_H
#define DMABUFCTL_CMD_MONITOR_H

/*
 * What the files of the verb monitor share. Everything happens in one event loop; what
 * hooks into the kernel is gone when it ends.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "lib/model/event.h"
#include "lib/model/filter.h"
#include "lib/observe/root.h"

struct options;
struct snapshot;
struct trace_instance;
struct tracer;
struct watch;

struct monitor {
	const struct options *options;
	struct root root;
	const char *device; /* of --device, as the kernel has it; NULL: all */
	sd_event *event;
	enum event_source source;
	char why[256]; /* no better source was taken; "": there is none */
	unsigned int seen; /* EVENT_BIT() mask */
	struct tracer *tracer;
	struct trace_instance *trace;
	struct snapshot *before; /* of EVENTS_POLL; NULL: not yet */
	sd_event_source *input; /* of the tracer, the trace or the timer */
	struct watch *watch; /* of uevents; NULL: none */
	sd_bus *bus; /* NULL: none */
};

/* monitor.c: takes one event; context is the monitor. */
event_function monitor_put;

/* Ends the loop; status is that of the program, or a negative errno. */
void monitor_stop(struct monitor *monitor, int status);

/* Prints which source it is, and what it sees. */
void monitor_head(struct monitor *monitor);

/*
 * monitor-sources.c: the best of the sources in the EVENT_SOURCE_BIT() mask that works.
 * 0 or negative errno; then monitor.why says of each why not.
 */
int monitor_begin(struct monitor *monitor, unsigned int sources);

/* Ends it: nothing of ours is in the kernel any more. */
void monitor_end(struct monitor *monitor);

/* VFIO has come, or may have: begins to see what it could not see before. */
void monitor_renew(struct monitor *monitor);

/*
 * monitor-neighbours.c: uevents and the bus. What of them is not there is not seen; no
 * failure.
 */
void monitor_listen(struct monitor *monitor);
void monitor_deaf(struct monitor *monitor);

#endif
