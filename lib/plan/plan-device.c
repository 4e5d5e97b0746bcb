/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

static bool is_of(const struct buffer *buffer, const struct device *device)
{
	return text_same(buffer->device, device->address);
}

bool any_is_open(const struct planning *planning)
{
	const struct device *device = planning_next(planning, NULL);

	while (device && !device_may_be_open(planning->input->snapshot, device))
		device = planning_next(planning, device);
	return device;
}

bool buffer_is_exposed(const struct buffer *buffer, const struct device *device)
{
	if (buffer->state == BUFFER_STATE_ORPHANED || buffer->state == BUFFER_STATE_NONE)
		return false;
	if (buffer->device)
		return is_of(buffer, device);
	/* only BPF tells which device it is of; an open one could have exported it */
	return buffer_is_of_vfio(buffer) && device->n_owners > 0;
}

const struct device *function_in_use(const struct planning *planning,
				     const struct device *device)
{
	const struct snapshot *snapshot = planning->input->snapshot;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *function = &snapshot->devices[i];

		if (text_same(function->physical_function, device->address) &&
		    (function->driver || function->n_owners > 0))
			return function;
	}
	return NULL;
}
