/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/releases.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

enum {
	ACCURACY_US = 50000,
	STAY_US = 60000000, /* whoever followed it reads its result */
};

struct job *job_copy(const struct job *job)
{
	struct job *copy = malloc(sizeof(*copy));

	if (copy) {
		*copy = *job;
		copy->result = NULL;
	}
	return copy;
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *context)
{
	struct entry *entry = context;

	(void)source;
	(void)now_us;
	switch (entry->phase) {
	case PHASE_WAITS:
		if (entry->job->trigger == JOB_AT)
			at_retry(entry);
		else
			watch_poll(entry);
		break;
	case PHASE_STARTS:
	case PHASE_RUNS:
		entry_look_after(entry);
		break;
	case PHASE_ENDED:
		entry_drop(entry);
		break;
	}
	return 0;
}

int entry_new(struct jobs *jobs, struct job *job, enum phase phase, struct entry **ret)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int r = -ENOMEM;

	if (!entry) {
		job_free(job);
		return r;
	}
	*entry = (struct entry){ .jobs = jobs, .job = job, .phase = phase };
	r = sd_event_add_time(jobs->manager->event, &entry->timer, CLOCK_MONOTONIC,
			      UINT64_MAX, ACCURACY_US, on_timer, entry);
	if (r >= 0)
		r = sd_event_source_set_enabled(entry->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = ARRAY_PUSH(&jobs->entries, entry);
	if (r < 0) {
		(void)sd_event_source_disable_unref(entry->timer);
		job_free(job);
		free(entry);
		return r;
	}
	*ret = entry;
	return 0;
}

void entry_drop(struct entry *entry)
{
	struct jobs *jobs = entry->jobs;
	size_t i = 0;

	while (jobs->entries.items[i] != entry)
		i++;
	/* the order stays: they are told as they came */
	jobs->entries.count--;
	memmove(jobs->entries.items + i, jobs->entries.items + i + 1,
		(jobs->entries.count - i) * sizeof(*jobs->entries.items));
	at_disarm(entry);
	watch_disarm(entry);
	(void)sd_event_source_disable_unref(entry->timer);
	job_free(entry->job);
	free(entry);
}

struct entry *entry_find(const struct jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->entries.count; i++)
		if (strcmp(jobs->entries.items[i]->job->id, id) == 0)
			return jobs->entries.items[i];
	return NULL;
}

void entry_wake_in(struct entry *entry, uint64_t delay_us)
{
	if (sd_event_source_set_time_relative(entry->timer, delay_us) >= 0)
		(void)sd_event_source_set_enabled(entry->timer, SD_EVENT_ONESHOT);
}

bool entry_find_end(struct entry *entry)
{
	struct job *found;

	if (request_read(&entry->jobs->manager->store, entry->job->id, &found) < 0)
		return false;
	if (found->schedule.end != JOB_ARMED)
		entry->job->schedule.end = found->schedule.end;
	job_free(found);
	return entry->job->schedule.end != JOB_ARMED;
}

int entry_write(struct entry *entry)
{
	(void)entry_find_end(entry);
	return request_write(&entry->jobs->manager->store, entry->job);
}

static bool is_as_told(const struct job *old, const struct job *job)
{
	return old->state == job->state && old->progress.known == job->progress.known &&
	       old->progress.step == job->progress.step &&
	       old->progress.since_us == job->progress.since_us &&
	       strcmp(old->progress.awaited, job->progress.awaited) == 0;
}

static void tell_revoked(struct manager *manager, const struct job *job)
{
	const struct result *result = job->result;

	for (size_t i = 0; result && i < result->buffers.count; i++) {
		const struct buffer_result *buffer = &result->buffers.items[i];

		if (buffer->after == BUFFER_STATE_REVOKED &&
		    buffer->before != BUFFER_STATE_REVOKED)
			manager_bus_revoked(manager, job->wish.device, buffer->inode);
	}
}

static void end(struct entry *entry)
{
	struct manager *manager = entry->jobs->manager;

	entry->phase = PHASE_ENDED;
	tell_revoked(manager, entry->job);
	releases_job_ended(manager->releases, entry->job);
	manager_bus_job_removed(manager, entry->job);
	entry_wake_in(entry, STAY_US);
	manager_check_idle(manager);
}

/* A unit that dies is found out by its silence. */
void entry_take_record(struct entry *entry, struct job *record)
{
	struct manager *manager = entry->jobs->manager;
	bool news = !is_as_told(entry->job, record);

	if (entry->phase == PHASE_ENDED) {
		job_free(record);
		return;
	}
	at_disarm(entry);
	watch_disarm(entry);
	/* the executor does so as well, unless it was killed in between */
	if (entry->phase != PHASE_RUNS)
		(void)request_remove(&manager->store, record->id);
	job_free(entry->job);
	entry->job = record;
	if (news)
		manager_bus_job_changed(manager, record);
	if (job_has_ended(record)) {
		end(entry);
	} else if (entry->phase != PHASE_RUNS || news) {
		entry->phase = PHASE_RUNS;
		entry->lost = entry->buried = false;
		entry_wake_in(entry, ENTRY_LOOK_US);
	}
}
