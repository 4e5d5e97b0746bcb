/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/node.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/observe/observers.h"
#include "lib/observe/sink.h"

/* path is a link to the directory of a class device. */
static int device_of_directory(const struct root *root, const char *path,
			       char ret_device[RECORD_DEVICE_NAME])
{
	_cleanup_free_ char *device = NULL;
	char parent[PATH_MAX];
	int r;

	(void)snprintf(parent, sizeof(parent), "%s/device", path);
	r = root_read_link_name(root, root->fd, parent, &device);
	if (r < 0)
		r = root_read_link_name(root, root->fd, path, &device);
	if (r < 0)
		return r;
	record_text(ret_device, RECORD_DEVICE_NAME, device);
	return 0;
}

int device_of_node(const struct root *root, unsigned int major, unsigned int minor,
		   char ret_device[RECORD_DEVICE_NAME], char ret_subsystem[32])
{
	_cleanup_free_ char *subsystem = NULL;
	char path[64], link[96];
	int r;

	(void)snprintf(path, sizeof(path), "sys/dev/char/%u:%u", major, minor);
	(void)snprintf(link, sizeof(link), "%s/subsystem", path);
	r = root_read_link_name(root, root->fd, link, &subsystem);
	if (r < 0)
		return r;
	r = device_of_directory(root, path, ret_device);
	if (r < 0)
		return r;
	record_text(ret_subsystem, 32, subsystem);
	return 0;
}

int device_of_class_node(const struct root *root, const char *class, const char *name,
			 char ret_device[RECORD_DEVICE_NAME])
{
	char path[PATH_MAX];

	if (!*name || strchr(name, '/') || name[0] == '.')
		return -EINVAL;
	(void)snprintf(path, sizeof(path), "sys/class/%s/%s", class, name);
	return device_of_directory(root, path, ret_device);
}

bool node_class_imports(const char *subsystem)
{
	static const char *const classes[] = {
		"drm", "misc", "infiniband_verbs", "accel", "video4linux",
	};

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strcmp(subsystem, classes[i]) == 0)
			return true;
	return false;
}
