/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/base/cleanup.h"
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

static bool is_any(const struct device *device)
{
	(void)device;
	return true;
}

static bool has_no_driver(const struct device *device)
{
	return !device->driver;
}

static bool is_virtual_function(const struct device *device)
{
	return device->is_virtual_function;
}

/*
 * The only device of which that can be said, and whose lock holder has unless it is 0;
 * NULL: none, or one of several.
 */
static const char *only_device(const struct snapshot *snapshot, pid_t holder,
			       bool (*is)(const struct device *device), bool *ret_several)
{
	const char *found = NULL;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		if ((holder != 0 && snapshot->devices[i].lock_holder != holder) ||
		    !is(&snapshot->devices[i]))
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
	const char *device = only_device(snapshot, 0, is_releasing, &several);

	return device || several ? device
				 : only_device(snapshot, 0, was_releasing, &several);
}

static const char *first_by_lock(const struct snapshot *snapshot,
				 const struct blocked_task *task)
{
	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (snapshot->devices[i].lock_holder == task->tid)
			return snapshot->devices[i].address;
	return NULL;
}

/*
 * Of the devices whose locks the task has, the one whose owner it waits for. To end
 * SR-IOV takes the lock of the physical function, and then of each virtual one; the one
 * that is waited for has lost its driver.
 */
static const char *waited_for_by_lock(const struct snapshot *snapshot,
				      const struct blocked_task *task, bool *ret_several)
{
	static bool (*const likeliest_first[])(const struct device *device) = {
		has_no_driver,
		is_virtual_function,
		is_any,
	};
	const char *device = NULL;

	for (size_t i = 0; !device && !*ret_several && i < ARRAY_SIZE(likeliest_first);
	     i++)
		device =
			only_device(snapshot, task->tid, likeliest_first[i], ret_several);
	return device;
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
		if (!device_has_owner(&snapshot->devices[i], process))
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
	bool several = false;
	const char *device;

	if (task->waits_for_owner) {
		device = waited_for_by_lock(snapshot, task, &several);
		return device || several ? device : only_releasing(snapshot);
	}
	device = first_by_lock(snapshot, task);
	if (device)
		return device;
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
