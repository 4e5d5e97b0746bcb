/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/snapshot-builder.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/snapshot-storage.h"

struct snapshot_builder *snapshot_builder_new(void)
{
	struct snapshot_builder *builder = calloc(1, sizeof(*builder));

	if (!builder)
		return NULL;
	builder->snapshot = calloc(1, sizeof(*builder->snapshot));
	builder->storage = calloc(1, sizeof(*builder->storage));
	if (!builder->snapshot || !builder->storage)
		goto fail;
	builder->snapshot->storage = builder->storage;
	builder->snapshot->hung_task_panic = -1;
	builder->snapshot->hung_task_seconds = -1;
	builder->storage->pool = pool_new();
	if (!builder->storage->pool)
		goto fail;
	return builder;
fail:
	if (!builder->snapshot || !builder->snapshot->storage)
		free(builder->storage);
	snapshot_builder_free(builder);
	return NULL;
}

void snapshot_builder_free(struct snapshot_builder *builder)
{
	if (!builder)
		return;
	snapshot_free(builder->snapshot);
	free(builder);
}

const char *builder_string(struct snapshot_builder *builder, const char *text)
{
	if (!text)
		return NULL;
	return pool_copy(builder->storage->pool, text, strlen(text));
}

/* 0 with *string replaced by the builder's own copy, or -ENOMEM. */
static int own(struct snapshot_builder *builder, const char **string)
{
	const char *copy;

	if (!*string)
		return 0;
	copy = builder_string(builder, *string);
	if (!copy)
		return -ENOMEM;
	*string = copy;
	return 0;
}

void process_add_uid(struct process *process, int64_t uid)
{
	if (process->uid == PROCESS_UID_UNKNOWN)
		process->uid = uid;
	else if (uid != PROCESS_UID_UNKNOWN && uid != process->uid)
		process->uid = PROCESS_UID_NONE;
}

int builder_process(struct snapshot_builder *builder, pid_t pid, const char *comm,
		    const char *unit)
{
	struct snapshot_storage *storage = builder->storage;
	struct process process = {
		.pid = pid,
		.uid = PROCESS_UID_UNKNOWN,
		.comm = comm,
		.unit = unit,
	};
	const struct process *last;

	if (storage->processes.count > 0 && !unit) {
		last = &storage->processes.items[storage->processes.count - 1];
		if (last->pid == pid && (last->comm || !comm))
			return 0;
	}
	if (own(builder, &process.comm) < 0 || own(builder, &process.unit) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&storage->processes, process);
}

int builder_hidden_process(struct snapshot_builder *builder, const char *comm,
			   const char *unit, pid_t *ret)
{
	pid_t pid = -1 - (pid_t)builder->storage->processes.count;
	int r = builder_process(builder, pid, comm, unit);

	if (r == 0)
		*ret = pid;
	return r;
}

/* It belongs to what was added last, if that is the process: they come in runs. */
int builder_process_uid(struct snapshot_builder *builder, pid_t pid, int64_t uid)
{
	struct snapshot_storage *storage = builder->storage;
	struct process process = { .pid = pid, .uid = uid }, *last;

	if (storage->processes.count > 0) {
		last = &storage->processes.items[storage->processes.count - 1];
		if (last->pid == pid) {
			process_add_uid(last, uid);
			return 0;
		}
	}
	return ARRAY_PUSH(&storage->processes, process);
}

int builder_buffer(struct snapshot_builder *builder, const struct buffer *buffer)
{
	struct buffer copy = *buffer;

	if (own(builder, &copy.exporter) < 0 || own(builder, &copy.name) < 0 ||
	    own(builder, &copy.device) < 0 || own(builder, &copy.reason) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->buffers, copy);
}

int builder_attachment(struct snapshot_builder *builder,
		       const struct attachment *attachment)
{
	struct attachment copy = *attachment;

	if (own(builder, &copy.device) < 0 || own(builder, &copy.bus) < 0 ||
	    own(builder, &copy.driver) < 0 || own(builder, &copy.importer) < 0 ||
	    own(builder, &copy.symbol) < 0 || own(builder, &copy.module) < 0 ||
	    own(builder, &copy.reason) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->attachments, copy);
}

int builder_range(struct snapshot_builder *builder, uint64_t inode, uint64_t offset,
		  uint64_t length)
{
	return ARRAY_PUSH(&builder->storage->ranges,
			  (struct buffer_range){ inode, offset, length });
}

int builder_holder(struct snapshot_builder *builder, uint64_t inode, pid_t pid,
		   enum holder_kind kind, int fd)
{
	struct pending_holder holder = {
		.inode = inode, .pid = pid, .fd = fd, .kind = kind
	};

	if (builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->pending_holders, holder);
}

