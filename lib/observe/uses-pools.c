/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* File systems on many disks of which mountinfo names one or none. */

#define BTRFS "sys/fs/btrfs"
#define ZFS_POOLS "proc/spl/kstat/zfs"

enum { UDEV_RECORD_MAX = 256 * 1024 };

/* sys/fs/btrfs/UUID is there as long as the file system is mounted. */
static int look_at_btrfs(struct uses *uses, const char *uuid)
{
	_cleanup_closedir_ DIR *devices = NULL;
	const struct dirent *entry;
	char path[PATH_MAX], where[RECORD_WHY];
	int r;

	(void)snprintf(path, sizeof(path), BTRFS "/%s/devices", uuid);
	r = root_open_directory(uses->root, uses->root->fd, path, &devices);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	(void)snprintf(where, sizeof(where), "btrfs %.64s", uuid);
	while ((entry = readdir(devices))) {
		struct use_block *block = uses_block_by_name(uses, entry->d_name);

		if (block && block->mounts == 0)
			uses_put_mount(uses, block, where, NULL);
	}
	return 0;
}

static int find_btrfs(struct uses *uses)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, BTRFS, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			r = look_at_btrfs(uses, entry->d_name);
	return r;
}

/* Is any pool imported? Each has a directory there. */
static bool has_zfs_pool(struct uses *uses)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;

	if (root_open_directory(uses->root, uses->root->fd, ZFS_POOLS, &directory) < 0)
		return false;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' && entry->d_type != DT_REG)
			return true;
	return false;
}

/* The value of "E:KEY=value" in a record of udev, NUL-terminated in place; or NULL. */
static char *udev_value(char *text, const char *key)
{
	char *value = strstr(text, key);

	if (!value)
		return NULL;
	value += strlen(key);
	value[strcspn(value, "\n")] = '\0';
	return value;
}

/* Nothing in sysfs tells which disks ZFS has; what udev found on them must do. */
static void look_at_zfs(struct uses *uses, const struct use_block *block)
{
	_cleanup_free_ char *text = NULL;
	char path[64], detail[RECORD_WHY];
	const char *label;

	if (!block->numbered || block->devices.count == 0)
		return;
	(void)snprintf(path, sizeof(path), "run/udev/data/b%u:%u", block->major,
		       block->minor);
	if (root_read(uses->root, uses->root->fd, path, UDEV_RECORD_MAX, &text, NULL) <
		    0 ||
	    !strstr(text, "\nE:ID_FS_TYPE=zfs_member\n"))
		return;
	label = udev_value(text, "\nE:ID_FS_LABEL=");
	(void)snprintf(detail, sizeof(detail), "zfs%s%s", label ? " " : "",
		       label ? label : "");
	uses_put_all(uses, &block->devices, HOST_USE_STACKED, block->name, detail, NULL);
}

int uses_find_pools(struct uses *uses)
{
	if (has_zfs_pool(uses))
		for (size_t i = 0; i < uses->blocks.count; i++)
			look_at_zfs(uses, &uses->blocks.items[i]);
	return find_btrfs(uses);
}
