/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

bool refuse_identity(struct planning *planning)
{
	const struct device *device = planning->device;
	const struct wish *wish = planning->wish;

	if ((wish->vendor == 0 && wish->product == 0) ||
	    (wish->vendor == device->vendor && wish->product == device->product))
		return false;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_KERNEL,
			.reason = planning_text(
				planning,
				"it is another device by now: %04x:%04x, not %04x:%04x",
				device->vendor, device->product, wish->vendor,
				wish->product),
			.remedy = "look again what is at that address, then ask again",
		});
	return true;
}

static void refuse_by_policy(struct planning *planning, const struct device *device)
{
	bool other = device != planning->device;

	if (!planning_policy(planning, device)->refuse)
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_HOST_USE,
			.device = other ? device->address : NULL,
			.reason = planning_text(
				planning,
				"dmabufctl.conf forbids to act on %s (Refuse=yes)",
				other ? device->address : "it"),
			.remedy = "change Refuse= in dmabufctl.conf",
		});
}

/* Whoever acts locks every member, whether it moves or not. */
static void refuse_large_group(struct planning *planning)
{
	const struct snapshot *snapshot = planning->input->snapshot;
	int group = planning->device->iommu_group;
	size_t members = 0;

	if (!planning->wish->group || group < 0)
		return;
	for (size_t i = 0; i < snapshot->n_devices; i++)
		members += snapshot->devices[i].iommu_group == group;
	if (members <= PLAN_DEVICES_MAX)
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_GROUP_MEMBER,
			.reason = planning_text(planning,
						"IOMMU group %d has %zu members, and at "
						"most %d can be moved together",
						group, members, PLAN_DEVICES_MAX),
			.remedy = "move them one by one, without --group",
			.unsupported = true,
		});
}

/* The finding of the judge on a device whose kind fits; NULL: none. */
static const struct finding *found(const struct planning *planning,
				   const struct device *device,
				   bool (*fits)(const struct finding *finding))
{
	const struct readiness *readiness = planning_readiness(planning, device);

	for (size_t i = 0; readiness && i < readiness->n_obstacles; i++)
		if (fits(&readiness->obstacles[i]))
			return &readiness->obstacles[i];
	return NULL;
}

/* hung_task_panic names neither a process nor a buffer. */
static bool tells_stuck(const struct finding *finding)
{
	return finding->kind == OBSTACLE_KERNEL &&
	       (finding->pid != 0 || finding->inode != 0);
}

static bool tells_release(const struct finding *finding)
{
	return finding->kind == OBSTACLE_RELEASE && !finding->device;
}

/* What is queued behind a stuck task happens later, whoever gave it up meanwhile. */
static void refuse_stuck(struct planning *planning, const struct device *device)
{
	const struct finding *finding = found(planning, device, tells_stuck);
	struct refusal refusal = {
		.kind = OBSTACLE_KERNEL,
		.device = device->address,
		.reason = "a task sleeps in the kernel with this device",
		.remedy = "have the importer let go, or end its user",
	};

	if (!device_is_stuck(planning->input->snapshot, device))
		return;
	if (finding) {
		refusal.reason = finding->reason;
		refusal.remedy = finding->remedy;
	}
	refusal.reason = planning_text(
		planning, "%s: nothing may be sent to %s until that has ended",
		refusal.reason, device->address);
	planning_refuse(planning, &refusal);
}

static bool sends_to_device(const struct planning *planning)
{
	return planning->plan->verb == ACT_REASSIGN ||
	       planning_does(planning, STEP_REVOKE) ||
	       planning_does(planning, STEP_RESTORE) || planning_does(planning, STEP_ASK);
}

/* Whoever unplugs a device leaves nothing to bind; an unbind does. */
static bool goes_away(const struct blocked_task *task)
{
	return task && (task->path == TASK_PATH_REMOVE ||
			task->path == TASK_PATH_UNPLUG || task->path == TASK_PATH_SRIOV);
}

static const char *why_not_during(struct planning *planning,
				  const struct blocked_task *task)
{
	if (planning_does(planning, STEP_RESTORE))
		return "its importers have to stay away";
	if (planning->plan->method == METHOD_RESET)
		return "the kernel resets nothing meanwhile";
	if (planning->plan->verb == ACT_REASSIGN && goes_away(task))
		return "afterwards there is no device to bind";
	return NULL;
}

/* A revoke is what helps a release that waits; the way back, or a reset, is not. */
static void refuse_during_release(struct planning *planning, const struct device *device)
{
	const struct blocked_task *task;
	const struct finding *finding;
	const char *reason;

	if (!device_is_leaving(planning->input->snapshot, device, &task))
		return;
	reason = why_not_during(planning, task);
	if (!reason)
		return;
	finding = found(planning, device, tells_release);
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_RELEASE,
			.device = device->address,
			.reason = planning_text(planning, "%s; %s",
						finding ? finding->reason
							: "its driver is leaving",
						reason),
			.remedy = finding ? finding->remedy : "have its owner close it",
		});
}

