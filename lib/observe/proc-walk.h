/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_PROC_WALK_H
#define DMABUFCTL_OBSERVE_PROC_WALK_H

/*
 * What the parts of observe_proc() share: proc.c, proc-fd.c, proc-maps.c, proc-node.c,
 * proc-vfio.c.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/array.h"
#include "lib/observe/inode-set.h"
#include "lib/observe/root.h"
#include "lib/observe/sink.h"

enum { PROC_TEXT_SIZE = 128 * 1024 };

enum proc_node_use {
	NODE_OTHER,
	NODE_USER, /* of a device that may import buffers */
	NODE_VFIO_DEVICE,
	NODE_VFIO_GROUP,
	NODE_VFIO_CONTAINER,
};

/* A device node somebody has open. */
struct proc_node {
	enum proc_node_use use;
	unsigned int major, minor; /* live system: its number */
	char path[48]; /* captured tree: its path */
	char device[RECORD_DEVICE_NAME]; /* "": not to be told */
	pid_t told; /* last process a RECORD_USER was sent for */
};

/* One pass over all processes. */
struct proc_walk {
	const struct root *root;
	struct sink *sink;
	unsigned int flags; /* PROC_* of observers.h */
	struct inode_set buffers; /* sent as RECORD_BUFFER */
	struct {
		unsigned int major, minor;
	} buffers_device; /* of their file system, if known */
	bool buffers_device_known;
	struct inode_set mapped; /* by the process at hand */
	ARRAY(struct proc_node) nodes;
	unsigned int untold; /* processes with a VFIO device, but which? */
	char *text; /* PROC_TEXT_SIZE bytes to read into */
};

struct proc_owned {
	int fd;
	char device[RECORD_DEVICE_NAME]; /* "": not yet known */
};

struct proc_process {
	struct proc_walk *walk;
	int dir_fd; /* proc/PID, or proc/PID/task/TID */
	pid_t pid;
	char comm[RECORD_COMM]; /* these two: see proc_process_name() */
	__u32 uid;
	bool is_named;
	ARRAY(struct proc_owned) owned; /* open VFIO devices */
	ARRAY(int) groups; /* open VFIO groups */
	bool untold; /* has a VFIO device, but nothing tells which */
	bool maps_unclear; /* said RECORD_OWNER_MAYBE_MAPPING already */
};

/* Reads who it is when first asked: few processes have anything to report. */
void proc_process_name(struct proc_process *process);

void proc_put_holder(struct proc_process *process, uint64_t inode, int fd);
void proc_put_owner(struct proc_process *process, const char *device, int fd);

/* The next two: 0, or negative errno; what vanished meanwhile is no error. */

/* proc/PID/fd and fdinfo. Does not block. */
int proc_read_fds(struct proc_process *process);

/* proc/PID/maps, after proc_read_fds(). May sleep on the process' mmap_lock. */
int proc_read_maps(struct proc_process *process);

/*
 * The device node behind link ("fd/5"), which leads to path. NULL if it is not of
 * interest; its device may still be "". Valid until the next call.
 */
struct proc_node *proc_find_node(struct proc_process *process, const char *link,
				 const char *path);

/*
 * Names the devices behind open VFIO devices whose fdinfo does not (before 6.17), if
 * the open groups leave no doubt.
 */
void proc_resolve_owned(struct proc_process *process);

#endif
