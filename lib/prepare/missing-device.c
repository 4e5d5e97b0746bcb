/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/prepare/missing-device.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/model/exit-status.h"
#include "lib/observe/root.h"

/* A link of sysfs does not sleep, whatever the device behind it does. */
static bool is_there(const char *directory, const char *address)
{
	static const char *const busses[] = { "pci", "mdev" };
	struct root root;
	bool there = false;

	if (root_open(directory, &root) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(busses) && !there; i++) {
		_cleanup_free_ char *path = NULL, *link = NULL;

		if (asprintf(&path, "sys/bus/%s/devices/%s", busses[i], address) < 0)
			path = NULL;
		there = path && root_read_link(&root, root.fd, path, &link) == 0;
	}
	root_close(&root);
	return there;
}

int missing_device(const char *directory, const char *address, const char *argument,
		   struct check_error *ret)
{
	struct check_error error = {
		.status = STATUS_NOT_FOUND,
		.hint = "'dmabufctl devices' names those that share memory or are bound "
			"to VFIO; lspci names all.",
	};
	bool there = address && is_there(directory, address);

	if (there) {
		error.status = STATUS_FAILED;
		error.hint = "Something on this host may be stuck; 'dmabufctl status' "
			     "says more.";
	}
	if (asprintf(&error.message,
		     there ? "'%s' could not be read in time" : "no device '%s'",
		     argument) < 0)
		return -ENOMEM;
	*ret = error;
	return 0;
}
