/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/judge/readiness-internal.h"

static const struct process *first_owner(const struct device *device)
{
	return device->n_owners > 0 ? device->owners[0].process : NULL;
}

/* In use where it cannot be taken from: by a host driver, or by whoever has it open. */
static bool is_in_use(const struct device *device)
{
	return device->n_owners > 0 || device_is_host_driven(device);
}

static bool is_in_group(const struct device *device, const struct device *other)
{
	return other != device && other->iommu_group >= 0 &&
	       other->iommu_group == device->iommu_group &&
	       !text_equals(other->parent, device->address);
}

/* One of a group that somebody has open cannot get a host driver, and the reverse. */
static int check_member(struct check *check, const struct device *member)
{
	const struct process *owner = first_owner(member);
	struct process_text name, remedy;
	struct finding finding = {
		.kind = OBSTACLE_GROUP_MEMBER,
		.device = member->address,
		.remedy = owner ? process_remedy(owner, &remedy)
				: "give it to vfio-pci or to no driver, too",
	};

	finding_set_process(&finding, owner);
	if (owner)
		return readiness_obstacle(
			check->findings, &finding,
			"%s of the same IOMMU group %d is open by %s: no member can get "
			"a host driver",
			member->address, member->iommu_group, process_text(owner, &name));
	return readiness_obstacle(
		check->findings, &finding,
		"%s of the same IOMMU group %d is driven by %s: no member can be opened "
		"through VFIO",
		member->address, member->iommu_group, member->driver);
}

int check_group(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++) {
		const struct device *other = &snapshot->devices[i];

		if (is_in_group(check->device, other) && is_in_use(other))
			r = check_member(check, other);
	}
	return r;
}

static int check_virtual_function(struct check *check, const struct device *function)
{
	const struct process *owner = first_owner(function);
	struct process_text name, remedy;
	struct finding finding = {
		.kind = OBSTACLE_VIRTUAL_FUNCTION,
		.device = function->address,
		.bounded = !owner,
		.remedy = owner ? process_remedy(owner, &remedy)
				: "unbind it first; taking its parent away removes it",
	};

	finding_set_process(&finding, owner);
	if (owner)
		return readiness_obstacle(
			check->findings, &finding,
			"its virtual function %s is open by %s, and goes with it",
			function->address, process_text(owner, &name));
	return readiness_obstacle(
		check->findings, &finding,
		"its virtual function %s is bound to %s, and goes with it",
		function->address, function->driver);
}

int check_virtual_functions(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++) {
		const struct device *function = &snapshot->devices[i];

		if (text_equals(function->physical_function, check->device->address) &&
		    (function->n_owners > 0 || function->driver))
			r = check_virtual_function(check, function);
	}
	return r;
}

/* Can it be reset without its neighbours? Unknown counts as yes: nothing is claimed. */
static bool resets_alone(const struct device *device)
{
	static const char *const alone[] = { "flr", "pm", "acpi", "device_specific" };

	if (!device->reset_methods)
		return true;
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (strstr(device->reset_methods, alone[i]))
			return true;
	return false;
}

/* "0000:03:00.0" and "0000:03:01.0" */
static bool is_on_same_bus(const struct device *device, const struct device *other)
{
	const char *colon = strrchr(device->address, ':');

	return other != device && colon && text_equals(device->bus, "pci") &&
	       text_equals(other->bus, "pci") && !other->is_virtual_function &&
	       strncmp(device->address, other->address,
		       (size_t)(colon - device->address) + 1) == 0;
}

static int check_reset_sibling(struct check *check, const struct device *sibling)
{
	const struct process *owner = first_owner(sibling);
	struct process_text name, remedy;
	struct finding finding = {
		.kind = OBSTACLE_RESET_SIBLING,
		.device = sibling->address,
		.remedy = owner ? process_remedy(owner, &remedy)
				: "take it from its driver, too, or do without a reset",
	};

	finding_set_process(&finding, owner);
	return readiness_obstacle(
		check->findings, &finding,
		"only a reset of the whole bus resets it, and %s there is in use by %s: "
		"it goes on as it was left",
		sibling->address, owner ? process_text(owner, &name) : sibling->driver);
}

/* A root complex is never reset as a bus. Bus 00 is one, and there may be others. */
static bool is_on_root_bus(const struct device *device)
{
	const char *colon = strchr(device->address, ':');

	return device->on_root_bus || (colon && strncmp(colon, ":00:", 4) == 0);
}

int check_reset_siblings(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	if (resets_alone(check->device) || is_on_root_bus(check->device))
		return 0;
	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++) {
		const struct device *sibling = &snapshot->devices[i];

		/* what shares the group has been told already */
		if (is_on_same_bus(check->device, sibling) && is_in_use(sibling) &&
		    !is_in_group(check->device, sibling))
			r = check_reset_sibling(check, sibling);
	}
	return r;
}
