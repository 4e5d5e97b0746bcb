/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/act/journal.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/model/device-condition.h"

enum { UNDO_LIMIT_US = 10000000, THAW_LIMIT_US = 30000000 };

/* Best effort: the executor that comes after a killed one does it once more, then. */
static void write_down(struct executor *executor)
{
	(void)undo_store_write(&executor->sources.store, &executor->undo);
}

/* It is as it was, or need not be. */
static int settle(struct executor *executor, struct undo_step *step, const char *detail)
{
	step->settled = true;
	write_down(executor);
	return executor_step(executor, step->kind, STEP_UNDONE, -1, "%s", detail);
}

/* It stays as it is, and is told; nobody does it later by itself. */
static int leave(struct executor *executor, struct undo_step *step, const char *reason)
{
	_cleanup_free_ char *what = NULL;

	executor->undo.incomplete = true;
	step->settled = true;
	if (asprintf(&what, "%s of %s: %s", step_kind_name(step->kind), step->device,
		     reason) < 0) {
		what = NULL;
		return -ENOMEM;
	}
	write_down(executor);
	journal_undo_incomplete(&executor->journal, executor->job, what);
	return executor_step(executor, step->kind, STEP_FAILED, -1, "%s", reason);
}

static int thaw(struct executor *executor, struct undo_step *step)
{
	int r = executor->sources.bus ? unit_thaw(executor->sources.bus, step->unit,
						  step->invocation, THAW_LIMIT_US)
				      : -EOPNOTSUPP;

	if (r == -ESTALE || r == -ENOENT)
		return settle(executor, step, "the unit that was frozen has ended");
	if (r == 0)
		return settle(executor, step, "the unit runs again");
	return leave(executor, step, "systemd could not thaw the unit");
}

static int restore(struct executor *executor, struct undo_step *step)
{
	bool restored;
	int r = restore_quietly(executor, step->device, UNDO_LIMIT_US, &restored);

	if (r < 0)
		return r;
	if (!restored)
		return leave(executor, step, "the buffers are still revoked");
	return settle(executor, step, "the buffers may be mapped again");
}

/* 0, or the error of the operation. */
static int finish(struct executor *executor, const struct undo_step *step,
		  struct operation *operation)
{
	bool gone;
	int r = operation_wait(operation, deadline_in(UNDO_LIMIT_US), -EBADF);

	if (r == -ETIME) {
		r = executor_give_up(executor, step->kind, step->device, operation,
				     &gone);
		return r < 0 ? r : -ETIME;
	}
	if (r == 0)
		r = operation->report.error;
	(void)operation_end(operation);
	return r;
}

static int write_override(struct executor *executor, const struct undo_step *step,
			  const char *value)
{
	struct operation operation = OPERATION_NONE;
	int r = override_start(&executor->sources.root, step->device, value,
			       executor_lock_of(executor, step->device), &operation);

	return r < 0 ? r : finish(executor, step, &operation);
}

static int restore_override(struct executor *executor, struct undo_step *step)
{
	const char *value = *step->value ? step->value : NULL;
	_cleanup_free_ char *detail = NULL;
	int r = write_override(executor, step, value);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return leave(executor, step, strerror(-r));
	if (!value)
		return settle(executor, step, "there is no driver_override again");
	if (asprintf(&detail, "driver_override is %s again", value) < 0) {
		detail = NULL;
		return -ENOMEM;
	}
	return settle(executor, step, detail);
}

static int probe(struct executor *executor, const struct undo_step *step)
{
	struct operation operation = OPERATION_NONE;
	int r = bind_start(&executor->sources.root, step->device,
			   executor_lock_of(executor, step->device), &operation);

	return r < 0 ? r : finish(executor, step, &operation);
}

static int take_from(struct executor *executor, const struct undo_step *step)
{
	struct operation operation = OPERATION_NONE;
	int r = unbind_start(&executor->sources.root, step->device,
			     executor_lock_of(executor, step->device), &operation);

	return r < 0 ? r : finish(executor, step, &operation);
}

static bool has_driver(const struct executor *executor, const struct undo_step *step)
{
	_cleanup_free_ char *driver = NULL;

	return driver_of(&executor->sources.root, step->device, &driver) == 0 &&
	       strcmp(driver, step->value) == 0;
}

/* Whatever the override says: a driver that was bound by hand has none. */
static int bind_by_override(struct executor *executor, const struct undo_step *step,
			    const char *override)
{
	int r = write_override(executor, step, step->value), again;

	if (r == 0)
		r = probe(executor, step);
	again = write_override(executor, step, override);
	return r < 0 ? r : again;
}

