/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/pci-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "lib/base/pool.h"

struct pci_names {
	struct pci_access *access;
	struct pool *pool;
};

/* libpci asks for a function that does not return; it calls it when memory is out. */
__attribute__((noreturn, format(printf, 1, 2))) static void give_up(char *message, ...)
{
	(void)message;
	abort();
}

__attribute__((format(printf, 1, 2))) static void say_nothing(char *message, ...)
{
	(void)message;
}

/* pci_init() would open the bus; names need only the database. */
struct pci_names *pci_names_new(void)
{
	struct pci_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->access = pci_alloc();
	names->pool = pool_new();
	if (!names->access || !names->pool) {
		pci_names_free(names);
		return NULL;
	}
	names->access->error = give_up;
	names->access->warning = say_nothing;
	names->access->debug = say_nothing;
	/* udev's database is made of the same list, and looking there leaks */
	(void)pci_set_param(names->access, "hwdb.disable", "1");
	return names;
}

void pci_names_free(struct pci_names *names)
{
	if (!names)
		return;
	if (names->access)
		pci_cleanup(names->access);
	pool_free(names->pool);
	free(names);
}

int pci_names_fill(struct pci_names *names, struct device *device)
{
	const int what = PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS;
	char buffer[256];
	const char *name;

	if (device->name || (device->vendor == 0 && device->product == 0))
		return 0;
	name = pci_lookup_name(names->access, buffer, sizeof(buffer), what,
			       device->vendor, device->product);
	if (!name)
		return 0;
	device->name = pool_copy(names->pool, name, strlen(name));
	return device->name ? 0 : -ENOMEM;
}

void cleanup_pci_names(struct pci_names **names)
{
	pci_names_free(*names);
}
