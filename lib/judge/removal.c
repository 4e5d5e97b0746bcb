/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/judge/judge.h"

enum {
	NEEDED = SEEN_OWNERS | SEEN_DEVICES,
};

static bool is_in_use(const struct device *device)
{
	return device->driver || device->n_owners > 0;
}

/* "0000:03:00.0" and "0000:03:00.1": one card */
static bool shares_slot(const struct device *device, const struct device *other)
{
	const char *dot = strrchr(device->address, '.');

	return dot && other->bus && strcmp(other->bus, "pci") == 0 &&
	       strncmp(device->address, other->address,
		       (size_t)(dot - device->address) + 1) == 0;
}

static bool is_function_of(const struct device *device, const struct device *other)
{
	return other->physical_function &&
	       strcmp(other->physical_function, device->address) == 0;
}

/* What would be pulled out with it; NULL: nothing that is in use. */
static const struct device *goes_along(const struct snapshot *snapshot,
				       const struct device *device)
{
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct device *other = &snapshot->devices[i];

		if (other != device && is_in_use(other) &&
		    (shares_slot(device, other) || is_function_of(device, other)))
			return other;
	}
	return NULL;
}

static bool is_mapped(const struct snapshot *snapshot, const struct device *device)
{
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (buffer->device && strcmp(buffer->device, device->address) == 0 &&
		    (buffer->state == BUFFER_STATE_LIVE ||
		     buffer->state == BUFFER_STATE_REVOKING))
			return true;
	}
	return false;
}

const char *judge_removal(const struct snapshot *snapshot, const struct device *device,
			  const struct device **ret_other)
{
	const struct device *other = goes_along(snapshot, device);

	*ret_other = NULL;
	if ((snapshot->seen & NEEDED) != NEEDED)
		return "not everything that could use it was seen";
	if (device->is_virtual_function)
		return "a virtual function is removed by its parent alone";
	if (is_in_use(device) || device->state != DEVICE_UNBOUND)
		return "it is in use";
	if (is_mapped(snapshot, device))
		return "an importer may still reach its memory";
	if (!other)
		return NULL;
	*ret_other = other;
	return "this goes with it, and is in use";
}