/* The override that was there before the job; NULL: none. */
static const char *old_override(const struct executor *executor, const char *device)
{
	for (size_t i = 0; i < executor->undo.n_steps; i++) {
		const struct undo_step *step = &executor->undo.steps[i];

		if (step->kind == STEP_RESTORE_OVERRIDE &&
		    strcmp(step->device, device) == 0 && *step->value)
			return step->value;
	}
	return NULL;
}

/* Only from the driver that this job has given it: nobody else's is taken. */
static int take_back(struct executor *executor, const struct undo_step *step)
{
	_cleanup_free_ char *driver = NULL;

	if (driver_of(&executor->sources.root, step->device, &driver) < 0)
		return 0;
	if (strcmp(driver, executor->job->wish.driver) != 0)
		return -EBUSY;
	return take_from(executor, step);
}

static int restore_driver(struct executor *executor, struct undo_step *step)
{
	bool kept = has_driver(executor, step);
	_cleanup_free_ char *detail = NULL;
	int r = 0;

	if (!kept) {
		r = take_back(executor, step);
		if (r == 0)
			(void)probe(executor, step);
		if (r == 0 && !has_driver(executor, step))
			r = bind_by_override(executor, step,
					     old_override(executor, step->device));
	}
	if (r == -ENOMEM)
		return r;
	if (r == -EBUSY)
		return leave(executor, step, "yet another driver has it");
	if (!has_driver(executor, step))
		return leave(executor, step,
			     r < 0 ? strerror(-r) : "its driver did not take it");
	if (asprintf(&detail, "%s %s", step->value,
		     kept ? "still has it" : "has it again") < 0) {
		detail = NULL;
		return -ENOMEM;
	}
	return settle(executor, step, detail);
}

static int undo_step(struct executor *executor, struct undo_step *step)
{
	switch (step->kind) {
	case STEP_RESTORE:
		return restore(executor, step);
	case STEP_RESTORE_OVERRIDE:
		return restore_override(executor, step);
	case STEP_RESTORE_DRIVER:
		return restore_driver(executor, step);
	default:
		return 0;
	}
}

static bool is_leaving(const struct executor *executor, const char *address)
{
	const struct device *device = snapshot_device(executor->snapshot, address);
	const struct blocked_task *task;

	return device && device_is_leaving(executor->snapshot, device, &task);
}

/* NULL: it may be undone. */
static const char *why_left(const struct executor *executor, const struct undo_step *step)
{
	if (executor->stuck)
		return "a process sleeps in the device: nothing is sent";
	if (executor->asked)
		return "the driver is leaving";
	if (step->kind == STEP_RESTORE && is_leaving(executor, step->device))
		return "the device is being released: what was revoked stays so";
	return NULL;
}

static int undo_one(struct executor *executor, struct undo_step *step)
{
	uint16_t vendor, product;
	const char *why;

	if (step->kind == STEP_THAW)
		return thaw(executor, step);
	if (device_ids(&executor->sources.root, step->device, &vendor, &product) < 0)
		return settle(executor, step, "the device is gone");
	if (vendor != step->vendor || product != step->product)
		return settle(executor, step, "another device is in its place");
	why = why_left(executor, step);
	return why ? leave(executor, step, why) : undo_step(executor, step);
}

/* Those of one kind, the last one first. One that fails does not hold up the others. */
static int undo_kind(struct executor *executor, enum step_kind kind)
{
	int first = 0;

	for (size_t i = executor->undo.n_steps; i-- > 0;) {
		struct undo_step *step = &executor->undo.steps[i];
		int r = step->kind == kind && !step->settled ? undo_one(executor, step)
							     : 0;

		if (first == 0)
			first = r;
	}
	return first;
}

int undo_freeze(struct executor *executor)
{
	return undo_kind(executor, STEP_THAW);
}

int undo_run(struct executor *executor)
{
	/* the override before the driver: it decides which one comes back */
	static const enum step_kind order[] = {
		STEP_RESTORE,
		STEP_RESTORE_OVERRIDE,
		STEP_RESTORE_DRIVER,
	};
	int first = undo_freeze(executor);

	/* who leaves now is not told by a look from before; a diagnosis has just looked */
	if (first == 0 && executor->undo.n_steps > 0 && !executor->stuck)
		first = look_again(executor, 0);
	for (size_t i = 0; first == 0 && i < ARRAY_SIZE(order); i++)
		first = undo_kind(executor, order[i]);
	return first;
}
