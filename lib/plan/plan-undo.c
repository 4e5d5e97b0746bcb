/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

/* What undoes each step that is in steps and will be done. */
static void undo_each(struct planning *planning, const plan_step_array *steps,
		      enum step_kind kind, enum step_kind undo)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct plan_step *done = &steps->items[i];
		struct plan_step step = planning_step(planning, undo, done->device);

		if (done->kind != kind || done->skipped)
			continue;
		step.unit = done->unit;
		step.invocation = done->invocation;
		planning_add(planning, &planning->plan->undo, &step);
	}
}

static const char *or_none(const char *value)
{
	return value ? value : "none";
}

/* The override and driver that each device had. */
static void tell_old_values(struct planning *planning)
{
	plan_step_array *undo = &planning->plan->undo;

	for (size_t i = 0; i < undo->count; i++) {
		struct plan_step *step = &undo->items[i];
		const struct device *device =
			snapshot_device(planning->input->snapshot, step->device);

		if (step->kind == STEP_RESTORE_OVERRIDE)
			step->detail = planning_text(planning, "%s",
						     or_none(device->driver_override));
		else if (step->kind == STEP_RESTORE_DRIVER)
			step->detail =
				planning_text(planning, "%s", or_none(device->driver));
	}
}

/* What was revoked of a device that is leaving stays so: its importers have to go. */
static bool is_leaving(const struct planning *planning)
{
	const struct blocked_task *task;

	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device))
		if (device_is_leaving(planning->input->snapshot, device, &task))
			return true;
	return false;
}

void plan_undo(struct planning *planning)
{
	struct plan *plan = planning->plan;

	undo_each(planning, &plan->ladder, STEP_FREEZE_OWNER, STEP_THAW);
	if (plan->verb == ACT_REVOKE)
		return;
	/* a reset is over when it is done: there is nothing to take back */
	if (plan->method != METHOD_RESET && !is_leaving(planning))
		undo_each(planning, &plan->ladder, STEP_REVOKE, STEP_RESTORE);
	undo_each(planning, &plan->move, STEP_SET_OVERRIDE, STEP_RESTORE_OVERRIDE);
	undo_each(planning, &plan->move, STEP_UNBIND, STEP_RESTORE_DRIVER);
	tell_old_values(planning);
}