/* Does anything in the plan end in a task that waits for importers? */
static bool may_wait(const struct planning *planning)
{
	static const enum step_kind waiting[] = {
		STEP_DETACH,	 STEP_REVOKE,	  STEP_ASK,
		STEP_STOP_OWNER, STEP_KILL_OWNER, STEP_RESTORE,
	};

	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		if (planning_does(planning, waiting[i]))
			return true;
	return false;
}

/* A buffer with an importer that is not known to drain at once; NULL: none. */
static const struct buffer *slow_buffer(const struct planning *planning,
					const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;
	bool restores = planning->plan->verb == ACT_RESTORE;

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		/* who is revoked is not waited for again, but when he is restored */
		if (!buffer_is_exposed(buffer, device) ||
		    (buffer->state == BUFFER_STATE_REVOKED && !restores))
			continue;
		if (!buffer->attachments_known)
			return buffer;
		for (size_t j = 0; j < buffer->n_attachments; j++)
			if (buffer->attachments[j].drain != DRAIN_AT_ONCE)
				return buffer;
	}
	return NULL;
}

static void refuse_panic(struct planning *planning, const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;
	const struct buffer *buffer;

	/* a timeout of 0 switches the detector off */
	if (snapshot->hung_task_panic <= 0 || snapshot->hung_task_seconds == 0 ||
	    !may_wait(planning))
		return;
	buffer = slow_buffer(planning, device);
	if (!buffer)
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_KERNEL,
			.device = device->address,
			.reason = planning_text(
				planning,
				"kernel.hung_task_panic is set, and not every importer "
				"of buffer %ju is known to let go at once: a task that "
				"waits for it too long panics this host",
				(uintmax_t)buffer->inode),
			.remedy = "sysctl kernel.hung_task_panic=0",
			.forcible = true,
		});
}

static void refuse_reset(struct planning *planning, const struct device *device)
{
	const struct device *function = function_in_use(planning, device);

	if (planning->plan->method != METHOD_RESET ||
	    !planning_does(planning, STEP_REVOKE))
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_OWNER,
			.device = device->address,
			.reason = planning_text(
				planning,
				"%s is open, and a reset wipes it under its owner",
				device->address),
			.remedy = "take another method; --force resets it nevertheless",
			.forcible = true,
		});
	if (!function)
		return;
	planning_refuse(planning,
			&(struct refusal){
				.kind = OBSTACLE_VIRTUAL_FUNCTION,
				.device = device->address,
				.reason = planning_text(
					planning,
					"a reset of %s would take its virtual function "
					"%s along, which is in use",
					device->address, function->address),
				.remedy = "take another method",
			});
}

static void refuse_method(struct planning *planning)
{
	if (planning->plan->method != METHOD_BUFFER)
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_KERNEL,
			.reason = "this kernel cannot revoke one buffer alone",
			.remedy = "revoke all buffers of the device by another method",
			.unsupported = true,
		});
}

static void refuse_no_pci(struct planning *planning)
{
	enum act_verb verb = planning->plan->verb;

	if (device_is_pci(planning->device) || verb == ACT_RELEASE)
		return;
	planning_refuse(
		planning,
		&(struct refusal){
			.kind = OBSTACLE_KERNEL,
			.reason = planning_text(planning, "%s works on PCI devices alone",
						act_verb_name(verb)),
			.remedy = "dmabufctl release ends its use",
			.unsupported = true,
		});
}

/* A revoke that was asked for by name, and of which nothing is left. */
static void refuse_empty_revoke(struct planning *planning)
{
	const plan_step_array *ladder = &planning->plan->ladder;

	if (planning->plan->verb != ACT_REVOKE || planning_does(planning, STEP_REVOKE) ||
	    ladder->count == 0)
		return;
	planning_refuse(planning,
			&(struct refusal){
				.kind = OBSTACLE_OWNER,
				.reason = ladder->items[ladder->count - 1].skipped,
				.remedy = "'dmabufctl status' says what could not be "
					  "read, and why",
			});
}

void refuse_unsafe(struct planning *planning)
{
	refuse_by_policy(planning, planning->device);
	refuse_large_group(planning);
	refuse_no_pci(planning);
	refuse_method(planning);
	refuse_empty_revoke(planning);
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		refuse_by_policy(planning, device);
		if (sends_to_device(planning))
			refuse_stuck(planning, device);
		refuse_during_release(planning, device);
		refuse_panic(planning, device);
		refuse_reset(planning, device);
	}
}
