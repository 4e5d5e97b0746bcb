/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/releases-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/model/device-condition.h"
#include "lib/model/host.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"
#include "lib/wire/time.h"

static int add_task(struct json_object *object, const struct blocked_task *task)
{
	const struct process *process = task ? task->process : NULL;

	if (wire_add_text(object, "path", task ? task_path_name(task->path) : NULL) < 0 ||
	    wire_add_number_or_null(
		    object, "pid", process && process->pid > 0 ? process->pid : -1) < 0 ||
	    wire_add_text(object, "comm", process ? process->comm : NULL) < 0)
		return -ENOMEM;
	return task && task->since_us > 0 ? wire_add_time(object, "since", task->since_us)
					  : wire_add_null(object, "since");
}

/* What was found to stand in the way of this release, in one sentence; NULL: nothing. */
static const char *cause_of(const struct readiness *readiness)
{
	for (size_t i = 0; i < readiness->n_obstacles; i++)
		if (readiness->obstacles[i].kind == OBSTACLE_RELEASE)
			return readiness->obstacles[i].reason;
	return NULL;
}

/* It wants to take a device away, or to look for new ones, and has not come so far. */
static bool waits_behind(const struct blocked_task *task)
{
	return !task->waits_for_owner &&
	       (task_path_is_release(task->path) || task->path == TASK_PATH_RESCAN);
}

static int add_behind(struct json_object *object, const struct snapshot *snapshot)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, "behind", array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		struct json_object *item;

		if (!waits_behind(&snapshot->tasks[i]))
			continue;
		item = json_object_new_object();
		if (wire_append(array, item) < 0 ||
		    wire_add_text(item, "device", snapshot->tasks[i].device) < 0 ||
		    add_task(item, &snapshot->tasks[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int fill_release(struct json_object *object, const struct snapshot *snapshot,
			const struct readiness *readiness)
{
	const struct device *device = snapshot_device(snapshot, readiness->device);
	const struct blocked_task *task;

	(void)device_is_leaving(snapshot, device, &task);
	if (wire_add_text(object, "device", device->address) < 0 ||
	    wire_add_unsigned(object, "vendor", device->vendor) < 0 ||
	    wire_add_unsigned(object, "product", device->product) < 0 ||
	    add_task(object, task) < 0 ||
	    wire_add(object, "owners", wire_owners(device)) < 0 ||
	    wire_add_text(object, "cause", cause_of(readiness)) < 0)
		return -ENOMEM;
	return add_behind(object, snapshot);
}

static int add_releases(struct json_object *object, const struct snapshot *snapshot,
			const struct checks *checks)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, "releases", array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < checks->count; i++) {
		struct json_object *item = json_object_new_object();

		if (wire_append(array, item) < 0 ||
		    fill_release(item, snapshot, checks->items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

struct json_object *wire_releases(const struct snapshot *snapshot,
				  const struct checks *checks)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || add_releases(object, snapshot, checks) < 0 ||
	    wire_add(object, "sources", wire_sources(snapshot->sources)) < 0)
		return NULL;
	return TAKE_PTR(object);
}
