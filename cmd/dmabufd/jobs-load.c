/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on disk, at the start and whenever it changes. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

enum {
	SETTLE_US = 50000,
	ACCURACY_US = 10000,
	FIRST_LOOK_US = 1000000, /* at units of records that were there before us */
};

void entry_arm(struct entry *entry)
{
	switch (entry->job->trigger) {
	case JOB_AT:
		at_arm(entry);
		break;
	case JOB_ON_EXIT:
	case JOB_ON_IDLE:
		watch_arm(entry);
		break;
	default: /* jobs_release() */
		break;
	}
}

/* What was to begin before this boot is late by more than a restart of ours. */
static void resume(struct entry *entry)
{
	struct job *job = entry->job;

	entry->for_release = rule_is_of_release(job->trigger);
	if (job->schedule.end == JOB_ARMED && rule_due_since(job) < realtime_boot_us()) {
		job->schedule.end = JOB_MISSED;
		entry->unwritten = true;
		log_missed(job);
	}
	entry_start(entry);
}

static void add_request(struct jobs *jobs, struct job *job, bool tell)
{
	bool due = job_is_due(job);
	struct entry *entry;

	if (entry_new(jobs, job, due ? PHASE_STARTS : PHASE_WAITS, &entry) < 0)
		return; /* it is on disk, and will be seen at the next change */
	if (tell)
		manager_bus_job_new(jobs->manager, entry->job);
	if (due)
		resume(entry);
	else
		entry_arm(entry);
}

/* Takes job. Only root changes a request of ours: to cancel it. */
static void take_request(struct jobs *jobs, struct job *job, bool tell)
{
	struct entry *entry = entry_find(jobs, job->id);
	enum job_state end = job->schedule.end;

	if (!entry) {
		add_request(jobs, job, tell);
		return;
	}
	job_free(job);
	if (entry->phase == PHASE_WAITS && end != JOB_ARMED)
		entry_end(entry, end);
}

/* Takes job. */
static void take_record(struct jobs *jobs, struct job *job, bool tell)
{
	struct entry *entry = entry_find(jobs, job->id);

	if (entry) {
		entry_take_record(entry, job);
		return;
	}
	if (entry_new(jobs, job, PHASE_RUNS, &entry) < 0)
		return;
	entry->for_release = rule_is_of_release(job->trigger);
	(void)request_remove(&jobs->manager->store, job->id);
	if (tell)
		manager_bus_job_new(jobs->manager, job);
	entry_wake_in(entry, FIRST_LOOK_US);
}

static bool has(const job_array *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->items[i] && strcmp(jobs->items[i]->id, id) == 0)
			return true;
	return false;
}

/* Of what is in neither list: it has ended, or somebody has removed it. */
static void look_for(struct entry *entry)
{
	struct jobs *jobs = entry->jobs;
	struct job *record;
	int r = job_store_read(&jobs->manager->store, entry->job->id, &record);

	if (r == 0) {
		entry_take_record(entry, record);
	} else if (r == -ENOENT) {
		manager_bus_job_removed(jobs->manager, entry->job);
		entry_drop(entry);
		manager_check_idle(jobs->manager);
	}
}

static void look_for_others(struct jobs *jobs, const job_array *records,
			    const job_array *requests)
{
	for (size_t i = jobs->entries.count; i-- > 0;) {
		struct entry *entry = jobs->entries.items[i];

		if (entry->phase != PHASE_ENDED && !entry->unwritten &&
		    !has(records, entry->job->id) && !has(requests, entry->job->id))
			look_for(entry);
	}
}

static void set_aside(void *context, const char *name)
{
	const struct jobs *jobs = context;

	log_broken(name, request_set_aside(&jobs->manager->store, name));
}

/* Some of them are better than none: the daemon has more to do than these jobs. */
static int list_requests(struct jobs *jobs, job_array *ret)
{
	int r = request_list(&jobs->manager->store, ret, set_aside, jobs);

	if (r == -E2BIG && !jobs->crowded)
		log_failed(NULL, "not all of the jobs that wait are known", r);
	jobs->crowded = r == -E2BIG;
	return jobs->crowded ? 0 : r;
}

/*
 * Records first: a request that becomes one in between is in neither list, and is looked
 * for by its name.
 */
