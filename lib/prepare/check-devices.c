/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/prepare/check-devices.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/judge/judge.h"
#include "lib/model/device-condition.h"
#include "lib/model/exit-status.h"
#include "lib/prepare/plan-device.h"

/* Exports of a VFIO driver are the ones that have a state. */
static bool exports_by_vfio(const struct snapshot *snapshot, const struct device *device)
{
	for (size_t i = 0; i < device->n_exports; i++) {
		const struct buffer *buffer =
			snapshot_buffer(snapshot, device->exports[i]);

		if (buffer && buffer->state != BUFFER_STATE_NONE)
			return true;
	}
	return false;
}

static bool is_of_vfio(const struct snapshot *snapshot, const struct device *device)
{
	return device->vfio_bound || device->state == DEVICE_RELEASING ||
	       (device->bus && strcmp(device->bus, "mdev") == 0) ||
	       exports_by_vfio(snapshot, device);
}

int check_device(const struct snapshot *snapshot, const struct device *device,
		 struct checks *checks)
{
	struct readiness *readiness;
	int r = judge_readiness(snapshot, device, &readiness);

	return r < 0 ? r : checks_add(checks, readiness);
}

static int note_unseen(const struct snapshot *snapshot, struct checks *checks)
{
	const struct check_error error = {
		.status = STATUS_FAILED,
		.message = checks->count > 0 ? "not all devices could be read"
					     : "devices could not be read",
		.hint = "Something on this host may be stuck; 'dmabufctl status' says "
			"more.",
	};

	return snapshot->seen & SEEN_DEVICES ? 0 : checks_add_error(checks, &error);
}

int check_all_devices(const struct snapshot *snapshot, struct checks *checks)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++)
		if (is_of_vfio(snapshot, &snapshot->devices[i]))
			r = check_device(snapshot, &snapshot->devices[i], checks);
	return r < 0 ? r : note_unseen(snapshot, checks);
}

/* Not one that only waits behind the release of another. */
static bool waits_for_owner(const struct snapshot *snapshot, const struct device *device)
{
	const struct blocked_task *task;

	return device_is_leaving(snapshot, device, &task) &&
	       (device->state == DEVICE_RELEASING || task->waits_for_owner);
}

int check_releases(const struct snapshot *snapshot, struct checks *checks)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++)
		if (waits_for_owner(snapshot, &snapshot->devices[i]))
			r = check_device(snapshot, &snapshot->devices[i], checks);
	return r;
}

static int plan_one(struct plan_sources *sources, const struct snapshot *snapshot,
		    struct checks *checks, size_t index)
{
	const struct device *device =
		snapshot_device(snapshot, checks->items[index]->device);
	/* whose cgroup asks matters only where units are stopped */
	struct wish wish = { .verb = ACT_RELEASE };
	struct plan *plan;
	int r;

	if (!device || !device_is_pci(device))
		return 0;
	(void)snprintf(wish.device, sizeof(wish.device), "%s", device->address);
	wish.vendor = device->vendor;
	wish.product = device->product;
	r = plan_device(sources, snapshot, device, &wish, NULL, &plan);
	return r < 0 ? r : checks_add_plan(checks, index, plan);
}

int check_plans(const char *directory, const struct snapshot *snapshot,
		struct checks *checks)
{
	struct plan_sources sources;
	int store_error, config_error, r;

	/* complaints about the configuration are for those who act */
	r = plan_sources_open(directory, NULL, NULL, &sources, &store_error,
			      &config_error);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; config_error == 0 && r == 0 && i < checks->count; i++)
		r = plan_one(&sources, snapshot, checks, i);
	plan_sources_done(&sources);
	return r;
}
