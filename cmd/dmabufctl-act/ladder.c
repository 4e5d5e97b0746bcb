/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/act/command.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* Does a plan of this verb end when the devices are released? */
static bool wants_release(const struct executor *executor)
{
	return executor->plan->verb == ACT_RELEASE ||
	       executor->plan->verb == ACT_REASSIGN;
}

/* What is left of the rung's time the owner has for letting go. */
static int wait_for_rest(struct executor *executor, const struct plan_step *step,
			 uint64_t deadline_ms, int64_t duration_us, const char *done)
{
	_cleanup_free_ char *owners = NULL;
	int r;

	r = wait_for_release(executor, deadline_ms);
	if (r < 0)
		return r;
	if (executor->released)
		return executor_step(executor, step->kind, STEP_DONE, duration_us, "%s",
				     done ? done : "the device is released");
	owners = owners_text(executor);
	if (!owners)
		return -ENOMEM;
	return executor_step(executor, step->kind, STEP_TIMED_OUT, duration_us,
			     "%s%s%s still has it open", done ? done : "",
			     done ? "; " : "", owners);
}

static int fail_step(struct executor *executor, const struct plan_step *step,
		     const char *reason)
{
	int r = executor_step(executor, step->kind, STEP_FAILED, -1, "%s", reason);

	return r < 0 ? r
		     : executor_conclude(executor, OUTCOME_FAILED, NULL, "%s: %s",
					 step_kind_name(step->kind), reason);
}

static int run_grace(struct executor *executor, const struct plan_step *step)
{
	return wait_for_rest(executor, step, deadline_in(step->timeout_us), -1, NULL);
}

static int run_detach(struct executor *executor, const struct plan_step *step)
{
	uint64_t deadline = deadline_in(step->timeout_us);
	_cleanup_free_ char *what = NULL;
	int status, r = command_run(executor->policy.detach_command, deadline,
				    executor->wake_fd, &status);

	if (r == -ENOMEM)
		return r;
	if (r == -ETIME)
		return executor_step(executor, step->kind, STEP_TIMED_OUT, -1,
				     "DetachCommand= did not end in time");
	if (r < 0)
		return fail_step(executor, step, "DetachCommand= could not be run");
	if (status != 0 &&
	    asprintf(&what, "DetachCommand= ended with status %d", status) < 0)
		return -ENOMEM;
	if (status != 0)
		return fail_step(executor, step, what);
	return wait_for_rest(executor, step, deadline, -1, "DetachCommand= was run");
}

static int record_thaw(struct executor *executor, const struct plan_step *step)
{
	struct undo_step undo = { .kind = STEP_THAW };

	(void)snprintf(undo.device, sizeof(undo.device), "%s", step->device);
	(void)snprintf(undo.unit, sizeof(undo.unit), "%s", step->unit);
	(void)snprintf(undo.invocation, sizeof(undo.invocation), "%s", step->invocation);
	return executor_record_undo(executor, &undo);
}

static int run_freeze(struct executor *executor, const struct plan_step *step)
{
	int r = record_thaw(executor, step);

	if (r < 0)
		return r;
	r = unit_freeze(executor->sources.bus, step->unit, step->invocation,
			step->timeout_us);
	if (r < 0)
		return fail_step(executor, step,
				 r == -ESTALE ? "the unit is another by now"
					      : "systemd could not freeze the unit");
	return executor_step(executor, step->kind, STEP_DONE, -1, "%s is frozen",
			     step->unit);
}

/* Is another unit to be ended by the same rung? Then it is not waited for before that. */
static bool goes_on(const struct executor *executor, const struct plan_step *step)
{
	const plan_step_array *ladder = &executor->plan->ladder;

	return step + 1 < ladder->items + ladder->count && step[1].kind == step->kind;
}

