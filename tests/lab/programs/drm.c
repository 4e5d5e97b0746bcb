// SPDX-License-Identifier: GPL-2.0-or-later
#include "drm.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "uapi.h"

static bool is_driver(int fd, const char *driver)
{
	char name[64] = "";
	struct lab_drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return ioctl(fd, LAB_DRM_VERSION, &version) == 0 && strcmp(name, driver) == 0;
}

int drm_open(const char *driver, enum drm_node node, const char **ret_path)
{
	glob_t nodes = { .gl_pathc = 0 };
	int flags = 0;

	if (node == DRM_NODE_ANY) {
		glob("/dev/dri/renderD*", flags, NULL, &nodes);
		flags |= GLOB_APPEND;
	}
	glob("/dev/dri/card*", flags, NULL, &nodes);
	for (size_t i = 0; i < nodes.gl_pathc; i++) {
		int fd = open(nodes.gl_pathv[i], O_RDWR | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (is_driver(fd, driver)) {
			if (ret_path)
				*ret_path = nodes.gl_pathv[i];
			return fd;
		}
		close(fd);
	}
	die_unsupported("no DRM device of driver %s", driver);
}
