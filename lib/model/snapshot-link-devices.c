/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/snapshot-link.h"

static int compare_devices(const void *one, const void *other)
{
	const struct device *a = one, *b = other;

	return link_compare_text(a->address, b->address);
}

/* NULL: no such device. */
static struct device *find_device(struct snapshot *snapshot, const char *address)
{
	struct device key = { .address = address };

	if (snapshot->n_devices == 0)
		return NULL;
	return bsearch(&key, snapshot->devices, snapshot->n_devices, sizeof(key),
		       compare_devices);
}

static void device_fill(struct device *device, const struct device *more)
{
	if (!device)
		return;
	if (more->saved_override)
		device->saved_override = more->saved_override;
	/* of several domains the one that runs counts */
	if (more->libvirt_domain && !device->libvirt_running) {
		device->libvirt_domain = more->libvirt_domain;
		device->libvirt_running = more->libvirt_running;
		device->libvirt_managed = more->libvirt_managed;
	}
	if (more->lock_holder)
		device->lock_holder = more->lock_holder;
	if (more->release_since_us)
		device->release_since_us = more->release_since_us;
}

int link_devices(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	struct device *devices = storage->devices.items;
	size_t kept = 0;

	SORT(&storage->devices, compare_devices);
	for (size_t i = 0; i < storage->devices.count; i++)
		if (kept == 0 || compare_devices(&devices[kept - 1], &devices[i]) != 0)
			devices[kept++] = devices[i];
	storage->devices.count = kept;
	snapshot->devices = devices;
	snapshot->n_devices = kept;
	for (size_t i = 0; i < storage->circumstances.count; i++)
		device_fill(
			find_device(snapshot, storage->circumstances.items[i].address),
			&storage->circumstances.items[i]);
	return 0;
}

static int compare_owners(const void *one, const void *other)
{
	const struct pending_owner *a = one, *b = other;
	int r = link_compare_text(a->device, b->device);

	if (r != 0)
		return r;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

/* Uncertain ones (fd -2) are sorted first and leave the number unknown. */
static void owner_add_mapping(struct owner *owner, int fd)
{
	if (fd < -1)
		owner->maps = -1;
	else if (owner->maps >= 0)
		owner->maps++;
}

static bool has_container(const struct snapshot_storage *storage, pid_t pid)
{
	for (size_t i = 0; i < storage->containers.count; i++)
		if (storage->containers.items[i] == pid)
			return true;
	return false;
}

/* The owners' fds live in one array: point into it only when it stopped moving. */
static int collect_owners(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	const struct process *hint = NULL;
	struct owner *owner = NULL;

	SORT(&storage->pending_owners, compare_owners);
	for (size_t i = 0; i < storage->pending_owners.count; i++) {
		struct pending_owner *pending = &storage->pending_owners.items[i];
		struct owner fresh = {
			.device = pending->device,
			.process = link_process(snapshot, pending->pid, &hint),
			.has_container = has_container(storage, pending->pid),
		};

		if (!owner || owner->process != fresh.process ||
		    link_compare_text(owner->device, fresh.device) != 0) {
			if (ARRAY_PUSH(&storage->owners, fresh) < 0)
				return -ENOMEM;
			owner = &storage->owners.items[storage->owners.count - 1];
		}
		if (pending->fd == OWNER_IN_KERNEL)
			continue;
		if (pending->fd < 0) {
			owner_add_mapping(owner, pending->fd);
			continue;
		}
		if (i > 0 && compare_owners(pending - 1, pending) == 0)
			continue;
		if (ARRAY_PUSH(&storage->owner_fds, pending->fd) < 0)
			return -ENOMEM;
		owner->n_fds++;
	}
	return 0;
}

/* Who waits in a revoke has the device's file, if no fd any more: a dying owner. */
static int add_writers(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	int r = 0;

	for (size_t i = 0; r == 0 && i < storage->writers.count; i++) {
		const struct writer *writer = &storage->writers.items[i];
		const struct buffer *buffer = snapshot_buffer(snapshot, writer->inode);
		struct pending_owner owner = { NULL, writer->pid, OWNER_IN_KERNEL };

		if (!buffer || !buffer->device)
			continue;
		owner.device = buffer->device;
		r = ARRAY_PUSH(&storage->pending_owners, owner);
	}
	return r;
}

int link_owners(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	size_t fd = 0;
	int r;

	r = add_writers(snapshot);
	if (r == 0)
		r = collect_owners(snapshot);
	if (r < 0)
		return r;
	for (size_t i = 0; i < storage->owners.count; i++) {
		struct owner *owner = &storage->owners.items[i];
		struct device *device = find_device(snapshot, owner->device);

		owner->fds = ITEM_AT(&storage->owner_fds, fd);
		fd += owner->n_fds;
		if (device && device->n_owners++ == 0)
			device->owners = owner;
	}
	return 0;
}

static bool buffer_imported_by(const struct buffer *buffer, const char *device)
{
	for (size_t i = 0; i < buffer->n_attachments; i++)
		if (link_compare_text(buffer->attachments[i].device, device) == 0)
			return true;
	return false;
}

static int device_collect_buffers(struct snapshot *snapshot, struct device *device)
{
	struct snapshot_storage *storage = snapshot->storage;

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (buffer->device && strcmp(buffer->device, device->address) == 0) {
			if (ARRAY_PUSH(&storage->exports, buffer->inode) < 0)
				return -ENOMEM;
			device->n_exports++;
		}
		if (buffer_imported_by(buffer, device->address)) {
			if (ARRAY_PUSH(&storage->imports, buffer->inode) < 0)
				return -ENOMEM;
			device->n_imports++;
		}
	}
	return 0;
}

