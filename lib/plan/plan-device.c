/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

static bool is_of(const struct buffer *buffer, const struct device *device)
{
	return text_same(buffer->device, device->address);
}

/* Closing a device orphans its buffers: what is otherwise proves that it is open. */
static bool has_open_buffer(const struct snapshot *snapshot, const struct device *device)
{
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (is_of(buffer, device) && buffer->state_evidence == EVIDENCE_KERNEL &&
		    buffer->state != BUFFER_STATE_ORPHANED)
			return true;
	}
	return false;
}

bool device_may_be_open(const struct planning *planning, const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	if (device->n_owners > 0 || device->state == DEVICE_OPEN ||
	    device->state == DEVICE_RELEASING)
		return true;
	if (device->state == DEVICE_HOST)
		return false;
	return !(snapshot->seen & SEEN_OWNERS) || has_open_buffer(snapshot, device) ||
	       device_is_stuck(planning, device);
}

bool any_is_open(const struct planning *planning)
{
	const struct device *device = planning_next(planning, NULL);

	while (device && !device_may_be_open(planning, device))
		device = planning_next(planning, device);
	return device;
}

bool device_is_leaving(const struct planning *planning, const struct device *device,
		       const struct blocked_task **ret_task)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	*ret_task = NULL;
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (!text_same(task->device, device->address) ||
		    !(task->waits_for_owner || task_path_is_release(task->path)))
			continue;
		*ret_task = task;
		if (task->waits_for_owner)
			return true;
	}
	return *ret_task || device->state == DEVICE_RELEASING;
}

bool device_is_stuck(const struct planning *planning, const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (is_of(buffer, device) &&
		    (buffer->writer || buffer->state == BUFFER_STATE_REVOKING))
			return true;
	}
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (text_same(task->device, device->address) && !task->waits_for_owner &&
		    !task_path_is_release(task->path))
			return true;
	}
	return false;
}

bool buffer_is_exposed(const struct buffer *buffer, const struct device *device)
{
	if (buffer->state == BUFFER_STATE_ORPHANED || buffer->state == BUFFER_STATE_NONE)
		return false;
	if (buffer->device)
		return is_of(buffer, device);
	/* only BPF tells which device it is of; an open one could have exported it */
	return buffer_is_of_vfio(buffer) && device->n_owners > 0;
}

const struct device *function_in_use(const struct planning *planning,
				     const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *function = &snapshot->devices[i];

		if (text_same(function->physical_function, device->address) &&
		    (function->driver || function->n_owners > 0))
			return function;
	}
	return NULL;
}
