/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_DEVICE_NAME_H
#define DMABUFCTL_CMD_DEVICE_NAME_H

/* Devices as people name them, and as the kernel does. */

#include <stdbool.h>

enum device_name_kind { DEVICE_NAME_PCI, DEVICE_NAME_MDEV };

struct device_name {
	enum device_name_kind kind;
	char text[40]; /* "0000:03:00.0", or the UUID in lower case */
};

/*
 * 03:00.0, 0000:03:00.0, pci-0000:03:00.0, a path below /sys, vfio0 or its node in
 * /dev/vfio/devices, and the UUID of a mediated device. Only vfioN is looked up, in
 * sysfs below root (NULL: the live system); whether the device is there is not.
 * 0, -EINVAL (no form of a name), -ENOENT (no such vfioN) or another negative errno.
 */
int device_name_parse(const char *root, const char *text, struct device_name *ret);

#endif
