/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_MDEV_H
#define DMABUFCTL_OBSERVE_MDEV_H

#include <stdbool.h>

#define MDEV_DEVICES "sys/bus/mdev/devices"

/* Is this a name of a mediated device: 01234567-89ab-cdef-0123-456789abcdef? */
bool mdev_is_uuid(const char *name);

#endif