static int scan(struct jobs *jobs, bool tell)
{
	_cleanup_(job_array_done) job_array records = { 0 }, requests = { 0 };
	const struct job_store *store = &jobs->manager->store;
	int r = job_store_list(store, false, &records, NULL);

	if (r == 0)
		r = list_requests(jobs, &requests);
	if (r < 0)
		return r;
	if (!jobs->crowded)
		look_for_others(jobs, &records, &requests);
	for (size_t i = 0; i < records.count; i++)
		take_record(jobs, TAKE_PTR(records.items[i]), tell);
	for (size_t i = 0; i < requests.count; i++)
		take_request(jobs, TAKE_PTR(requests.items[i]), tell);
	manager_check_idle(jobs->manager);
	return 0;
}

static int on_rescan(sd_event_source *source, uint64_t now_us, void *context)
{
	int r = scan(context, true);

	(void)source;
	(void)now_us;
	if (r < 0)
		log_failed(NULL, "the jobs could not be read", r);
	return 0;
}

static int on_change(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct jobs *jobs = context;
	char buffer[4096];
	int enabled = SD_EVENT_OFF;

	(void)source;
	(void)events;
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	(void)sd_event_source_get_enabled(jobs->rescan, &enabled);
	if (enabled == SD_EVENT_OFF &&
	    sd_event_source_set_time_relative(jobs->rescan, SETTLE_US) >= 0)
		(void)sd_event_source_set_enabled(jobs->rescan, SD_EVENT_ONESHOT);
	return 0;
}

static int add_watch(struct jobs *jobs, int fd, sd_event_source **ret)
{
	int r = fd < 0 ? fd
		       : sd_event_add_io(jobs->manager->event, ret, fd, EPOLLIN,
					 on_change, jobs);

	if (r >= 0)
		r = sd_event_source_set_io_fd_own(*ret, 1);
	else
		cleanup_close(&fd);
	return r < 0 ? r : 0;
}

static int add_watches(struct jobs *jobs)
{
	const struct job_store *store = &jobs->manager->store;
	int r = sd_event_add_time(jobs->manager->event, &jobs->rescan, CLOCK_MONOTONIC,
				  UINT64_MAX, ACCURACY_US, on_rescan, jobs);

	if (r >= 0)
		r = sd_event_source_set_enabled(jobs->rescan, SD_EVENT_OFF);
	if (r >= 0)
		r = add_watch(jobs, job_store_watch(store), &jobs->records);
	if (r >= 0)
		r = add_watch(jobs, request_watch(store), &jobs->requests);
	return r < 0 ? r : at_open(jobs);
}

/* Without its driver: bare, as a device under release is. */
static bool is_bare(const struct manager *manager, const char *address)
{
	char path[sizeof("sys/bus/pci/devices//driver") + PCI_ADDRESS_TEXT];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
	if (faccessat(manager->root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", address);
	return faccessat(manager->root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

static bool runs_always_on_release(const struct entry *entry)
{
	return entry->phase == PHASE_WAITS && entry->job->schedule.always &&
	       rule_is_of_release(entry->job->trigger) &&
	       is_bare(entry->jobs->manager, entry->job->wish.device);
}

static bool has_run(const struct jobs *jobs, const job_array *records, const char *id)
{
	for (size_t i = 0; i < jobs->entries.count; i++)
		if (strcmp(jobs->entries.items[i]->job->schedule.parent, id) == 0)
			return true;
	for (size_t i = 0; i < records->count; i++)
		if (strcmp(records->items[i]->schedule.parent, id) == 0 &&
		    records->items[i]->created_us >= realtime_boot_us())
			return true;
	return false;
}

/* It runs once a release, and that may be the one that is still under way. */
static int mark_those_that_ran(struct jobs *jobs)
{
	_cleanup_(job_array_done) job_array records = { 0 };
	bool read = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < jobs->entries.count; i++) {
		struct entry *entry = jobs->entries.items[i];

		if (!runs_always_on_release(entry))
			continue;
		if (!read)
			r = job_store_list(&jobs->manager->store, true, &records, NULL);
		read = true;
		entry->for_release = has_run(jobs, &records, entry->job->id);
	}
	return r;
}

int jobs_load(struct jobs *jobs)
{
	int r = add_watches(jobs);

	if (r == 0)
		r = scan(jobs, false);
	return r < 0 ? r : mark_those_that_ran(jobs);
}
