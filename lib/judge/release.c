/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/judge/judge-internal.h"

static bool is_releasing(const struct device *device)
{
	return device->state == DEVICE_RELEASING;
}

/* Its owner is not seen, but the kernel's log told of the wait for him. */
static bool was_releasing(const struct device *device)
{
	return !device->driver && device->release_since_us != 0;
}

static const char *device_by_lock(const struct snapshot *snapshot,
				  const struct blocked_task *task)
{
	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (snapshot->devices[i].lock_holder == task->tid)
			return snapshot->devices[i].address;
	return NULL;
}

/* The only device of which that can be said; NULL: none, or one of several. */
static const char *only_device(const struct snapshot *snapshot,
			       bool (*is)(const struct device *device), bool *ret_several)
{
	const char *found = NULL;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		if (!is(&snapshot->devices[i]))
			continue;
		*ret_several = found != NULL;
		if (found)
			return NULL;
		found = snapshot->devices[i].address;
	}
	return found;
}

/* The only device that waits for its owner. */
static const char *only_releasing(const struct snapshot *snapshot)
{
	bool several = false;
	const char *device = only_device(snapshot, is_releasing, &several);

	return device || several ? device
				 : only_device(snapshot, was_releasing, &several);
}

static bool owns(const struct device *device, const struct process *process)
{
	for (size_t i = 0; i < device->n_owners; i++)
		if (device->owners[i].process == process)
			return true;
	return false;
}

/* The device of the buffer in whose revoke this process waits; NULL: not known. */
static const char *written_by(const struct snapshot *snapshot,
			      const struct process *process)
{
	for (size_t i = 0; i < snapshot->n_buffers; i++)
		if (snapshot->buffers[i].writer == process && snapshot->buffers[i].device)
			return snapshot->buffers[i].device;
	return NULL;
}

/* A task in a revoke acts on a device of its own process. */
static const char *only_owned(const struct snapshot *snapshot,
			      const struct process *process)
{
	const char *found = NULL;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		if (!owns(&snapshot->devices[i], process))
			continue;
		if (found)
			return NULL;
		found = snapshot->devices[i].address;
	}
	return found;
}

static const char *device_of_task(const struct snapshot *snapshot,
				  const struct blocked_task *task)
{
	const char *device = device_by_lock(snapshot, task);

	if (device)
		return device;
	if (task->waits_for_owner)
		return only_releasing(snapshot);
	if (!task->process ||
	    (task->path != TASK_PATH_REVOKE && task->path != TASK_PATH_CLOSE))
		return NULL;
	device = written_by(snapshot, task->process);
	/* what is being closed is among the files of nobody any more */
	if (device || task->path == TASK_PATH_CLOSE)
		return device;
	return only_owned(snapshot, task->process);
}

static void mark_releasing(struct snapshot *snapshot, const char *address)
{
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct device *device = &snapshot->devices[i];

		if (strcmp(device->address, address) == 0)
			device->state = DEVICE_RELEASING;
	}
}

void judge_releases(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		struct blocked_task *task = &snapshot->tasks[i];

		task->device = device_of_task(snapshot, task);
		if (task->device && task->waits_for_owner)
			mark_releasing(snapshot, task->device);
	}
	/* what the log told long ago is over when nobody waits any more */
	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (snapshot->devices[i].state != DEVICE_RELEASING)
			snapshot->devices[i].release_since_us = 0;
}
