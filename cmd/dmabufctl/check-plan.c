/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/check-plan.h"

#include <errno.h>

#include "cmd/dmabufctl/act-host.h"
#include "lib/prepare/plan-device.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"

static int plan_one(struct plan_sources *sources, struct check *check, size_t index,
		    struct wish *wish)
{
	const struct readiness *readiness = check->checks.items[index];
	const struct device *device = snapshot_device(check->snapshot, readiness->device);
	struct plan *plan;
	int r;

	if (!device || !device_is_pci(device))
		return 0;
	(void)snprintf(wish->device, sizeof(wish->device), "%s", device->address);
	wish->vendor = device->vendor;
	wish->product = device->product;
	r = plan_device(sources, check->snapshot, device, wish, NULL, &plan);
	return r < 0 ? r : checks_add_plan(&check->checks, index, plan);
}

static int plan_all(struct plan_sources *sources, struct check *check)
{
	struct wish wish = { .verb = ACT_RELEASE };
	int r = 0;

	act_host_cgroup(&sources->root, wish.caller_cgroup);
	for (size_t i = 0; r == 0 && i < check->checks.count; i++)
		r = plan_one(sources, check, i, &wish);
	return r;
}

int check_plan(const struct options *options, struct check *check)
{
	struct plan_sources sources;
	int store_error, config_error, r;

	/* complaints about the configuration are for those who act */
	r = plan_sources_open(options->root, NULL, NULL, &sources, &store_error,
			      &config_error);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (config_error == 0)
		r = plan_all(&sources, check);
	plan_sources_done(&sources);
	return r;
}
