/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_PCI_NAMES_H
#define DMABUFCTL_OBSERVE_PCI_NAMES_H

/*
 * Names of PCI devices out of libpci's database. Reading it takes some milliseconds:
 * ask only for what is shown. No device is touched.
 */

#include "lib/model/snapshot.h"

struct pci_names;

struct pci_names *pci_names_new(void); /* NULL: out of memory */
void pci_names_free(struct pci_names *names); /* NULL is allowed */

/*
 * Gives the device its name, unless it has one or the database does not know it. The
 * name lives as long as names. 0 or -ENOMEM.
 */
int pci_names_fill(struct pci_names *names, struct device *device);

/* For _cleanup_(). */
void cleanup_pci_names(struct pci_names **names);

#endif
