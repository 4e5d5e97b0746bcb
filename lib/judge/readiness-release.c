/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/cleanup.h"
#include "lib/judge/readiness-internal.h"

static bool is_about(const struct blocked_task *task, const struct device *device)
{
	return text_equals(task->device, device->address);
}

const struct blocked_task *release_task(const struct check *check)
{
	const struct blocked_task *other = NULL;

	for (size_t i = 0; i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (!is_about(task, check->device))
			continue;
		if (task->waits_for_owner)
			return task;
		/* a host driver's own farewell may hang as well */
		if (!other && task_path_is_release(task->path))
			other = task;
	}
	return other;
}

bool release_is_under_way(const struct check *check)
{
	return check->device->state == DEVICE_RELEASING || release_task(check);
}

/* Removals hold pci_rescan_remove_lock while they wait; an unbind does not. */
static bool stops_hotplug(const struct blocked_task *task)
{
	return task->path == TASK_PATH_REMOVE || task->path == TASK_PATH_UNPLUG ||
	       (task->path == TASK_PATH_SRIOV && task->waits_for_owner);
}

/* It has the same lock, or waits for somebody who has and is not seen. */
static const struct blocked_task *rescan(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_tasks; i++)
		if (snapshot->tasks[i].path == TASK_PATH_RESCAN)
			return &snapshot->tasks[i];
	return NULL;
}

/*
 * The task that keeps everyone else from that lock. Where none of them waits for an
 * owner, it waits for the device of an unbind that does.
 */
static const struct blocked_task *hotplug_stopper(const struct snapshot *snapshot)
{
	const struct blocked_task *first = NULL;

	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];

		if (!stops_hotplug(task))
			continue;
		if (task->waits_for_owner)
			return task;
		if (!first)
			first = task;
	}
	return first ? first : rescan(snapshot);
}

/* Which task to name, in view of holder, the one that is waited for; NULL: unknown. */
typedef bool task_filter(const struct blocked_task *holder,
			 const struct blocked_task *task);

static bool waits_behind(const struct blocked_task *holder,
			 const struct blocked_task *task)
{
	return holder && stops_hotplug(holder) && task != holder &&
	       !task->waits_for_owner &&
	       (stops_hotplug(task) || task->path == TASK_PATH_SRIOV ||
		task->path == TASK_PATH_RESCAN);
}

/* Nothing tells for which device, or for which lock, it waits. */
static bool may_wait_behind(const struct blocked_task *holder,
			    const struct blocked_task *task)
{
	return task != holder && !task->waits_for_owner && !task->device &&
	       !waits_behind(holder, task) &&
	       (task_path_is_release(task->path) || task->path == TASK_PATH_RESET ||
		(!holder && task->path == TASK_PATH_RESCAN));
}

static bool may_be_holder(const struct blocked_task *holder,
			  const struct blocked_task *task)
{
	return !holder && task->waits_for_owner && !task->device;
}

/* "; perhaps it is: unbind by sh[91], remove by sh[92]" */
static void name_tasks(const struct check *check, const struct blocked_task *holder,
		       task_filter *filter, const char *before, FILE *stream)
{
	struct process_text name;

	for (size_t i = 0; i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (!filter(holder, task))
			continue;
		(void)fprintf(stream, "%s%s%s%s by %s", before,
			      task_path_name(task->path), task->slot_device ? " of " : "",
			      task->slot_device ? task->slot_device : "",
			      process_text(task->process, &name));
		before = ", ";
	}
}

