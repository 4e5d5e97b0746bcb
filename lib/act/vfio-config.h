/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_VFIO_CONFIG_H
#define DMABUFCTL_ACT_VFIO_CONFIG_H

/*
 * The config space of a device as its VFIO fd shows it. Always with pread() and
 * pwrite(): the position is shared with the owner. Every call resumes the device, and
 * writing PCI_COMMAND revokes or restores and may sleep without limit. Only for
 * disposable processes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/act/operation.h"

/* Where config space begins in the fd (VFIO_DEVICE_GET_REGION_INFO). */
int vfio_config_offset(int fd, uint64_t *ret);

/* The 16 bits of a register. 0; -EIO: less than that could be read; negative errno. */
int vfio_config_read(int fd, uint64_t offset, uint16_t *ret);

struct command_change {
	uint16_t before; /* as the owner had it */
	uint16_t after; /* read back */
};

/*
 * Sets or clears the memory bit of PCI_COMMAND and nothing else, also if it is so
 * already: the kernel acts on the write. Only the low byte is written, and with what the
 * owner has in it right before; what it writes afterwards stays. Says its stages, adds
 * the time in its calls to report->duration_us. 0 or negative errno.
 */
int vfio_config_set_memory(int fd, uint64_t offset, bool enable, int output,
			   struct operation_report *report, struct command_change *ret);

#endif
