/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_PCI_ADDRESS_H
#define DMABUFCTL_MODEL_PCI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* domain:bus:slot.function. VMD domains have more than four digits. */
struct pci_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t slot; /* 0..31 */
	uint8_t function; /* 0..7 */
};

#define PCI_ADDRESS_TEXT 24 /* bytes, with the final NUL */

/*
 * "0000:03:00.0", and "03:00.0" (domain 0), in hexadecimal digits of any case; the
 * whole text must match. 0 or -EINVAL.
 */
int pci_address_parse(const char *text, struct pci_address *ret);

/* The form the kernel prints: "0000:03:00.0". */
void pci_address_format(const struct pci_address *address, char text[PCI_ADDRESS_TEXT]);

/* Is this the name the kernel gives a PCI device (domain and all)? */
bool pci_address_is_kernel_name(const char *text);

#endif
