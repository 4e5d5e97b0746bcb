/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cmd/dmabufctl-act/executor.h"
#include "cmd/dmabufctl-act/look.h"
#include "cmd/dmabufctl-act/steps.h"
#include "lib/act/device-lock.h"
#include "lib/act/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* What was scheduled has its turn after whoever was first: nobody is there to try again. */
enum { TURN_LIMIT_MS = 60000 };

static int exit_status(const struct result *result)
{
	static const int statuses[] = {
		[OUTCOME_DONE] = 0,	     [OUTCOME_PARTIAL] = 1,
		[OUTCOME_TIMED_OUT] = 5,     [OUTCOME_REFUSED] = 6,
		[OUTCOME_FAILED] = 1,	     [OUTCOME_UNSUPPORTED] = 7,
		[OUTCOME_NOTHING_TO_DO] = 0, [OUTCOME_INTERRUPTED] = 1,
	};

	return statuses[result->outcome];
}

static int add_device(struct executor *executor, const char *address)
{
	struct locked_device *device;

	if (executor->n_devices == EXECUTOR_DEVICES_MAX)
		return -E2BIG;
	device = &executor->devices[executor->n_devices++];
	device->lock_fd = -EBADF;
	(void)snprintf(device->address, sizeof(device->address), "%s", address);
	return 0;
}

/* The device, or with --group all of its group; snapshots are sorted by address. */
static int choose_devices(struct executor *executor)
{
	const struct wish *wish = &executor->job->wish;
	const struct device *device;
	int r;

	if (!wish->group)
		return add_device(executor, wish->device);
	r = look_again(executor, 0);
	if (r < 0)
		return r;
	device = snapshot_device(executor->snapshot, wish->device);
	if (!device || device->iommu_group < 0)
		return add_device(executor, wish->device);
	for (size_t i = 0; r == 0 && i < executor->snapshot->n_devices; i++)
		if (executor->snapshot->devices[i].iommu_group == device->iommu_group)
			r = add_device(executor, executor->snapshot->devices[i].address);
	return r;
}

static int conclude_locked_out(struct executor *executor, const char *address,
			       const struct lock_holder *holder)
{
	if (executor_is_cancelled(executor))
		return executor_conclude_cancelled(executor);
	return executor_conclude(
		executor, OUTCOME_REFUSED, "'dmabufctl jobs' shows what it does.",
		"job %s holds %s", *holder->job ? holder->job : "another", address);
}

static int lock_devices(struct executor *executor)
{
	bool scheduled = executor->adopted && executor->job->trigger != JOB_NOW;
	uint64_t deadline_ms = scheduled ? monotonic_ms() + TURN_LIMIT_MS : 0;
	struct lock_holder holder = { 0 };

	for (size_t i = 0; i < executor->n_devices; i++) {
		struct locked_device *device = &executor->devices[i];
		int r = device_lock_wait(executor->sources.store.runtime_fd,
					 device->address, executor->job->id, deadline_ms,
					 executor->wake_fd, &holder);

		if (r == -EWOULDBLOCK || r == -EINTR)
			return conclude_locked_out(executor, device->address, &holder);
		if (r < 0)
			return r;
		device->lock_fd = r;
	}
	return 0;
}

/* Refusals one behind the other: each names its reason. */
static int conclude_refused(struct executor *executor)
{
	const refusal_array *refusals = &executor->plan->refusals;
	const struct refusal *first = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < refusals->count; i++) {
		const struct refusal *refusal = &refusals->items[i];

		if (refusal->forced)
			r = result_note(executor->job->result, "Forced: %s",
					refusal->reason);
		else if (!first)
			first = refusal;
		else
			r = result_note(executor->job->result, "Also: %s",
					refusal->reason);
	}
	if (r < 0 || !first)
		return r;
	return executor_conclude(
		executor, first->unsupported ? OUTCOME_UNSUPPORTED : OUTCOME_REFUSED,
		first->remedy, "%s", first->reason);
}

static int take_notes(struct executor *executor)
{
	const note_array *notes = &executor->plan->notes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < notes->count; i++)
		r = result_note(executor->job->result, "%s", notes->items[i]);
	return r;
}

/* What may not, or need not, be done is told; then nothing is. */
static int accept_plan(struct executor *executor)
{
	const struct plan *plan = executor->plan;
	int r;

	if (executor->concluded)
		return 0;
	r = conclude_refused(executor);
	if (r == 0)
		r = take_notes(executor);
	if (r == 0 && plan->nothing_to_do)
		r = executor_conclude(executor, OUTCOME_NOTHING_TO_DO, NULL, "%s",
				      plan->nothing_to_do);
	return r < 0 || executor->concluded ? r : adopted_check(executor);
}