static int device_collect_mdevs(struct snapshot *snapshot, struct device *device)
{
	struct snapshot_storage *storage = snapshot->storage;

	for (size_t i = 0; i < storage->mdevs.count; i++) {
		if (strcmp(storage->mdevs.items[i].parent, device->address) != 0)
			continue;
		if (ARRAY_PUSH(&storage->mdev_names, storage->mdevs.items[i].uuid) < 0)
			return -ENOMEM;
		device->n_mdevs++;
	}
	return 0;
}

/*
 * A driver that leaves takes its link first and waits for the owner afterwards. Where
 * owners may have been overlooked, none is no answer.
 */
static enum device_state device_state(const struct device *device, bool owners_known)
{
	if (device->driver && !device->vfio_bound)
		return DEVICE_HOST;
	if (device->n_owners > 0)
		return device->driver ? DEVICE_OPEN : DEVICE_RELEASING;
	if (!owners_known)
		return DEVICE_STATE_UNKNOWN;
	return device->driver ? DEVICE_IDLE : DEVICE_UNBOUND;
}

static bool answered(const struct snapshot *snapshot, enum source source)
{
	enum source_outcome outcome = snapshot->sources[source].outcome;

	return outcome == SOURCE_OK || outcome == SOURCE_PARTIAL;
}

int link_device_details(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	size_t exports = 0, imports = 0, mdevs = 0;
	bool bpf = answered(snapshot, SOURCE_BPF);

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct device *device = &snapshot->devices[i];

		/* which mediated device a buffer is of, nothing tells */
		device->exports_known = bpf && !device->parent;
		device->imports_known = bpf || answered(snapshot, SOURCE_BUFINFO);
		device->n_exports = device->n_imports = device->n_mdevs = 0;
		if (device_collect_buffers(snapshot, device) < 0 ||
		    device_collect_mdevs(snapshot, device) < 0)
			return -ENOMEM;
		if (device->state == DEVICE_STATE_UNKNOWN)
			device->state =
				device_state(device, snapshot->seen & SEEN_OWNERS);
	}
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct device *device = &snapshot->devices[i];

		device->exports = ITEM_AT(&storage->exports, exports);
		device->imports = ITEM_AT(&storage->imports, imports);
		device->mdevs = ITEM_AT(&storage->mdev_names, mdevs);
		exports += device->n_exports;
		imports += device->n_imports;
		mdevs += device->n_mdevs;
	}
	return 0;
}

static int compare_uses(const void *one, const void *other)
{
	const struct host_use *a = one, *b = other;
	int r = link_compare_text(a->device, b->device);

	if (r == 0)
		r = (int)a->kind - (int)b->kind;
	if (r == 0)
		r = link_compare_text(a->name, b->name);
	if (r == 0)
		r = link_compare_text(a->detail, b->detail);
	if (r == 0)
		r = (a->process > b->process) - (a->process < b->process);
	return r;
}

int link_uses(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	const struct process *hint = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < storage->pending_uses.count; i++) {
		struct pending_use *pending = &storage->pending_uses.items[i];

		if (pending->pid > 0)
			pending->use.process =
				link_process(snapshot, pending->pid, &hint);
		if (ARRAY_PUSH(&storage->uses, pending->use) < 0)
			return -ENOMEM;
	}
	SORT(&storage->uses, compare_uses);
	for (size_t i = 0; i < storage->uses.count; i++)
		if (kept == 0 || compare_uses(&storage->uses.items[kept - 1],
					      &storage->uses.items[i]) != 0)
			storage->uses.items[kept++] = storage->uses.items[i];
	storage->uses.count = kept;
	for (size_t i = 0; i < kept; i++) {
		const struct host_use *use = &storage->uses.items[i];
		struct device *device = find_device(snapshot, use->device);

		if (device && device->n_uses++ == 0)
			device->uses = use;
	}
	return 0;
}

static int compare_tasks(const void *one, const void *other)
{
	const struct blocked_task *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

int link_tasks(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	const struct process *hint = NULL;

	for (size_t i = 0; i < storage->pending_tasks.count; i++) {
		struct pending_task *pending = &storage->pending_tasks.items[i];

		pending->task.process = link_process(snapshot, pending->pid, &hint);
		if (ARRAY_PUSH(&storage->tasks, pending->task) < 0)
			return -ENOMEM;
	}
	SORT(&storage->tasks, compare_tasks);
	snapshot->tasks = storage->tasks.items;
	snapshot->n_tasks = storage->tasks.count;
	return 0;
}
