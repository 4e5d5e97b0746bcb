/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"

static int fail(struct executor *executor, const struct plan_step *step,
		const char *reason)
{
	int r = executor_step(executor, step->kind, STEP_FAILED, -1, "%s", reason);

	return r < 0 ? r
		     : executor_conclude(executor, OUTCOME_FAILED, NULL, "%s of %s: %s",
					 step_kind_name(step->kind), step->device,
					 reason);
}

static int time_out(struct executor *executor, const struct plan_step *step,
		    const char *reason)
{
	int r = executor_step(executor, step->kind, STEP_TIMED_OUT, -1, "%s", reason);

	return r < 0 ? r
		     : executor_conclude(executor, OUTCOME_TIMED_OUT, NULL,
					 "%s of %s: %s", step_kind_name(step->kind),
					 step->device, reason);
}

static int load_module(struct executor *executor, const struct plan_step *step)
{
	module_unit unit;
	int r = module_load(executor, step->timeout_us, unit);

	if (r == -ETIME)
		return time_out(executor, step, "the module is not loaded yet");
	if (r < 0)
		return fail(executor, step, "the module brought no such driver");
	return executor_step(executor, step->kind, STEP_DONE, -1, "%s",
			     executor->adopted ? "it is loaded by now" : unit);
}

/* Others have it open, or the kernel has not even answered the first open(). */
static int give_up_claim(struct executor *executor, const struct plan_step *step,
			 int error)
{
	bool unanswered = error != -ENOENT && executor->claim.report.error == 0;
	bool gone;
	int r = executor_give_up(executor, step->kind, step->device, &executor->claim,
				 &gone);

	if (r < 0)
		return r;
	if (unanswered && !gone)
		return time_out(executor, step, "the kernel has not come back from it");
	if (error == -ETIME || error == -EINTR)
		return time_out(executor, step,
				"somebody opens the device, or another member of its "
				"group, again and again; it was not unbound");
	return fail(executor, step, "its VFIO group could not be opened");
}

/* Without a claim no unbind is begun: somebody could open the device again. */
static int claim(struct executor *executor, const struct plan_step *step)
{
	int r = claim_start(&executor->sources.root, step->device,
			    executor_lock_of(executor, step->device), &executor->claim);

	if (r < 0)
		return r;
	r = claim_wait(&executor->claim, deadline_in(step->timeout_us),
		       executor->wake_fd);
	if (r == 0)
		return executor_step(executor, step->kind, STEP_DONE, -1,
				     "nobody else can open it until the driver is gone");
	executor->interrupted |= r == -EINTR;
	return give_up_claim(executor, step, r);
}

static int record(struct executor *executor, enum step_kind kind, const char *device,
		  const char *value)
{
	struct undo_step undo = { .kind = kind };

	(void)snprintf(undo.device, sizeof(undo.device), "%s", device);
	(void)snprintf(undo.value, sizeof(undo.value), "%s", value ? value : "");
	return executor_record_undo(executor, &undo);
}

static int give_up(struct executor *executor, const struct plan_step *step,
		   struct operation *operation)
{
	bool gone;
	int r = executor_give_up(executor, step->kind, step->device, operation, &gone);

	if (r < 0)
		return r;
	return time_out(executor, step,
			gone ? "it was broken off before the kernel had answered"
			     : "the kernel has not come back from it");
}

/* Ends it: 0 with *ret_done, or what went wrong told. */
static int finish(struct executor *executor, const struct plan_step *step,
		  struct operation *operation, bool *ret_done)
{
	int r = executor_await(executor, operation, deadline_in(step->timeout_us));

	*ret_done = false;
	if (r == -ETIME)
		return give_up(executor, step, operation);
	if (r == 0)
		r = operation->report.error;
	if (!operation_end(operation))
		executor->stuck = true;
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return fail(executor, step,
			    r == -ENODEV && step->kind == STEP_BIND
				    ? "no driver took the device"
				    : strerror(-r));
	*ret_done = true;
	return 0;
}

/* What is there now: the plan may be old, and "none" was also what could not be read. */
static int record_override(struct executor *executor, const struct plan_step *step,
			   bool *ret_done)
{
	struct operation operation = OPERATION_NONE;
	int r = override_read_start(&executor->sources.root, step->device,
				    executor_lock_of(executor, step->device), &operation);

	if (r == 0)
		r = finish(executor, step, &operation, ret_done);
	if (r < 0 || !*ret_done)
		return r;
	return record(executor, STEP_RESTORE_OVERRIDE, step->device,
		      operation.report.stage);
}

