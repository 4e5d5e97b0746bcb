/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "lib/judge/readiness-internal.h"

/* Whatever takes the device away is told as a release. */
static bool is_stuck_on(const struct blocked_task *task, const struct device *device)
{
	return text_equals(task->device, device->address) && !task->waits_for_owner &&
	       !task_path_is_release(task->path);
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

/* As it follows "sleeps in". */
static const char *path_text(enum task_path path)
{
	switch (path) {
	case TASK_PATH_REVOKE:
		return "a revoke";
	case TASK_PATH_RESET:
		return "a reset";
	case TASK_PATH_OPEN:
		return "an open";
	case TASK_PATH_CLOSE:
		return "a close";
	default:
		return "the kernel with the lock";
	}
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
		check->findings, &finding, "%s sleeps in %s of this device%s%s%s%s%s",
		process_text(process, &name), path, function ? ", in " : "",
		function ? function : "", finding.importer ? ", for " : "",
		finding.importer ? finding.importer : "",
		buffer && buffer->n_fences > 0 ? ", whose fence is pending" : "");
}

static int check_stuck_tasks(struct check *check, bool *ret_stuck)
{
	const struct buffer *buffer = stuck_buffer(check);
	bool writer_told = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (!is_stuck_on(task, check->device))
			continue;
		*ret_stuck = true;
		if (buffer && task->process == buffer->writer)
			writer_told = true;
		r = tell_stuck(check, task->process, path_text(task->path),
			       task->function);
	}
	/* his task could not be read, but the buffer tells who waits for it */
	if (r == 0 && buffer && !writer_told) {
		*ret_stuck = true;
		r = tell_stuck(check, buffer->writer, path_text(TASK_PATH_REVOKE), NULL);
	}
	return r;
}

/*
 * Who closes has no fd any more, and his device no owner: nothing tells which of those
 * without an owner it is, unless BPF does.
 */
static bool is_perhaps_stuck_on(const struct blocked_task *task,
				const struct device *device)
{
	return !task->device && !task->waits_for_owner && device->n_owners == 0 &&
	       (device->vfio_bound || !device->driver) &&
	       (task->path == TASK_PATH_CLOSE || task->path == TASK_PATH_REVOKE ||
		task->path == TASK_PATH_OPEN);
}

static int tell_perhaps_stuck(struct check *check, const struct blocked_task *task)
{
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_KERNEL,
		.remedy = "find out which importer it waits for, and have that let go; "
			  "signals do not reach the task that waits",
	};

	finding_set_process(&finding, task->process);
	return readiness_obstacle(
		check->findings, &finding, "%s sleeps in %s, perhaps of this device%s%s",
		process_text(task->process, &name), path_text(task->path),
		task->function ? ", in " : "", task->function ? task->function : "");
}

static int check_perhaps_stuck_tasks(struct check *check, bool *ret_stuck)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < check->snapshot->n_tasks; i++) {
		const struct blocked_task *task = &check->snapshot->tasks[i];

		if (!is_perhaps_stuck_on(task, check->device))
			continue;
		*ret_stuck = true;
		r = tell_perhaps_stuck(check, task);
	}
	return r;
}

static bool some_attachment_may_wait(const struct check *check)
{
	for (size_t i = 0; i < check->snapshot->n_buffers; i++) {
		const struct buffer *buffer = &check->snapshot->buffers[i];

		if (!buffer_is_live_on(buffer, check->device) &&
		    !buffer_may_be_of(buffer, check->device))
			continue;
		if (!buffer->attachments_known)
			return true;
		for (size_t j = 0; j < buffer->n_attachments; j++)
			if (attachment_may_wait(&buffer->attachments[j]))
				return true;
	}
	return false;
}

/* What would wait too long; NULL: nothing that is known. */
static const char *waits_too_long(const struct check *check, bool stuck)
{
	if (stuck || some_attachment_may_wait(check))
		return "a revoke that waits";
	/* who waits for the owner wakes up every 10 s and does not count */
	if (release_is_under_way(check))
		return "whatever waits behind that release";
	return NULL;
}

/* Since 7.2 the setting is how many have to be found in one scan. */
static void panic_limit(int panic, char *text, size_t size)
{
	text[0] = '\0';
	if (panic > 1)
		(void)snprintf(text, size, ", once at least %d tasks hang at a time",
			       panic);
}

/* kernel.hung_task_panic: a task that waits in D too long ends the host. */
static int check_hung_task_panic(struct check *check, bool stuck)
{
	const char *waiter = waits_too_long(check, stuck);
	int seconds = check->snapshot->hung_task_seconds;
	const struct finding obstacle = {
		.kind = OBSTACLE_KERNEL,
		.remedy = "sysctl kernel.hung_task_panic=0",
	};
	const struct finding note = { .kind = NOTE_HUNG_TASK_PANIC };
	char limit[64];

	/* a timeout of 0 switches the whole thing off */
	if (check->snapshot->hung_task_panic <= 0 || seconds == 0)
		return 0;
	if (seconds < 0)
		seconds = 120; /* CONFIG_DEFAULT_HUNG_TASK_TIMEOUT */
	panic_limit(check->snapshot->hung_task_panic, limit, sizeof(limit));
	if (waiter)
		return readiness_obstacle(
			check->findings, &obstacle,
			"kernel.hung_task_panic is set: %s longer than %d s panics this "
			"host%s",
			waiter, seconds, limit);
	if (check->device->n_owners == 0)
		return 0;
	return readiness_note(
		check->findings, &note,
		"kernel.hung_task_panic is set: whatever waits in the kernel "
		"longer than %d s panics this host%s",
		seconds, limit);
}

int check_kernel(struct check *check)
{
	bool stuck = false;
	int r = check_stuck_tasks(check, &stuck);

	if (r == 0)
		r = check_perhaps_stuck_tasks(check, &stuck);
	return r < 0 ? r : check_hung_task_panic(check, stuck);
}
