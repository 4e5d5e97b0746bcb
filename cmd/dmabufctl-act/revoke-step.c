/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/attempt.h"
#include "cmd/dmabufctl-act/look.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* By the method that is on record already: of two only one could be restored. */
static void take_method(struct attempt *attempt)
{
	if (revoked_store_read(&attempt->executor->sources.store, attempt->step->device,
			       &attempt->record) < 0 ||
	    !attempt_record_holds(attempt))
		return;
	attempt->again = true;
	if (attempt->method != METHOD_RESET)
		attempt->method = attempt->record.method;
}

/* The record is there before the kernel is asked: a killed executor leaves it behind. */
static int begin_record(struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);
	struct executor *executor = attempt->executor;
	struct revoked *record = &attempt->record;

	if (attempt->again)
		return 0;
	*record = (struct revoked){
		.vendor = device->vendor,
		.product = device->product,
		.method = attempt->method,
		.since_us = realtime_us(),
	};
	(void)snprintf(record->device, sizeof(record->device), "%s", device->address);
	(void)snprintf(record->job, sizeof(record->job), "%s", executor->job->id);
	for (size_t i = 0; i < device->n_owners && record->n_owners < 16; i++)
		if (process_identify(device->owners[i].process->pid,
				     &record->owners[record->n_owners]) == 0)
			record->n_owners++;
	for (size_t i = 0; i < device->n_exports && i < REVOKED_BUFFERS_MAX; i++)
		record->buffers[record->n_buffers++] = device->exports[i];
	return revoked_store_write(&executor->sources.store, record);
}

static int record_undo(struct attempt *attempt)
{
	struct undo_step undo = { .kind = STEP_RESTORE, .method = attempt->method };

	/* a revoke stays, with restore as the way back; so does one that was there before */
	if (attempt->executor->plan->verb == ACT_REVOKE || attempt->again)
		return 0;
	(void)snprintf(undo.device, sizeof(undo.device), "%s", attempt->step->device);
	return executor_record_undo(attempt->executor, &undo);
}

/* Whoever had it open let go before: for the buffers that is as good as a revoke. */
static int owner_has_gone(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = look_for_release(executor);

	if (r < 0)
		return r;
	(void)revoked_store_remove(&executor->sources.store, attempt->step->device);
	if (!executor->released)
		return attempt_explain(attempt, -ESRCH);
	executor->reached = executor->plan->verb == ACT_REVOKE;
	return executor_step(executor, attempt->step->kind, STEP_DONE, -1,
			     "the owner has let go: its buffers are revoked for good");
}

static int tell_flags(struct attempt *attempt)
{
	struct result *result = attempt->executor->job->result;
	uint32_t value = attempt->operation.report.value;
	int r = 0;

	if (value & REVOKE_COMMAND_CHANGED)
		r = result_note(result, "The owner changed other bits of PCI_COMMAND "
					"meanwhile; they are as it wants them.");
	if (r == 0 && value & REVOKE_MEMORY_CAME_BACK)
		r = result_note(result, "The owner enabled memory again at once.");
	if (r == 0 && value & REVOKE_LOW_POWER_BY_OWNER && !attempt->again)
		r = result_note(result, "The owner itself has the device in low power: "
					"the buffers are revoked until it leaves that.");
	return r;
}

static int conclude_unstuck(struct attempt *attempt, struct buffer_count count)
{
	if (count.revoked > 0)
		return executor_conclude(attempt->executor, OUTCOME_PARTIAL, NULL,
					 "%zu of %zu buffers are revoked", count.revoked,
					 count.all);
	if (attempt->method == METHOD_MEMORY && attempt_device(attempt) &&
	    attempt_device(attempt)->is_virtual_function)
		return executor_conclude(
			attempt->executor, OUTCOME_FAILED,
			"Use --method=low-power, which sticks on a virtual function.",
			"the revoke did not stick: a virtual function ignores its memory "
			"bit, and its buffers were revoked for a moment only");
	return executor_conclude(
		attempt->executor, OUTCOME_FAILED, "Use --freeze, or stop the owner.",
		"the buffers are live again: the owner undid the revoke");
}

