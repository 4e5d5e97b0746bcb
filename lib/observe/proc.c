/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/observe/observers.h"
#include "lib/observe/proc-pid.h"
#include "lib/observe/proc-visibility.h"

/* Where a reader of bufinfo sleeps while a buffer's reservation is locked. */
#define BUFINFO_WAIT "dma_buf_debug_show"

static void process_end(struct proc_process *process)
{
	cleanup_close(&process->dir_fd);
	free(process->owned.items);
	free(process->groups.items);
}

static void walk_end(struct proc_walk *walk)
{
	inode_set_free(&walk->buffers);
	inode_set_free(&walk->mapped);
	free(walk->nodes.items);
	free(walk->text);
}

void proc_process_name(struct proc_process *process)
{
	if (process->is_named)
		return;
	proc_read_comm(process->walk->root, process->dir_fd, process->comm);
	process->uid = proc_read_uid(process->walk->root, process->dir_fd);
	process->is_named = true;
}

void proc_put_holder(struct proc_process *process, uint64_t inode, int fd)
{
	struct record_holder record = { 0 };

	proc_process_name(process);
	record_init(&record.header, RECORD_HOLDER, SOURCE_PROC, sizeof(record));
	record.inode = inode;
	record.pid = process->pid;
	record.fd = fd;
	record.uid = process->uid;
	RECORD_TEXT(record.comm, process->comm);
	sink_put(process->walk->sink, &record.header);
}

void proc_put_owner(struct proc_process *process, const char *device, int fd)
{
	struct record_owner record = { 0 };

	proc_process_name(process);
	record_init(&record.header, RECORD_OWNER, SOURCE_PROC, sizeof(record));
	record.pid = process->pid;
	record.fd = fd;
	record.uid = process->uid;
	RECORD_TEXT(record.comm, process->comm);
	RECORD_TEXT(record.device, device);
	sink_put(process->walk->sink, &record.header);
}

static void put_blocker(struct proc_process *process)
{
	struct record_blocker record = { 0 };

	proc_process_name(process);
	record_init(&record.header, RECORD_BLOCKER, SOURCE_BUFINFO, sizeof(record));
	record.pid = process->pid;
	RECORD_TEXT(record.comm, process->comm);
	RECORD_TEXT(record.where, BUFINFO_WAIT);
	sink_put(process->walk->sink, &record.header);
}

/* Any of its threads may be the reader. */
static void find_blocker(struct proc_process *process)
{
	_cleanup_closedir_ DIR *tasks = NULL;
	const struct dirent *entry;

	if (root_open_directory(process->walk->root, process->dir_fd, "task", &tasks) < 0)
		return;
	while ((entry = readdir(tasks))) {
		char path[sizeof("task//wchan") + NAME_MAX];
		char wchan[64];

		(void)snprintf(path, sizeof(path), "task/%s/wchan", entry->d_name);
		if (proc_read_short(process->walk->root, process->dir_fd, path, wchan,
				    sizeof(wchan)) == 0 ||
		    strcmp(wchan, BUFINFO_WAIT) != 0)
			continue;
		put_blocker(process);
		break;
	}
}

/* Goes on with a thread that lives. Returns -ENOENT if all have ended. */
static int find_living_task(struct proc_process *process)
{
	int fd = proc_open_living_task(process->walk->root, process->dir_fd);

	if (fd < 0)
		return fd;
	proc_process_name(process);
	cleanup_close(&process->dir_fd);
	process->dir_fd = fd;
	return 0;
}

static int read_process(struct proc_process *process)
{
	struct proc_walk *walk = process->walk;
	int fds, maps;

	if (!walk->root->captured && !proc_runs_program(process->dir_fd) &&
	    find_living_task(process) < 0)
		return 0;
	fds = proc_read_fds(process);
	sink_process_start(walk->sink, SOURCE_PROC, process->pid);
	if (walk->flags & PROC_FIND_BLOCKER)
		find_blocker(process);
	maps = proc_read_maps(process);
	return fds < 0 ? fds : maps;
}

static bool has_vanished(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

static void look_at_process(struct proc_walk *walk, int proc_fd, const char *name,
			    pid_t pid)
{
	_cleanup_(process_end) struct proc_process process = { .walk = walk, .pid = pid };
	int r;

	process.dir_fd = root_open_at(walk->root, proc_fd, name, O_PATH | O_DIRECTORY);
	r = process.dir_fd < 0 ? process.dir_fd : read_process(&process);
	walk->untold += process.untold;
	if (r == 0 || has_vanished(r))
		return;
	sink_process_unreadable(walk->sink, SOURCE_PROC, pid);
}

/* In the order of their numbers, so that a later pass can go on behind one of them. */
static int look_at_processes(struct proc_walk *walk, DIR *proc, pid_t after)
{
	struct pid_list pids = { 0 };
	int r = proc_list_pids(proc, after, &pids);

	for (size_t i = 0; i < pids.count && sink_error(walk->sink) == 0; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%d", (int)pids.items[i]);
		look_at_process(walk, dirfd(proc), name, pids.items[i]);
	}
	free(pids.items);
	return r;
}

static void add_reason(char why[RECORD_WHY], const char *reason)
{
	size_t length = strlen(why);

	if (length > 0) {
		record_text(why + length, RECORD_WHY - length, "; ");
		length = strlen(why);
	}
	record_text(why + length, RECORD_WHY - length, reason);
}

/* Who reads the records counts the processes that could not be read. */
static void end_source(const struct proc_walk *walk)
{
	const char *hidden = proc_hidden_why(walk->root);
	char why[RECORD_WHY] = "", reason[RECORD_WHY];

	if (walk->untold > 0) {
		(void)snprintf(reason, sizeof(reason),
			       "which VFIO device %u process%s cannot be told",
			       walk->untold, walk->untold == 1 ? " has" : "es have");
		add_reason(why, reason);
	}
	if (hidden)
		add_reason(why, hidden);
	sink_source_end(walk->sink, SOURCE_PROC, why[0] ? SOURCE_PARTIAL : SOURCE_OK,
			why[0] ? why : NULL);
}

void observe_proc(const struct root *root, struct sink *sink, pid_t after,
		  unsigned int flags)
{
	_cleanup_(walk_end) struct proc_walk walk = { .root = root, .sink = sink };
	_cleanup_closedir_ DIR *proc = NULL;
	int r;

	walk.flags = flags;
	sink_source_begin(sink, SOURCE_PROC);
	r = root_open_directory(root, root->fd, "proc", &proc);
	walk.text = r < 0 ? NULL : malloc(PROC_TEXT_SIZE);
	if (r == 0 && !walk.text)
		r = -ENOMEM;
	if (r < 0) {
		sink_source_end(sink, SOURCE_PROC,
				r == -ENOENT ? SOURCE_MISSING : SOURCE_REFUSED,
				r == -ENOENT ? "no /proc" : strerror(-r));
		return;
	}
	if (look_at_processes(&walk, proc, after) < 0)
		sink_source_end(sink, SOURCE_PROC, SOURCE_PARTIAL, strerror(ENOMEM));
	else
		end_source(&walk);
}
