/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

/* Is the record of this device, and not of another one that was in its place? */
static bool is_of_device(const struct revoked *revoked, const struct device *device)
{
	return revoked && text_same(revoked->device, device->address) &&
	       revoked->vendor == device->vendor && revoked->product == device->product;
}

/* Only as long as one of them has it open there is something to restore. */
static bool has_recorded_owner(const struct revoked *revoked, const struct device *device)
{
	for (size_t i = 0; i < device->n_owners; i++)
		for (size_t j = 0; j < revoked->n_owners; j++)
			if (device->owners[i].process->pid == revoked->owners[j].pid)
				return true;
	return false;
}

static void refuse_without_record(struct planning *planning)
{
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_KERNEL,
			.reason = "no revoke of this device is on record: whoever did "
				  "it may rely on it",
			.remedy = "--force enables its memory nevertheless",
			.forcible = true,
		});
}

static enum revoke_method method_without_record(const struct planning *planning)
{
	enum revoke_method method = planning->wish->method;

	if (method == METHOD_MEMORY || method == METHOD_LOW_POWER)
		return method;
	return planning->device->is_virtual_function ? METHOD_LOW_POWER : METHOD_MEMORY;
}

static void refuse_without_owner(struct planning *planning)
{
	planning_refuse(planning,
			&(struct refusal){
				.kind = OBSTACLE_OWNER,
				.reason = "no process is seen whose fd the restore could "
					  "go through",
				.remedy = "'dmabufctl status' says what could not be "
					  "read, and why",
			});
}

/* Why there is nothing to restore; NULL: there is. */
static const char *nothing_to_restore(const struct planning *planning,
				      const struct revoked *record)
{
	const struct device *device = planning->device;

	if (!device_may_be_open(planning->input->snapshot, device))
		return "nobody has it open: what was revoked is so for good";
	if (record && record->method == METHOD_RESET)
		return "a reset revokes for a moment only: it is over";
	/* who owns it now must have been seen before that can be said */
	if (record && device->n_owners > 0 && !planning->wish->force &&
	    !has_recorded_owner(record, device))
		return "its owner at the time of the revoke has closed it: what was "
		       "revoked is so for good";
	return NULL;
}

void plan_restore(struct planning *planning)
{
	const struct device *device = planning->device;
	const struct revoked *record = planning->input->revoked;
	struct plan_step step = planning_step(planning, STEP_RESTORE, device->address);
	struct plan *plan = planning->plan;

	if (!is_of_device(record, device))
		record = NULL;
	plan->nothing_to_do = nothing_to_restore(planning, record);
	if (plan->nothing_to_do)
		return;
	if (!record || !has_recorded_owner(record, device))
		refuse_without_record(planning);
	if (device->n_owners == 0)
		refuse_without_owner(planning);
	plan->method = record ? record->method : method_without_record(planning);
	step.detail = plan->method == METHOD_LOW_POWER ? "leave low power"
						       : "set the memory-enable bit";
	planning_add(planning, &plan->ladder, &step);
}
