/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "lib/judge/readiness-internal.h"

/* "fd 5, its BAR mapped twice", as far as it is known. */
static void describe_hold(const struct owner *owner, char *text, size_t size)
{
	size_t used = 0;

	if (owner->n_fds > 0)
		used = (size_t)snprintf(text, size, "fd %d%s", owner->fds[0],
					owner->n_fds > 1 ? " and others" : "");
	else if (owner->maps == 0)
		used = (size_t)snprintf(text, size, "no fd, but its close has not ended");
	else
		used = (size_t)snprintf(text, size, "no fd");
	if (owner->maps > 0)
		(void)snprintf(text + used, size - used, ", %d mapping%s of it",
			       owner->maps, owner->maps == 1 ? "" : "s");
	else if (owner->maps < 0)
		(void)snprintf(text + used, size - used, ", mappings unknown");
}

static int check_owner(struct check *check, const struct owner *owner)
{
	struct process_text name, remedy;
	struct finding finding = {
		.kind = OBSTACLE_OWNER,
		.remedy = process_remedy(owner->process, &remedy),
	};
	char hold[80];

	describe_hold(owner, hold, sizeof(hold));
	finding_set_process(&finding, owner->process);
	return readiness_obstacle(check->findings, &finding, "%s has it open: %s",
				  process_text(owner->process, &name), hold);
}

/*
 * A container of VFIO type1 maps the BARs of its devices for each other as memory that
 * is no dma-buf (kernel-side: vfio_iommu_type1.c follow_fault_pfn()).
 */
static int note_legacy_mapping(struct check *check, const struct owner *owner)
{
	struct finding finding = { .kind = NOTE_LEGACY_MAPPING };
	struct process_text name;

	finding_set_process(&finding, owner->process);
	return readiness_note(
		check->findings, &finding,
		"%s has mapped its BAR: if other devices of that process reach it "
		"peer-to-peer through a legacy VFIO container, no revoke ends that; only "
		"closing the device does",
		process_text(owner->process, &name));
}

static int unseen_owner(struct check *check)
{
	const struct finding finding = {
		.kind = OBSTACLE_OWNER,
		.remedy = unseen_remedy(check, SOURCE_PROC),
	};

	return readiness_obstacle(check->findings, &finding, "who has it open %s",
				  source_is_left_out(check, SOURCE_PROC)
					  ? "was not asked of proc"
					  : "could not be read");
}

int check_owners(struct check *check)
{
	const struct device *device = check->device;
	int r = 0;

	for (size_t i = 0; r == 0 && i < device->n_owners; i++) {
		r = check_owner(check, &device->owners[i]);
		if (r == 0 && device->owners[i].maps > 0 &&
		    device->owners[i].has_container)
			r = note_legacy_mapping(check, &device->owners[i]);
	}
	/* of a device that a host driver has, nobody can be the owner */
	if (r == 0 && !(check->snapshot->seen & SEEN_OWNERS) && device->n_owners == 0 &&
	    device->state != DEVICE_HOST)
		r = unseen_owner(check);
	return r;
}
