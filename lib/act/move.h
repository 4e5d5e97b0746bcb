/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_MOVE_H
#define DMABUFCTL_ACT_MOVE_H

/* What the processes of driver.h have in common. For driver.c and claim.c alone. */

#include <limits.h>

#include "lib/model/pci-address.h"
#include "lib/model/wish.h"
#include "lib/observe/root.h"

/* What the process has to do. It has none of our fds, so the root is a path. */
struct move {
	int (*act)(const struct root *root, const struct move *move);
	const char *stage;
	char device[PCI_ADDRESS_TEXT];
	char driver[WISH_DRIVER_TEXT]; /* "": none */
	bool captured;
	char directory[PATH_MAX]; /* of a captured root */
};

int move_init(const struct root *root, const char *device, struct move *move);
int move_open_root(const struct move *move, struct root *ret);

/* The attribute of a device; "": its directory. */
void move_path(const char *device, const char *name, char path[PATH_MAX]);

#endif
