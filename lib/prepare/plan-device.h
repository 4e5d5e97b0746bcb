/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PREPARE_PLAN_DEVICE_H
#define DMABUFCTL_PREPARE_PLAN_DEVICE_H

#include "lib/model/plan.h"
#include "lib/model/policy.h"
#include "lib/model/snapshot.h"
#include "lib/model/wish.h"
#include "lib/prepare/plan-sources.h"

/*
 * What would be done to a device of a judged snapshot that has seen its circumstances, and
 * what the host uses if plan_asks_for_uses(); with wish.group also to the other members of
 * its group. ret_policy (may be NULL) is what holds for the device, and points into the
 * sources. Asks systemd for the owners' units if plan_asks_for_units(), 5 s each at most,
 * and no more once it was late. 0 or -ENOMEM; end with plan_free().
 */
int plan_device(struct plan_sources *sources, const struct snapshot *snapshot,
		const struct device *device, const struct wish *wish,
		struct policy *ret_policy, struct plan **ret);

void cleanup_plan(struct plan **plan); /* for _cleanup_() */

#endif
