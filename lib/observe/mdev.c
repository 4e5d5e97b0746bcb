/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/mdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/observe/observers.h"
#include "lib/observe/sysfs-device.h"

enum { UUID_LENGTH = 36 };

bool mdev_is_uuid(const char *name)
{
	size_t i;

	for (i = 0; i < UUID_LENGTH && name[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? name[i] != '-' : !strchr("0123456789abcdefABCDEF", name[i]))
			return false;
	}
	return i == UUID_LENGTH && name[i] == '\0';
}

/*
 * The directory of the parent, relative to MDEV_DEVICES, and its name in there: what is
 * before the UUID in "../../../devices/virtual/mtty/mtty/UUID". 0 or negative errno.
 */
static int find_parent(const struct root *root, const char *link, char **ret_directory,
		       const char **ret_name)
{
	_cleanup_free_ char *target = NULL;
	char *slash;
	const char *name;
	int r;

	r = root_read_link(root, root->fd, link, &target);
	if (r < 0)
		return r;
	slash = strrchr(target, '/');
	if (!slash)
		return -EBADMSG;
	*slash = '\0';
	slash = strrchr(target, '/');
	name = slash ? slash + 1 : target;
	if (!*name || strcmp(name, "..") == 0)
		return -EBADMSG;
	*ret_name = name;
	*ret_directory = TAKE_PTR(target);
	return 0;
}

static int read_parent(const struct root *root, const char *link,
		       struct record_mdev *record)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *directory = NULL, *path = NULL;
	const char *name;
	int r;

	r = find_parent(root, link, &directory, &name);
	if (r < 0)
		return r;
	RECORD_TEXT(record->parent, name);
	if (asprintf(&path, MDEV_DEVICES "/%s", directory) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	(void)sysfs_read_bus(root, fd, record->parent_bus, sizeof(record->parent_bus));
	(void)sysfs_read_link(root, fd, "driver", record->parent_driver,
			      sizeof(record->parent_driver));
	return 0;
}

/* Only links are read: none of them takes a lock of a device under release. */
static void put_mdev(const struct root *root, struct sink *sink, const char *uuid)
{
	_cleanup_close_ int fd = -EBADF;
	struct record_mdev record = { 0 };
	char link[sizeof(MDEV_DEVICES) + UUID_LENGTH + 1];

	(void)snprintf(link, sizeof(link), MDEV_DEVICES "/%s", uuid);
	fd = root_open_at(root, root->fd, link, O_PATH | O_DIRECTORY);
	if (fd < 0 || read_parent(root, link, &record) < 0)
		return;
	record_init(&record.header, RECORD_MDEV, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.uuid, uuid);
	record.iommu_group = sysfs_iommu_group(root, fd);
	(void)sysfs_read_link(root, fd, "driver", record.driver, sizeof(record.driver));
	(void)sysfs_read_link(root, fd, "mdev_type", record.type, sizeof(record.type));
	sink_put(sink, &record.header);
}

void observe_mdevs(const struct root *root, struct sink *sink)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;

	if (root_open_directory(root, root->fd, MDEV_DEVICES, &directory) < 0)
		return;
	while ((entry = readdir(directory)))
		if (mdev_is_uuid(entry->d_name))
			put_mdev(root, sink, entry->d_name);
}
