/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_HOTPLUG_SLOT_H
#define DMABUFCTL_OBSERVE_HOTPLUG_SLOT_H

#include "lib/model/pci-address.h"
#include "lib/observe/root.h"

/*
 * Which device is in the slot that a thread of pciehp serves. The thread is called
 * "irq/N-pciehp" (pcie_init_hotplug(), drivers/pci/hotplug/pciehp_hpc.c; setup_irq_thread(),
 * kernel/irq/manage.c), and N is an interrupt of the port above the device: a file below
 * its msi_irqs/. Of several functions the lowest. "" when comm is another, or the slot is
 * empty. Reads sysfs alone; does not block.
 */
void hotplug_slot_device(const struct root *root, const char *comm,
			 char ret[PCI_ADDRESS_TEXT]);

#endif
