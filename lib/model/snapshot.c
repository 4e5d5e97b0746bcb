/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/snapshot.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/snapshot-storage.h"
#include "lib/model/words.h"

static void storage_free(struct snapshot_storage *storage)
{
	if (!storage)
		return;
	pool_free(storage->pool);
	free(storage->processes.items);
	free(storage->buffers.items);
	free(storage->attachments.items);
	free(storage->ranges.items);
	free(storage->pending_holders.items);
	free(storage->pending_users.items);
	free(storage->pending_owners.items);
	free(storage->containers.items);
	free(storage->devices.items);
	free(storage->mdevs.items);
	free(storage->fences.items);
	free(storage->writers.items);
	free(storage->pending_uses.items);
	free(storage->pending_tasks.items);
	free(storage->circumstances.items);
	free(storage->holders);
	free(storage->users.items);
	free(storage->owners.items);
	free(storage->owner_fds.items);
	free(storage->exports.items);
	free(storage->imports.items);
	free(storage->mdev_names.items);
	free(storage->fence_drivers.items);
	free(storage->uses.items);
	free(storage->tasks.items);
	free(storage);
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	storage_free(snapshot->storage);
	free(snapshot);
}

void cleanup_snapshot(struct snapshot **snapshot)
{
	snapshot_free(*snapshot);
}

const struct buffer *snapshot_buffer(const struct snapshot *snapshot, uint64_t inode)
{
	size_t low = 0, high = snapshot->n_buffers;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (snapshot->buffers[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == snapshot->n_buffers || snapshot->buffers[low].inode != inode)
		return NULL;
	return &snapshot->buffers[low];
}

const struct device *snapshot_device(const struct snapshot *snapshot, const char *address)
{
	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (strcmp(snapshot->devices[i].address, address) == 0)
			return &snapshot->devices[i];
	return NULL;
}

bool device_is_pci(const struct device *device)
{
	return device->bus && strcmp(device->bus, "pci") == 0;
}

/* exp_name: KBUILD_MODNAME of drivers/vfio/pci/vfio_pci_dmabuf.c */
bool buffer_is_of_vfio(const struct buffer *buffer)
{
	return buffer->exporter && strcmp(buffer->exporter, "vfio_pci_core") == 0;
}

const char *snapshot_text(struct snapshot *snapshot, const char *format, ...)
{
	va_list arguments;
	const char *copy;

	va_start(arguments, format);
	copy = pool_vformat(snapshot->storage->pool, format, arguments);
	va_end(arguments);
	return copy;
}

static const char *const evidence_names[] = {
	[EVIDENCE_NONE] = "none",     [EVIDENCE_INFERRED] = "inferred",
	[EVIDENCE_TABLE] = "table",   [EVIDENCE_EXPORTER] = "exporter",
	[EVIDENCE_KERNEL] = "kernel",
};

static const char *const buffer_state_names[] = {
	[BUFFER_STATE_NONE] = NULL,	    [BUFFER_STATE_UNKNOWN] = "unknown",
	[BUFFER_STATE_LIVE] = "live",	    [BUFFER_STATE_REVOKING] = "revoking",
	[BUFFER_STATE_REVOKED] = "revoked", [BUFFER_STATE_ORPHANED] = "orphaned",
};

static const char *const verdict_names[] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_YES] = "yes",
	[VERDICT_NO] = "no",
	[VERDICT_DEPENDS] = "depends",
};

static const char *const attachment_kind_names[] = {
	[ATTACHMENT_KIND_UNKNOWN] = NULL,
	[ATTACHMENT_STATIC] = "static",
	[ATTACHMENT_PINNED] = "pinned",
	[ATTACHMENT_DYNAMIC] = "dynamic",
};

static const char *const holder_kind_names[] = {
	[HOLDER_FD] = "fd",
	[HOLDER_MAP] = "map",
};

static const char *const device_state_names[] = {
	[DEVICE_STATE_UNKNOWN] = NULL, [DEVICE_IDLE] = "idle",
	[DEVICE_OPEN] = "open",	       [DEVICE_RELEASING] = "releasing",
	[DEVICE_UNBOUND] = "unbound",  [DEVICE_HOST] = "host",
};

static const char *const host_use_kind_names[] = {
	[HOST_USE_MOUNT] = "mount",	[HOST_USE_SWAP] = "swap",
	[HOST_USE_STACKED] = "stacked", [HOST_USE_NETWORK] = "network",
	[HOST_USE_CONSOLE] = "console", [HOST_USE_NODE] = "node",
	[HOST_USE_USB] = "usb",		[HOST_USE_UNREADABLE] = "unreadable",
};

static const char *const task_path_names[] = {
	[TASK_PATH_OTHER] = "other",   [TASK_PATH_UNBIND] = "unbind",
	[TASK_PATH_REMOVE] = "remove", [TASK_PATH_UNPLUG] = "unplug",
	[TASK_PATH_SRIOV] = "sriov",   [TASK_PATH_UNLOAD] = "unload",
	[TASK_PATH_RESCAN] = "rescan", [TASK_PATH_RESET] = "reset",
	[TASK_PATH_REVOKE] = "revoke", [TASK_PATH_OPEN] = "open",
	[TASK_PATH_CLOSE] = "close",
};

const char *host_use_kind_name(enum host_use_kind kind)
{
	return host_use_kind_names[kind];
}

const char *task_path_name(enum task_path path)
{
	return task_path_names[path];
}

bool task_path_is_release(enum task_path path)
{
	switch (path) {
	case TASK_PATH_UNBIND:
	case TASK_PATH_REMOVE:
	case TASK_PATH_UNPLUG:
	case TASK_PATH_SRIOV:
	case TASK_PATH_UNLOAD:
		return true;
	default:
		return false;
	}
}

WORDS(evidence)
WORDS(buffer_state)
WORDS(verdict)
WORDS(attachment_kind)
WORDS(holder_kind)
WORDS(device_state)
