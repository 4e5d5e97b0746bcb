/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/dmabufctl/act-run.h"
#include "cmd/dmabufctl/driver-name.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"

static bool is_no_driver(const char *driver)
{
	return strcmp(driver, "-") == 0;
}

int reassign_check_name(const char *driver, struct error *error)
{
	if (is_no_driver(driver) || driver_name_is_valid(driver))
		return 0;
	error_set(error, STATUS_USAGE,
		  "A driver is named as in /sys/bus/pci/drivers; '-' is none.",
		  "not the name of a driver: '%s'", driver);
	return -EINVAL;
}

int reassign_usage(const struct options *options, struct error *error)
{
	int r = reassign_check_name(options->arguments[1], error);

	return r < 0 ? r : act_usage(options, error);
}

/* Of the kernel that runs, or ran where the tree was captured; malloc'ed. NULL: unknown. */
static char *kernel_release(const struct root *root)
{
	struct utsname name;
	char *release;

	if (root_read_line(root, root->fd, "proc/sys/kernel/osrelease", &release) == 0)
		return release;
	return !root->captured && uname(&name) == 0 ? strdup(name.release) : NULL;
}

/* A mistyped name would be found out when the device has lost its old driver. */
int reassign_check_driver(const struct options *options, const char *driver)
{
	_cleanup_free_ char *release = NULL, *hint = NULL;
	struct root root;
	bool known;
	int r = root_open(options->root, &root);

	if (r == 0) {
		release = kernel_release(&root);
		r = driver_name_is_known(&root, release, driver, &known, &hint);
		root_close(&root);
	}
	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to look for driver '%s': %s", driver,
				    strerror(-r));
	if (known)
		return STATUS_DONE;
	return error_report(options, STATUS_NOT_FOUND, hint,
			    "no PCI driver '%s', and no module of that name", driver);
}

int reassign_run(const struct options *options)
{
	const char *driver = options->arguments[1];
	struct options device = *options;
	int status = is_no_driver(driver) ? STATUS_DONE
					  : reassign_check_driver(options, driver);

	if (status != STATUS_DONE)
		return status;
	device.n_arguments = 1; /* the other one is no device */
	return act_run(&device, ACT_REASSIGN, driver);
}
