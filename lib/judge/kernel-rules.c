/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/kernel-rules.h"

#include <stdio.h>

#include "lib/model/feature.h"

enum tristate kernel_is_since(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int its_major, its_minor;

	if (!release || sscanf(release, "%3u.%3u", &its_major, &its_minor) != 2)
		return TRISTATE_UNKNOWN;
	if (its_major != major)
		return its_major > major ? TRISTATE_YES : TRISTATE_NO;
	return its_minor >= minor ? TRISTATE_YES : TRISTATE_NO;
}

static enum tristate probed(const struct snapshot *snapshot, uint32_t feature)
{
	return snapshot->features & feature ? TRISTATE_YES : TRISTATE_NO;
}

struct kernel_rules kernel_rules(const struct snapshot *snapshot)
{
	struct kernel_rules rules = { 0 };

	if (snapshot->features & FEATURE_PROBED) {
		rules.probed = true;
		rules.invalidates = probed(snapshot, FEATURE_INVALIDATE_MAPPINGS);
		rules.vfio_waits = probed(snapshot, FEATURE_VFIO_WAITS);
		/* without the module nothing tells about it, yet nobody exports either */
		if (!(snapshot->features & FEATURE_VFIO_DMA_BUF))
			rules.vfio_waits = TRISTATE_UNKNOWN;
	}
	if (kernel_is_since(snapshot->kernel, 7, 1) != TRISTATE_YES)
		return rules;
	if (rules.invalidates == TRISTATE_UNKNOWN)
		rules.invalidates = TRISTATE_YES;
	if (rules.vfio_waits == TRISTATE_UNKNOWN) {
		rules.vfio_waits = TRISTATE_YES;
		rules.probed = false;
	}
	return rules;
}
