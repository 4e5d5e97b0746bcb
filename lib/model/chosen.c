/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/chosen.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int chosen_buffers(const struct snapshot *snapshot, const struct filter *filter,
		   struct chosen_buffers *ret)
{
	struct chosen_buffers chosen = { 0 };

	chosen.items = calloc(snapshot->n_buffers + 1, sizeof(*chosen.items));
	if (!chosen.items)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_buffers; i++)
		if (filter_matches(filter, &snapshot->buffers[i]))
			chosen.items[chosen.count++] = &snapshot->buffers[i];
	*ret = chosen;
	return 0;
}

void chosen_buffers_done(struct chosen_buffers *chosen)
{
	free(chosen->items);
}

static bool is_shared(const struct device *device)
{
	return device->n_exports > 0 || device->n_imports > 0 || device->vfio_bound ||
	       device->n_owners > 0 || device->n_mdevs > 0 || device->parent ||
	       device->state == DEVICE_RELEASING;
}

static bool unit_matches(const char *pattern, const struct device *device)
{
	if (!pattern)
		return true;
	for (size_t i = 0; i < device->n_owners; i++) {
		const struct process *process = device->owners[i].process;

		if (!process || !process->unit)
			continue;
		/* a literal name may contain backslashes, which a pattern would eat */
		if (strcmp(pattern, process->unit) == 0 ||
		    fnmatch(pattern, process->unit, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

/* The device that another stands behind; NULL: it stands by itself. */
static const struct device *parent_of(const struct snapshot *snapshot,
				      const struct device *device)
{
	const struct device *parent =
		device->parent ? snapshot_device(snapshot, device->parent) : NULL;

	/* another host may tell of parents in a circle */
	return parent && !parent->parent ? parent : NULL;
}

static void add_children(const struct snapshot *snapshot, const char *unit,
			 bool as_they_are, const struct device *parent,
			 struct chosen_devices *chosen)
{
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *device = &snapshot->devices[i];

		if (device->parent && strcmp(device->parent, parent->address) == 0 &&
		    (as_they_are || (is_shared(device) && unit_matches(unit, device))))
			chosen->items[chosen->count++] = device;
	}
}

int chosen_devices(const struct snapshot *snapshot, const char *unit, bool as_they_are,
		   struct chosen_devices *ret)
{
	struct chosen_devices chosen = { 0 };

	chosen.items = calloc(snapshot->n_devices + 1, sizeof(*chosen.items));
	if (!chosen.items)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *device = &snapshot->devices[i];

		if (parent_of(snapshot, device))
			continue;
		if (as_they_are || (is_shared(device) && unit_matches(unit, device)))
			chosen.items[chosen.count++] = device;
		if (!device->parent)
			add_children(snapshot, unit, as_they_are, device, &chosen);
	}
	*ret = chosen;
	return 0;
}

void chosen_devices_done(struct chosen_devices *chosen)
{
	free(chosen->items);
}
