/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_FEATURE_H
#define DMABUFCTL_MODEL_FEATURE_H

/*
 * What a kernel can do, as its type information (BTF) tells. Probed, never read off
 * a version: distributors backport. Used by the BPF programs too: no includes.
 */
enum {
	FEATURE_PROBED = 1 << 0, /* the other bits mean something */
	FEATURE_INVALIDATE_MAPPINGS = 1 << 1, /* importer callback of 7.1 and later */
	FEATURE_MOVE_NOTIFY = 1 << 2, /* its older name */
	FEATURE_VFIO_DMA_BUF = 1 << 3, /* the loaded vfio_pci_core exports them */
	FEATURE_VFIO_WAITS = 1 << 4, /* and a revoke waits for unmaps */
	FEATURE_SAFE_OVERRIDE = 1 << 5, /* driver_override without device_lock */
	FEATURE_VFIO_OWNERS = 1 << 6, /* who has a VFIO device open */
};

#endif
