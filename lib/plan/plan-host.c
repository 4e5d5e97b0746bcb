/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/base/text.h"
#include "lib/plan/planning.h"

/* Does the plan take devices from their driver? */
static bool takes_driver(const struct planning *planning)
{
	return planning->plan->verb == ACT_REASSIGN || planning_does(planning, STEP_ASK);
}

static bool is_of_host(enum obstacle_kind kind)
{
	return kind == OBSTACLE_HOST_USE || kind == OBSTACLE_VIRTUAL_FUNCTION ||
	       kind == OBSTACLE_MDEV;
}

static void refuse_finding(struct planning *planning, const struct device *device,
			   const struct finding *finding)
{
	const char *reason = finding->reason;

	if (device != planning->device)
		reason = planning_text(planning, "%s: %s", device->address, reason);
	planning_refuse(planning, &(struct refusal){
					  .kind = (enum obstacle_kind)finding->kind,
					  .device = device->address,
					  .reason = reason,
					  .remedy = finding->remedy,
					  .forcible = true,
				  });
}

static void refuse_unjudged(struct planning *planning, const struct device *device)
{
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_HOST_USE,
			.device = device->address,
			.reason = planning_text(planning,
						"%s: whether the host uses it is not "
						"known, so it counts as used",
						device->address),
			.remedy = planning_text(planning, "dmabufctl check %s",
						device->address),
			.forcible = true,
		});
}

void refuse_host_use(struct planning *planning)
{
	if (!takes_driver(planning))
		return;
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		const struct readiness *readiness = planning_readiness(planning, device);

		if (!readiness && device->state == DEVICE_HOST)
			refuse_unjudged(planning, device);
		for (size_t i = 0; readiness && i < readiness->n_obstacles; i++)
			if (is_of_host((enum obstacle_kind)readiness->obstacles[i].kind))
				refuse_finding(planning, device,
					       &readiness->obstacles[i]);
	}
}

bool driver_suits_open_group(const char *driver)
{
	return text_same(driver, "-") || text_same(driver, "pci-stub") ||
	       text_starts_with(driver, "vfio") || strstr(driver, "-vfio-pci") ||
	       strstr(driver, "_vfio");
}

/* Is it the owner of a unit that the plan ends? */
static bool is_ended(const struct planning *planning, const struct process *process)
{
	const plan_step_array *ladder = &planning->plan->ladder;

	for (size_t i = 0; i < ladder->count; i++) {
		const struct plan_step *step = &ladder->items[i];

		if ((step->kind == STEP_STOP_OWNER || step->kind == STEP_KILL_OWNER) &&
		    text_same(step->unit, process->unit))
			return true;
	}
	return false;
}

/* Open, and it stays so when the plan has done its work up to the claim. */
static bool stays_open(const struct planning *planning, const struct finding *finding)
{
	const struct device *member;

	if (finding->kind != OBSTACLE_GROUP_MEMBER || !finding->device)
		return false;
	member = snapshot_device(planning->input->snapshot, finding->device);
	if (!member || planning_covers(planning, member))
		return false;
	for (size_t i = 0; i < member->n_owners; i++)
		if (!is_ended(planning, member->owners[i].process))
			return true;
	return false;
}

static const struct finding *open_member(const struct planning *planning)
{
	const struct readiness *readiness = planning->input->readiness;

	for (size_t i = 0; i < readiness->n_obstacles; i++)
		if (stays_open(planning, &readiness->obstacles[i]))
			return &readiness->obstacles[i];
	return NULL;
}

const char *planning_unprotected(struct planning *planning)
{
	const struct finding *finding = open_member(planning);

	if (!finding || !driver_suits_open_group(planning->wish->driver))
		return NULL;
	return planning_text(planning,
			     "unprotected: %s of the group is open, so nobody else can "
			     "be kept out of it until the unbind",
			     finding->device);
}

void refuse_group(struct planning *planning)
{
	const struct readiness *readiness = planning->input->readiness;

	if (planning->plan->verb != ACT_REASSIGN ||
	    driver_suits_open_group(planning->wish->driver))
		return;
	for (size_t i = 0; i < readiness->n_obstacles; i++) {
		const struct finding *finding = &readiness->obstacles[i];

		if (!stays_open(planning, finding))
			continue;
		planning_refuse(
			planning,
			&(struct refusal){
				.kind = OBSTACLE_GROUP_MEMBER,
				.device = finding->device,
				.reason = finding->reason,
				.remedy = planning_text(
					planning, "%s, or move them all with --group",
					finding->remedy),
			});
	}
}
