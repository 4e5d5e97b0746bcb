/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

/* Of the judge's notes those that a revoke makes come true. */
static bool is_of_revoke(enum note_kind kind)
{
	return kind == NOTE_TENANT_MAPPING || kind == NOTE_LEGACY_MAPPING ||
	       kind == NOTE_UNASSIGNED_BUFFER || kind == NOTE_HUNG_TASK_PANIC;
}

static bool is_of_move(enum note_kind kind)
{
	return kind == NOTE_STALE_MAPPING || kind == NOTE_LIBVIRT || kind == NOTE_UNSEEN;
}

static void note_findings(struct planning *planning, const struct device *device)
{
	const struct readiness *readiness = planning_readiness(planning, device);
	bool revokes = planning_does(planning, STEP_REVOKE);
	bool moves = planning->plan->verb == ACT_REASSIGN;

	for (size_t i = 0; readiness && i < readiness->n_notes; i++) {
		enum note_kind kind = (enum note_kind)readiness->notes[i].kind;

		if ((revokes && is_of_revoke(kind)) || (moves && is_of_move(kind)))
			planning_note(planning, readiness->notes[i].reason);
	}
}

/* Who had it mapped sees the difference, whoever undoes the revoke later. */
static void note_lost_mappings(struct planning *planning, const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (!buffer_is_exposed(buffer, device))
			continue;
		for (size_t j = 0; j < buffer->n_attachments; j++) {
			const struct attachment *attachment = &buffer->attachments[j];

			if (attachment->restorable != TRISTATE_NO)
				continue;
			planning_note(
				planning,
				planning_text(
					planning,
					"%s (%s) does not come back to buffer %ju by "
					"itself after a restore: its user has to import "
					"or map it again",
					attachment->importer ? attachment->importer
							     : "an importer",
					attachment->device, (uintmax_t)buffer->inode));
		}
	}
}

static void note_owners(struct planning *planning, const struct device *device)
{
	for (size_t i = 0; i < device->n_owners; i++) {
		const struct owner *owner = &device->owners[i];

		if (owner->maps == 0)
			continue;
		planning_note(
			planning,
			planning_text(planning,
				      "%s %s the BAR mapped: what it touches there after "
				      "the revoke ends in SIGBUS, and a virtual machine "
				      "usually with it",
				      planning_process(planning, owner->process),
				      owner->maps > 0 ? "has" : "may have"));
	}
}

static void note_method(struct planning *planning, const struct device *device)
{
	if (planning->plan->method == METHOD_MEMORY && device->is_virtual_function)
		planning_note(
			planning,
			planning_text(planning,
				      "memory does not stick on %s: a virtual function "
				      "has no memory bit of its own and is revoked for a "
				      "moment only; low-power sticks",
				      device->address));
	if (planning->plan->method == METHOD_RESET)
		planning_note(planning, "a reset revokes for a moment only, and the "
					"device forgets all it was told");
}

static void note_revoke(struct planning *planning, const struct device *device)
{
	const struct blocked_task *task;

	note_lost_mappings(planning, device);
	note_owners(planning, device);
	note_method(planning, device);
	if (device->exports_known && device->n_exports == 0)
		planning_note(planning,
			      planning_text(planning, "%s exports no buffer at present",
					    device->address));
	if (device_is_leaving(planning->input->snapshot, device, &task))
		planning_note(planning,
			      planning_text(planning,
					    "the driver of %s is leaving: what is "
					    "revoked now stays so",
					    device->address));
}

static bool is_owner(const struct device *device, const struct process *process)
{
	for (size_t i = 0; i < device->n_owners; i++)
		if (device->owners[i].process == process)
			return true;
	return false;
}

static void note_holders(struct planning *planning, const struct buffer *buffer)
{
	for (size_t i = 0; i < buffer->n_holders; i++) {
		const struct process *process = buffer->holders[i].process;

		if (is_owner(planning->device, process))
			continue;
		planning_note(
			planning,
			planning_text(planning,
				      "%s still holds buffer %ju and can have it mapped "
				      "again",
				      planning_process(planning, process),
				      (uintmax_t)buffer->inode));
	}
}

static void note_restore(struct planning *planning)
{
	const struct revoked *record = planning->input->revoked;
	const struct snapshot *snapshot = planning->input->snapshot;

	note_lost_mappings(planning, planning->device);
	for (size_t i = 0; i < snapshot->n_buffers; i++)
		if (buffer_is_exposed(&snapshot->buffers[i], planning->device))
			note_holders(planning, &snapshot->buffers[i]);
	if (record && !record->finished)
		planning_note(planning, "the end of the revoke that is on record was "
					"never seen");
}

/* Who puts the old driver back, whatever is done here. */
static void note_settings(struct planning *planning, const struct device *device)
{
	if (device->saved_override &&
	    !text_same(device->saved_override, planning->wish->driver))
		planning_note(
			planning,
			planning_text(planning,
				      "driverctl has saved an override for %s: it binds "
				      "it to %s again whenever it appears, at the latest "
				      "after a reboot (driverctl unset-override %s)",
				      device->address, device->saved_override,
				      device->address));
	if (!device->libvirt_domain || !device->libvirt_managed)
		return;
	planning_note(
		planning,
		planning_text(planning,
			      "%s is managed by libvirt for the domain %s, which is %s: "
			      "libvirt gives it its old driver back when it detaches it",
			      device->address, device->libvirt_domain,
			      device->libvirt_running ? "running" : "not running"));
}

/* A member that stays as it is, where that matters to the driver to come. */
static bool concerns(const struct planning *planning, const struct finding *finding)
{
	const struct snapshot *snapshot = planning->input->snapshot;
	const char *driver = planning->wish->driver;
	const struct device *member;

	if (finding->kind == OBSTACLE_RESET_SIBLING)
		return true;
	if (finding->kind != OBSTACLE_GROUP_MEMBER || text_same(driver, "-") ||
	    !driver_suits_open_group(driver))
		return false;
	member = finding->device ? snapshot_device(snapshot, finding->device) : NULL;
	return !member || !planning_covers(planning, member);
}

static void note_members(struct planning *planning)
{
	const struct readiness *readiness = planning->input->readiness;

	for (size_t i = 0; i < readiness->n_obstacles; i++)
		if (concerns(planning, &readiness->obstacles[i]))
			planning_note(planning, readiness->obstacles[i].reason);
}

void plan_notes(struct planning *planning)
{
	bool moves = planning->plan->verb == ACT_REASSIGN;

	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		note_findings(planning, device);
		if (planning_does(planning, STEP_REVOKE))
			note_revoke(planning, device);
		if (moves)
			note_settings(planning, device);
	}
	if (moves)
		note_members(planning);
	if (planning_does(planning, STEP_ASK))
		planning_note(planning, "ask is the point of no return: from then on the "
					"driver leaves when the owner lets go, and a "
					"reboot waits for that as well");
	if (planning_does(planning, STEP_RESTORE))
		note_restore(planning);
}
