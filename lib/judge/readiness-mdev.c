/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/judge/mdevs.h"
#include "lib/judge/readiness-internal.h"

const struct mdev_rule mdev_rules[] = {
	{ "vfio_ap_mdev",
	  "it unpins the notification page of its queues and stops their interrupts "
	  "there; the queues themselves use no memory of the guest on their own",
	  "drivers/s390/crypto/vfio_ap_ops.c vfio_ap_mdev_dma_unmap" },
	{ "vfio_ccw_mdev",
	  "it resets the subchannel when the memory belongs to its channel program",
	  "drivers/s390/cio/vfio_ccw_ops.c vfio_ccw_dma_unmap" },
	{ "intel_vgpu_mdev",
	  "it ends the page's DMA mapping and unpins it, which an IOMMU before the GPU "
	  "enforces; the GPU's own tables stay as they are",
	  "drivers/gpu/drm/i915/gvt/kvmgt.c intel_vgpu_dma_unmap" },
	{ "mtty", "a sample: it does no DMA", "samples/vfio-mdev/mtty.c" },
	{ "mbochs", "a sample: it does no DMA", "samples/vfio-mdev/mbochs.c" },
	{ "mdpy", "a sample: it does no DMA", "samples/vfio-mdev/mdpy.c" },
};

const size_t n_mdev_rules = ARRAY_SIZE(mdev_rules);

const struct mdev_rule *mdev_rule_find(const char *driver)
{
	for (size_t i = 0; i < n_mdev_rules; i++)
		if (text_equals(driver, mdev_rules[i].driver))
			return &mdev_rules[i];
	return NULL;
}

/* When its memory is taken from it, does the device stop using it? */
static int note_dma(struct check *check, const struct device *mdev)
{
	const struct mdev_rule *rule = mdev_rule_find(mdev->driver);
	const struct finding finding = {
		.kind = NOTE_MDEV_DMA,
		.device = mdev->address,
	};

	if (!rule)
		return readiness_note(check->findings, &finding,
				      "nothing is known of whether %s stops DMA of %s "
				      "when its memory is unmapped",
				      mdev->driver ? mdev->driver : "its driver",
				      mdev->address);
	return readiness_note(check->findings, &finding,
			      "what %s does when memory of %s is unmapped: %s",
			      mdev->driver, mdev->address, rule->reason);
}

static int check_mdev(struct check *check, const struct device *mdev)
{
	const struct process *owner = mdev->n_owners > 0 ? mdev->owners[0].process : NULL;
	struct process_text name, remedy;
	char remove[128];
	struct finding finding = {
		.kind = OBSTACLE_MDEV,
		.device = mdev->address,
		.bounded = !owner,
		.remedy = owner ? process_remedy(owner, &remedy) : remove,
	};

	(void)snprintf(remove, sizeof(remove), "mdevctl stop --uuid %s", mdev->address);
	finding_set_process(&finding, owner);
	if (owner)
		return readiness_obstacle(check->findings, &finding,
					  "the mediated device %s below it is open by %s",
					  mdev->address, process_text(owner, &name));
	return readiness_obstacle(check->findings, &finding,
				  "the mediated device %s is below it", mdev->address);
}

int check_mdevs(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	if (text_equals(check->device->bus, "mdev"))
		return note_dma(check, check->device);
	for (size_t i = 0; r == 0 && i < snapshot->n_devices; i++) {
		const struct device *mdev = &snapshot->devices[i];

		if (!text_equals(mdev->parent, check->device->address))
			continue;
		r = check_mdev(check, mdev);
		if (r == 0)
			r = note_dma(check, mdev);
	}
	return r;
}
