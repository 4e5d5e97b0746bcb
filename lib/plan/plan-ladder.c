/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/cleanup.h"
#include "lib/plan/planning.h"

static const enum step_kind default_ladder[] = { STEP_GRACE, STEP_REVOKE };

/* Has somebody said that a revoke is worth what it does to the owner and others? */
static bool revoke_is_consented(const struct planning *planning)
{
	const struct wish *wish = planning->wish;

	return wish->verb == ACT_REVOKE || (wish->n_steps > 0 && !wish->by_policy) ||
	       wish->force || wish->stop_owner || wish->kill_owner;
}

/* Why a revoke would be a blow to a living owner; NULL: it would not. */
static const char *mapped_by(struct planning *planning, const struct device *device)
{
	for (size_t i = 0; i < device->n_owners; i++) {
		const struct owner *owner = &device->owners[i];
		const char *name;

		if (owner->maps == 0)
			continue;
		name = planning_process(planning, owner->process);
		if (owner->maps > 0)
			return planning_text(planning,
					     "%s lives and has the BAR mapped: it would "
					     "get SIGBUS there",
					     name);
		return planning_text(planning,
				     "whether %s has the BAR mapped could not be read",
				     name);
	}
	return NULL;
}

/* Who would not get his mapping back; NULL: nobody who is known. */
static const char *ended_for_good(struct planning *planning, const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (!buffer_is_exposed(buffer, device) ||
		    buffer->state == BUFFER_STATE_REVOKED)
			continue;
		for (size_t j = 0; j < buffer->n_attachments; j++) {
			const struct attachment *attachment = &buffer->attachments[j];

			if (attachment->restorable == TRISTATE_NO)
				return planning_text(planning,
						     "%s would lose its mapping of "
						     "buffer %ju for good",
						     attachment->importer
							     ? attachment->importer
							     : attachment->device,
						     (uintmax_t)buffer->inode);
		}
	}
	return NULL;
}

/* What would have been consent. */
static const char *consent_to(const struct planning *planning)
{
	return planning->wish->by_policy
		       ? "RevokeMapped=yes, or 'dmabufctl revoke',"
		       : "--steps=revoke, --force, --stop-owner or --kill-owner";
}

/* Why the rung is left out; NULL: it is not. */
static const char *revoke_is_skipped(struct planning *planning,
				     const struct device *device)
{
	const char *reason = NULL;

	if (!device_is_pci(device))
		return "only a PCI device can be revoked";
	if (device->n_owners == 0)
		return "no process is seen whose fd the revoke could go through";
	if (revoke_is_consented(planning))
		return NULL;
	if (!planning_policy(planning, device)->revoke_mapped)
		reason = mapped_by(planning, device);
	/* a policy acts while the device leaves: then no mapping comes back anyway */
	if (!reason && !planning->wish->by_policy)
		reason = ended_for_good(planning, device);
	if (!reason)
		return NULL;
	return planning_text(planning, "%s; %s does it nevertheless", reason,
			     consent_to(planning));
}

/* "qemu[49] (vm.service) and 2 others" */
static const char *name_owners(struct planning *planning, const struct device *device)
{
	const char *first;

	if (device->n_owners == 0)
		return "its owner";
	first = planning_process(planning, device->owners[0].process);
	if (device->n_owners == 1)
		return first;
	return planning_text(planning, "%s and %zu other%s", first, device->n_owners - 1,
			     device->n_owners == 2 ? "" : "s");
}

static const char *detail_of(struct planning *planning, enum step_kind kind,
			     const struct device *device)
{
	const char *owners = name_owners(planning, device);

	switch (kind) {
	case STEP_GRACE:
		return planning_text(planning, "wait for %s to let go", owners);
	case STEP_REVOKE:
		if (!device->exports_known)
			return planning_text(planning, "its buffers, through %s", owners);
		return planning_text(planning, "%zu buffer%s, through %s",
				     device->n_exports, device->n_exports == 1 ? "" : "s",
				     owners);
	case STEP_ASK:
		return planning_text(planning,
				     "start the unbind, which waits for %s; no way back",
				     owners);
	default:
		return NULL;
	}
}

