/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_DRIVER_NAME_H
#define DMABUFCTL_CMD_DRIVER_NAME_H

#include <stdbool.h>

#include "lib/observe/root.h"

/*
 * Is it the name of a PCI driver that is registered, or of a module of the kernel of
 * this release (NULL: unknown)? In names of modules - and _ are equal. Where not, a
 * malloc'ed hint is in *ret_hint: what may have been meant. 0 with the answer, or -ENOMEM.
 */
int driver_name_is_known(const struct root *root, const char *release, const char *name,
			 bool *ret, char **ret_hint);

#endif
