/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SNAPSHOT_LINK_H
#define DMABUFCTL_MODEL_SNAPSHOT_LINK_H

/*
 * What the parts of the linking share: snapshot-link.c (people and buffers) and
 * snapshot-link-devices.c (devices and the host around them).
 */

#include "lib/model/snapshot-storage.h"

/* NULL counts as "". */
int link_compare_text(const char *one, const char *other);

/* Most arrays arrive in order, and finding that out is cheaper than sorting. */
void link_sort(void *items, size_t count, size_t size,
	       int (*compare)(const void *, const void *));

/* Sorts the items of an ARRAY(). */
#define SORT(array, compare)                                                             \
	link_sort((array)->items, (array)->count, sizeof(*(array)->items), (compare))

/* Item i of an ARRAY(); of one that never had any, NULL. */
#define ITEM_AT(array, i) ((array)->items ? (array)->items + (i) : NULL)

/* hint remembers the last one found: people come in runs. NULL: not known. */
const struct process *link_process(const struct snapshot *snapshot, pid_t pid,
				   const struct process **hint);

/* Sorts the devices, and links the others to them. 0 or -ENOMEM. */
int link_devices(struct snapshot *snapshot);
int link_owners(struct snapshot *snapshot);
int link_uses(struct snapshot *snapshot);
int link_tasks(struct snapshot *snapshot);

/* What follows for each device once everything else is linked. 0 or -ENOMEM. */
int link_device_details(struct snapshot *snapshot);

#endif
