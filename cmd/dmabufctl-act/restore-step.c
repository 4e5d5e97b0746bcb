/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/attempt.h"
#include "cmd/dmabufctl-act/look.h"
#include "lib/act/unit.h"

enum { THAW_LIMIT_US = 30000000 };

/*
 * The record, if there is one. -ESRCH: it is of owners that have gone, and with them what
 * there was to restore. --force restores whoever has the device now.
 */
static int take_record(struct attempt *attempt)
{
	const struct job_store *store = &attempt->executor->sources.store;
	int r = revoked_store_read(store, attempt->step->device, &attempt->record);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	attempt->method = attempt->record.method;
	if (attempt_record_holds(attempt) || attempt->executor->job->wish.force)
		return 0;
	return attempt_owners_seen(attempt) ? -ESRCH : -ENODATA;
}

/* 0: was sent and came back. Otherwise as attempt_run(). */
static int send_restore(struct attempt *attempt)
{
	int r = take_record(attempt);

	attempt->seen_before = attempt_count(attempt).all > 0;
	return r < 0 ? r : attempt_run(attempt);
}

/* Whether it is so that importers may map again; why not, in words. */
static const char *why_not_restored(const struct attempt *attempt,
				    struct buffer_count count)
{
	if (count.revoked > 0)
		return "buffers are still revoked";
	if (attempt->seen_before && !attempt_buffers_seen(attempt))
		return "the buffers could not be read back";
	if (attempt->operation.report.value & REVOKE_MEMORY_CAME_BACK)
		return "the owner disabled memory again at once";
	return NULL;
}

static int conclude_not_restored(struct attempt *attempt, struct buffer_count count,
				 const char *why)
{
	struct executor *executor = attempt->executor;
	bool partial = count.revoked < count.all || count.all == 0;
	int r = executor_step(executor, STEP_RESTORE, STEP_FAILED,
			      attempt->operation.report.duration_us,
			      "%s (%zu of %zu are revoked)", why, count.revoked,
			      count.all);

	return r < 0 ? r
		     : executor_conclude(executor,
					 partial ? OUTCOME_PARTIAL : OUTCOME_FAILED, NULL,
					 "%s (%zu of %zu are revoked)", why,
					 count.revoked, count.all);
}

static int conclude_restore(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	struct buffer_count count;
	const char *why;
	int r = look_again(executor, 0);

	if (r < 0)
		return r;
	executor->job->result->method = attempt->method;
	count = attempt_count(attempt);
	why = why_not_restored(attempt, count);
	if (why)
		return conclude_not_restored(attempt, count, why);
	executor->reached = true;
	return executor_step(executor, STEP_RESTORE, STEP_DONE,
			     attempt->operation.report.duration_us,
			     "%s: %zu buffers may be mapped again",
			     revoke_method_name(attempt->method), count.all);
}

/* What still is frozen is told: then the restore is not done. */
static int thaw(struct executor *executor, const struct frozen_unit *frozen)
{
	int thawed = executor->sources.bus
			     ? unit_thaw(executor->sources.bus, frozen->unit,
					 frozen->invocation, THAW_LIMIT_US)
			     : -EOPNOTSUPP;
	int r;

	if (thawed == -ESTALE || thawed == -ENOENT)
		return 0;
	if (thawed == 0)
		return executor_step(executor, STEP_THAW, STEP_DONE, -1, "%s runs again",
				     frozen->unit);
	executor->reached = false;
	r = executor_step(executor, STEP_THAW, STEP_FAILED, -1,
			  "systemd could not thaw %s", frozen->unit);
	return r < 0 ? r
		     : executor_conclude(
			       executor, OUTCOME_PARTIAL,
			       "Try 'dmabufctl restore' again, or 'systemctl thaw'.",
			       "%s is still frozen", frozen->unit);
}

/* After the restore, so that the owner does not run into memory that is gone. */
static int thaw_all(struct attempt *attempt)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < attempt->record.n_frozen; i++)
		r = thaw(attempt->executor, &attempt->record.frozen[i]);
	return r;
}

static struct attempt restore_attempt(struct executor *executor,
				      const struct plan_step *step)
{
	return (struct attempt){
		.executor = executor,
		.step = step,
		.deadline_ms = deadline_in(step->timeout_us),
		.method = executor->plan ? executor->plan->method : METHOD_MEMORY,
		.restore = true,
		.operation = OPERATION_NONE,
	};
}

/* The record goes when there is nothing left that it could be needed for. */
static int restore_and_thaw(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = conclude_restore(attempt);

	if (r < 0 || !executor->reached)
		return r;
	r = thaw_all(attempt);
	if (r == 0 && executor->reached)
		(void)revoked_store_remove(&executor->sources.store,
					   attempt->step->device);
	return r;
}

static int give_up(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = 0;

	for (size_t i = 0; r == 0 && i < attempt->record.n_frozen; i++)
		r = result_note(executor->job->result,
				"%s stays frozen until a restore has ended.",
				attempt->record.frozen[i].unit);
	return r < 0 ? r : attempt_give_up(attempt);
}

static bool has_gone(int error)
{
	return error == -ESRCH || error == -ESTALE || error == -EBADF || error == -ENODEV;
}

/* The owners have gone: what is left of the revoke are the units it froze. */
static int explain(struct attempt *attempt, int error)
{
	struct executor *executor = attempt->executor;
	int r;

	if (!has_gone(error))
		return attempt_explain(attempt, error);
	r = thaw_all(attempt);
	if (r < 0)
		return r;
	if (!executor->concluded)
		(void)revoked_store_remove(&executor->sources.store,
					   attempt->step->device);
	return attempt_explain(attempt, error);
}

int restore_run(struct executor *executor, const struct plan_step *step)
{
	struct attempt attempt = restore_attempt(executor, step);
	int r = send_restore(&attempt);

	if (r == -ETIME)
		return give_up(&attempt);
	if (r == 0)
		r = restore_and_thaw(&attempt);
	else if (r != -ENOMEM)
		r = explain(&attempt, r);
	(void)operation_end(&attempt.operation);
	return r;
}

int restore_quietly(struct executor *executor, const char *device, uint64_t timeout_us,
		    bool *ret_restored)
{
	const struct plan_step step = {
		.kind = STEP_RESTORE,
		.timeout_us = timeout_us,
		.device = device,
	};
	struct attempt attempt = restore_attempt(executor, &step);
	bool gone;
	int r = revoked_store_read(&executor->sources.store, device, &attempt.record);

	/* what was never revoked, or was not by us, has no record */
	*ret_restored = r == -ENOENT;
	if (r < 0)
		return 0;
	r = send_restore(&attempt);
	if (r == -ETIME)
		return executor_give_up(executor, STEP_RESTORE, device,
					&attempt.operation, &gone);
	if (r == 0) {
		r = look_again(executor, 0);
		*ret_restored =
			r == 0 && !why_not_restored(&attempt, attempt_count(&attempt));
	} else if (r != -ENOMEM) {
		*ret_restored = has_gone(r);
		r = 0;
	}
	if (*ret_restored)
		(void)revoked_store_remove(&executor->sources.store, device);
	(void)operation_end(&attempt.operation);
	return r;
}