/* What else is known, to follow a reason; malloc'ed. NULL: out of memory. */
static char *queue_text(const struct check *check, const struct blocked_task *holder,
			bool certain)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	name_tasks(check, holder, waits_behind, "; behind it wait: ", stream);
	if (!certain) {
		name_tasks(check, holder, may_be_holder,
			   "; which task waits in it cannot be told, it is one of: ",
			   stream);
		name_tasks(check, holder, may_wait_behind,
			   "; perhaps behind it: ", stream);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int tell_release(struct check *check, const struct blocked_task *task)
{
	_cleanup_free_ char *queue = queue_text(check, task, false);
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_RELEASE,
		.since_us = check->device->release_since_us,
		.remedy = "have its owner close it; do not reboot before: only "
			  "'echo b >/proc/sysrq-trigger' would",
	};

	if (!queue)
		return -ENOMEM;
	if (!task)
		return readiness_obstacle(
			check->findings, &finding,
			"its driver is leaving and waits for the owner, without limit; "
			"a reboot or poweroff would wait as well%s",
			queue);
	finding_set_process(&finding, task->process);
	if (finding.since_us == 0)
		finding.since_us = task->since_us;
	if (!task->waits_for_owner)
		finding.remedy = "let its driver end what it does; do not reboot before: "
				 "only 'echo b >/proc/sysrq-trigger' would";
	return readiness_obstacle(
		check->findings, &finding,
		"%s is under way: %s %s in %s%s, without limit; a reboot or poweroff "
		"would wait as well%s",
		task_path_name(task->path), process_text(task->process, &name),
		task->waits_for_owner ? "waits" : "sleeps",
		task->function ? task->function : "the kernel",
		task->waits_for_owner ? " for the owner" : "", queue);
}

/* What it is about: a rescan looks for devices that are not there yet. */
static const char *whose_text(const struct blocked_task *task)
{
	if (task->path == TASK_PATH_RESCAN)
		return "";
	return task->device ? task->device : "another device";
}

static int tell_release_elsewhere(struct check *check, const struct blocked_task *task)
{
	_cleanup_free_ char *queue = queue_text(check, task, true);
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_RELEASE,
		.device = task->device,
		.since_us = task->since_us,
		.remedy = task->path == TASK_PATH_RESCAN
				  ? "let it end; if it does not, the driver of what it "
				    "adds is at fault"
				  : "have the owner of that device close it",
	};

	if (!queue)
		return -ENOMEM;
	finding_set_process(&finding, task->process);
	return readiness_obstacle(
		check->findings, &finding,
		"%s%s%s is under way (%s in %s): until it ends no device of this host "
		"can be removed, added or rescanned, this one neither%s",
		task_path_name(task->path), *whose_text(task) ? " of " : "",
		whose_text(task), process_text(task->process, &name),
		task->function ? task->function : "the kernel", queue);
}

/* It waits for an owner that is not seen; what has a driver is not waited for. */
static bool is_perhaps_about(const struct blocked_task *task, const struct device *device)
{
	return task->waits_for_owner && !task->device && device->n_owners == 0 &&
	       !device->driver;
}

static int tell_perhaps_release(struct check *check, const struct blocked_task *task)
{
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_RELEASE,
		.since_us = task->since_us,
		.remedy = "have its owner close it; do not reboot before: only "
			  "'echo b >/proc/sysrq-trigger' would",
	};

	finding_set_process(&finding, task->process);
	return readiness_obstacle(
		check->findings, &finding,
		"%s is under way, perhaps of this device: %s waits in %s for an owner "
		"that is not seen, without limit",
		task_path_name(task->path), process_text(task->process, &name),
		task->function ? task->function : "the kernel");
}

static int check_perhaps_releases(struct check *check)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < check->snapshot->n_tasks; i++)
		if (is_perhaps_about(&check->snapshot->tasks[i], check->device))
			r = tell_perhaps_release(check, &check->snapshot->tasks[i]);
	return r;
}

int check_release(struct check *check)
{
	const struct blocked_task *elsewhere;
	int r;

	if (release_is_under_way(check))
		return tell_release(check, release_task(check));
	r = check_perhaps_releases(check);
	if (r < 0 || !device_is_pci(check->device))
		return r;
	elsewhere = hotplug_stopper(check->snapshot);
	return elsewhere && !is_perhaps_about(elsewhere, check->device)
		       ? tell_release_elsewhere(check, elsewhere)
		       : 0;
}