/* Once for each device of the plan that somebody has open. */
static void add_for_each(struct planning *planning, enum step_kind kind)
{
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		struct plan_step step = planning_step(planning, kind, device->address);
		const struct blocked_task *task;

		if (!device_may_be_open(planning->input->snapshot, device))
			continue;
		step.detail = detail_of(planning, kind, device);
		if (kind == STEP_REVOKE)
			step.skipped = revoke_is_skipped(planning, device);
		else if (kind == STEP_ASK &&
			 device_is_leaving(planning->input->snapshot, device, &task))
			step.skipped = "its driver is leaving already";
		planning_add(planning, &planning->plan->ladder, &step);
	}
}

static void add_detach(struct planning *planning)
{
	static const char no_command[] = "no DetachCommand= is configured for it";
	struct plan_step step =
		planning_step(planning, STEP_DETACH, planning->device->address);

	step.detail = planning->input->policy->detach_command;
	if (!step.detail && planning->wish->by_policy)
		step.skipped = no_command;
	planning_add(planning, &planning->plan->ladder, &step);
	if (step.detail || planning->wish->by_policy)
		return;
	planning_refuse(planning,
			&(struct refusal){
				.kind = OBSTACLE_OWNER,
				.reason = no_command,
				.remedy =
					"set DetachCommand= in dmabufctl.conf, or leave "
					"'detach' out of the steps",
			});
}

static void add_grace(struct planning *planning)
{
	struct plan_step step =
		planning_step(planning, STEP_GRACE, planning->device->address);

	step.detail = detail_of(planning, STEP_GRACE, planning->device);
	planning_add(planning, &planning->plan->ladder, &step);
}

static void add_rung(struct planning *planning, enum step_kind kind)
{
	switch (kind) {
	case STEP_GRACE:
		add_grace(planning);
		return;
	case STEP_DETACH:
		add_detach(planning);
		return;
	case STEP_REVOKE:
	case STEP_ASK:
		add_for_each(planning, kind);
		return;
	case STEP_FREEZE_OWNER:
	case STEP_STOP_OWNER:
	case STEP_KILL_OWNER:
		plan_unit_rung(planning, kind);
		return;
	default:
		return; /* no rung: whoever parsed the wish has refused it */
	}
}

/* auto takes what sticks. */
static enum revoke_method choose_method(const struct planning *planning)
{
	if (planning->wish->method != METHOD_AUTO)
		return planning->wish->method;
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device))
		if (device->is_virtual_function)
			return METHOD_LOW_POWER;
	return METHOD_MEMORY;
}

static const enum step_kind *release_steps(const struct wish *wish, size_t *ret_count)
{
	*ret_count = wish->n_steps > 0 ? wish->n_steps : ARRAY_SIZE(default_ladder);
	return wish->n_steps > 0 ? wish->steps : default_ladder;
}

static bool has_wished(const struct wish *wish, enum step_kind kind)
{
	size_t count;
	const enum step_kind *steps = release_steps(wish, &count);

	for (size_t i = 0; i < count; i++)
		if (steps[i] == kind)
			return true;
	return false;
}

bool plan_asks_for_uses(const struct wish *wish)
{
	return wish->verb == ACT_REASSIGN ||
	       (wish->verb == ACT_RELEASE && has_wished(wish, STEP_ASK));
}

bool plan_asks_for_units(const struct wish *wish)
{
	if (wish->verb == ACT_REVOKE)
		return wish->freeze;
	return wish->stop_owner || wish->kill_owner ||
	       has_wished(wish, STEP_FREEZE_OWNER) || has_wished(wish, STEP_STOP_OWNER) ||
	       has_wished(wish, STEP_KILL_OWNER);
}

static void add_release_rungs(struct planning *planning)
{
	const struct wish *wish = planning->wish;
	size_t count;
	const enum step_kind *steps = release_steps(wish, &count);

	for (size_t i = 0; i < count; i++)
		add_rung(planning, steps[i]);
	if (wish->stop_owner)
		add_rung(planning, STEP_STOP_OWNER);
	if (wish->kill_owner)
		add_rung(planning, STEP_KILL_OWNER);
}

void plan_ladder(struct planning *planning)
{
	if (!any_is_open(planning))
		return;
	if (planning->wish->verb == ACT_REVOKE) {
		if (planning->wish->freeze)
			add_rung(planning, STEP_FREEZE_OWNER);
		add_rung(planning, STEP_REVOKE);
	} else {
		add_release_rungs(planning);
	}
	if (planning_does(planning, STEP_REVOKE))
		planning->plan->method = choose_method(planning);
}
