/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/monitor.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/job-store.h"
#include "lib/jobs/request-store.h"
#include "lib/model/bus-names.h"
#include "lib/observe/watch.h"

static struct event event_now(enum event_kind kind)
{
	return (struct event){
		.kind = kind,
		.time_us = realtime_us(),
		.duration_us = -1,
	};
}

static void on_vfio_removed(void *context, const char *address)
{
	struct event event = event_now(EVENT_RELEASING);

	event.device = address;
	monitor_put(context, &event);
}

static void on_vfio_changed(void *context)
{
	monitor_renew(context);
}

static void on_other(void *context, const char *address)
{
	(void)context;
	(void)address;
}

static void on_lost(void *context)
{
	struct event event = event_now(EVENT_LOST);

	event.lost = 1; /* at least */
	monitor_put(context, &event);
}

static const struct watch_events watch_events = {
	.vfio_changed = on_vfio_changed,
	.vfio_removed = on_vfio_removed,
	.unbound = on_other,
	.removed = on_other,
	.lost = on_lost,
};

/* A request becomes a record before it goes: it is in one of them, or on its way. */
static int read_job(const struct job_store *store, const char *id, struct job **ret)
{
	int r = job_store_read(store, id, ret);

	if (r == -ENOENT)
		r = request_read(store, id, ret);
	return r == -ENOENT ? job_store_read(store, id, ret) : r;
}

/* Signals tell no more than its name; its record has the device. */
static void put_job(struct monitor *monitor, struct event *event)
{
	_cleanup_(job_store_close) struct job_store store = { -EBADF, -EBADF };
	struct job *job = NULL;

	if (job_store_open(monitor->root.fd, &store) == 0 &&
	    read_job(&store, event->job, &job) == 0)
		event->device = job->wish.device;
	monitor_put(monitor, event);
	job_free(job);
}

static int on_job(sd_bus_message *message, void *context, sd_bus_error *error)
{
	bool removed = sd_bus_message_is_signal(message, BUS_MANAGER, "JobRemoved");
	struct event event = event_now(removed ? EVENT_JOB_REMOVED : EVENT_JOB_NEW);
	int r;

	(void)error;
	if (removed)
		r = sd_bus_message_read(message, "sos", &event.job, NULL, &event.state);
	else
		r = sd_bus_message_read(message, "so", &event.job, NULL);
	if (r > 0)
		put_job(context, &event);
	return 0;
}

/* Naming the sender starts nobody: jobs are seen while dmabufd runs. */
static int listen_on_bus(struct monitor *monitor)
{
	static const char *const signals[] = { "JobNew", "JobRemoved" };
	int r = sd_bus_open_system(&monitor->bus);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
		r = sd_bus_match_signal_async(monitor->bus, NULL, BUS_NAME, BUS_PATH,
					      BUS_MANAGER, signals[i], on_job, NULL,
					      monitor);
	if (r >= 0)
		r = sd_bus_attach_event(monitor->bus, monitor->event, 0);
	return r;
}

void monitor_listen(struct monitor *monitor)
{
	if (watch_new(monitor->event, &watch_events, monitor, &monitor->watch) >= 0)
		monitor->seen |= EVENT_BIT(EVENT_RELEASING);
	if (listen_on_bus(monitor) >= 0)
		monitor->seen |= EVENT_BIT(EVENT_JOB_NEW) | EVENT_BIT(EVENT_JOB_REMOVED);
	else
		monitor->bus = sd_bus_close_unref(monitor->bus);
}

void monitor_deaf(struct monitor *monitor)
{
	watch_free(monitor->watch);
	monitor->watch = NULL;
	monitor->bus = sd_bus_close_unref(monitor->bus);
}