static int run_stop(struct executor *executor, const struct plan_step *step)
{
	bool kill = step->kind == STEP_KILL_OWNER;
	uint64_t deadline = deadline_in(step->timeout_us);
	_cleanup_free_ char *done = NULL;
	int r = unit_stop(executor->sources.bus, step->unit, step->invocation, kill,
			  step->timeout_us);

	/* the unit that was there has ended: that is what was wanted */
	if (r < 0 && r != -ESTALE && r != -ENOENT)
		return fail_step(executor, step, "systemd could not stop the unit");
	if (asprintf(&done, "%s was %s", step->unit, kill ? "killed" : "told to stop") <
	    0)
		return -ENOMEM;
	if (goes_on(executor, step))
		return executor_step(executor, step->kind, STEP_DONE, -1, "%s", done);
	return wait_for_rest(executor, step, deadline, -1, done);
}

/* From here on the driver is leaving: there is no way back. */
static int run_ask(struct executor *executor, const struct plan_step *step)
{
	int r = unbind_start(&executor->sources.root, step->device,
			     executor_lock_of(executor, step->device), &executor->unbind);

	if (r < 0)
		return r;
	executor->asked = true;
	r = operation_wait(&executor->unbind, deadline_in(step->timeout_us),
			   executor->wake_fd);
	executor->interrupted |= r == -EINTR;
	if (r == -ETIME || r == -EINTR)
		return executor_step(executor, step->kind, STEP_TIMED_OUT, -1,
				     "the driver waits for the owner");
	if (r == 0 && executor->unbind.report.error == 0) {
		executor->released = true;
		return executor_step(executor, step->kind, STEP_DONE,
				     executor->unbind.report.duration_us,
				     "the driver has let go");
	}
	return fail_step(executor, step, "the unbind failed");
}

static int run_revoke(struct executor *executor, const struct plan_step *step)
{
	uint64_t deadline = deadline_in(step->timeout_us);
	int r = revoke_run(executor, step);

	if (r < 0 || executor->concluded || executor->stuck || !wants_release(executor))
		return r;
	return wait_for_release(executor, deadline);
}

static int run_rung(struct executor *executor, const struct plan_step *step)
{
	int r;

	if (step->skipped)
		return executor_step(executor, step->kind, STEP_SKIPPED, -1, "%s",
				     step->skipped);
	r = executor_progress(executor, step->kind, step->timeout_us, step->detail);
	if (r < 0)
		return r;
	switch (step->kind) {
	case STEP_GRACE:
		return run_grace(executor, step);
	case STEP_DETACH:
		return run_detach(executor, step);
	case STEP_REVOKE:
		return run_revoke(executor, step);
	case STEP_RESTORE:
		return restore_run(executor, step);
	case STEP_FREEZE_OWNER:
		return run_freeze(executor, step);
	case STEP_ASK:
		return run_ask(executor, step);
	case STEP_STOP_OWNER:
	case STEP_KILL_OWNER:
		return run_stop(executor, step);
	default:
		return -EINVAL;
	}
}

/* The end of a ladder that has not led to a release. */
static int conclude_ladder(struct executor *executor)
{
	_cleanup_free_ char *owners = NULL;

	if (executor->concluded || executor->released)
		return 0;
	owners = owners_text(executor);
	if (!owners)
		return -ENOMEM;
	return executor_conclude(
		executor, OUTCOME_TIMED_OUT,
		executor->plan->verb == ACT_REASSIGN
			? "Nothing was unbound. Stop the owner, or use --stop-owner."
			: "Stop the owner, or use --stop-owner.",
		"%s still has it open", owners);
}

int ladder_climb(struct executor *executor)
{
	const plan_step_array *ladder = &executor->plan->ladder;
	int r = 0;

	if (wants_release(executor))
		r = look_for_release(executor);
	for (size_t i = 0; r == 0 && i < ladder->count; i++) {
		if (executor->concluded || executor->released || executor->interrupted ||
		    executor->stuck)
			break;
		r = run_rung(executor, &ladder->items[i]);
	}
	if (r == 0 && executor->interrupted)
		return executor_conclude(executor, OUTCOME_INTERRUPTED, NULL,
					 "it was cancelled");
	if (r < 0 || !wants_release(executor))
		return r;
	return conclude_ladder(executor);
}
