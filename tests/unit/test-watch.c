/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What uevents mean, and which device a path of sysfs is of. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/observe/watch.h"
#include "lib/base/cleanup.h"

#define BRIDGE "/devices/pci0000:00/0000:00:1c.0"
#define DEVICE BRIDGE "/0000:03:00.0"
#define MDEV DEVICE "/c0b26072-dd1b-4340-84fe-bf338c510818"

static void paths_have_the_device_that_they_are_below(void **state)
{
	static const struct {
		const char *path, *address;
	} cases[] = {
		{ DEVICE, "0000:03:00.0" },
		{ DEVICE "/vfio-dev/vfio0", "0000:03:00.0" },
		{ MDEV "/vfio-dev/vfio1", "0000:03:00.0" },
		{ BRIDGE, "0000:00:1c.0" },
		{ "/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0",
		  "10000:e0:06.0" },
		{ "/devices/platform/40000000.pcie/pci0000:00/0000:00:01.0",
		  "0000:00:01.0" },
		/* a name that somebody chose, and that only looks like a device */
		{ DEVICE "/net/0000:04:00.0", "0000:03:00.0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char address[PCI_ADDRESS_TEXT] = "";

		assert_int_equal(watch_address(cases[i].path, address), 0);
		assert_string_equal(address, cases[i].address);
	}
}

static void hostile_paths_have_none(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"0000:03:00.0",
		"/devices",
		"/devices/",
		"/devices/0000:03:00.0",
		"/devices/virtual/input/0000:03:00.0",
		"/devices/pci0000:00",
		"/devices/pci0000:00/0000:03:00.8",
		"/devices/pci0000:00/0000:03:00.0x",
		"/devices/pci0000:00//0000:03:00.0",
		"/devices/pci0000:00x/0000:03:00.0",
		"/devices/pci0000:00/../0000:03:00.0",
		"/sys/devices/pci0000:00/0000:03:00.0",
		"/devices/pci0000:00/0000:03:00.0000000000000000000000000000000000000",
		"/devices/pci0000:00000000000000000000000000000000000/0000:03:00.0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char address[PCI_ADDRESS_TEXT] = "untouched";

		assert_int_equal(watch_address(paths[i], address), -EINVAL);
		assert_string_equal(address, "untouched");
	}
}

static void uevents_mean_what_happens(void **state)
{
	static const struct {
		const char *subsystem, *action, *path;
		enum watch_kind kind;
	} cases[] = {
		{ "vfio-dev", "remove", DEVICE "/vfio-dev/vfio0", WATCH_VFIO_REMOVED },
		{ "vfio-dev", "add", DEVICE "/vfio-dev/vfio0", WATCH_VFIO_CHANGED },
		/* its parent stays */
		{ "vfio-dev", "remove", MDEV "/vfio-dev/vfio0", WATCH_VFIO_CHANGED },
		{ "vfio-dev", "remove", "/devices/platform/a/vfio-dev/vfio0",
		  WATCH_VFIO_CHANGED },
		{ "vfio-dev", "change", DEVICE "/vfio-dev/vfio0", WATCH_NOTHING },
		{ "pci", "unbind", DEVICE, WATCH_UNBOUND },
		{ "pci", "remove", DEVICE, WATCH_REMOVED },
		{ "pci", "bind", DEVICE, WATCH_NOTHING },
		{ "pci", "remove", DEVICE "/below", WATCH_NOTHING },
		{ "pci", "remove", "/bus/pci/drivers/vfio-pci", WATCH_NOTHING },
		{ "vfio", "remove", "/devices/virtual/vfio/5", WATCH_NOTHING },
		{ "pci_express", "remove", DEVICE, WATCH_NOTHING },
		{ NULL, "remove", DEVICE, WATCH_NOTHING },
		{ "pci", NULL, DEVICE, WATCH_NOTHING },
		{ "pci", "remove", NULL, WATCH_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char address[PCI_ADDRESS_TEXT] = "";

		assert_int_equal(watch_meaning(cases[i].subsystem, cases[i].action,
					       cases[i].path, address),
				 cases[i].kind);
		if (cases[i].kind > WATCH_VFIO_CHANGED)
			assert_string_equal(address, "0000:03:00.0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_have_the_device_that_they_are_below),
		cmocka_unit_test(hostile_paths_have_none),
		cmocka_unit_test(uevents_mean_what_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
