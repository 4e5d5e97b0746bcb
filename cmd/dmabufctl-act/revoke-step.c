/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/attempt.h"
#include "cmd/dmabufctl-act/look.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* Buffers that are live again: the owner undid what is on record. */
static bool was_undone(const struct attempt *attempt)
{
	struct buffer_count count = attempt_count(attempt);

	return count.all > 0 && count.revoked == 0;
}

/* By the method that is on record already: of two only one could be restored. */
static void take_method(struct attempt *attempt)
{
	if (revoked_store_read(&attempt->executor->sources.store, attempt->step->device,
			       &attempt->record) < 0 ||
	    !attempt_record_holds(attempt))
		return;
	attempt->again = !was_undone(attempt);
	if (attempt->method != METHOD_RESET)
		attempt->method = attempt->record.method;
}

/* The record is there before the kernel is asked: a killed executor leaves it behind. */
static int begin_record(struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);
	struct executor *executor = attempt->executor;
	struct revoked *record = &attempt->record;
	const struct revoked old = *record;

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
	memcpy(record->frozen, old.frozen, sizeof(record->frozen));
	record->n_frozen = old.n_frozen;
	return revoked_store_write(&executor->sources.store, record);
}

static int record_undo(struct attempt *attempt)
{
	struct undo_step undo = { .kind = STEP_RESTORE, .method = attempt->method };

	/* what the plan would not undo stays; so does what was revoked before */
	if (attempt->again ||
	    !executor_would_undo(attempt->executor, STEP_RESTORE, attempt->step->device))
		return 0;
	(void)snprintf(undo.device, sizeof(undo.device), "%s", attempt->step->device);
	return executor_record_undo(attempt->executor, &undo);
}

/* Nothing was sent: what is on record would be a revoke that never was. */
static void forget_untried(struct attempt *attempt)
{
	if (!attempt->again && attempt->record.n_frozen == 0)
		(void)revoked_store_remove(&attempt->executor->sources.store,
					   attempt->step->device);
}

/* Whoever had it open let go before: for the buffers that is as good as a revoke. */
static int owner_has_gone(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = look_for_release(executor);

	if (r < 0)
		return r;
	if (!executor->released) {
		forget_untried(attempt);
		return attempt_explain(attempt, -ESRCH);
	}
	(void)revoked_store_remove(&executor->sources.store, attempt->step->device);
	executor->reached = executor->plan->verb == ACT_REVOKE;
	return executor_step(executor, attempt->step->kind, STEP_DONE, -1,
			     "the owner has let go: its buffers are revoked for good");
}

/* The owner had done before what we were asked for: then it is not ours to undo. */
static bool was_by_owner(const struct attempt *attempt)
{
	uint32_t value = attempt->operation.report.value;

	if (attempt->again)
		return false;
	if (attempt->method == METHOD_LOW_POWER)
		return value & REVOKE_LOW_POWER_BY_OWNER;
	return attempt->method == METHOD_MEMORY && !(value & PCI_COMMAND_MEMORY);
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
	if (r == 0 && attempt->method == METHOD_LOW_POWER && was_by_owner(attempt))
		r = result_note(result, "The owner itself has the device in low power: "
					"the buffers are revoked until it leaves that.");
	if (r == 0 && attempt->method == METHOD_MEMORY && was_by_owner(attempt))
		r = result_note(result, "The owner itself had memory disabled: the "
					"buffers are revoked until it enables it.");
	return r;
}

/* A rung behind it that may end an owner who undoes whatever is revoked. */
static bool another_follows(const struct attempt *attempt)
{
	const plan_step_array *ladder = &attempt->executor->plan->ladder;

	for (const struct plan_step *step = attempt->step + 1;
	     step < ladder->items + ladder->count; step++)
		if (step->kind != STEP_REVOKE && !step->skipped)
			return true;
	return false;
}

