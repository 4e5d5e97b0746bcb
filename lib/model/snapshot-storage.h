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

struct pending_owner {
	const char *device;
	pid_t pid;
	int fd;
};

struct mdev {
	const char *parent;
	const char *uuid;
};

struct snapshot_storage {
	bool owners_known;
	struct pool *pool;
	ARRAY(struct process) processes;
	ARRAY(struct buffer) buffers;
	ARRAY(struct attachment) attachments;
	ARRAY(struct buffer_range) ranges;
	ARRAY(struct pending_holder) pending_holders;
	ARRAY(struct pending_user) pending_users;
	ARRAY(struct pending_owner) pending_owners;
	ARRAY(struct device) devices;
	ARRAY(struct mdev) mdevs;
	/* filled when everything is linked */
	struct holder *holders;
	ARRAY(struct user) users;
	ARRAY(struct owner) owners;
	ARRAY(int) owner_fds;
	ARRAY(uint64_t) exports;
	ARRAY(uint64_t) imports;
	ARRAY(const char *) mdev_names;
};

struct snapshot_builder {
	struct snapshot *snapshot;
	struct snapshot_storage *storage;
};

/* Sorts and links what the builder collected. 0 or -ENOMEM. */
int snapshot_link(struct snapshot *snapshot);

#endif
