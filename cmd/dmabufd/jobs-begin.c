/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was waited for to a record of it: every request gets one, sooner or later. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

#define SECOND_US INT64_C(1000000)

enum {
	FAILURES_MAX = 6, /* then a minute is over, and nobody expects it any more */
	ANSWER_US = 60000000,
	CREATOR_US = 60000000, /* whoever made a record starts its unit at once */
};

static struct call *call_new(struct entry *entry)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->jobs = entry->jobs;
	memcpy(call->id, entry->job->id, sizeof(call->id));
	call->next = entry->jobs->calls;
	entry->jobs->calls = call;
	return call;
}

/* Its job; NULL: there is none any more. */
static struct entry *call_end(struct call *call)
{
	struct entry *entry = entry_find(call->jobs, call->id);
	struct call **link = &call->jobs->calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	free(call);
	return entry;
}

/* Tries again; when that makes no sense any more, what it is to become is another. */
static void fail(struct entry *entry, int error)
{
	struct schedule *schedule = &entry->job->schedule;
	bool expected = schedule->end == JOB_ARMED;

	entry->started = false;
	entry->failures++;
	if (expected && entry->cancelled)
		schedule->end = JOB_CANCELLED;
	else if (expected && entry->failures == FAILURES_MAX)
		schedule->end = JOB_MISSED;
	if (expected && schedule->end != JOB_ARMED)
		entry->unwritten = true;
	entry->cancelled = false;
	if (entry->failures == 1 || schedule->end == JOB_MISSED)
		log_not_started(entry->job, error, schedule->end == JOB_MISSED);
	entry_wake_in(entry, rule_retry_us(entry->failures - 1));
}

static void on_started(void *context, int error)
{
	struct entry *entry = call_end(context);

	if (!entry || entry->phase != PHASE_STARTS)
		return;
	if (error < 0) {
		fail(entry, error);
		return;
	}
	entry->started = true;
	entry_wake_in(entry, ENTRY_LOOK_US);
}

static int start_unit(struct entry *entry)
{
	struct call *call = call_new(entry);
	int r = -ENOMEM;

	if (call)
		r = manager_bus_start_unit(entry->jobs->manager, call->id, on_started,
					   call);
	if (r < 0 && call)
		(void)call_end(call);
	return r < 0 ? r : 0;
}

void entry_start(struct entry *entry)
{
	int r = 0;

	if (entry->unwritten)
		r = request_write(&entry->jobs->manager->store, entry->job);
	entry->unwritten = r < 0;
	entry_wake_in(entry, ANSWER_US); /* should it never be answered */
	if (r == 0)
		r = start_unit(entry);
	if (r < 0)
		fail(entry, r);
}

static void begin(struct entry *entry)
{
	at_disarm(entry);
	watch_disarm(entry);
	entry->phase = PHASE_STARTS;
	entry->failures = 0;
	entry->unwritten = true;
	entry_start(entry);
}

void entry_end(struct entry *entry, enum job_state end)
{
	entry->job->schedule.end = end;
	begin(entry);
}

/* A run of its own; -EEXIST: that was made before a restart, and is found by itself. */
static void begin_run(const struct entry *parent, int64_t moment_us, enum job_state end)
{
	struct jobs *jobs = parent->jobs;
	struct job *run = job_copy(parent->job);
	struct entry *entry;
	int r;

	if (!run) {
		log_failed(parent->job, "a run of it could not be begun", -ENOMEM);
		return;
	}
	rule_run(parent->job, moment_us, run);
	run->schedule.end = end;
	run->created_us = realtime_us();
	r = request_create(&jobs->manager->store, run);
	if (r == -EEXIST) {
		job_free(run);
		return;
	}
	if (entry_new(jobs, run, PHASE_STARTS, &entry) < 0) {
		log_failed(parent->job, "a run of it could not be begun", -ENOMEM);
		return;
	}
	entry->for_release = parent->for_release;
	entry->unwritten = r < 0;
	manager_bus_job_new(jobs->manager, entry->job);
	entry_start(entry);
}

