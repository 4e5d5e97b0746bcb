/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/observe/mdev.h"

/*
 * Somebody may have a device open that a VFIO driver has, and one that it is leaving:
 * the driver's link goes first, then the driver waits for whoever has the device. All
 * drivers of mediated devices are VFIO drivers, whatever their names.
 */
static bool may_be_open(const struct root *root, const char *device)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *driver = NULL;
	bool is_mdev = mdev_is_uuid(device);
	char path[NAME_MAX + 64];
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s",
		       is_mdev ? MDEV_DEVICES : "sys/bus/pci/devices", device);
	fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return false;
	r = root_read_link_name(root, fd, "driver", &driver);
	return r == -ENOENT || (r == 0 && (is_mdev || strstr(driver, "vfio")));
}

/* Adds the devices of a group that may be open to *count; device is the last one. */
static void count_devices(const struct root *root, int group, size_t *count, char *device)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices", group);
	if (root_open_directory(root, root->fd, path, &directory) < 0)
		return;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !may_be_open(root, entry->d_name))
			continue;
		record_text(device, RECORD_DEVICE_NAME, entry->d_name);
		(*count)++;
	}
}

/* The only device that these groups can give. False if there are others, or none. */
static bool find_only_device(const struct proc_process *process, char *device)
{
	size_t count = 0, i;

	for (i = 0; i < process->groups.count; i++)
		if (i == 0 || process->groups.items[i] != process->groups.items[i - 1])
			count_devices(process->walk->root, process->groups.items[i],
				      &count, device);
	return count == 1;
}

static bool all_are_known(const struct proc_process *process)
{
	size_t i;

	for (i = 0; i < process->owned.count; i++)
		if (!process->owned.items[i].device[0])
			return false;
	return true;
}

static int compare_int(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

void proc_resolve_owned(struct proc_process *process)
{
	char device[RECORD_DEVICE_NAME];
	size_t i;

	if (all_are_known(process))
		return;
	if (process->groups.count > 0)
		qsort(process->groups.items, process->groups.count,
		      sizeof(*process->groups.items), compare_int);
	if (!find_only_device(process, device)) {
		process->untold = true;
		return;
	}
	for (i = 0; i < process->owned.count; i++) {
		struct proc_owned *owned = &process->owned.items[i];

		if (owned->device[0])
			continue;
		memcpy(owned->device, device, sizeof(device));
		proc_put_owner(process, owned->device, owned->fd);
	}
}
