/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/event.h"

#include "lib/model/words.h"

static const char *const event_kind_names[EVENT_COUNT] = {
	[EVENT_EXPORT] = "export",
	[EVENT_RELEASE] = "release",
	[EVENT_ATTACH] = "attach",
	[EVENT_DETACH] = "detach",
	[EVENT_REVOKING] = "revoking",
	[EVENT_REVOKE] = "revoke",
	[EVENT_RESTORE] = "restore",
	[EVENT_OPEN] = "open",
	[EVENT_CLOSE] = "close",
	[EVENT_RESET] = "reset",
	[EVENT_RELEASING] = "releasing",
	[EVENT_JOB_NEW] = "job-new",
	[EVENT_JOB_REMOVED] = "job-removed",
	[EVENT_LOST] = "lost",
};

static const char *const event_cause_names[CAUSE_COUNT] = {
	[CAUSE_MEMORY] = "memory",
	[CAUSE_LOW_POWER] = "low-power",
	[CAUSE_POWER_STATE] = "power-state",
	[CAUSE_RESET] = "reset",
	[CAUSE_FLR] = "flr",
	[CAUSE_HOT_RESET] = "hot-reset",
	[CAUSE_CLOSE] = "close",
};

static const char *const event_source_names[EVENT_SOURCE_COUNT] = {
	[EVENTS_BPF] = "bpf",
	[EVENTS_TRACE] = "trace",
	[EVENTS_POLL] = "poll",
};

WORDS(event_source)

const char *event_kind_name(enum event_kind kind)
{
	return event_kind_names[kind];
}

const char *event_cause_name(enum event_cause cause)
{
	return event_cause_names[cause];
}