/* Its run is there: killed before this, the same use gives the same run. */
static void forget_use(struct entry *entry)
{
	int r;

	if (entry->job->schedule.busy_us == 0)
		return;
	entry->job->schedule.busy_us = 0;
	r = request_write(&entry->jobs->manager->store, entry->job);
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
	at_ask(entry, now_us > moment_us + SECOND_US ? now_us : moment_us + SECOND_US);
}

void entry_fire_at(struct entry *entry, int64_t moment_us, bool missed)
{
	struct schedule *schedule = &entry->job->schedule;
	enum job_state end = missed ? JOB_MISSED : JOB_ARMED;

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
	begin(entry);
}

void entry_fire(struct entry *entry)
{
	entry_fire_at(entry, realtime_us(), false);
}

static void on_stopped(void *context, int error)
{
	struct entry *entry = call_end(context);

	/* -ENOENT: it is not there to be stopped */
	if (entry && error < 0 && error != -ENOENT)
		log_failed(entry->job, "its unit could not be stopped", error);
	if (entry && entry->phase == PHASE_STARTS)
		entry_look_after(entry);
}

int entry_stop(struct entry *entry)
{
	struct call *call = call_new(entry);
	int r = -ENOMEM;

	if (call)
		r = manager_bus_stop_unit(entry->jobs->manager, call->id, on_stopped,
					  call);
	if (r < 0 && call)
		(void)call_end(call);
	return r < 0 ? r : 0;
}

static void lose(struct entry *entry)
{
	entry->lost = true;
	log_lost(entry->job);
	manager_check_idle(entry->jobs->manager);
}

/*
 * Nobody runs it. A record that was begun is ended by its unit, which does not run it
 * again; nor does it run one of before this boot. Any other is left alone: that was made
 * by somebody who went away, and may not be wanted any more.
 */
static void bury(struct entry *entry)
{
	const struct job *job = entry->job;
	bool old = job->created_us < realtime_boot_us();

	if (job->state == JOB_ARMED && !old &&
	    realtime_us() - job->created_us < CREATOR_US) {
		entry_wake_in(entry, ENTRY_LOOK_US);
		return;
	}
	if (entry->buried || (job->state == JOB_ARMED && !old)) {
		lose(entry);
		return;
	}
	entry->buried = true;
	(void)start_unit(entry);
	entry_wake_in(entry, ENTRY_LOOK_US);
}

/* Takes the record there is. 0; -ENOENT: there is none; another negative errno. */
static int look(struct entry *entry)
{
	struct job *record;
	int r = job_store_read(&entry->jobs->manager->store, entry->job->id, &record);

	if (r == 0)
		entry_take_record(entry, record);
	return r;
}

static void on_active(void *context, int active)
{
	struct entry *entry = call_end(context);

	if (!entry || entry->phase == PHASE_WAITS || entry->phase == PHASE_ENDED)
		return;
	if (active != 0) {
		entry_wake_in(entry, ENTRY_LOOK_US);
		return;
	}
	/* it may have ended since we looked */
	if (look(entry) == -ENOENT && entry->phase == PHASE_STARTS)
		fail(entry, -ENOEXEC);
	else if (entry->phase == PHASE_RUNS)
		bury(entry);
}

static void ask_unit(struct entry *entry)
{
	struct call *call = call_new(entry);
	int r = -ENOMEM;

	entry_wake_in(entry, ENTRY_LOOK_US);
	if (call)
		r = manager_bus_unit_is_active(entry->jobs->manager, call->id, on_active,
					       call);
	if (r < 0 && call)
		(void)call_end(call);
}

void entry_look_after(struct entry *entry)
{
	int r = look(entry);

	if (entry->phase == PHASE_ENDED)
		return;
	if (r == -ENOENT && entry->phase == PHASE_RUNS) {
		/* somebody has removed it */
		manager_bus_job_removed(entry->jobs->manager, entry->job);
		entry_drop(entry);
		return;
	}
	if (r < 0 && r != -ENOENT) {
		lose(entry);
		return;
	}
	if (entry->phase == PHASE_STARTS && !entry->started && !entry->cancelled)
		entry_start(entry);
	else
		ask_unit(entry);
}
