/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_HOST_H
#define DMABUFCTL_MODEL_HOST_H

/*
 * What the host does around a device: what uses it, who configured it, which tasks
 * sleep in the kernel because of it. Part of a snapshot, whose rules hold: everything
 * belongs to it, a NULL string is unknown or none, times are 0 when unknown.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process;

enum host_use_kind {
	HOST_USE_MOUNT, /* name: block device, detail: where */
	HOST_USE_SWAP, /* name: block device */
	HOST_USE_STACKED, /* name: block device, detail: dm, md or other device on it */
	HOST_USE_NETWORK, /* name: interface, detail: up, master, address */
	HOST_USE_CONSOLE, /* name: frame buffer or tty */
	HOST_USE_NODE, /* name: device node, process: who has it open */
	HOST_USE_USB, /* name: USB device below this controller, detail: its product */
	HOST_USE_UNREADABLE, /* name: what could not be read: counts as used */
};

/* A reason why the host would miss a device. */
struct host_use {
	const char *device; /* PCI address */
	enum host_use_kind kind;
	const struct process *process; /* NULL: none */
	const char *name;
	const char *detail; /* NULL: nothing to add */
};

/* What a task does that sleeps where a device, or all of PCI, waits for it. */
enum task_path {
	TASK_PATH_OTHER,
	TASK_PATH_UNBIND, /* a write to unbind, or to driver_override's driver */
	TASK_PATH_REMOVE, /* a write to remove of a PCI device */
	TASK_PATH_UNPLUG, /* hot-unplug, by pciehp or acpiphp */
	TASK_PATH_SRIOV, /* a write to sriov_numvfs */
	TASK_PATH_UNLOAD, /* the driver itself is unloaded */
	TASK_PATH_RESCAN, /* a write to rescan, or hotplug that adds a device */
	TASK_PATH_RESET, /* a write to reset */
	TASK_PATH_REVOKE, /* vfio_pci_dma_buf_move(): waits for importers */
	TASK_PATH_OPEN, /* opens a VFIO device or group */
	TASK_PATH_CLOSE, /* closes one, or ends while it has one open */
};

struct blocked_task {
	pid_t tid;
	const struct process *process; /* its thread group */
	char state; /* 'D' or 'S', as in proc_pid_stat(5) */
	enum task_path path;
	bool waits_for_owner; /* in vfio_unregister_group_dev() */
	const char *function; /* the innermost kernel function that says why */
	const char *device; /* whom it keeps, or waits for; NULL: cannot be told */
	const char *slot_device; /* in the slot it serves; NULL: none, or not known */
	int64_t since_us; /* CLOCK_REALTIME; 0: unknown */
};

/* Words of JSON. */
const char *host_use_kind_name(enum host_use_kind kind);
const char *task_path_name(enum task_path path);

/* Is something being taken away from its driver? */
bool task_path_is_release(enum task_path path);

#endif
