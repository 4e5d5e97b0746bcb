/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/releases-json.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/model/device-condition.h"
#include "lib/model/host.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"
#include "lib/wire/time.h"

enum { CAUSES_MAX = 8 }; /* each of them may be a whole sentence */

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

/* The release itself, and whatever sleeps in the device meanwhile. */
static bool is_cause(const struct finding *finding)
{
	return finding->kind == OBSTACLE_RELEASE || finding->kind == OBSTACLE_KERNEL;
}

static void print_causes(FILE *stream, const struct readiness *readiness)
{
	size_t told = 0;

	for (size_t i = 0; i < readiness->n_obstacles && told < CAUSES_MAX; i++) {
		if (!is_cause(&readiness->obstacles[i]))
			continue;
		(void)fprintf(stream, "%s%s", told > 0 ? "; " : "",
			      readiness->obstacles[i].reason);
		told++;
	}
}

/* What was found to stand in the way of this release, in one text; null: nothing. */
static int add_cause(struct json_object *object, const struct readiness *readiness)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return -ENOMEM;
	print_causes(stream, readiness);
	if (fclose(stream) != 0)
		return -ENOMEM;
	return wire_add_text(object, "cause", length > 0 ? text : NULL);
}

/* It wants to take a device away, or to look for new ones, and has not come so far. */
static bool waits_behind(const struct blocked_task *task)
{
	return !task->waits_for_owner &&
	       (task_path_is_release(task->path) || task->path == TASK_PATH_RESCAN);
}

/* Of what is in a slot nothing has been taken away yet, and nobody waits for it. */
static const char *device_behind(const struct blocked_task *task)
{
	return task->device ? task->device : task->slot_device;
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
		    wire_add_text(item, "device", device_behind(&snapshot->tasks[i])) <
			    0 ||
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
	    add_cause(object, readiness) < 0)
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
