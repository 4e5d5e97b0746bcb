/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/hotplug-slot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define DEVICES "sys/bus/pci/devices"

static bool is_below_port(const struct root *root, const char *address, unsigned int irq)
{
	_cleanup_close_ int fd = -EBADF;
	char path[sizeof(DEVICES) + PCI_ADDRESS_TEXT + sizeof("/../msi_irqs/4294967295")];

	(void)snprintf(path, sizeof(path), DEVICES "/%s/../msi_irqs/%u", address, irq);
	fd = root_open_at(root, root->fd, path, O_PATH);
	return fd >= 0;
}

void hotplug_slot_device(const struct root *root, const char *comm,
			 char ret[PCI_ADDRESS_TEXT])
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	unsigned int irq;
	int length = 0;

	ret[0] = '\0';
	if (sscanf(comm, "irq/%9u-pciehp%n", &irq, &length) != 1 || length == 0 ||
	    comm[length] != '\0' ||
	    root_open_directory(root, root->fd, DEVICES, &directory) < 0)
		return;
	while ((entry = readdir(directory))) {
		char address[PCI_ADDRESS_TEXT];

		if (!pci_address_is_kernel_name(entry->d_name))
			continue;
		(void)snprintf(address, sizeof(address), "%.*s", PCI_ADDRESS_TEXT - 1,
			       entry->d_name);
		if ((ret[0] == '\0' || strcmp(address, ret) < 0) &&
		    is_below_port(root, address, irq))
			memcpy(ret, address, sizeof(address));
	}
}
