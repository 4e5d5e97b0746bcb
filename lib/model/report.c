/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/report.h"

#include "lib/model/feature.h"

const struct report_feature report_features[] = {
	{ "invalidate_mappings", FEATURE_INVALIDATE_MAPPINGS,
	  "importers can be told to let go (Linux 7.1)" },
	{ "move_notify", FEATURE_MOVE_NOTIFY, "the same by its older name" },
	{ "vfio_dma_buf", FEATURE_VFIO_DMA_BUF, "VFIO devices export dma-bufs" },
	{ "vfio_waits", FEATURE_VFIO_WAITS, "a revoke by VFIO waits for unmaps" },
	{ "vfio_owners", FEATURE_VFIO_OWNERS,
	  "the kernel tells who has a VFIO device open" },
	{ "safe_override", FEATURE_SAFE_OVERRIDE,
	  "driver_override can be read while a device is released" },
	{ 0 },
};
