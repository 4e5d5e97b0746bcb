/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-plan.h"

#include <errno.h>
#include <string.h>

#include <systemd/sd-bus.h>

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

static void drop_bus(struct plan_sources *sources)
{
	sources->bus = sd_bus_flush_close_unref(sources->bus);
}

int plan_sources_open(const char *directory, config_complain *complain,
		      struct plan_sources *ret, int *ret_store_error,
		      int *ret_config_error)
{
	struct plan_sources sources = { .store = { -EBADF, -EBADF } };
	int r = root_open(directory, &sources.root);

	if (r < 0)
		return r;
	*ret_config_error = config_read(sources.root.fd, complain, NULL, &sources.config);
	*ret_store_error = job_store_open(sources.root.fd, &sources.store);
	if (!sources.root.captured)
		(void)unit_bus_open(&sources.bus);
	*ret = sources;
	return 0;
}

void plan_sources_done(struct plan_sources *sources)
{
	drop_bus(sources);
	job_store_close(&sources->store);
	config_free(sources->config);
	root_close(&sources->root);
}

/* What cannot be learnt of a unit stays unknown, and then nobody touches it. */
static int gather_units(struct plan_sources *sources, const struct device *device,
			struct unit_facts_list *units)
{
	for (size_t i = 0; sources->bus && i < device->n_owners; i++) {
		const struct process *process = device->owners[i].process;
		int r;

		if (!process || !process->unit || unit_facts_find(units, process->unit))
			continue;
		r = unit_facts_get(sources->bus, process->unit, UNIT_FACTS_LIMIT_US,
				   units);
		if (r == -ENOMEM)
			return r;
		if (r == -ETIME) /* once is long enough */
			drop_bus(sources);
	}
	return 0;
}

static bool is_other_member(const struct device *device, const struct device *other)
{
	return other != device && device->iommu_group >= 0 &&
	       other->iommu_group == device->iommu_group;
}

/* Of the other devices that --group would move. */
static int gather_members(struct plan_sources *sources, const struct snapshot *snapshot,
			  const struct device *device, struct unit_facts_list *units,
			  struct checks *members)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++) {
		const struct device *other = &snapshot->devices[i];
		struct readiness *readiness;

		if (!is_other_member(device, other))
			continue;
		r = gather_units(sources, other, units);
		if (r == 0)
			r = judge_readiness(snapshot, other, &readiness);
		if (r == 0)
			r = checks_add(members, readiness);
	}
	return r;
}

/* The readiness of the device itself is the last of the checks. */
static int make(struct plan_sources *sources, const struct plan_input *found,
		struct checks *checks, struct plan **ret)
{
	const struct device *device = found->device;
	struct plan_input input = *found;
	struct policy policy = policy_default;
	struct revoked revoked;

	if (sources->config)
		config_policy(sources->config, device->address, device->vendor,
			      device->product, &policy);
	if (sources->store.runtime_fd >= 0 &&
	    revoked_store_read(&sources->store, device->address, &revoked) == 0)
		input.revoked = &revoked;
	if (input.wish->verb == ACT_REASSIGN)
		input.driver_is_loaded =
			driver_is_registered(&sources->root, input.wish->driver);
	input.policy = &policy;
	input.readiness = checks->items[checks->count - 1];
	input.members = (const struct readiness *const *)checks->items;
	input.n_members = checks->count - 1;
	return plan_make(&input, ret);
}

int plan_device(struct plan_sources *sources, const struct snapshot *snapshot,
		const struct device *device, const struct wish *wish, struct plan **ret)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list units = { 0 };
	_cleanup_(checks_done) struct checks checks = { 0 };
	const struct plan_input input = {
		.snapshot = snapshot,
		.device = device,
		.wish = wish,
		.units = &units,
	};
	struct readiness *readiness;
	int r = gather_units(sources, device, &units);

	if (r == 0 && wish->group)
		r = gather_members(sources, snapshot, device, &units, &checks);
	if (r == 0)
		r = judge_readiness(snapshot, device, &readiness);
	if (r == 0)
		r = checks_add(&checks, readiness);
	return r < 0 ? r : make(sources, &input, &checks, ret);
}
