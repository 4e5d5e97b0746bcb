/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_SYSFS_DEVICE_H
#define DMABUFCTL_OBSERVE_SYSFS_DEVICE_H

/*
 * What the directory of any device in sysfs has, opened as fd (O_PATH will do). What
 * is not there leaves the field as it was. Links take no lock of the kernel; whether an
 * attribute does is for the caller to know.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/observe/root.h"

bool sysfs_has_directory(const struct root *root, int fd, const char *name);
bool sysfs_has_attribute(const struct root *root, int fd, const char *name);

/* The first line of an attribute, cut to fit; "(null)" is how the kernel says none. */
bool sysfs_read_text(const struct root *root, int fd, const char *name, char *field,
		     size_t size);

/* The last component of a link ("driver"), cut to fit. False: there is no such link. */
bool sysfs_read_link(const struct root *root, int fd, const char *name, char *field,
		     size_t size);

/* -1: in none. */
int sysfs_iommu_group(const struct root *root, int fd);

/* The name of its bus; false if it is on none (a class is no bus). */
bool sysfs_read_bus(const struct root *root, int fd, char *field, size_t size);

#endif
