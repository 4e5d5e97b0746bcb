/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_REVOKE_H
#define DMABUFCTL_ACT_REVOKE_H

/*
 * Revoke and restore of all buffers of a device, through a copy of its owner's fd. Each
 * runs as an operation; the kernel may sleep in it without limit (kernel-facts: fences,
 * importers that never unmap: uninterruptible, in vfio_pci_dma_buf_move()).
 */

#include "lib/act/device-fd.h"
#include "lib/model/act.h"

struct revoke_request {
	struct owner_fd owner;
	enum revoke_method method; /* not auto, not buffer */
};

enum {
	/* report.value; of memory: bits of PCI_COMMAND as the owner had them ... */
	REVOKE_COMMAND_MASK = 0xffff,
	/* ... the owner set the memory bit again (restore: cleared it) meanwhile ... */
	REVOKE_MEMORY_CAME_BACK = 1 << 16,
	/* ... and changed other bits, which are as the owner wants them ... */
	REVOKE_COMMAND_CHANGED = 1 << 17,
	/* Of low-power: the owner had entered it itself: it is revoked, not by us. */
	REVOKE_LOW_POWER_BY_OWNER = 1 << 18,
};

/* report.value of memory; enable: of restore. Pure. */
uint32_t revoke_memory_value(uint16_t before, uint16_t after, bool enable);

/*
 * Starts it: 0; -EINVAL: not a method that acts on a device, or not the name of a PCI
 * device; negative errno. report.error: 0; what device_fd_borrow() gives; -EOPNOTSUPP (this kernel or
 * device cannot do it by this method); -EAGAIN (reset: the device is being released);
 * negative errno. The time to drop the copy is not in report.duration_us.
 */
int revoke_start(const struct revoke_request *request, int lock_fd,
		 struct operation *ret);

/*
 * The way back by the same method: sets the memory bit and nothing else, or leaves low
 * power. A reset needs none: -EINVAL.
 */
int restore_start(const struct revoke_request *request, int lock_fd,
		  struct operation *ret);

#endif
