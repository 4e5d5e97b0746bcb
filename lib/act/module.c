/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define ALIAS "pci:"

enum { ALIAS_MAX = 128 };

/* A module may be written either way, and in the name of a unit '-' is a slash. */
void module_unit_name(const char *driver, module_unit ret)
{
	char module[WISH_DRIVER_TEXT];

	(void)snprintf(module, sizeof(module), "%s", driver);
	for (char *c = module; *c; c++)
		if (*c == '-')
			*c = '_';
	(void)snprintf(ret, MODULE_UNIT_TEXT, "modprobe@%s.service", module);
}

/* They take whatever device they are told to, and do nothing with it. */
static bool is_for_all(const char *driver)
{
	static const char *const drivers[] = { "vfio-pci", "vfio_pci", "pci-stub",
					       "pci_stub" };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (strcmp(drivers[i], driver) == 0)
			return true;
	return false;
}

/* "pci:v000010DEd00002330sv...": the kernel's own letters. */
static bool is_alias(const char *line)
{
	static const char letters[] = "0123456789ABCDEFabcdefivs";

	return text_starts_with(line, ALIAS) && strlen(line) <= ALIAS_MAX &&
	       line[sizeof(ALIAS) - 1 + strspn(line + sizeof(ALIAS) - 1, letters)] ==
		       '\0';
}

int module_units_own(const struct root *root, const char *device, const char *driver,
		     module_unit ret[MODULE_UNITS_MAX])
{
	_cleanup_free_ char *line = NULL;
	char path[sizeof("sys/bus/pci/devices//modalias") + PCI_ADDRESS_TEXT];
	int r;

	if (is_for_all(driver)) {
		module_unit_name(driver, ret[0]);
		return 1;
	}
	if (!pci_address_is_kernel_name(device))
		return -EINVAL;
	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/modalias", device);
	r = root_read_line(root, root->fd, path, &line);
	if (r < 0)
		return r;
	if (!is_alias(line))
		return -EBADMSG;
	(void)snprintf(ret[0], MODULE_UNIT_TEXT, "modprobe@%s.service", line);
	(void)snprintf(ret[1], MODULE_UNIT_TEXT, "modprobe@vfio_%s.service", line);
	return 2;
}
