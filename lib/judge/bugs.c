/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/judge/kernel-rules.h"
#include "lib/model/feature.h"

/*
 * A bug is told from what was probed. Where only the release tells, its words say
 * "may": distributors backport the repair as well.
 */
static const struct {
	uint32_t with, without; /* FEATURE_* */
	unsigned int major, minor; /* of this release only; 0: any */
	const char *bug;
	const char *source;
} bugs[] = {
	{ FEATURE_VFIO_DMA_BUF, FEATURE_VFIO_WAITS, 0, 0,
	  "a revoke by VFIO does not wait until importers have let go",
	  "Linux 6.19 and 7.0, drivers/vfio/pci/vfio_pci_dmabuf.c "
	  "vfio_pci_dma_buf_move" },
	{ FEATURE_VFIO_WAITS, 0, 7, 1,
	  "a second revoke of a buffer may underflow its reference count",
	  "some 7.1.x, drivers/vfio/pci/vfio_pci_dmabuf.c:359 of 7.2: kref re-armed" },
	{ FEATURE_VFIO_WAITS, 0, 0, 0,
	  "the graphics driver xe says that it can be revoked, and unmaps only when its "
	  "user runs again: a revoke may wait for ever",
	  "drivers/gpu/drm/xe/xe_bo.c xe_bo_move_dmabuf, up to 7.3" },
	{ FEATURE_VFIO_WAITS, 0, 0, 0,
	  "entering low power twice fails, and has revoked all the same",
	  "drivers/vfio/pci/vfio_pci_core.c:378 vfio_pci_runtime_pm_entry, up to 7.3" },
	{ 0, FEATURE_SAFE_OVERRIDE, 0, 0,
	  "reading driver_override of a device that is being released hangs",
	  "drivers/pci/pci-sysfs.c driver_override_show, device_lock" },
};

static bool applies(size_t i, const struct snapshot *snapshot)
{
	if ((snapshot->features & bugs[i].with) != bugs[i].with ||
	    snapshot->features & bugs[i].without)
		return false;
	if (bugs[i].major == 0)
		return true;
	return kernel_is_since(snapshot->kernel, bugs[i].major, bugs[i].minor) ==
		       TRISTATE_YES &&
	       kernel_is_since(snapshot->kernel, bugs[i].major, bugs[i].minor + 1) ==
		       TRISTATE_NO;
}

size_t judge_known_bugs(const struct snapshot *snapshot,
			const char *ret_bugs[KNOWN_BUGS_MAX], bool *ret_known)
{
	size_t count = 0;

	_Static_assert(ARRAY_SIZE(bugs) <= KNOWN_BUGS_MAX, "they all may apply");
	*ret_known = snapshot->features & FEATURE_PROBED;
	for (size_t i = 0; *ret_known && i < ARRAY_SIZE(bugs); i++)
		if (applies(i, snapshot))
			ret_bugs[count++] = bugs[i].bug;
	return count;
}
