/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/prepare/plan-device.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/act/driver.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/model/checks.h"
#include "lib/plan/planner.h"

void cleanup_plan(struct plan **plan)
{
	plan_free(*plan);
}

/* What cannot be learnt of a unit stays unknown, and then nobody touches it. */
static int gather_units(struct plan_sources *sources, const struct device *device,
			struct unit_facts_list *units)
{
	for (size_t i = 0; sources->bus && i < device->n_owners; i++) {
		const struct process *process = device->owners[i].process;
		int r;

		if (sources->units_are_late)
			return 0;
		if (!process || !process->unit || unit_facts_find(units, process->unit))
			continue;
		r = unit_facts_get(sources->bus, process->unit, UNIT_FACTS_LIMIT_US,
				   units);
		if (r == -ENOMEM)
			return r;
		sources->units_are_late = r == -ETIME;
	}
	return 0;
}

static int judge(struct plan_sources *sources, const struct plan_input *input,
		 const struct device *device, struct unit_facts_list *units,
		 struct checks *checks)
{
	struct readiness *readiness;
	int r = plan_asks_for_units(input->wish) ? gather_units(sources, device, units)
						 : 0;

	if (r == 0)
		r = judge_readiness(input->snapshot, device, &readiness);
	return r < 0 ? r : checks_add(checks, readiness);
}

static bool is_other_member(const struct device *device, const struct device *other)
{
	return other != device && device->iommu_group >= 0 &&
	       other->iommu_group == device->iommu_group;
}

/* The device first, then the others that would move with it. */
static int judge_all(struct plan_sources *sources, const struct plan_input *input,
		     struct unit_facts_list *units, struct checks *checks)
{
	const struct snapshot *snapshot = input->snapshot;
	int r = judge(sources, input, input->device, units, checks);

	for (size_t i = 0; r == 0 && input->wish->group && i < snapshot->n_devices; i++)
		if (is_other_member(input->device, &snapshot->devices[i]))
			r = judge(sources, input, &snapshot->devices[i], units, checks);
	return r;
}

static void find_policy(const struct plan_sources *sources, const struct device *device,
			struct policy *ret)
{
	*ret = policy_default;
	if (sources->config)
		config_policy(sources->config, device->address, device->vendor,
			      device->product, ret);
}

typedef ARRAY(struct plan_member) member_array;

/* The others, each with what is configured for it. */
static int gather_members(const struct plan_sources *sources,
			  const struct snapshot *snapshot, const struct checks *checks,
			  member_array *members)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < checks->count; i++) {
		struct plan_member member = { .readiness = checks->items[i] };

		find_policy(sources, snapshot_device(snapshot, member.readiness->device),
			    &member.policy);
		r = ARRAY_PUSH(members, member);
	}
	return r;
}

static int plan_judged(struct plan_sources *sources, struct plan_input *input,
		       struct plan **ret)
{
	const struct wish *wish = input->wish;
	struct revoked revoked;

	if (sources->store.runtime_fd >= 0 &&
	    revoked_store_read(&sources->store, input->device->address, &revoked) == 0)
		input->revoked = &revoked;
	if (wish->verb == ACT_REASSIGN)
		input->driver_is_loaded =
			driver_is_registered(&sources->root, wish->driver);
	return plan_make(input, ret);
}

int plan_device(struct plan_sources *sources, const struct snapshot *snapshot,
		const struct device *device, const struct wish *wish,
		struct policy *ret_policy, struct plan **ret)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list units = { 0 };
	_cleanup_(checks_done) struct checks checks = { 0 };
	member_array members = { 0 };
	struct policy policy;
	struct plan_input input = {
		.snapshot = snapshot,
		.device = device,
		.wish = wish,
		.policy = &policy,
		.units = &units,
	};
	int r = judge_all(sources, &input, &units, &checks);

	if (r == 0)
		r = gather_members(sources, snapshot, &checks, &members);
	if (r == 0) {
		find_policy(sources, device, &policy);
		input.readiness = checks.items[0];
		input.members = members.items;
		input.n_members = members.count;
		r = plan_judged(sources, &input, ret);
	}
	if (r == 0 && ret_policy)
		*ret_policy = policy;
	free(members.items);
	return r;
}
