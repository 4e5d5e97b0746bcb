/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_DRIVER_H
#define DMABUFCTL_ACT_DRIVER_H

/*
 * Moving a PCI device between drivers, by sysfs. Each write runs as an operation: unbind
 * waits for the owner of a VFIO device without limit, driver_override takes the device's
 * lock before 7.0, and whatever is behind a stuck release sleeps in D.
 */

#include "lib/act/operation.h"
#include "lib/observe/root.h"

/*
 * Each ..._start(): 0, -EINVAL (no name of a PCI device, or of a driver), or negative
 * errno. The process has no fd of root: it opens the live system by "/", and a captured
 * tree by the path that it has now.
 */

/*
 * Opens the VFIO group of a device and keeps it until claim_drop(): nobody else can open
 * the group or its devices meanwhile, and an unbind still completes (kernel-facts 8.15).
 * While somebody has it open (-EBUSY) it tries again until deadline_ms. The operation
 * reports stage "claimed" (not ended) when it has it; claim_wait() waits for that.
 * Until then report.error is -EBUSY once it was found open by somebody else; 0: the first
 * open() has not come back yet.
 */
int claim_start(const struct root *root, const char *device, int lock_fd,
		struct operation *ret);
/*
 * 0; -ETIME; -EINTR (wake_fd); -ENOENT: it has no group that could be opened; -EPIPE: it
 * died; other negative errno of open().
 */
int claim_wait(struct operation *claim, uint64_t deadline_ms, int wake_fd);
bool claim_drop(struct operation *claim);

/* driver NULL: no override. */
int override_start(const struct root *root, const char *device, const char *driver,
		   int lock_fd, struct operation *ret);

/*
 * Reads driver_override, as an operation for the same reason: report.stage is the value
 * then, "" for none. report.error -E2BIG: it is longer than that.
 */
int override_read_start(const struct root *root, const char *device, int lock_fd,
			struct operation *ret);

/* Writes the device to the unbind file of the driver it has. -ENODEV: it has none. */
int unbind_start(const struct root *root, const char *device, int lock_fd,
		 struct operation *ret);

/*
 * Lets the kernel find the driver (drivers_probe, which follows driver_override).
 * report.error -ENODEV: no driver took it.
 */
int bind_start(const struct root *root, const char *device, int lock_fd,
	       struct operation *ret);

/* sysfs, which does not sleep: the driver it has (malloc'ed), -ENOENT: none. */
int driver_of(const struct root *root, const char *device, char **ret);
/* sysfs, which does not sleep: who it is. 0, -ENODEV: it is not there. */
int device_ids(const struct root *root, const char *device, uint16_t *ret_vendor,
	       uint16_t *ret_product);
bool driver_is_registered(const struct root *root, const char *driver);

#endif
