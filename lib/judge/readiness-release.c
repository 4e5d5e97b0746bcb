/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/cleanup.h"
#include "lib/judge/readiness-internal.h"

static const struct blocked_task *task_that_waits(const struct check *check)
{
	for (size_t i = 0; i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (task->waits_for_owner &&
		    text_equals(task->device, check->device->address))
			return task;
	}
	return NULL;
}

/* Removals hold pci_rescan_remove_lock while they wait; an unbind does not. */
static bool stops_hotplug(const struct blocked_task *task)
{
	return task->waits_for_owner &&
	       (task->path == TASK_PATH_REMOVE || task->path == TASK_PATH_UNPLUG ||
		task->path == TASK_PATH_SRIOV);
}

static bool waits_behind(const struct blocked_task *task)
{
	return !task->waits_for_owner &&
	       (task_path_is_release(task->path) || task->path == TASK_PATH_RESCAN ||
		task->path == TASK_PATH_RESET);
}

/* "; rescan by sh[91] and unplug by irq/31-pciehp[92] wait behind it", malloc'ed. */
static char *queue_text(const struct snapshot *snapshot)
{
	char *text = NULL;
	size_t length, count = 0;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < snapshot->n_tasks; i++) {
		const struct blocked_task *task = &snapshot->tasks[i];
		struct process_text name;

		if (!waits_behind(task))
			continue;
		(void)fprintf(
			stream, "%s%s by %s", count == 0 ? "; behind it wait: " : ", ",
			task_path_name(task->path), process_text(task->process, &name));
		count++;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int tell_release(struct check *check, const struct blocked_task *task)
{
	_cleanup_free_ char *queue = queue_text(check->snapshot);
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_RELEASE,
		.since_us = check->device->release_since_us,
		.remedy = "have its owner close it; do not reboot before: only "
			  "'echo b >/proc/sysrq-trigger' would",
	};

	if (!queue)
		return -ENOMEM;
	if (task)
		finding_set_process(&finding, task->process);
	if (!task)
		return readiness_obstacle(
			check->findings, &finding,
			"its driver is leaving and waits for the owner, without limit; "
			"a reboot or poweroff would wait as well%s",
			queue);
	return readiness_obstacle(check->findings, &finding,
				  "%s is under way: %s waits in %s for the owner, "
				  "without limit; a reboot or "
				  "poweroff would wait as well%s",
				  task_path_name(task->path),
				  process_text(task->process, &name),
				  task->function ? task->function : "the kernel", queue);
}

static int tell_release_elsewhere(struct check *check, const struct blocked_task *task)
{
	_cleanup_free_ char *queue = queue_text(check->snapshot);
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_RELEASE,
		.device = task->device,
		.remedy = "have the owner of that device close it",
	};

	if (!queue)
		return -ENOMEM;
	finding_set_process(&finding, task->process);
	return readiness_obstacle(
		check->findings, &finding,
		"%s of %s is under way (%s in %s): until it ends no device of this host "
		"can be removed, added or rescanned, this one neither%s",
		task_path_name(task->path),
		task->device ? task->device : "another device",
		process_text(task->process, &name),
		task->function ? task->function : "the kernel", queue);
}

int check_release(struct check *check)
{
	const struct blocked_task *task = task_that_waits(check);
	int r = 0;

	if (task || check->device->state == DEVICE_RELEASING)
		return tell_release(check, task);
	if (!text_equals(check->device->bus, "pci"))
		return 0;
	for (size_t i = 0; r == 0 && i < check->snapshot->n_tasks; i++)
		if (stops_hotplug(&check->snapshot->tasks[i]))
			r = tell_release_elsewhere(check, &check->snapshot->tasks[i]);
	return r;
}

static bool is_stuck_on(const struct blocked_task *task, const struct device *device)
{
	return text_equals(task->device, device->address) && !task->waits_for_owner;
}

/* The buffer that a stuck revoke is at; NULL: not known. */
static const struct buffer *stuck_buffer(const struct check *check)
{
	for (size_t i = 0; i < check->snapshot->n_buffers; i++) {
		const struct buffer *buffer = &check->snapshot->buffers[i];

		if (buffer->writer && text_equals(buffer->device, check->device->address))
			return buffer;
	}
	return NULL;
}

/* Whom it waits for: certain only when one importer is there. */
static const char *culprit(const struct buffer *buffer)
{
	if (!buffer || buffer->n_attachments != 1)
		return NULL;
	return buffer->attachments[0].importer;
}

static int tell_stuck(struct check *check, const struct process *process,
		      const char *path, const char *function)
{
	const struct buffer *buffer = stuck_buffer(check);
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_KERNEL,
		.inode = buffer ? buffer->inode : 0,
		.importer = culprit(buffer),
		.remedy = "have the importer let go, or end its user; signals do not "
			  "reach the task that waits",
	};

	finding_set_process(&finding, process);
	return readiness_obstacle(
		check->findings, &finding, "%s sleeps in a %s of this device%s%s%s%s%s",
		process_text(process, &name), path, function ? ", in " : "",
		function ? function : "", finding.importer ? ", for " : "",
		finding.importer ? finding.importer : "",
		buffer && buffer->n_fences > 0 ? ", whose fence is pending" : "");
}

static int check_stuck_tasks(struct check *check, bool *ret_stuck)
{
	const struct buffer *buffer = stuck_buffer(check);
	int r = 0;

	for (size_t i = 0; r == 0 && i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (!is_stuck_on(task, check->device))
			continue;
		*ret_stuck = true;
		r = tell_stuck(check, task->process, task_path_name(task->path),
			       task->function);
	}
	/* the tasks could not be read, but the buffer tells who waits for it */
	if (r == 0 && buffer && !*ret_stuck) {
		*ret_stuck = true;
		r = tell_stuck(check, buffer->writer, "revoke", NULL);
	}
	return r;
}

static bool some_attachment_may_wait(const struct check *check)
{
	for (size_t i = 0; i < check->snapshot->n_buffers; i++) {
		const struct buffer *buffer = &check->snapshot->buffers[i];

		if (!buffer_is_live_on(buffer, check->device))
			continue;
		for (size_t j = 0; j < buffer->n_attachments; j++)
			if (attachment_may_wait(&buffer->attachments[j]))
				return true;
	}
	return false;
}

/* kernel.hung_task_panic: a task that waits in D too long ends the host. */
static int check_hung_task_panic(struct check *check, bool stuck)
{
	int seconds = check->snapshot->hung_task_seconds;
	const struct finding obstacle = {
		.kind = OBSTACLE_KERNEL,
		.remedy = "sysctl kernel.hung_task_panic=0",
	};
	const struct finding note = { .kind = NOTE_HUNG_TASK_PANIC };

	/* a timeout of 0 switches the whole thing off */
	if (check->snapshot->hung_task_panic <= 0 || seconds == 0)
		return 0;
	if (stuck || some_attachment_may_wait(check))
		return readiness_obstacle(
			check->findings, &obstacle,
			"kernel.hung_task_panic is set: a revoke that waits longer than "
			"%d s panics this host",
			seconds > 0 ? seconds : 120);
	if (check->device->n_owners == 0)
		return 0;
	return readiness_note(
		check->findings, &note,
		"kernel.hung_task_panic is set: whatever waits in the kernel "
		"longer than %d s panics this host",
		seconds > 0 ? seconds : 120);
}

int check_kernel(struct check *check)
{
	bool stuck = false;
	int r = check_stuck_tasks(check, &stuck);

	return r < 0 ? r : check_hung_task_panic(check, stuck);
}
