/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_DEVICE_CONDITION_H
#define DMABUFCTL_MODEL_DEVICE_CONDITION_H

/* What may be done to a device now, from a judged snapshot. Pure. */

#include "lib/model/snapshot.h"

/*
 * Somebody has it open, or it cannot be said that nobody has. An owner that is stuck in
 * its own exit has no fds left: then only its buffers, or the task that waits, tell.
 */
bool device_may_be_open(const struct snapshot *snapshot, const struct device *device);

/*
 * Its driver is leaving it. ret_task: the task that waits for the owner, if it was seen,
 * else one that waits behind it; else NULL.
 */
bool device_is_leaving(const struct snapshot *snapshot, const struct device *device,
		       const struct blocked_task **ret_task);

/* Somebody sleeps in a revoke of it, or otherwise in its VFIO driver. */
bool device_is_stuck(const struct snapshot *snapshot, const struct device *device);

#endif
