/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/act/journal.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"

enum { UNDO_LIMIT_US = 10000000, THAW_LIMIT_US = 30000000 };

/* It stays as it is, and is told; nobody does it later by itself. */
static int leave(struct executor *executor, const struct undo_step *step,
		 const char *reason)
{
	_cleanup_free_ char *what = NULL;

	executor->undo.incomplete = true;
	if (asprintf(&what, "%s of %s: %s", step_kind_name(step->kind), step->device,
		     reason) < 0) {
		what = NULL;
		return -ENOMEM;
	}
	journal_undo_incomplete(executor->job, what);
	return executor_step(executor, step->kind, STEP_FAILED, -1, "%s", reason);
}

static int thaw(struct executor *executor, const struct undo_step *step)
{
	int r = executor->sources.bus ? unit_thaw(executor->sources.bus, step->unit,
						  step->invocation, THAW_LIMIT_US)
				      : -EOPNOTSUPP;

	/* a unit that has ended is not frozen */
	if (r == 0 || r == -ESTALE || r == -ENOENT)
		return executor_step(executor, step->kind, STEP_UNDONE, -1,
				     "%s runs again", step->unit);
	return leave(executor, step, "systemd could not thaw the unit");
}

static int restore(struct executor *executor, const struct undo_step *step)
{
	bool restored;
	int r = restore_quietly(executor, step->device, UNDO_LIMIT_US, &restored);

	if (r < 0)
		return r;
	if (!restored)
		return leave(executor, step, "the buffers are still revoked");
	return executor_step(executor, step->kind, STEP_UNDONE, -1,
			     "the buffers may be mapped again");
}

/* 0, or the error of the operation. */
static int finish(struct executor *executor, enum step_kind kind, const char *device,
		  struct operation *operation)
{
	int r = operation_wait(operation, deadline_in(UNDO_LIMIT_US), -EBADF);

	if (r == -ETIME)
		(void)diagnose(executor, kind, device, operation);
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

	return r < 0 ? r : finish(executor, step->kind, step->device, &operation);
}

static int restore_override(struct executor *executor, const struct undo_step *step)
{
	const char *value = *step->value ? step->value : NULL;
	int r = write_override(executor, step, value);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return leave(executor, step, strerror(-r));
	return executor_step(executor, step->kind, STEP_UNDONE, -1,
			     value ? "driver_override is %s again"
				   : "there is no driver_override again",
			     value);
}

static int probe(struct executor *executor, const struct undo_step *step)
{
	struct operation operation = OPERATION_NONE;
	int r = bind_start(&executor->sources.root, step->device,
			   executor_lock_of(executor, step->device), &operation);

	return r < 0 ? r : finish(executor, step->kind, step->device, &operation);
}

static int take_from(struct executor *executor, const struct undo_step *step)
{
	struct operation operation = OPERATION_NONE;
	int r = unbind_start(&executor->sources.root, step->device,
			     executor_lock_of(executor, step->device), &operation);

	return r < 0 ? r : finish(executor, step->kind, step->device, &operation);
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

static int restore_driver(struct executor *executor, const struct undo_step *step)
{
	_cleanup_free_ char *driver = NULL;
	int r = 0;

	if (has_driver(executor, step))
		return executor_step(executor, step->kind, STEP_UNDONE, -1,
				     "%s still has it", step->value);
	if (driver_of(&executor->sources.root, step->device, &driver) == 0)
		r = take_from(executor, step);
	if (r == 0)
		(void)probe(executor, step);
	if (r == 0 && !has_driver(executor, step))
		r = bind_by_override(executor, step,
				     old_override(executor, step->device));
	if (r == -ENOMEM)
		return r;
	if (!has_driver(executor, step))
		return leave(executor, step,
			     r < 0 ? strerror(-r) : "its driver did not take it");
	return executor_step(executor, step->kind, STEP_UNDONE, -1, "%s has it again",
			     step->value);
}

static int undo_step(struct executor *executor, const struct undo_step *step)
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

static bool is_there(const struct executor *executor, const char *device)
{
	_cleanup_close_ int fd = -EBADF;
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", device);
	fd = root_open_at(&executor->sources.root, executor->sources.root.fd, path,
			  O_PATH);
	return fd != -ENOENT;
}

static int undo_one(struct executor *executor, const struct undo_step *step)
{
	if (step->kind == STEP_THAW)
		return thaw(executor, step);
	if (!is_there(executor, step->device))
		return executor_step(executor, step->kind, STEP_UNDONE, -1,
				     "the device is gone");
	if (executor->stuck)
		return leave(executor, step,
			     "a process sleeps in the device: nothing is sent");
	if (executor->asked)
		return leave(executor, step, "the driver is leaving");
	return undo_step(executor, step);
}

/* Those of one kind, the last one first. */
static int undo_kind(struct executor *executor, enum step_kind kind)
{
	int r = 0;

	for (size_t i = executor->undo.n_steps; r == 0 && i-- > 0;) {
		const struct undo_step *step = &executor->undo.steps[i];

		if (step->kind == kind)
			r = undo_one(executor, step);
	}
	return r;
}

int undo_run(struct executor *executor)
{
	/* the override before the driver: it decides which one comes back */
	static const enum step_kind order[] = {
		STEP_THAW,
		STEP_RESTORE,
		STEP_RESTORE_OVERRIDE,
		STEP_RESTORE_DRIVER,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(order); i++)
		r = undo_kind(executor, order[i]);
	return r;
}
