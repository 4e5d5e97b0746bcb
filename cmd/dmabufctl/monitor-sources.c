/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "cmd/dmabufctl/monitor.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/judge/judge.h"
#include "lib/model/exit-status.h"
#include "lib/monitor/difference.h"
#include "lib/monitor/trace-instance.h"
#include "lib/monitor/tracer.h"
#include "lib/observe/observer.h"

#define SECOND_US UINT64_C(1000000)

enum {
	POLL_KINDS = EVENT_BIT(EVENT_EXPORT) | EVENT_BIT(EVENT_RELEASE) |
		     EVENT_BIT(EVENT_OPEN) | EVENT_BIT(EVENT_CLOSE),
	POLL_BPF_KINDS = EVENT_BIT(EVENT_ATTACH) | EVENT_BIT(EVENT_DETACH) |
			 EVENT_BIT(EVENT_REVOKING) | EVENT_BIT(EVENT_REVOKE) |
			 EVENT_BIT(EVENT_RESTORE),
};

/* The loop hands an error on to whoever runs it. */
static int stop_at(struct monitor *monitor, int r)
{
	if (r < 0)
		monitor_stop(monitor, r);
	return 0;
}

static void add_why(struct monitor *monitor, enum event_source source, const char *why)
{
	size_t length = strlen(monitor->why);

	(void)snprintf(monitor->why + length, sizeof(monitor->why) - length, "%s%s: %s",
		       length ? "; " : "", event_source_name(source), why);
}

static int on_tracer(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct monitor *monitor = context;

	(void)source;
	(void)fd;
	(void)revents;
	return stop_at(monitor, tracer_read(monitor->tracer));
}

static int begin_bpf(struct monitor *monitor, const char **ret_why)
{
	int r = tracer_new(&monitor->root, monitor_put, monitor, &monitor->tracer,
			   ret_why);

	if (r < 0)
		return r;
	monitor->seen = tracer_kinds(monitor->tracer);
	return sd_event_add_io(monitor->event, &monitor->input,
			       tracer_fd(monitor->tracer), EPOLLIN, on_tracer, monitor);
}

static int on_trace(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct monitor *monitor = context;

	(void)source;
	(void)fd;
	(void)revents;
	return stop_at(monitor, trace_instance_read(monitor->trace));
}

static int begin_trace(struct monitor *monitor, const char **ret_why)
{
	int r = trace_instance_new(&monitor->root, monitor_put, monitor, &monitor->trace,
				   ret_why);

	if (r < 0)
		return r;
	monitor->seen = TRACE_INSTANCE_KINDS;
	return sd_event_add_io(monitor->event, &monitor->input,
			       trace_instance_fd(monitor->trace), EPOLLIN, on_trace,
			       monitor);
}

/* Never bufinfo: its reader, stuck behind a revoke, would stop every export. */
static int look(struct snapshot **ret)
{
	const struct observe_request request = {
		.sources = SOURCE_BIT(SOURCE_BPF) | SOURCE_BIT(SOURCE_SYSFS) |
			   SOURCE_BIT(SOURCE_PROC),
		.devices = OBSERVE_DEVICES_REFERENCED,
	};
	int r = observe(&request, ret);

	if (r == 0)
		judge_snapshot(*ret);
	return r;
}

static unsigned int kinds_of_look(const struct snapshot *snapshot)
{
	bool bpf = snapshot->sources[SOURCE_BPF].outcome == SOURCE_OK;

	return POLL_KINDS | (bpf ? POLL_BPF_KINDS : 0);
}

static int on_second(sd_event_source *source, uint64_t usec, void *context)
{
	_cleanup_(cleanup_snapshot) struct snapshot *after = NULL;
	struct monitor *monitor = context;
	int r;

	(void)usec;
	r = look(&after);
	if (r == 0 && difference_is_of_use(after)) {
		difference(monitor->before, after, realtime_us(), monitor_put, monitor);
		snapshot_free(monitor->before);
		monitor->before = TAKE_PTR(after);
	}
	return sd_event_source_set_time_relative(source, SECOND_US);
}

static int begin_poll(struct monitor *monitor, const char **ret_why)
{
	int r = look(&monitor->before);

	if (r < 0) {
		*ret_why = strerror(-r);
		return r;
	}
	monitor->seen = kinds_of_look(monitor->before);
	r = sd_event_add_time_relative(monitor->event, &monitor->input, CLOCK_MONOTONIC,
				       SECOND_US, 1, on_second, monitor);
	return r < 0 ? r : sd_event_source_set_enabled(monitor->input, SD_EVENT_ON);
}

static int (*const begin[EVENT_SOURCE_COUNT])(struct monitor *monitor,
					      const char **ret_why) = {
	[EVENTS_BPF] = begin_bpf,
	[EVENTS_TRACE] = begin_trace,
	[EVENTS_POLL] = begin_poll,
};

int monitor_begin(struct monitor *monitor, unsigned int sources)
{
	int r = -EOPNOTSUPP;

	for (enum event_source source = 0; source < EVENT_SOURCE_COUNT; source++) {
		const char *why = NULL;

		if (!(sources & EVENT_SOURCE_BIT(source)))
			continue;
		r = begin[source](monitor, &why);
		monitor->source = source;
		if (r >= 0)
			return 0;
		monitor_end(monitor);
		add_why(monitor, source, why ? why : strerror(-r));
	}
	return r;
}

void monitor_end(struct monitor *monitor)
{
	monitor->input = sd_event_source_disable_unref(monitor->input);
	tracer_free(monitor->tracer);
	monitor->tracer = NULL;
	trace_instance_free(monitor->trace);
	monitor->trace = NULL;
	snapshot_free(monitor->before);
	monitor->before = NULL;
}

void monitor_renew(struct monitor *monitor)
{
	const char *why = NULL;
	int r;

	if (!monitor->tracer)
		return;
	/* its fd may become another one, and this one be closed */
	monitor->input = sd_event_source_disable_unref(monitor->input);
	monitor->seen &= ~tracer_kinds(monitor->tracer);
	r = tracer_renew(&monitor->root, &monitor->tracer, &why);
	monitor->seen |= tracer_kinds(monitor->tracer);
	if (r < 0 && !*monitor->why)
		add_why(monitor, EVENTS_BPF, why);
	if (r != 0)
		monitor_head(monitor);
	r = sd_event_add_io(monitor->event, &monitor->input, tracer_fd(monitor->tracer),
			    EPOLLIN, on_tracer, monitor);
	if (r < 0)
		monitor_stop(monitor, r);
}
