/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/text.h"
#include "lib/observe/proc-pid.h"
#include "lib/observe/proc-visibility.h"

#define DELETED " (deleted)"
#define DEV "/dev/"

enum { SIGN_OF_LIFE = 1024 }; /* files */

/* One pass over proc/PID/fd. */
struct node_walk {
	struct uses *uses;
	struct use_process process;
	unsigned int unreadable; /* processes */
};

/*
 * A path proves nothing where anybody has a mount namespace of his own; the number does.
 * AT_STATX_DONT_SYNC: a user's FUSE file system must not keep us waiting.
 */
static int read_number(int directory, const char *link, struct use_node *node)
{
	struct statx status;

	if (statx(directory, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE,
		  &status) < 0)
		return -errno;
	if (!S_ISCHR(status.stx_mode) && !S_ISBLK(status.stx_mode))
		return -ENOTTY;
	node->character = S_ISCHR(status.stx_mode);
	node->major = status.stx_rdev_major;
	node->minor = status.stx_rdev_minor;
	return 0;
}

/*
 * The path, of /dev what is below it, without the mark of a node that was removed. Nodes
 * may be anywhere: a container's are bind mounts, or were made elsewhere.
 */
static void copy_name(const char *path, char name[RECORD_DEVICE_NAME])
{
	size_t length, mark = strlen(DELETED);

	if (text_starts_with(path, DEV))
		path += strlen(DEV);
	length = strlen(path);

	if (length > mark && strcmp(path + length - mark, DELETED) == 0)
		length -= mark;
	record_bytes(name, RECORD_DEVICE_NAME, path, length);
}

static void name_process(struct node_walk *walk, int process_fd)
{
	proc_read_comm(walk->uses->root, process_fd, walk->process.comm);
	walk->process.uid = proc_read_uid(walk->uses->root, process_fd);
}

static int look_at_fd(struct node_walk *walk, int process_fd, int directory,
		      const char *name)
{
	struct use_node key = { .character = false }, *node;
	char target[128], device_name[RECORD_DEVICE_NAME];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
	int r;

	if (length < 0)
		return errno == EINVAL ? 0 : -errno; /* "." and ".." */
	target[length] = '\0';
	/* pipes, sockets and the like have no path; in a captured tree nothing else tells */
	if (!text_starts_with(target, walk->uses->root->captured ? DEV : "/"))
		return 0;
	copy_name(target, device_name);
	if (walk->uses->root->captured)
		RECORD_TEXT(key.name, device_name);
	else if (read_number(directory, name, &key) < 0)
		return 0;
	r = uses_find_node(walk->uses, &key, &node);
	if (r < 0 || node->devices.count == 0 || node->told == walk->process.pid)
		return r;
	node->told = walk->process.pid;
	if (!walk->process.comm[0])
		name_process(walk, process_fd);
	uses_put_all(walk->uses, &node->devices, HOST_USE_NODE, device_name, NULL,
		     &walk->process);
	return 0;
}

/* process_fd names the process, fds_of has its files: see proc_open_living_task(). */
static int read_fds(struct node_walk *walk, int process_fd, int fds_of)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	unsigned int count = 0;
	int r, result = 0;

	r = root_open_directory(walk->uses->root, fds_of, "fd", &directory);
	if (r < 0)
		return r;
	while ((entry = readdir(directory))) {
		r = look_at_fd(walk, process_fd, dirfd(directory), entry->d_name);
		if (r < 0 && r != -ENOENT)
			result = r;
		/* A process with many files takes its time, but it is not stuck. */
		if (++count % SIGN_OF_LIFE == 0)
			sink_process_start(walk->uses->sink, SOURCE_PROC,
					   walk->process.pid);
	}
	return result;
}

/* Its files, and what is mounted where only it sees it. */
static int read_process(struct node_walk *walk, int process_fd)
{
	const struct root *root = walk->uses->root;
	_cleanup_close_ int task_fd = -EBADF;
	int fds_of = process_fd, fds, mounts;

	if (!root->captured && !proc_runs_program(process_fd)) {
		task_fd = proc_open_living_task(root, process_fd);
		if (task_fd < 0)
			return 0;
		fds_of = task_fd;
	}
	fds = read_fds(walk, process_fd, fds_of);
	name_process(walk, process_fd);
	mounts = uses_read_mounts_of(walk->uses, fds_of, &walk->process);
	return fds < 0 ? fds : mounts;
}

static bool has_vanished(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* 0 or -ENOMEM. */
static int look_at_process(struct node_walk *walk, int proc_fd, pid_t pid)
{
	_cleanup_close_ int fd = -EBADF;
	char name[16];
	int r;

	sink_process_start(walk->uses->sink, SOURCE_PROC, pid);
	walk->process = (struct use_process){ .pid = pid };
	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	fd = root_open_at(walk->uses->root, proc_fd, name, O_PATH | O_DIRECTORY);
	r = fd < 0 ? fd : read_process(walk, fd);
	if (r < 0 && !has_vanished(r))
		walk->unreadable++;
	return r == -ENOMEM ? r : 0;
}

static int collect_devices(struct uses *uses, const char *path,
			   struct use_devices *devices)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, path, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = readdir(directory)))
		r = uses_devices_of_link(uses, dirfd(directory), entry->d_name, devices);
	return r;
}

/* Whatever has a node may be open somewhere we cannot look. */
static int put_unreadable(struct uses *uses, const char *why)
{
	_cleanup_use_devices_ struct use_devices devices = { 0 };
	int r = collect_devices(uses, "sys/dev/char", &devices);

	if (r == 0)
		r = collect_devices(uses, "sys/dev/block", &devices);
	uses_put_all(uses, &devices, HOST_USE_UNREADABLE, "open files", why, NULL);
	return r;
}

static int tell_unreadable(struct node_walk *walk)
{
	const char *hidden = proc_hidden_why(walk->uses->root);
	char why[RECORD_WHY];

	if (walk->unreadable == 0)
		return hidden ? put_unreadable(walk->uses, hidden) : 0;
	(void)snprintf(why, sizeof(why), "of %u process%s", walk->unreadable,
		       walk->unreadable == 1 ? "" : "es");
	return put_unreadable(walk->uses, why);
}

int uses_find_nodes(struct uses *uses)
{
	struct node_walk walk = { .uses = uses };
	_cleanup_closedir_ DIR *proc = NULL;
	struct pid_list pids = { 0 };
	int r;

	r = root_open_directory(uses->root, uses->root->fd, "proc", &proc);
	if (r < 0)
		return r == -ENOENT && uses->root->captured ? 0 : r;
	r = proc_list_pids(proc, 0, &pids);
	for (size_t i = 0; r == 0 && i < pids.count && sink_error(uses->sink) == 0; i++)
		r = look_at_process(&walk, dirfd(proc), pids.items[i]);
	free(pids.items);
	return r < 0 ? r : tell_unreadable(&walk);
}
