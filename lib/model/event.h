/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_EVENT_H
#define DMABUFCTL_MODEL_EVENT_H

/* What happened to a buffer or a device, as the monitor tells it. */

#include <stdint.h>
#include <sys/types.h>

#include "lib/model/event-kind.h"

/* A NULL string is unknown, or there is none. Text may be raw bytes of a process. */
struct event {
	enum event_kind kind;
	enum event_cause cause;
	int64_t time_us; /* CLOCK_REALTIME; 0: unknown */
	const char *device; /* exporting device, or what was opened, reset, ... */
	uint64_t inode; /* 0: it is of no buffer */
	uint64_t size; /* bytes; 0: unknown */
	const char *exporter;
	const char *attached; /* of attach and detach: dev_name() */
	const char *symbol,
		*module; /* importer's callback, else its ops; as attachment */
	const char *importer;
	pid_t pid; /* who did it; 0: unknown */
	const char *comm;
	int64_t duration_us; /* of what has ended; -1: unknown */
	const char *job, *state; /* of jobs: state when it was removed */
	uint64_t lost; /* of EVENT_LOST: how many */
};

/* Takes one event; what it points to lives for the call. */
typedef void event_function(void *context, const struct event *event);

/* Where events come from, best first. */
enum event_source { EVENTS_BPF, EVENTS_TRACE, EVENTS_POLL, EVENT_SOURCE_COUNT };

#define EVENT_SOURCE_BIT(source) (1u << (source))

const char *event_kind_name(enum event_kind kind);
const char *event_cause_name(enum event_cause cause); /* NULL: unknown */
const char *event_source_name(enum event_source source);
int event_source_parse(const char *word); /* or -EINVAL */

#endif
