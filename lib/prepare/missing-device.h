/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PREPARE_MISSING_DEVICE_H
#define DMABUFCTL_PREPARE_MISSING_DEVICE_H

#include "lib/model/checks.h"

/*
 * Why a device is not in a snapshot of all devices: it is not there, or it could not be
 * read in time. address is NULL where it is known not to be there; argument is what it
 * was called by whoever asks; directory as in root_open(). Looks into sysfs and does not
 * sleep. 0 or -ENOMEM; of ret only the message is to be freed, and device is not set.
 */
int missing_device(const char *directory, const char *address, const char *argument,
		   struct check_error *ret);

#endif
