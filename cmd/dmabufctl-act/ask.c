/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: the unbind begins while the owner holds on, and goes on while later rungs run. The
 * VFIO group disappears when it is done, so that there is nothing left to claim.
 */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/base/cleanup.h"

enum { SETTLE_US = 2000000 }; /* from the last close to the end of the unbind */

static bool is_pending(const struct locked_device *device)
{
	return device->unbind.child.pid > 0;
}

const struct locked_device *ask_pending(const struct executor *executor)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (is_pending(&executor->devices[i]))
			return &executor->devices[i];
	return NULL;
}

static struct locked_device *find(struct executor *executor, const char *address)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (strcmp(executor->devices[i].address, address) == 0)
			return &executor->devices[i];
	return NULL;
}

static bool all_unbound(const struct executor *executor)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (!executor->devices[i].unbound)
			return false;
	return true;
}

/* Whether ask would be reached was not known when the plan was made. */
static void skip_in_move(struct executor *executor, const char *device)
{
	plan_step_array *move = &executor->plan->move;

	for (size_t i = 0; i < move->count; i++) {
		struct plan_step *step = &move->items[i];

		if (strcmp(step->device, device) == 0 && !step->skipped &&
		    (step->kind == STEP_CLAIM || step->kind == STEP_UNBIND))
			step->skipped = "ask has taken it from its driver";
	}
}

static int fail(struct executor *executor, const char *device, const char *reason)
{
	int r = executor_step(executor, STEP_ASK, STEP_FAILED, -1, "%s", reason);

	return r < 0 ? r
		     : executor_conclude(executor, OUTCOME_FAILED, NULL, "ask of %s: %s",
					 device, reason);
}

/* The unbind has come back, with or without success: what could be undone can be again. */
static int take_end(struct executor *executor, struct locked_device *device, int r)
{
	int64_t duration = device->unbind.report.duration_us;

	if (r == 0)
		r = device->unbind.report.error;
	if (!operation_end(&device->unbind))
		executor->stuck = true;
	executor->asked = ask_pending(executor);
	if (r < 0)
		return r == -ENOMEM ? r : fail(executor, device->address, strerror(-r));
	device->unbound = true;
	skip_in_move(executor, device->address);
	return executor_step(executor, STEP_ASK, STEP_DONE, duration,
			     "the driver has let go");
}

static int finish(struct executor *executor, struct locked_device *device,
		  uint64_t deadline_ms)
{
	int r = operation_wait(&device->unbind, deadline_ms, executor->wake_fd);

	executor->interrupted |= r == -EINTR;
	if (r == -ETIME || r == -EINTR) {
		executor->released = false;
		return 0;
	}
	r = take_end(executor, device, r);
	executor->released &= device->unbound;
	return r;
}

int ask_wait(struct executor *executor, uint64_t deadline_ms)
{
	uint64_t settled = deadline_in(SETTLE_US);
	int r = 0;

	for (size_t i = 0; i < executor->n_devices && r == 0 && executor->released; i++)
		if (is_pending(&executor->devices[i]))
			r = finish(executor, &executor->devices[i],
				   deadline_ms > settled ? deadline_ms : settled);
	return r;
}

/* For what comes behind ask in a reassign: the old driver can still have it back then. */
static int record(struct executor *executor, const struct locked_device *device)
{
	struct undo_step undo = { .kind = STEP_RESTORE_DRIVER };

	if (!executor_would_undo(executor, STEP_RESTORE_DRIVER, device->address))
		return 0;
	memcpy(undo.device, device->address, sizeof(undo.device));
	memcpy(undo.value, device->driver, sizeof(undo.value));
	return executor_record_undo(executor, &undo);
}

/* What the plan was made for, or a reason not to begin; NULL: begin. */
static const char *why_not(const struct executor *executor,
			   const struct locked_device *device)
{
	_cleanup_free_ char *driver = NULL;

	if (!executor_is_same(executor, device->address))
		return "the device is gone, or another one is in its place";
	if (driver_of(&executor->sources.root, device->address, &driver) < 0 ||
	    strcmp(driver, device->driver) != 0)
		return "it is not with the driver that it had any more";
	return NULL;
}

static int begin(struct executor *executor, struct locked_device *device)
{
	int r = record(executor, device);

	if (r == 0)
		r = unbind_start(&executor->sources.root, device->address,
				 device->lock_fd, &device->unbind);
	if (r == 0)
		executor->asked = true;
	return r;
}

int ask_run(struct executor *executor, const struct plan_step *step)
{
	struct locked_device *device = find(executor, step->device);
	const char *reason = device ? why_not(executor, device) : "it is not locked";
	int r;

	if (reason)
		return fail(executor, step->device, reason);
	r = begin(executor, device);
	if (r < 0)
		return r;
	r = operation_wait(&device->unbind, deadline_in(step->timeout_us),
			   executor->wake_fd);
	executor->interrupted |= r == -EINTR;
	if (r == -ETIME || r == -EINTR)
		return executor_step(executor, step->kind, STEP_TIMED_OUT, -1,
				     "the driver waits for the owner");
	r = take_end(executor, device, r);
	if (r < 0 || executor->concluded)
		return r;
	if (!all_unbound(executor))
		r = look_for_release(executor);
	else
		executor->released = true;
	return r < 0 ? r : ask_wait(executor, 0);
}
