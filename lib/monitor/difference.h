/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_DIFFERENCE_H
#define DMABUFCTL_MONITOR_DIFFERENCE_H

#include "lib/model/event.h"
#include "lib/model/snapshot.h"

/*
 * What must have happened between two snapshots that were judged, at time_us at the
 * latest: one event for each thing that differs. What either of them could not see is
 * passed over. Who did it is told where the snapshots know. Pure.
 */
void difference(const struct snapshot *before, const struct snapshot *after,
		int64_t time_us, event_function *put, void *context);

/* Is it good for a comparison? Not if a source that told of buffers was blocked. */
bool difference_is_of_use(const struct snapshot *snapshot);

#endif
