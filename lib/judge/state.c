/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/judge/judge-internal.h"

/* PCI_COMMAND_MEMORY, linux/pci_regs.h */
enum { COMMAND_MEMORY = 0x2 };

/*
 * Without BPF nothing tells which device a VFIO buffer is of. But when all devices that
 * somebody has open agree, it does not matter, and when none is open the buffer has
 * lost its own.
 */

/*
 * vfio-pci suspends a device that nobody has open. An active one without a visible
 * owner may be held by the kernel for somebody (KVM, io_uring, an fd on its way).
 */
static bool is_closed(const struct device *device)
{
	return device->n_owners == 0 && device->state != DEVICE_RELEASING &&
	       (!device->vfio_bound || text_equals(device->runtime_status, "suspended"));
}

/*
 * What the buffers of an open device are. A physical function decodes no memory
 * without the bit; a virtual one has no such bit, and clearing it there revokes for a
 * moment only (7.2 vfio_pci_config.c:404). What is revoked for low power is told from
 * the device being suspended: whoever keeps it awake meanwhile, a reader of its config
 * space for a moment or its power/control for good, makes it look live. The first cannot
 * be told, the second can.
 */
static enum buffer_state state_of_buffers(const struct device *device)
{
	if (device->n_owners == 0 || device->state == DEVICE_RELEASING)
		return BUFFER_STATE_UNKNOWN;
	if (text_equals(device->runtime_status, "suspended") ||
	    text_equals(device->power_state, "D3hot") ||
	    text_equals(device->power_state, "D3cold"))
		return BUFFER_STATE_REVOKED;
	if (!text_equals(device->runtime_status, "active") ||
	    !text_equals(device->power_state, "D0"))
		return BUFFER_STATE_UNKNOWN;
	if (!device->is_virtual_function && device->command < 0)
		return BUFFER_STATE_UNKNOWN;
	if (!device->is_virtual_function && !(device->command & COMMAND_MEMORY))
		return BUFFER_STATE_REVOKED;
	/* its owner may have asked for low power, which revokes, and not have got it */
	return text_equals(device->power_control, "auto") ? BUFFER_STATE_LIVE
							  : BUFFER_STATE_UNKNOWN;
}

static bool holds(const struct buffer *buffer, const struct process *process)
{
	for (size_t i = 0; i < buffer->n_holders; i++)
		if (buffer->holders[i].process == process)
			return true;
	return false;
}

static bool an_owner_holds(const struct device *device, const struct buffer *buffer)
{
	for (size_t i = 0; i < device->n_owners; i++)
		if (holds(buffer, device->owners[i].process))
			return true;
	return false;
}

bool device_may_export(const struct device *device, const struct buffer *buffer)
{
	if (device->bus && strcmp(device->bus, "pci") != 0)
		return false;
	return device->largest_bar == 0 || device->largest_bar >= buffer->size;
}

static enum buffer_state infer(const struct snapshot *snapshot,
			       const struct buffer *buffer)
{
	enum buffer_state state = BUFFER_STATE_ORPHANED;
	bool held_by_owner = false, open = false;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *device = &snapshot->devices[i];
		enum buffer_state its_state;

		if (is_closed(device) || !device_may_export(device, buffer))
			continue;
		its_state = state_of_buffers(device);
		if (open && its_state != state)
			return BUFFER_STATE_UNKNOWN;
		open = true;
		state = its_state;
		held_by_owner |= an_owner_holds(device, buffer);
	}
	/* an open device, but somebody else holds the buffer: it may have lost its own */
	return open && !held_by_owner ? BUFFER_STATE_UNKNOWN : state;
}

/*
 * While a revoke is under way its buffers change one by one, and the command register
 * still has the old value. A wait for an owner whose device cannot be told is proof of one
 * that is not seen.
 */
static bool can_infer(const struct snapshot *snapshot)
{
	const unsigned int needed = SEEN_OWNERS | SEEN_TASKS | SEEN_DEVICES;

	if ((snapshot->seen & needed) != needed || snapshot->unreadable_processes > 0)
		return false;
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (task->path == TASK_PATH_REVOKE || task->path == TASK_PATH_CLOSE ||
		    (task->waits_for_owner && !task->device))
			return false;
	}
	return true;
}

void judge_states(struct snapshot *snapshot)
{
	bool possible = can_infer(snapshot);

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		struct buffer *buffer = &snapshot->buffers[i];

		if (!buffer_is_of_vfio(buffer) ||
		    buffer->state_evidence == EVIDENCE_KERNEL)
			continue;
		buffer->state = possible ? infer(snapshot, buffer) : BUFFER_STATE_UNKNOWN;
		buffer->state_evidence = buffer->state == BUFFER_STATE_UNKNOWN
						 ? EVIDENCE_NONE
						 : EVIDENCE_INFERRED;
	}
}