/* What was released has no buffers left that restore could give back. */
static int conclude_done(struct executor *executor)
{
	if (executor->released)
		for (size_t i = 0; i < executor->n_devices; i++)
			(void)revoked_store_remove(&executor->sources.store,
						   executor->devices[i].address);
	return executor_conclude(executor, OUTCOME_DONE, NULL, NULL);
}

/* Ladder and move; what goes wrong with the executor itself is told like the rest. */
static int go_on(struct executor *executor)
{
	enum act_verb verb = executor->plan->verb;
	int r = remember_buffers(executor);

	if (r == 0)
		r = ladder_climb(executor);
	if (r == 0 && !executor->concluded && executor->released) {
		if (verb == ACT_REASSIGN)
			r = move_run(executor);
		else if (verb == ACT_RELEASE)
			executor->reached = true;
	}
	if (r == 0)
		return 0;
	executor->reached = false;
	return executor_conclude(executor, OUTCOME_FAILED, NULL, "%s", strerror(-r));
}

/* Whatever has happened: what was changed and is not wanted is taken back. */
static int take_back(struct executor *executor)
{
	if (!executor->reached)
		return undo_run(executor);
	return executor->keep_frozen ? 0 : undo_freeze(executor);
}

static int act(struct executor *executor)
{
	int told = go_on(executor), r = take_back(executor);

	if (r == 0)
		r = told;
	/* a diagnosis has just looked, and another look could be slow now */
	if (r == 0 && !executor->stuck)
		r = look_again(executor, 0);
	if (r == 0)
		r = report_buffers(executor);
	if (r == 0 && executor->reached)
		r = report_removal(executor);
	if (r == 0 && executor->reached)
		r = conclude_done(executor);
	return r;
}

static int begin(struct executor *executor)
{
	struct job *job = executor->job;

	job->result = result_new(job->id, job->wish.device, job->wish.verb);
	if (!job->result)
		return -ENOMEM;
	job->state = JOB_STARTED;
	journal_job_started(&executor->journal, job);
	return job_store_write(&executor->sources.store, job);
}

/* Is there something left that ExecStopPost= can still undo? */
static bool undo_is_open(const struct executor *executor)
{
	if (executor->reached)
		return false;
	for (size_t i = 0; i < executor->undo.n_steps; i++)
		if (!executor->undo.steps[i].settled)
			return true;
	return false;
}

/* The result first: whoever finds both knows whether the goal was reached. */
static int end(struct executor *executor)
{
	const struct job_store *store = &executor->sources.store;
	int r;

	if (!executor->concluded)
		(void)executor_conclude(executor, OUTCOME_FAILED, NULL,
					"the plan ended without its goal");
	executor->job->state = executor->interrupted ? JOB_INTERRUPTED : JOB_DONE;
	r = job_store_write(store, executor->job);
	if (r == 0 && !undo_is_open(executor))
		(void)undo_store_remove(store, executor->job->id);
	journal_job_ended(&executor->journal, executor->job);
	return r;
}

static int run(struct executor *executor)
{
	int r = begin(executor);

	if (r < 0)
		return r;
	r = choose_devices(executor);
	if (r == 0)
		r = lock_devices(executor);
	if (r == 0 && !executor->concluded)
		r = look_and_plan(executor);
	if (r == 0 && !executor->concluded)
		r = accept_plan(executor);
	if (r == 0 && !executor->concluded)
		r = act(executor);
	if (r < 0)
		r = executor_conclude(executor, OUTCOME_FAILED, NULL, "%s", strerror(-r));
	return r < 0 ? r : end(executor);
}

static int complain(struct executor *executor, const char *id, int error)
{
	journal_say(&executor->journal, LOG_ERR, "job %s could not be run: %s", id,
		    strerror(-error));
	return EXIT_FAILURE;
}

/*
 * A record that is older than this boot was made for something that is over: whoever made
 * it did not live to see it begin.
 */
static enum job_state end_before_begin(const struct job *job)
{
	return job->created_us < realtime_boot_us() ? JOB_MISSED : job->schedule.end;
}

/* What has ended before it began: its record is all there is to be made. */
static int put_on_record(struct executor *executor, enum job_state end)
{
	executor->job->state = end;
	return job_store_write(&executor->sources.store, executor->job);
}

int executor_run(const char *id)
{
	_cleanup_(executor_done) struct executor executor;
	int r = executor_open(&executor, id);
	enum job_state end = JOB_ARMED;

	if (r == 0 && !executor.sources.config)
		r = -EBADMSG; /* it may forbid what is to be done */
	if (r == 0 && executor.job->state != JOB_ARMED)
		r = -EALREADY; /* no job runs twice */
	if (r == 0)
		end = end_before_begin(executor.job);
	if (end != JOB_ARMED) {
		r = put_on_record(&executor, end);
		return r < 0 ? complain(&executor, id, r) : EXIT_SUCCESS;
	}
	if (r == 0)
		r = run(&executor);
	return r < 0 ? complain(&executor, id, r) : exit_status(executor.job->result);
}
