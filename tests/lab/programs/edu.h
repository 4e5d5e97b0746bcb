/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's edu device as somebody who does DMA: what it finds at an I/O virtual address is
 * what the IOMMU lets it find.
 */
#ifndef LAB_EDU_H
#define LAB_EDU_H

#include <stdint.h>

#include "vfio.h"

struct edu {
	struct vfio vfio;
	uint32_t *page; /* where it puts what it has read */
};

/* Opens its cdev, attaches it to a new I/O address space; exits on failure */
void edu_open(struct edu *edu, const char *address);

/* What the device reads there; where the IOMMU does not let it, anything. 0 or a negative errno */
int edu_read(struct edu *edu, uint64_t iova, uint32_t *ret_value);

#endif
