/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_MDEVS_H
#define DMABUFCTL_JUDGE_MDEVS_H

/*
 * Drivers of mediated devices: what their DMA-unmap callback (struct vfio_device_ops,
 * dma_unmap) does, which VFIO calls before memory is taken from a device that pinned
 * it. Each row names where it was read, in Linux 7.2.
 */

#include <stddef.h>

struct mdev_rule {
	const char *driver; /* on the mdev bus */
	const char *reason; /* what it does, as a clause */
	const char *source;
};

extern const struct mdev_rule mdev_rules[];
extern const size_t n_mdev_rules;

/* NULL: not in the table. driver may be NULL. */
const struct mdev_rule *mdev_rule_find(const char *driver);

#endif
