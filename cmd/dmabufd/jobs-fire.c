/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job waited for has come: it begins, or a run of it does and it waits again. */

#include <errno.h>
#include <string.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

#define SECOND_US INT64_C(1000000)

/* Of two at a time one would only wait for the other, and then find nothing to do. */
static const struct job *run_under_way(const struct entry *parent)
{
	const struct jobs *jobs = parent->jobs;

	for (size_t i = 0; i < jobs->entries.count; i++) {
		const struct entry *entry = jobs->entries.items[i];

		if ((entry->phase == PHASE_STARTS || entry->phase == PHASE_RUNS) &&
		    !entry->lost &&
		    strcmp(entry->job->schedule.parent, parent->job->id) == 0)
			return entry->job;
	}
	return NULL;
}

/* Takes run. One that is there was made before a restart, and is found by itself. */
static int add_run(const struct entry *parent, struct job *run)
{
	struct jobs *jobs = parent->jobs;
	const struct job *last = run_under_way(parent);
	struct entry *entry;
	int r = last ? -EEXIST : request_create(&jobs->manager->store, run);

	if (last && strcmp(last->id, run->id) != 0)
		log_left_out(parent->job, last);
	if (r == -EEXIST) {
		job_free(run);
		return 0;
	}
	if (entry_new(jobs, run, PHASE_STARTS, &entry) < 0)
		return -ENOMEM;
	entry->for_release = parent->for_release;
	entry->unwritten = r < 0;
	manager_bus_job_new(jobs->manager, entry->job);
	entry_start(entry);
	return 0;
}

static void begin_run(const struct entry *parent, int64_t moment_us, enum job_state end)
{
	struct job *run = job_copy(parent->job);
	int r = -ENOMEM;

	if (run) {
		rule_run(parent->job, moment_us, run);
		run->schedule.end = end;
		run->created_us = realtime_us();
		r = add_run(parent, run);
	}
	if (r < 0)
		log_failed(parent->job, "a run of it could not be begun", r);
}

/* Its run is there: killed before this, the same use gives the same run. */
static void forget_use(struct entry *entry)
{
	int r;

	if (entry->job->schedule.busy_us == 0)
		return;
	entry->job->schedule.busy_us = 0;
	r = entry_write(entry);
	if (r < 0)
		log_failed(entry->job, "that its use has ended could not be written", r);
}

/* What it waits for next; of a release there is nothing to do. */
static void arm_again(struct entry *entry, int64_t moment_us)
{
	int64_t now_us = realtime_us();

	if (entry->job->trigger != JOB_AT) {
		watch_disarm(entry);
		forget_use(entry);
		entry_arm(entry);
		return;
	}
	at_disarm(entry);
	entry->job->schedule.due_us =
		0; /* it has come; on disk until the next is known */
	at_ask(entry, now_us > moment_us + SECOND_US ? now_us : moment_us + SECOND_US);
}

void entry_fire_at(struct entry *entry, int64_t moment_us, bool missed)
{
	struct schedule *schedule = &entry->job->schedule;
	enum job_state end = missed ? JOB_MISSED : JOB_ARMED;

	if (entry_find_end(entry)) {
		entry->for_release = false;
		entry_begin(entry);
		return;
	}
	if (missed)
		log_missed(entry->job);
	if (schedule->always) {
		begin_run(entry, moment_us, end);
		arm_again(entry, moment_us);
		return;
	}
	schedule->fired = true;
	schedule->due_us = moment_us;
	schedule->end = end;
	entry_begin(entry);
}

void entry_fire(struct entry *entry)
{
	entry_fire_at(entry, realtime_us(), false);
}
