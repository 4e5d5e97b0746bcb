/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

#include <errno.h>
#include <string.h>

#include "lib/base/pool.h"

bool text_same(const char *one, const char *other)
{
	return one && other && strcmp(one, other) == 0;
}

const char *planning_text(struct planning *planning, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = pool_vformat(planning->plan->pool, format, arguments);
	va_end(arguments);
	if (text)
		return text;
	planning->failed = true;
	return "";
}

const char *planning_process(struct planning *planning, const struct process *process)
{
	if (!process)
		return "a process";
	if (process->pid == 0)
		return "a process of another user";
	return planning_text(
		planning, "%s[%d]%s%s%s", process->comm ? process->comm : "?",
		process->pid, process->unit ? " (" : "",
		process->unit ? process->unit : "", process->unit ? ")" : "");
}

struct plan_step planning_step(const struct planning *planning, enum step_kind kind,
			       const char *device)
{
	const struct plan_input *input = planning->input;

	return (struct plan_step){
		.kind = kind,
		.device = device,
		.timeout_us = input->wish->timeout_us ? input->wish->timeout_us
						      : input->policy->step_timeout_us,
	};
}

/* NULL stays NULL. */
static const char *own(struct planning *planning, const char *text)
{
	return text ? planning_text(planning, "%s", text) : NULL;
}

void planning_add(struct planning *planning, plan_step_array *steps,
		  const struct plan_step *step)
{
	struct plan_step copy = *step;

	copy.device = own(planning, step->device);
	copy.unit = own(planning, step->unit);
	copy.invocation = own(planning, step->invocation);
	copy.detail = own(planning, step->detail);
	copy.skipped = own(planning, step->skipped);
	if (ARRAY_PUSH(steps, copy) < 0)
		planning->failed = true;
}

void planning_refuse(struct planning *planning, const struct refusal *refusal)
{
	refusal_array *refusals = &planning->plan->refusals;
	struct refusal copy = *refusal;

	for (size_t i = 0; i < refusals->count; i++)
		if (text_same(refusals->items[i].reason, refusal->reason))
			return;
	copy.forced = refusal->forcible && planning->wish->force;
	copy.device = own(planning, refusal->device);
	copy.reason = own(planning, refusal->reason);
	copy.remedy = own(planning, refusal->remedy);
	if (ARRAY_PUSH(refusals, copy) < 0)
		planning->failed = true;
}

void planning_note(struct planning *planning, const char *note)
{
	note_array *notes = &planning->plan->notes;
	const char *copy;

	for (size_t i = 0; i < notes->count; i++)
		if (text_same(notes->items[i], note))
			return;
	copy = own(planning, note);
	if (ARRAY_PUSH(notes, copy) < 0)
		planning->failed = true;
}

bool planning_does(const struct planning *planning, enum step_kind kind)
{
	const plan_step_array *ladder = &planning->plan->ladder;

	for (size_t i = 0; i < ladder->count; i++)
		if (ladder->items[i].kind == kind && !ladder->items[i].skipped)
			return true;
	return false;
}

bool planning_wishes(const struct planning *planning, enum step_kind kind)
{
	const struct wish *wish = planning->wish;

	if ((kind == STEP_STOP_OWNER && wish->stop_owner) ||
	    (kind == STEP_KILL_OWNER && wish->kill_owner) ||
	    (kind == STEP_FREEZE_OWNER && wish->freeze))
		return true;
	for (size_t i = 0; i < wish->n_steps; i++)
		if (wish->steps[i] == kind)
			return true;
	return false;
}

/* Does its driver have to change? */
static bool is_to_move(const struct planning *planning, const struct device *device)
{
	if (text_same(planning->wish->driver, "-"))
		return device->driver ||
		       device_may_be_open(planning->input->snapshot, device);
	return !text_same(device->driver, planning->wish->driver);
}

/* Bridges pass on what the others do: they stay with their driver. */
static bool is_bridge(const struct device *device)
{
	return device->class >> 16 == 0x06 || text_same(device->driver, "pcieport");
}

static bool is_member(const struct planning *planning, const struct device *device)
{
	return device->iommu_group >= 0 && device_is_pci(device) &&
	       device->iommu_group == planning->device->iommu_group &&
	       !is_bridge(device) && (device->driver || device->n_owners > 0);
}

bool planning_covers(const struct planning *planning, const struct device *device)
{
	if (planning->wish->verb != ACT_REASSIGN)
		return device == planning->device;
	if (device != planning->device &&
	    !(planning->wish->group && is_member(planning, device)))
		return false;
	return is_to_move(planning, device);
}

const struct device *planning_next(const struct planning *planning,
				   const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;
	const struct device *end = snapshot->devices + snapshot->n_devices;

	device = device ? device + 1 : snapshot->devices;
	while (device < end && !planning_covers(planning, device))
		device++;
	return device < end ? device : NULL;
}

/* NULL: nobody has looked. */
static const struct plan_member *find_member(const struct planning *planning,
					     const struct device *device)
{
	const struct plan_input *input = planning->input;

	for (size_t i = 0; i < input->n_members; i++)
		if (text_same(input->members[i].readiness->device, device->address))
			return &input->members[i];
	return NULL;
}

const struct readiness *planning_readiness(const struct planning *planning,
					   const struct device *device)
{
	const struct plan_member *member;

	if (device == planning->device)
		return planning->input->readiness;
	member = find_member(planning, device);
	return member ? member->readiness : NULL;
}

const struct policy *planning_policy(const struct planning *planning,
				     const struct device *device)
{
	const struct plan_member *member;

	if (device == planning->device)
		return planning->input->policy;
	member = find_member(planning, device);
	return member ? &member->policy : &policy_default;
}
