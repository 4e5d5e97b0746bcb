/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_RELEASES_H
#define DMABUFCTL_TESTS_UNIT_RELEASES_H

/* Devices whose driver is leaving, and tasks that wait for it. */

#include "tests/unit/readiness.h"

enum { WRITER = 301, UNPLUGGER = 302, RESCANNER = 303, RESETTER = 304 };

static inline void scene_task(struct scene *scene, pid_t pid, const char *comm,
			      enum task_path path, bool waits, const char *function,
			      const char *device)
{
	const struct blocked_task task = {
		.tid = pid,
		.state = waits ? 'S' : 'D',
		.path = path,
		.waits_for_owner = waits,
		.function = function,
		.device = device,
		.since_us = 1000,
	};

	scene_process(scene, pid, comm, NULL);
	assert_int_equal(builder_task(scene->builder, &task, pid), 0);
}

/* DEVICE has lost its driver and is still open; FAR is idle. */
static inline struct scene releasing(void)
{
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.iommu_group = GROUP,
		.command = -1,
	};
	struct scene scene = scene_begin(SEEN_ALL);

	scene_add(&scene, &device);
	scene_owner(&scene, DEVICE);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	return scene;
}

static inline void scene_unbind(struct scene *scene, const char *device)
{
	scene_task(scene, WRITER, "sh", TASK_PATH_UNBIND, true,
		   "vfio_unregister_group_dev", device);
}

static inline void scene_unplug(struct scene *scene, const char *device)
{
	scene_task(scene, WRITER, "irq/30-pciehp", TASK_PATH_UNPLUG, true,
		   "vfio_unregister_group_dev", device);
}

#endif
