/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_MODULE_H
#define DMABUFCTL_ACT_MODULE_H

/*
 * The units of systemd that load the module of a driver. Its name may come from somebody
 * who must not have any module loaded: of those it is asked for what is the device's own.
 */

#include "lib/model/pci-address.h"
#include "lib/model/wish.h"
#include "lib/observe/root.h"

enum { MODULE_UNIT_TEXT = 256, MODULE_UNITS_MAX = 2 };

typedef char module_unit[MODULE_UNIT_TEXT];

/* "modprobe@vfio_pci.service" of "vfio-pci". */
void module_unit_name(const char *driver, module_unit ret);

/*
 * What anybody may have loaded for a device, who wants driver for it: vfio-pci and
 * pci-stub by their names; else whatever the kernel itself would load for the device, and
 * VFIO variant drivers for it: by aliases. Reads sysfs, which does not sleep. The number
 * of units, or negative errno.
 */
int module_units_own(const struct root *root, const char *device, const char *driver,
		     module_unit ret[MODULE_UNITS_MAX]);

#endif
