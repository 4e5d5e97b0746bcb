/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was waited for to a record of it: every request gets one, sooner or later. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
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

/* The policy has stood back for it. */
static bool release_lasts(const struct entry *entry)
{
	return entry->for_release && rule_is_of_release(entry->job->trigger) &&
	       releases_is_under_way(entry->jobs->manager->releases,
				     entry->job->wish.device);
}

/* Tries again; when that makes no sense any more, what it is to become is another. */
static void fail(struct entry *entry, int error)
{
	struct schedule *schedule = &entry->job->schedule;
	bool given_up;

	entry->started = entry->cancelled = false;
	entry->failures++;
	given_up = schedule->end == JOB_ARMED &&
		   rule_gives_up(entry->failures, release_lasts(entry));
	if (given_up) {
		schedule->end = JOB_MISSED;
		entry->unwritten = true;
	}
	if (entry->failures == 1 || given_up)
		log_not_started(entry->job, error, given_up);
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
		r = entry_write(entry);
	entry->unwritten = r < 0;
	entry_wake_in(entry, ANSWER_US); /* should it never be answered */
	if (r == 0)
		r = start_unit(entry);
	if (r < 0)
		fail(entry, r);
}

void entry_begin(struct entry *entry)
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
	entry_begin(entry);
}

static void on_stopped(void *context, int error)
{
	struct entry *entry = call_end(context);

	/* -ENOENT: it is not there to be stopped */
	if (entry && error < 0 && error != -ENOENT)
		log_failed(entry->job, "its unit could not be stopped", error);
	if (entry && (entry->phase == PHASE_STARTS || entry->phase == PHASE_RUNS))
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
 * again; nor does it run one of before this boot, or that was cancelled. Any other is left
 * alone: that was made by somebody who went away, and may not be wanted any more.
 */
static void bury(struct entry *entry)
{
	const struct job *job = entry->job;
	bool would_run = job->state == JOB_ARMED && !entry->cancelled &&
			 job->created_us >= realtime_boot_us();

	if (would_run && realtime_us() - job->created_us < CREATOR_US) {
		entry_wake_in(entry, ENTRY_LOOK_US);
		return;
	}
	if (entry->buried || would_run) {
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
	int r;

	if (!entry || entry->phase == PHASE_WAITS || entry->phase == PHASE_ENDED)
		return;
	if (active != 0) {
		entry_wake_in(entry, ENTRY_LOOK_US);
		return;
	}
	/* it may have ended since we looked */
	r = look(entry);
	if (r == -ENOENT && entry->phase == PHASE_STARTS)
		fail(entry, -ENOEXEC);
	else if (r < 0)
		entry_wake_in(entry, ENTRY_LOOK_US);
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
	if (r == -EBADMSG)
		lose(entry);
	else if (r < 0 && r != -ENOENT) /* no fault of its record */
		entry_wake_in(entry, ENTRY_LOOK_US);
	else if (entry->phase == PHASE_STARTS && !entry->started && !entry->cancelled)
		entry_start(entry);
	else
		ask_unit(entry);
}