int builder_user(struct snapshot_builder *builder, const char *device, pid_t pid)
{
	const char *copy = builder_string(builder, device);

	if (!copy || builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->pending_users,
			  (struct pending_user){ copy, pid });
}

int builder_owner(struct snapshot_builder *builder, const char *device, pid_t pid, int fd)
{
	const char *copy = builder_string(builder, device);

	if (!copy || builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->pending_owners,
			  (struct pending_owner){ copy, pid, fd });
}

int builder_container(struct snapshot_builder *builder, pid_t pid)
{
	return ARRAY_PUSH(&builder->storage->containers, pid);
}

int builder_device(struct snapshot_builder *builder, const struct device *device)
{
	struct device copy = *device;

	if (own(builder, &copy.address) < 0 || own(builder, &copy.bus) < 0 ||
	    own(builder, &copy.parent) < 0 || own(builder, &copy.mdev_type) < 0 ||
	    own(builder, &copy.name) < 0 || own(builder, &copy.driver) < 0 ||
	    own(builder, &copy.driver_override) < 0 ||
	    own(builder, &copy.physical_function) < 0 ||
	    own(builder, &copy.power_state) < 0 ||
	    own(builder, &copy.runtime_status) < 0 ||
	    own(builder, &copy.power_control) < 0 ||
	    own(builder, &copy.reset_methods) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->devices, copy);
}

int builder_mdev(struct snapshot_builder *builder, const char *parent, const char *uuid)
{
	struct mdev mdev = { parent, uuid };

	if (own(builder, &mdev.parent) < 0 || own(builder, &mdev.uuid) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->mdevs, mdev);
}

int builder_source(struct snapshot_builder *builder, enum source source,
		   enum source_outcome outcome, const char *why)
{
	if (own(builder, &why) < 0)
		return -ENOMEM;
	builder->snapshot->sources[source] =
		(struct source_status){ .outcome = outcome, .why = why };
	return 0;
}

int builder_source_anonymous(struct snapshot_builder *builder, enum source source,
			     const char *why)
{
	const char *copy = builder_string(builder, why);

	if (!copy)
		return -ENOMEM;
	builder->snapshot->sources[source].anonymous = copy;
	return 0;
}

void builder_unreadable_process(struct snapshot_builder *builder)
{
	builder->snapshot->unreadable_processes++;
}

int builder_fence(struct snapshot_builder *builder, uint64_t inode, const char *driver)
{
	struct fence fence = { inode, driver };

	if (own(builder, &fence.driver) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->fences, fence);
}

int builder_writer(struct snapshot_builder *builder, uint64_t inode, pid_t pid)
{
	if (builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->writers, (struct writer){ inode, pid });
}

int builder_task(struct snapshot_builder *builder, const struct blocked_task *task,
		 pid_t pid)
{
	struct pending_task pending = { *task, pid };

	if (own(builder, &pending.task.function) < 0 ||
	    own(builder, &pending.task.device) < 0 ||
	    own(builder, &pending.task.slot_device) < 0 ||
	    builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->pending_tasks, pending);
}

int builder_use(struct snapshot_builder *builder, const struct host_use *use, pid_t pid)
{
	struct pending_use pending = { *use, pid };

	if (own(builder, &pending.use.device) < 0 ||
	    own(builder, &pending.use.name) < 0 || own(builder, &pending.use.detail) < 0)
		return -ENOMEM;
	if (pid > 0 && builder_process(builder, pid, NULL, NULL) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->pending_uses, pending);
}

int builder_circumstances(struct snapshot_builder *builder, const struct device *device)
{
	struct device copy = *device;

	if (own(builder, &copy.address) < 0 || own(builder, &copy.saved_override) < 0 ||
	    own(builder, &copy.libvirt_domain) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&builder->storage->circumstances, copy);
}

void builder_seen(struct snapshot_builder *builder, unsigned int seen)
{
	builder->snapshot->seen |= seen;
}

int builder_host(struct snapshot_builder *builder, const char *kernel,
		 int hung_task_panic, int hung_task_seconds)
{
	if (own(builder, &kernel) < 0)
		return -ENOMEM;
	builder->snapshot->kernel = kernel;
	builder->snapshot->hung_task_panic = hung_task_panic;
	builder->snapshot->hung_task_seconds = hung_task_seconds;
	return 0;
}

void builder_features(struct snapshot_builder *builder, uint32_t features)
{
	builder->snapshot->features |= features;
}

int builder_finish(struct snapshot_builder *builder, struct snapshot **ret)
{
	struct snapshot *snapshot = TAKE_PTR(builder->snapshot);
	int r;

	free(builder);
	r = snapshot_link(snapshot);
	if (r < 0) {
		snapshot_free(snapshot);
		return r;
	}
	*ret = snapshot;
	return 0;
}
