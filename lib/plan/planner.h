/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PLAN_PLANNER_H
#define DMABUFCTL_PLAN_PLANNER_H

/* From what was seen and what is wished to what will be done. Pure: no I/O. */

#include "lib/model/plan.h"
#include "lib/model/policy.h"
#include "lib/model/readiness.h"
#include "lib/model/snapshot.h"
#include "lib/model/undo.h"
#include "lib/model/unit-facts.h"
#include "lib/model/wish.h"

/* Another member of the IOMMU group. */
struct plan_member {
	const struct readiness *readiness; /* names it */
	struct policy policy;
};

struct plan_input {
	/* Judged, with its circumstances; uses only if plan_asks_for_uses(). */
	const struct snapshot *snapshot;
	const struct device *device; /* of that snapshot */
	const struct readiness *readiness; /* of the device */
	const struct wish *wish;
	const struct policy *policy;
	/* Of the owners, if plan_asks_for_units(); a missing one is unknown. */
	const struct unit_facts_list *units;
	const struct revoked *revoked; /* a revoke on record; NULL: none */
	bool driver_is_loaded; /* reassign: the new driver is registered */
	/*
	 * reassign with wish.group: the other members of its IOMMU group. What a host driver
	 * has and nobody judged counts as used.
	 */
	const struct plan_member *members;
	size_t n_members;
};

/*
 * May the plan take devices from their driver? Only then does it look at what the host does
 * with them.
 */
bool plan_asks_for_uses(const struct wish *wish);

/* May the plan freeze, stop or kill units? Only then does it look at plan_input.units. */
bool plan_asks_for_units(const struct wish *wish);

/*
 * 0 or -ENOMEM. A plan that must not be run says so in its refusals, and they come
 * before nothing_to_do. The plan owns copies: input may go.
 */
int plan_make(const struct plan_input *input, struct plan **ret);

#endif
