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

static int wait_until_free(struct executor *executor, uint64_t deadline_ms)
{
	int r = wait_for_release(executor, deadline_ms);

	return r < 0 ? r : ask_wait(executor, deadline_ms);
}

/* The last look of a wait may have been cut short: what comes next needs a whole one. */
static int see_owners(struct executor *executor)
{
	return executor->snapshot->seen & SEEN_OWNERS ? 0 : look_again(executor, 0);
}

/* What is left of the rung's time the owner has for letting go. */
static int wait_for_rest(struct executor *executor, const struct plan_step *step,
			 uint64_t deadline_ms, int64_t duration_us, const char *done)
{
	_cleanup_free_ char *owners = NULL;
	int r;

	r = wait_until_free(executor, deadline_ms);
	if (r < 0 || executor->concluded)
		return r;
	if (executor->released)
		return executor_step(executor, step->kind, STEP_DONE, duration_us, "%s",
				     done ? done : "the device is released");
	r = see_owners(executor);
	if (r < 0)
		return r;
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
	if (r == -EINTR) {
		executor->interrupted = true;
		return executor_step(
			executor, step->kind, STEP_FAILED, -1,
			"DetachCommand= was broken off: the job is cancelled");
	}
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
	if (r == -ETIME)
		return executor_step(executor, step->kind, STEP_TIMED_OUT, -1,
				     "%s is not frozen yet", step->unit);
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

/* What came of it, in words; NULL: out of memory. */
static char *stop_text(const struct plan_step *step, int error)
{
	char *text;
	int length;

	if (error == -ESTALE || error == -ENOENT)
		length = asprintf(&text, "%s had ended before", step->unit);
	else if (error == -ETIME)
		length = asprintf(&text, "systemd has not answered for %s", step->unit);
	else
		length = asprintf(&text, "%s was %s", step->unit,
				  step->kind == STEP_KILL_OWNER ? "killed"
								: "told to stop");
	return length < 0 ? NULL : text;
}

static int run_stop(struct executor *executor, const struct plan_step *step)
{
	uint64_t deadline = deadline_in(step->timeout_us);
	_cleanup_free_ char *done = NULL;
	int r = unit_stop(executor->sources.bus, step->unit, step->invocation,
			  step->kind == STEP_KILL_OWNER, step->timeout_us);

	/* the unit that was there has ended: that is what was wanted */
	if (r < 0 && r != -ESTALE && r != -ENOENT && r != -ETIME)
		return fail_step(executor, step, "systemd could not stop the unit");
	done = stop_text(step, r);
	if (!done)
		return -ENOMEM;
	if (goes_on(executor, step))
		return executor_step(executor, step->kind,
				     r == -ETIME ? STEP_TIMED_OUT : STEP_DONE, -1, "%s",
				     done);
	return wait_for_rest(executor, step, deadline, -1, done);
}

/* The owner undid it: there is nothing for it to let go of. */
static bool has_failed(const struct executor *executor)
{
	const struct result *result = executor->job->result;

	return result->steps.count > 0 &&
	       result->steps.items[result->steps.count - 1].outcome == STEP_FAILED;
}

static int run_revoke(struct executor *executor, const struct plan_step *step)
{
	uint64_t deadline = deadline_in(step->timeout_us);
	int r = revoke_run(executor, step);

	if (r < 0 || executor->concluded || executor->stuck || !wants_release(executor) ||
	    has_failed(executor))
		return r;
	return wait_until_free(executor, deadline);
}

static bool unit_owns(const struct executor *executor, const char *unit)
{
	for (size_t i = 0; i < executor->n_devices; i++) {
		const struct device *device =
			snapshot_device(executor->snapshot, executor->devices[i].address);

		for (size_t j = 0; device && j < device->n_owners; j++) {
			const char *of = device->owners[j].process->unit;

			if (of && strcmp(of, unit) == 0)
				return true;
		}
	}
	return false;
}

/* Also what has become needless since the plan was made. NULL: it is done. */
static const char *why_skipped(const struct executor *executor,
			       const struct plan_step *step)
{
	if (step->skipped || !step->unit || unit_owns(executor, step->unit))
		return step->skipped;
	return executor->snapshot->seen & SEEN_OWNERS
		       ? "nothing in its unit has the device open any more"
		       : "whether its unit still has the device open is not known";
}

static int run_rung(struct executor *executor, const struct plan_step *step)
{
	const char *skipped;
	int r = see_owners(executor);

	if (r < 0)
		return r;
	skipped = why_skipped(executor, step);
	if (skipped)
		return executor_step(executor, step->kind, STEP_SKIPPED, -1, "%s",
				     skipped);
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
		return ask_run(executor, step);
	case STEP_STOP_OWNER:
	case STEP_KILL_OWNER:
		return run_stop(executor, step);
	default:
		return -EINVAL;
	}
}

/* It cannot be called back: whoever asked has to know. */
static int conclude_asked(struct executor *executor, const char *owners)
{
	return executor_conclude(
		executor, OUTCOME_TIMED_OUT,
		executor->plan->verb == ACT_REASSIGN
			? "Stop the owner: then the unbind goes through, and nothing is "
			  "bound. Ask for the new driver again."
			: "Stop the owner: then the unbind goes through.",
		"the unbind of %s is under way and waits: %s still has it open",
		ask_pending(executor)->address, owners);
}

/* The end of a ladder that has not led to a release. */
static int conclude_ladder(struct executor *executor)
{
	_cleanup_free_ char *owners = NULL;
	int r;

	if (executor->concluded || executor->released)
		return 0;
	r = see_owners(executor);
	if (r < 0)
		return r;
	owners = owners_text(executor);
	if (!owners)
		return -ENOMEM;
	if (ask_pending(executor))
		return conclude_asked(executor, owners);
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
		take_release(executor);
	for (size_t i = 0; r == 0 && i < ladder->count; i++) {
		if (executor->concluded || executor->released ||
		    executor_is_cancelled(executor) || executor->stuck)
			break;
		r = run_rung(executor, &ladder->items[i]);
	}
	if (r == 0 && executor->interrupted)
		return executor_conclude_cancelled(executor);
	if (r < 0 || !wants_release(executor))
		return r;
	return conclude_ladder(executor);
}
