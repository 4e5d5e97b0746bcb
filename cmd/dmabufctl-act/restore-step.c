/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/attempt.h"
#include "cmd/dmabufctl-act/look.h"
#include "lib/act/unit.h"

enum { THAW_LIMIT_US = 30000000 };

/* 0: was sent and came back. Otherwise as attempt_run(). */
static int send_restore(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = revoked_store_read(&executor->sources.store, attempt->step->device,
				   &attempt->record);

	if (r == 0 && !attempt_record_holds(attempt)) {
		(void)revoked_store_remove(&executor->sources.store,
					   attempt->step->device);
		return -ESRCH;
	}
	if (r == 0)
		attempt->method = attempt->record.method;
	return attempt_run(attempt);
}

static int verify_restore(struct attempt *attempt, struct buffer_count *ret)
{
	int r = look_again(attempt->executor, 0);

	if (r < 0)
		return r;
	*ret = attempt_count(attempt);
	if (ret->revoked < ret->all || ret->all == 0)
		(void)revoked_store_remove(&attempt->executor->sources.store,
					   attempt->step->device);
	return 0;
}

static int conclude_restore(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int64_t duration = attempt->operation.report.duration_us;
	struct buffer_count count;
	int r = verify_restore(attempt, &count);

	if (r < 0)
		return r;
	if (count.revoked > 0) {
		r = executor_step(executor, STEP_RESTORE, STEP_FAILED, duration,
				  "%zu of %zu buffers are still revoked", count.revoked,
				  count.all);
		return r < 0 ? r
			     : executor_conclude(
				       executor,
				       count.revoked < count.all ? OUTCOME_PARTIAL
								 : OUTCOME_FAILED,
				       NULL, "%zu of %zu buffers are still revoked",
				       count.revoked, count.all);
	}
	executor->reached = true;
	executor->job->result->method = attempt->method;
	return executor_step(executor, STEP_RESTORE, STEP_DONE, duration,
			     "%s: %zu buffers may be mapped again",
			     revoke_method_name(attempt->method), count.all);
}

/* After the restore, so that the owner does not run into memory that is gone. */
static int thaw_all(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = 0;

	for (size_t i = 0; r == 0 && i < attempt->record.n_frozen; i++) {
		const struct frozen_unit *frozen = &attempt->record.frozen[i];
		int thawed = executor->sources.bus
				     ? unit_thaw(executor->sources.bus, frozen->unit,
						 frozen->invocation, THAW_LIMIT_US)
				     : -EOPNOTSUPP;

		if (thawed == 0)
			r = executor_step(executor, STEP_THAW, STEP_DONE, -1,
					  "%s runs again", frozen->unit);
		else if (thawed != -ESTALE && thawed != -ENOENT)
			r = executor_step(executor, STEP_THAW, STEP_FAILED, -1,
					  "systemd could not thaw %s", frozen->unit);
	}
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

static int restore_and_thaw(struct attempt *attempt)
{
	int r = conclude_restore(attempt);

	return r < 0 ? r : thaw_all(attempt);
}

int restore_run(struct executor *executor, const struct plan_step *step)
{
	struct attempt attempt = restore_attempt(executor, step);
	int r = send_restore(&attempt);

	if (r == -ETIME || r == -EINTR) {
		executor->interrupted |= r == -EINTR;
		return attempt_give_up(&attempt);
	}
	if (r == 0)
		r = restore_and_thaw(&attempt);
	else if (r != -ENOMEM)
		r = attempt_explain(&attempt, r);
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
	struct buffer_count count = { 0 };
	int r;

	/* what was never revoked, or was not by us, has no record */
	*ret_restored = true;
	if (revoked_store_read(&executor->sources.store, device, &attempt.record) < 0)
		return 0;
	*ret_restored = false;
	r = send_restore(&attempt);
	if (r == -ETIME || r == -EINTR) {
		r = diagnose(executor, STEP_RESTORE, device, &attempt.operation);
	} else if (r == 0) {
		r = verify_restore(&attempt, &count);
		*ret_restored = r == 0 && count.revoked == 0;
	} else if (r == -ESRCH || r == -ESTALE || r == -EBADF || r == -ENODEV) {
		/* the owner has gone, and with it what there was to restore */
		*ret_restored = true;
		r = 0;
	} else if (r != -ENOMEM) {
		r = 0;
	}
	(void)operation_end(&attempt.operation);
	return r;
}