static int conclude_unstuck(struct attempt *attempt, struct buffer_count count)
{
	/* of low power something is left, although the buffers are live */
	if (count.revoked == 0 && attempt->method == METHOD_MEMORY &&
	    attempt->record.n_frozen == 0)
		(void)revoked_store_remove(&attempt->executor->sources.store,
					   attempt->step->device);
	if (another_follows(attempt))
		return result_note(
			attempt->executor->job->result,
			"The revoke of %s did not last; what follows was tried.",
			attempt->step->device);
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

static bool is_recorded(const struct revoked *record, const char *invocation)
{
	for (size_t i = 0; i < record->n_frozen; i++)
		if (strcmp(record->frozen[i].invocation, invocation) == 0)
			return true;
	return false;
}

/* Units that stay frozen so that the revoke sticks: restore thaws them. */
static void record_frozen(struct attempt *attempt)
{
	const struct undo *undo = &attempt->executor->undo;
	struct revoked *record = &attempt->record;

	for (size_t i = 0; i < undo->n_steps; i++) {
		struct frozen_unit *frozen = &record->frozen[record->n_frozen];

		if (undo->steps[i].kind != STEP_THAW ||
		    record->n_frozen == ARRAY_SIZE(record->frozen) ||
		    is_recorded(record, undo->steps[i].invocation))
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

	struct buffer_count count = attempt_count(attempt);

	executor->reached = executor->plan->verb == ACT_REVOKE;
	forget_untried(attempt);
	if (count.revoked > 0) /* its memory is off, or it is in low power */
		return executor_step(executor, STEP_REVOKE, STEP_DONE,
				     attempt->operation.report.duration_us,
				     "the device was reset; %zu of %zu buffers are "
				     "revoked",
				     count.revoked, count.all);
	return executor_step(executor, STEP_REVOKE, STEP_DONE,
			     attempt->operation.report.duration_us,
			     "the device was reset; importers may map again");
}

/* What restore needs; nothing of a revoke that is the owner's own. */
static int keep_record(struct attempt *attempt)
{
	const struct job_store *store = &attempt->executor->sources.store;
	int r;

	if (was_by_owner(attempt))
		return revoked_store_remove(store, attempt->step->device);
	attempt->record.finished = true;
	if (attempt->executor->plan->verb == ACT_REVOKE)
		record_frozen(attempt);
	r = revoked_store_write(store, &attempt->record);
	if (r == 0 && attempt->executor->plan->verb == ACT_REVOKE)
		attempt->executor->keep_frozen = true; /* restore thaws them */
	return r;
}

/* Without BPF nobody tells which buffers are of the device. */
static int tell_unseen(struct attempt *attempt)
{
	if (attempt_buffers_seen(attempt))
		return 0;
	return result_note(
		attempt->executor->job->result,
		"Which buffers are of %s cannot be seen here: what was read back "
		"is the device, not each of them.",
		attempt->step->device);
}

/* Buffers that were there before, and that nobody can read back now. */
static bool lost_sight(const struct attempt *attempt)
{
	return attempt->seen_before && !attempt_buffers_seen(attempt);
}

static int conclude_unread(struct attempt *attempt, int64_t duration_us)
{
	struct executor *executor = attempt->executor;
	int r = executor_step(executor, STEP_REVOKE, STEP_FAILED, duration_us,
			      "%s was sent, but its buffers could not be read back",
			      revoke_method_name(attempt->method));

	if (r == 0)
		r = keep_record(attempt);
	if (r < 0)
		return r;
	return executor_conclude(executor, OUTCOME_PARTIAL,
				 "Look again with 'dmabufctl list'; 'dmabufctl restore' "
				 "undoes it.",
				 "the buffers could not be read back after the revoke");
}

/* Of a virtual function the memory bit revokes for a moment only. */
static bool is_pulse_unseen(const struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);

	return !attempt_buffers_seen(attempt) && attempt->method == METHOD_MEMORY &&
	       device && device->is_virtual_function;
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
	if (lost_sight(attempt))
		return conclude_unread(attempt, duration);
	if (count.revoked < count.all || is_pulse_unseen(attempt) ||
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

/* Only what is read back says that nothing was revoked before it failed. */
static int explain_failure(struct attempt *attempt, int error)
{
	bool untried = error == -EPERM || error == -EOPNOTSUPP || error == -ENODATA ||
		       error == -ENODEV || error == -ENXIO;
	int r = look_again(attempt->executor, 0);

	if (r < 0)
		return r;
	if (untried || (attempt_buffers_seen(attempt) && was_undone(attempt)))
		forget_untried(attempt);
	return attempt_explain(attempt, error);
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
		return conclude_unseen(executor, step->device);
	take_method(&attempt);
	attempt.seen_before = attempt_count(&attempt).all > 0;
	executor->job->result->method = attempt.method;
	r = begin_record(&attempt);
	if (r == 0)
		r = record_undo(&attempt);
	if (r < 0)
		return r;
	r = attempt_run(&attempt);
	if (r == -ETIME)
		return attempt_give_up(&attempt);
	if (r == 0)
		r = verify_revoke(&attempt);
	else if (r == -ESRCH || r == -ESTALE || r == -EBADF)
		r = owner_has_gone(&attempt);
	else if (r != -ENOMEM)
		r = explain_failure(&attempt, r);
	(void)operation_end(&attempt.operation);
	return r;
}
