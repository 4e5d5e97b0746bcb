/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SNAPSHOT_STORAGE_H
#define DMABUFCTL_MODEL_SNAPSHOT_STORAGE_H

/* The arrays behind a snapshot; known to the builder's files only. */

#include "lib/base/array.h"
#include "lib/base/pool.h"
#include "lib/model/snapshot.h"

/* People by pid until the processes are sorted and can be pointed at. */
struct pending_holder {
	uint64_t inode;
	pid_t pid;
	int fd;
	enum holder_kind kind;
};

struct pending_user {
	const char *device;
	pid_t pid;
};

/* As an fd: neither that nor a mapping, but the kernel still works for him. */
enum { OWNER_IN_KERNEL = -3 };

struct pending_owner {
	const char *device;
	pid_t pid;
	int fd;
};

struct mdev {
	const char *parent;
	const char *uuid;
};

struct fence {
	uint64_t inode;
	const char *driver;
};

struct writer {
	uint64_t inode;
	pid_t pid;
};

struct pending_use {
	struct host_use use;
	pid_t pid;
};

struct pending_task {
	struct blocked_task task;
	pid_t pid;
};

struct snapshot_storage {
	struct pool *pool;
	ARRAY(struct process) processes;
	ARRAY(struct buffer) buffers;
	ARRAY(struct attachment) attachments;
	ARRAY(struct buffer_range) ranges;
	ARRAY(struct pending_holder) pending_holders;
	ARRAY(struct pending_user) pending_users;
	ARRAY(struct pending_owner) pending_owners;
	ARRAY(pid_t) containers; /* processes that have one */
	ARRAY(struct device) devices;
	ARRAY(struct mdev) mdevs;
	ARRAY(struct fence) fences;
	ARRAY(struct writer) writers;
	ARRAY(struct pending_use) pending_uses;
	ARRAY(struct pending_task) pending_tasks;
	ARRAY(struct device) circumstances;
	/* filled when everything is linked */
	struct holder *holders;
	ARRAY(struct user) users;
	ARRAY(struct owner) owners;
	ARRAY(int) owner_fds;
	ARRAY(uint64_t) exports;
	ARRAY(uint64_t) imports;
	ARRAY(const char *) mdev_names;
	ARRAY(const char *) fence_drivers;
	ARRAY(struct host_use) uses;
	ARRAY(struct blocked_task) tasks;
};

struct snapshot_builder {
	struct snapshot *snapshot;
	struct snapshot_storage *storage;
};

/* Another look at whose a process is; see builder_process_uid(). */
void process_add_uid(struct process *process, int64_t uid);

/* Sorts and links what the builder collected. 0 or -ENOMEM. */
int snapshot_link(struct snapshot *snapshot);

#endif
