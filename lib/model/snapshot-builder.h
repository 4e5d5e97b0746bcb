/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SNAPSHOT_BUILDER_H
#define DMABUFCTL_MODEL_SNAPSHOT_BUILDER_H

/*
 * Collects facts in any order and joins them: buffers, attachments and holders by
 * inode, people by pid, devices by address. Everything is copied. All functions
 * return 0 or -ENOMEM unless they say otherwise, and may be called again after an
 * error; nothing blocks.
 */

#include "lib/model/snapshot.h"

struct snapshot_builder;

struct snapshot_builder *snapshot_builder_new(void); /* NULL: out of memory */
void snapshot_builder_free(struct snapshot_builder *builder); /* NULL is allowed */

/* A copy that lives as long as the snapshot. NULL for NULL and when out of memory. */
const char *builder_string(struct snapshot_builder *builder, const char *text);

/* comm and unit may be NULL; a later non-NULL one fills the gap. */
int builder_process(struct snapshot_builder *builder, pid_t pid, const char *comm,
		    const char *unit);

/*
 * A process whose pid was kept from us: one of its own each time. Its number here, which
 * is below 0, in *ret.
 */
int builder_hidden_process(struct snapshot_builder *builder, const char *comm,
			   const char *unit, pid_t *ret);

/*
 * Whose it is, seen together with what builder_process() was told. Where that is not the
 * same each time, a number was used again or a process changed: PROCESS_UID_NONE.
 */
int builder_process_uid(struct snapshot_builder *builder, pid_t pid, int64_t uid);

/*
 * Inner pointers of the structs below are ignored where the builder fills them:
 * arrays, processes. Strings are copied. A second buffer of the same inode only
 * fills what the first left unknown.
 */
int builder_buffer(struct snapshot_builder *builder, const struct buffer *buffer);
int builder_attachment(struct snapshot_builder *builder,
		       const struct attachment *attachment);
int builder_range(struct snapshot_builder *builder, uint64_t inode, uint64_t offset,
		  uint64_t length);

/* fd -1 for HOLDER_MAP. The same mapping or fd told twice counts once. */
int builder_holder(struct snapshot_builder *builder, uint64_t inode, pid_t pid,
		   enum holder_kind kind, int fd);
int builder_user(struct snapshot_builder *builder, const char *device, pid_t pid);

/* fd -1: one more mapping of its BARs; -2: mapped or not, it cannot be told. */
int builder_owner(struct snapshot_builder *builder, const char *device, pid_t pid,
		  int fd);
/* It has a container of VFIO open. Twice counts once. */
int builder_container(struct snapshot_builder *builder, pid_t pid);
int builder_device(struct snapshot_builder *builder, const struct device *device);
int builder_mdev(struct snapshot_builder *builder, const char *parent, const char *uuid);
int builder_fence(struct snapshot_builder *builder, uint64_t inode, const char *driver);
/* The process that waits in the revoke of a buffer. */
int builder_writer(struct snapshot_builder *builder, uint64_t inode, pid_t pid);

/* task: process is ignored, its pid given instead; use: the same, 0 for none. */
int builder_task(struct snapshot_builder *builder, const struct blocked_task *task,
		 pid_t pid);
int builder_use(struct snapshot_builder *builder, const struct host_use *use, pid_t pid);

/*
 * More of a device that builder_device() has told, or will tell: its address, and the
 * members saved_override to release_since_us; what is not set does not count.
 */
int builder_circumstances(struct snapshot_builder *builder, const struct device *device);
int builder_source(struct snapshot_builder *builder, enum source source,
		   enum source_outcome outcome, const char *why);
/* Then: the same why without the process that it names. */
int builder_source_anonymous(struct snapshot_builder *builder, enum source source,
			     const char *why);
void builder_unreadable_process(struct snapshot_builder *builder);
void builder_seen(struct snapshot_builder *builder, unsigned int seen);
int builder_host(struct snapshot_builder *builder, const char *kernel,
		 int hung_task_panic, int hung_task_seconds);
void builder_features(struct snapshot_builder *builder, uint32_t features);

/*
 * Sorts, links and hands over the snapshot; the builder is gone afterwards, whatever
 * the result. Attachments and holders of a buffer nobody reported are dropped.
 * Devices get their exports and imports, and the state that owners and driver imply
 * unless one was given.
 */
int builder_finish(struct snapshot_builder *builder, struct snapshot **ret);

#endif