/* It had no driver, because somebody else takes it; and that one was faster. */
static bool was_taken(const struct executor *executor, const char *device)
{
	const struct locked_device *locked = executor_device(executor, device);
	_cleanup_free_ char *driver = NULL;

	return locked && !*locked->driver &&
	       driver_of(&executor->sources.root, device, &driver) == 0 &&
	       strcmp(driver, executor->plan->driver) != 0;
}

static int set_override(struct executor *executor, const struct plan_step *step)
{
	struct operation operation = OPERATION_NONE;
	bool done = false;
	int r;

	if (was_taken(executor, step->device))
		return fail(executor, step, "another driver has it by now");
	r = record_override(executor, step, &done);
	if (r < 0 || !done)
		return r;
	r = override_start(&executor->sources.root, step->device, executor->plan->driver,
			   executor_lock_of(executor, step->device), &operation);
	if (r == 0)
		r = finish(executor, step, &operation, &done);
	if (r < 0 || !done)
		return r;
	return executor_step(executor, step->kind, STEP_DONE, -1, "driver_override is %s",
			     executor->plan->driver);
}

/* Read back: nobody has it. */
static int conclude_unbind(struct executor *executor, const struct plan_step *step,
			   const char *old, int64_t duration_us)
{
	_cleanup_free_ char *driver = NULL;
	int r = driver_of(&executor->sources.root, step->device, &driver);

	if (r == -ENOMEM)
		return r;
	if (r == 0)
		return fail(executor, step, "a driver took it again at once");
	return executor_step(executor, step->kind, STEP_DONE, duration_us, "%s let it go",
			     old);
}

static int unbind(struct executor *executor, const struct plan_step *step)
{
	const struct locked_device *locked = executor_device(executor, step->device);
	struct operation operation = OPERATION_NONE;
	_cleanup_free_ char *driver = NULL;
	bool done = false;
	int r = driver_of(&executor->sources.root, step->device, &driver);

	if (r == -ENOENT)
		return executor_step(executor, step->kind, STEP_SKIPPED, -1,
				     "it has no driver");
	if (r == 0 && (!locked || strcmp(driver, locked->driver) != 0))
		return fail(executor, step, "another driver has it by now");
	if (r == 0)
		r = record(executor, STEP_RESTORE_DRIVER, step->device, driver);
	if (r == 0)
		r = unbind_start(&executor->sources.root, step->device,
				 executor_lock_of(executor, step->device), &operation);
	if (r < 0)
		return r;
	r = finish(executor, step, &operation, &done);
	if (r < 0 || !done)
		return r;
	return conclude_unbind(executor, step, driver, operation.report.duration_us);
}

/* Read back: what the kernel says is the driver. */
static int bind(struct executor *executor, const struct plan_step *step)
{
	struct operation operation = OPERATION_NONE;
	_cleanup_free_ char *driver = NULL;
	bool done = false;
	int r = bind_start(&executor->sources.root, step->device,
			   executor_lock_of(executor, step->device), &operation);

	if (r == 0)
		r = finish(executor, step, &operation, &done);
	if (r < 0 || !done)
		return r;
	r = driver_of(&executor->sources.root, step->device, &driver);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || strcmp(driver, executor->plan->driver) != 0)
		return fail(executor, step, "another driver has it");
	return executor_step(executor, step->kind, STEP_DONE,
			     operation.report.duration_us, "%s has it", driver);
}

static int run_step(struct executor *executor, const struct plan_step *step)
{
	int r;

	if (step->skipped)
		return executor_step(executor, step->kind, STEP_SKIPPED, -1, "%s",
				     step->skipped);
	if (step->kind != STEP_LOAD_MODULE && !executor_is_same(executor, step->device))
		return fail(executor, step,
			    "the device is gone, or another one is in its place");
	r = executor_progress(executor, step->kind, step->timeout_us, step->detail);
	if (r < 0)
		return r;
	switch (step->kind) {
	case STEP_LOAD_MODULE:
		return load_module(executor, step);
	case STEP_CLAIM:
		return claim(executor, step);
	case STEP_SET_OVERRIDE:
		return set_override(executor, step);
	case STEP_UNBIND:
		r = unbind(executor, step);
		if (!claim_drop(&executor->claim))
			executor->stuck = true;
		return r;
	case STEP_BIND:
		return bind(executor, step);
	default:
		return -EINVAL;
	}
}

int move_run(struct executor *executor)
{
	const plan_step_array *move = &executor->plan->move;
	int r = 0;

	for (size_t i = 0; r == 0 && i < move->count; i++) {
		if (executor->concluded || executor->stuck ||
		    executor_is_cancelled(executor))
			break;
		r = run_step(executor, &move->items[i]);
	}
	if (r < 0)
		return r;
	if (executor->interrupted && !executor->concluded)
		return executor_conclude_cancelled(executor);
	executor->reached = !executor->concluded && !executor->stuck;
	return 0;
}
