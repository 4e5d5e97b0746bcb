/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/device-condition.h"

#include <string.h>

#include "lib/model/host.h"

static bool is_of(const struct buffer *buffer, const struct device *device)
{
	return buffer->device && strcmp(buffer->device, device->address) == 0;
}

static bool is_about(const struct blocked_task *task, const struct device *device)
{
	return task->device && strcmp(task->device, device->address) == 0;
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

bool device_may_be_open(const struct snapshot *snapshot, const struct device *device)
{
	if (device->n_owners > 0 || device->state == DEVICE_OPEN ||
	    device->state == DEVICE_RELEASING)
		return true;
	if (device->state == DEVICE_HOST)
		return false;
	return !(snapshot->seen & SEEN_OWNERS) || has_open_buffer(snapshot, device) ||
	       device_is_stuck(snapshot, device);
}

bool device_is_leaving(const struct snapshot *snapshot, const struct device *device,
		       const struct blocked_task **ret_task)
{
	*ret_task = NULL;
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (!is_about(task, device) ||
		    !(task->waits_for_owner || task_path_is_release(task->path)))
			continue;
		*ret_task = task;
		if (task->waits_for_owner)
			return true;
	}
	return *ret_task || device->state == DEVICE_RELEASING;
}

bool device_is_stuck(const struct snapshot *snapshot, const struct device *device)
{
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (is_of(buffer, device) &&
		    (buffer->writer || buffer->state == BUFFER_STATE_REVOKING))
			return true;
	}
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (is_about(task, device) && !task->waits_for_owner &&
		    !task_path_is_release(task->path))
			return true;
	}
	return false;
}
