/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/hotplug-slot.h"
#include "lib/observe/proc-pid.h"
#include "lib/observe/proc-visibility.h"
#include "lib/observe/stack.h"

enum {
	STACK_MAX = 64 * 1024,
	SHORT_MAX = 4096, /* stat and wchan are shorter */
	REPORTED_MAX = 4096,
	THREADS_A_MARK = 128, /* so many at once are silent */
};

/* kthreadd: who may read its stack may read that of every task, unless Yama forbids. */
#define PROBED_STACK "proc/2/stack"

struct task_walk {
	const struct root *root;
	struct sink *sink;
	size_t reported;
	bool incomplete; /* of some task it cannot be told what it waits for */
};

struct task {
	struct task_walk *walk;
	int dir_fd; /* proc/PID/task/TID */
	pid_t pid, tid;
	char state;
	char comm[RECORD_COMM];
};

/* What has ended meanwhile is no loss; in a captured tree it was not captured. */
static void note_failure(struct task_walk *walk, int error)
{
	if (walk->root->captured || (error != -ENOENT && error != -ESRCH))
		walk->incomplete = true;
}

/* 0, or negative errno with *ret untouched. */
static int read_text(const struct task *task, const char *name, size_t limit, char **ret)
{
	return root_read(task->walk->root, task->dir_fd, name, limit, ret, NULL);
}

/* "TID (NAME) STATE ...": NAME may hold anything, what follows only numbers. */
static int read_stat(struct task *task)
{
	_cleanup_free_ char *text = NULL;
	const char *name, *end;
	int r;

	r = read_text(task, "stat", SHORT_MAX, &text);
	if (r < 0)
		return r;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end || end < name || end[1] != ' ' || end[2] == '\0')
		return -EINVAL;
	RECORD_BYTES(task->comm, name + 1, (size_t)(end - name - 1));
	task->state = end[2];
	return 0;
}

static void put_task(const struct task *task, const struct stack_meaning *meaning)
{
	struct task_walk *walk = task->walk;
	struct record_task record = {
		.pid = task->pid,
		.tid = task->tid,
		.uid = proc_read_uid(walk->root, task->dir_fd),
		.path = meaning->path,
		.flags = meaning->waits_for_owner ? TASK_WAITS_FOR_OWNER : 0,
		.state = task->state,
	};
	char slot_device[PCI_ADDRESS_TEXT];

	if (walk->reported == REPORTED_MAX) {
		walk->incomplete = true;
		return;
	}
	walk->reported++;
	record_init(&record.header, RECORD_TASK, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.comm, task->comm);
	RECORD_TEXT(record.function, meaning->function);
	hotplug_slot_device(walk->root, task->comm, slot_device);
	RECORD_TEXT(record.slot_device, slot_device);
	sink_put(walk->sink, &record.header);
	observe_unit(walk->root, walk->sink, task->pid);
}

/* Who may not read stacks still learns in which function a task sleeps. */
static bool read_meaning(const struct task *task, struct stack_meaning *ret)
{
	_cleanup_free_ char *stack = NULL, *wchan = NULL;
	int r;

	r = read_text(task, "stack", STACK_MAX, &stack);
	if (r == 0 && stack[0] != '\0')
		return stack_read(stack, ret);
	/* Empty: it has just been woken up. */
	if (r < 0)
		note_failure(task->walk, r);
	return read_text(task, "wchan", SHORT_MAX, &wchan) == 0 &&
	       stack_read_wchan(wchan, ret);
}

static bool waits_for_owner(const struct task *task)
{
	_cleanup_free_ char *wchan = NULL;
	int r;

	r = read_text(task, "wchan", SHORT_MAX, &wchan);
	if (r < 0)
		note_failure(task->walk, r);
	return r == 0 && strcmp(wchan, STACK_WAIT_FOR_OWNER) == 0;
}

static void look_at_task(struct task *task)
{
	struct stack_meaning meaning;
	int r;

	r = read_stat(task);
	if (r < 0) {
		note_failure(task->walk, r);
		return;
	}
	if (task->state != 'D' && (task->state != 'S' || !waits_for_owner(task)))
		return;
	if (read_meaning(task, &meaning))
		put_task(task, &meaning);
}

static bool read_pid(const char *name, pid_t *ret)
{
	uint64_t pid;

	if (text_to_u64(name, 10, &pid) < 0 || pid == 0 || pid > INT32_MAX)
		return false;
	*ret = (pid_t)pid;
	return true;
}

static void look_at_thread(struct task *task, int tasks_fd, const char *name)
{
	_cleanup_close_ int fd = -EBADF;

	if (!read_pid(name, &task->tid))
		return;
	fd = root_open_at(task->walk->root, tasks_fd, name, O_PATH | O_DIRECTORY);
	task->dir_fd = fd;
	if (fd >= 0)
		look_at_task(task);
	else
		note_failure(task->walk, fd);
}

static void look_at_process(struct task_walk *walk, int proc_fd, pid_t pid)
{
	struct task task = { .walk = walk, .dir_fd = -EBADF, .pid = pid };
	_cleanup_closedir_ DIR *tasks = NULL;
	const struct dirent *entry;
	size_t count = 0;
	char path[32];
	int r;

	sink_process_start(walk->sink, SOURCE_PROC, pid);
	(void)snprintf(path, sizeof(path), "%d/task", (int)pid);
	r = root_open_directory(walk->root, proc_fd, path, &tasks);
	if (r < 0) {
		note_failure(walk, r);
		return;
	}
	while ((entry = readdir(tasks))) {
		look_at_thread(&task, dirfd(tasks), entry->d_name);
		if (++count % THREADS_A_MARK == 0)
			sink_process_start(walk->sink, SOURCE_PROC, pid);
	}
}

/* In the order of their numbers, so that a later walk can go on behind one of them. */
static void look_at_processes(struct task_walk *walk, DIR *proc, pid_t after)
{
	struct pid_list pids = { 0 };

	if (proc_list_pids(proc, after, &pids) < 0)
		walk->incomplete = true;
	for (size_t i = 0; i < pids.count && sink_error(walk->sink) == 0; i++)
		look_at_process(walk, dirfd(proc), pids.items[i]);
	free(pids.items);
}

/* Are all tasks of the host there, and may we know what they wait for? */
static bool sees_all(const struct root *root)
{
	_cleanup_free_ char *stack = NULL;

	return root->captured ||
	       (!proc_hidden_why(root) &&
		root_read(root, root->fd, PROBED_STACK, STACK_MAX, &stack, NULL) == 0);
}

void observe_tasks(const struct root *root, struct sink *sink, pid_t after)
{
	struct task_walk walk = { .root = root, .sink = sink };
	_cleanup_closedir_ DIR *proc = NULL;

	if (root_open_directory(root, root->fd, "proc", &proc) < 0)
		return;
	/* The process before the first one did not answer. */
	walk.incomplete = after > 0 || !sees_all(root);
	look_at_processes(&walk, proc, after);
	if (!walk.incomplete)
		sink_pass(sink, SOURCE_PROC, PASS_TASKS);
	sink_flush(sink);
}
