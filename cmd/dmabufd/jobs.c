/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

/* At a time; more is no list but an attack, which is not to keep the policy from acting. */
enum { JOBS_MAX = 1024 };

int jobs_new(struct manager *manager, struct jobs **ret)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs->manager = manager;
	jobs->query = (struct calendar_query)CALENDAR_NONE;
	*ret = jobs;
	return 0;
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	while (jobs->entries.count > 0)
		entry_drop(jobs->entries.items[jobs->entries.count - 1]);
	free(jobs->entries.items);
	while (jobs->calls) {
		struct call *call = jobs->calls;

		jobs->calls = call->next;
		free(call);
	}
	(void)sd_event_source_disable_unref(jobs->records);
	(void)sd_event_source_disable_unref(jobs->requests);
	(void)sd_event_source_disable_unref(jobs->rescan);
	at_close(jobs);
	free(jobs);
}

const struct job *jobs_find(const struct jobs *jobs, const char *id)
{
	const struct entry *entry = entry_find(jobs, id);

	return entry ? entry->job : NULL;
}

const struct job *jobs_get(const struct jobs *jobs, size_t index)
{
	return index < jobs->entries.count ? jobs->entries.items[index]->job : NULL;
}

size_t jobs_count(const struct jobs *jobs)
{
	size_t count = 0;

	for (size_t i = 0; i < jobs->entries.count; i++) {
		const struct entry *entry = jobs->entries.items[i];

		count += entry->phase != PHASE_ENDED && !entry->lost;
	}
	return count;
}

/* Since when it is due is told by its request, which may be read after a reboot. */
static struct job *prepare(const struct job *job)
{
	struct job *copy = job_copy(job);

	if (copy && job_is_due(copy) && copy->trigger != JOB_NOW)
		copy->schedule.due_us = realtime_us();
	return copy;
}

int jobs_add(struct jobs *jobs, struct job *job)
{
	struct entry *entry;
	struct job *copy;
	int r;

	if (jobs_count(jobs) >= JOBS_MAX && !job->wish.by_policy)
		return -E2BIG;
	copy = prepare(job);
	if (!copy)
		return -ENOMEM;
	r = request_create(&jobs->manager->store, copy);
	if (r < 0) {
		job_free(copy);
		return r;
	}
	/* from here on it is on disk, and would be found by the next scan */
	memcpy(job->id, copy->id, sizeof(job->id));
	r = entry_new(jobs, copy, job_is_due(job) ? PHASE_STARTS : PHASE_WAITS, &entry);
	if (r < 0) {
		(void)request_remove(&jobs->manager->store, job->id);
		return r;
	}
	entry->for_release =
		entry->phase == PHASE_STARTS && rule_is_of_release(entry->job->trigger);
	manager_bus_job_new(jobs->manager, entry->job);
	if (entry->phase == PHASE_STARTS)
		entry_start(entry);
	else
		entry_arm(entry);
	manager_check_idle(jobs->manager);
	return 0;
}

/* On disk before it is said to be done: one of us that comes after a kill finds it. */
static int write_cancelled(struct entry *entry)
{
	struct job cancelled = *entry->job;
	int r;

	cancelled.schedule.end = JOB_CANCELLED;
	r = request_write(&entry->jobs->manager->store, &cancelled);
	if (r < 0)
		return r;
	entry->job->schedule.end = JOB_CANCELLED;
	entry->unwritten = false;
	return 0;
}

/* Its unit may have read the request by now, or read it at any time. */
static int cancel_start(struct entry *entry)
{
	int r;

	if (entry->job->schedule.end != JOB_ARMED)
		return entry->job->schedule.end == JOB_CANCELLED ? 0 : -EALREADY;
	r = write_cancelled(entry);
	if (r < 0)
		return r;
	entry->cancelled = true;
	return entry_stop(entry);
}

/*
 * It may never have begun, because whoever made it went away. That it is not to, its unit
 * finds in the request.
 */
static int cancel_record(struct entry *entry)
{
	int r = entry->job->state == JOB_ARMED ? write_cancelled(entry) : 0;

	if (r < 0)
		return r;
	entry->cancelled = true;
	entry->lost = entry->buried = false;
	return entry_stop(entry);
}

int jobs_cancel(struct jobs *jobs, const char *id)
{
	struct entry *entry = entry_find(jobs, id);
	int r;

	if (!entry)
		return -ENOENT;
	switch (entry->phase) {
	case PHASE_ENDED:
		return -EALREADY;
	case PHASE_STARTS:
		return cancel_start(entry);
	case PHASE_RUNS:
		return cancel_record(entry);
	case PHASE_WAITS:
		break;
	}
	r = write_cancelled(entry);
	if (r == 0)
		entry_end(entry, JOB_CANCELLED);
	return r;
}

/* Each release anew: what was begun for the last one counts no more, unless it is to begin. */
static void forget_release(struct jobs *jobs, const char *address)
{
	for (size_t i = 0; i < jobs->entries.count; i++) {
		struct entry *entry = jobs->entries.items[i];

		if (strcmp(entry->job->wish.device, address) == 0 &&
		    entry->phase != PHASE_STARTS)
			entry->for_release = false;
	}
}

bool jobs_act_on(const struct jobs *jobs, const char *address)
{
	for (size_t i = 0; i < jobs->entries.count; i++) {
		const struct entry *entry = jobs->entries.items[i];

		if (entry->phase == PHASE_RUNS && !entry->lost &&
		    strcmp(entry->job->wish.device, address) == 0)
			return true;
	}
	return false;
}

bool jobs_release(struct jobs *jobs, const char *address, enum release_kind kind,
		  bool last)
{
	size_t count = jobs->entries.count; /* without the runs that come to it */
	bool handled = false;

	if (!last)
		forget_release(jobs, address);
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = jobs->entries.items[i];

		if (strcmp(entry->job->wish.device, address) != 0)
			continue;
		if (entry->phase == PHASE_WAITS && !entry->for_release &&
		    rule_waits_for(entry->job->trigger, kind, last)) {
			entry->for_release = true;
			entry_fire(entry);
		}
		handled |= entry->for_release;
	}
	return handled;
}