/* Units that stay frozen so that the revoke sticks: restore thaws them. */
static void record_frozen(struct attempt *attempt)
{
	const struct undo *undo = &attempt->executor->undo;
	struct revoked *record = &attempt->record;

	for (size_t i = 0; i < undo->n_steps; i++) {
		struct frozen_unit *frozen = &record->frozen[record->n_frozen];

		if (undo->steps[i].kind != STEP_THAW ||
		    record->n_frozen == ARRAY_SIZE(record->frozen))
			continue;
		(void)snprintf(frozen->unit, sizeof(frozen->unit), "%s",
			       undo->steps[i].unit);
		(void)snprintf(frozen->invocation, sizeof(frozen->invocation), "%s",
			       undo->steps[i].invocation);
		record->n_frozen++;
	}
}

static int conclude_reset(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;

	executor->reached = executor->plan->verb == ACT_REVOKE;
	(void)revoked_store_remove(&executor->sources.store, attempt->step->device);
	return executor_step(executor, STEP_REVOKE, STEP_DONE,
			     attempt->operation.report.duration_us,
			     "the device was reset; importers may map again");
}

/* What restore needs; nothing of a revoke that is the owner's own. */
static int keep_record(struct attempt *attempt)
{
	const struct job_store *store = &attempt->executor->sources.store;

	if (attempt->operation.report.value & REVOKE_LOW_POWER_BY_OWNER &&
	    !attempt->again)
		return revoked_store_remove(store, attempt->step->device);
	attempt->record.finished = true;
	if (attempt->executor->plan->verb == ACT_REVOKE)
		record_frozen(attempt);
	return revoked_store_write(store, &attempt->record);
}

/* Without BPF nobody tells which buffers are of the device. */
static int tell_unseen(struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);

	if (device && device->exports_known)
		return 0;
	return result_note(
		attempt->executor->job->result,
		"Which buffers are of %s cannot be seen here: what was read back "
		"is the device, not each of them.",
		attempt->step->device);
}

/* Success is what was read back. */
static int verify_revoke(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int64_t duration = attempt->operation.report.duration_us;
	struct buffer_count count;
	int r = look_again(executor, 0);

	if (r == 0)
		r = tell_flags(attempt);
	if (r < 0)
		return r;
	if (attempt->method == METHOD_RESET)
		return conclude_reset(attempt);
	count = attempt_count(attempt);
	if (count.revoked < count.all ||
	    attempt->operation.report.value & REVOKE_MEMORY_CAME_BACK) {
		r = executor_step(executor, STEP_REVOKE, STEP_FAILED, duration,
				  "%zu of %zu buffers are revoked", count.revoked,
				  count.all);
		return r < 0 ? r : conclude_unstuck(attempt, count);
	}
	executor->reached = executor->plan->verb == ACT_REVOKE;
	r = tell_unseen(attempt);
	if (r == 0)
		r = keep_record(attempt);
	if (r < 0)
		return r;
	return executor_step(executor, STEP_REVOKE, STEP_DONE, duration,
			     "%s: %zu of %zu buffers are revoked",
			     revoke_method_name(attempt->method), count.revoked,
			     count.all);
}

int revoke_run(struct executor *executor, const struct plan_step *step)
{
	struct attempt attempt = {
		.executor = executor,
		.step = step,
		.deadline_ms = deadline_in(step->timeout_us),
		.method = executor->plan->method,
		.operation = OPERATION_NONE,
	};
	int r;

	if (!attempt_device(&attempt))
		return executor_conclude(executor, OUTCOME_FAILED, NULL,
					 "%s is not there any more", step->device);
	take_method(&attempt);
	executor->job->result->method = attempt.method;
	r = begin_record(&attempt);
	if (r == 0)
		r = record_undo(&attempt);
	if (r < 0)
		return r;
	r = attempt_run(&attempt);
	if (r == -ETIME || r == -EINTR) {
		executor->interrupted |= r == -EINTR;
		return attempt_give_up(&attempt);
	}
	if (r == 0)
		r = verify_revoke(&attempt);
	else if (r == -ESRCH || r == -ESTALE || r == -EBADF)
		r = owner_has_gone(&attempt);
	else if (r != -ENOMEM) {
		(void)revoked_store_remove(&executor->sources.store, step->device);
		r = attempt_explain(&attempt, r);
	}
	(void)operation_end(&attempt.operation);
	return r;
}
