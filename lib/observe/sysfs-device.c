/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/sysfs-device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/sink.h"

static bool has(const struct root *root, int fd, const char *name, int flags)
{
	_cleanup_close_ int found = root_open_at(root, fd, name, O_PATH | flags);

	return found >= 0;
}

bool sysfs_has_directory(const struct root *root, int fd, const char *name)
{
	return has(root, fd, name, O_DIRECTORY);
}

bool sysfs_has_attribute(const struct root *root, int fd, const char *name)
{
	return has(root, fd, name, 0);
}

bool sysfs_read_text(const struct root *root, int fd, const char *name, char *field,
		     size_t size)
{
	_cleanup_free_ char *line = NULL;

	if (root_read_line(root, fd, name, &line) < 0)
		return false;
	record_text(field, size, strcmp(line, "(null)") == 0 ? NULL : line);
	return true;
}

bool sysfs_read_link(const struct root *root, int fd, const char *name, char *field,
		     size_t size)
{
	_cleanup_free_ char *target = NULL;

	if (root_read_link_name(root, fd, name, &target) < 0)
		return false;
	record_text(field, size, target);
	return true;
}

int sysfs_iommu_group(const struct root *root, int fd)
{
	_cleanup_free_ char *name = NULL;
	uint64_t group;

	if (root_read_link_name(root, fd, "iommu_group", &name) < 0 ||
	    text_to_u64(name, 10, &group) < 0 || group > INT32_MAX)
		return -1;
	return (int)group;
}

/* "../../../bus/pci" */
bool sysfs_read_bus(const struct root *root, int fd, char *field, size_t size)
{
	static const char bus[] = "/bus/";
	const size_t length = sizeof(bus) - 1;
	_cleanup_free_ char *target = NULL;
	const char *slash;

	if (root_read_link(root, fd, "subsystem", &target) < 0)
		return false;
	slash = strrchr(target, '/');
	if (!slash || (size_t)(slash + 1 - target) < length ||
	    memcmp(slash + 1 - length, bus, length) != 0)
		return false;
	record_text(field, size, slash + 1);
	return true;
}
