/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_CHOSEN_H
#define DMABUFCTL_MODEL_CHOSEN_H

/* What list and devices show of a snapshot. Pure. */

#include "lib/model/filter.h"
#include "lib/model/snapshot.h"

/* Zeroed: none. They point into the snapshot. */
struct chosen_buffers {
	const struct buffer **items;
	size_t count;
};

struct chosen_devices {
	const struct device **items;
	size_t count;
};

/* By inode. 0 or -ENOMEM. Both end with _done(), also for _cleanup_(). */
int chosen_buffers(const struct snapshot *snapshot, const struct filter *filter,
		   struct chosen_buffers *ret);
void chosen_buffers_done(struct chosen_buffers *chosen);

/*
 * Those that share memory or are bound to VFIO, with an owner whose unit matches the
 * shell pattern (NULL: any); with as_they_are all, since whoever made the snapshot has
 * chosen. By address, but for mediated devices, which follow their parents.
 */
int chosen_devices(const struct snapshot *snapshot, const char *unit, bool as_they_are,
		   struct chosen_devices *ret);
void chosen_devices_done(struct chosen_devices *chosen);

#endif
