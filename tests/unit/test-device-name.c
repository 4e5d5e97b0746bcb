/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufctl/device-name.h"
#include "tests/unit/records.h"

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static void people_name_devices_in_many_ways(void **state)
{
	static const struct {
		const char *text, *name;
		enum device_name_kind kind;
	} cases[] = {
		{ "03:00.0", "0000:03:00.0", DEVICE_NAME_PCI },
		{ "0000:03:00.0", "0000:03:00.0", DEVICE_NAME_PCI },
		{ "0000:AF:1f.7", "0000:af:1f.7", DEVICE_NAME_PCI },
		{ "10000:e1:00.0", "10000:e1:00.0", DEVICE_NAME_PCI },
		{ "pci-0000:03:00.0", "0000:03:00.0", DEVICE_NAME_PCI },
		{ "/sys/bus/pci/devices/0000:03:00.0", "0000:03:00.0", DEVICE_NAME_PCI },
		{ "/sys/bus/pci/devices/0000:03:00.0/", "0000:03:00.0", DEVICE_NAME_PCI },
		{ "/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0/vfio-dev/vfio0",
		  "0000:03:00.0", DEVICE_NAME_PCI },
		{ UUID, UUID, DEVICE_NAME_MDEV },
		{ "83B8F4F2-509F-382F-3C1E-E6BFE0FA1001", UUID, DEVICE_NAME_MDEV },
		{ "/sys/devices/virtual/mtty/mtty/" UUID, UUID, DEVICE_NAME_MDEV },
		{ "/sys/devices/pci0000:00/0000:00:02.0/" UUID, UUID, DEVICE_NAME_MDEV },
	};
	struct device_name name;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(device_name_parse(NULL, cases[i].text, &name), 0);
		assert_int_equal(name.kind, cases[i].kind);
		assert_string_equal(name.text, cases[i].name);
	}
}

static void other_names_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"7",
		"3:0.0",
		"03:00",
		"03:20.0",
		"03:00.8",
		"iommu",
		"pci-",
		"pci-vfio0",
		"vfio",
		"vfio0x",
		"vfio-0",
		"noiommu-",
		"/",
		"/sys/class/net/eth0",
		"03:00.0 ",
		UUID "0",
		"83b8f4f2-509f",
		"vfio/0",
		"/dev/vfio/12",
		"g3b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
	};
	struct device_name name = { .text = "untouched" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(device_name_parse(NULL, cases[i], &name), -EINVAL);
	assert_string_equal(name.text, "untouched");
}

static void vfio_numbers_are_looked_up(void **state)
{
	struct device_name name;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_link(&tree, "sys/class/vfio-dev/vfio0",
		  "../../devices/pci0000:00/0000:00:04.0/0000:03:00.0/vfio-dev/vfio0");
	tree_link(&tree, "sys/class/vfio-dev/noiommu-vfio1",
		  "../../devices/pci0000:00/0000:00:05.0/vfio-dev/noiommu-vfio1");
	tree_link(&tree, "sys/class/vfio-dev/vfio2", "../../devices/platform/x");
	assert_int_equal(device_name_parse(tree.path, "vfio0", &name), 0);
	assert_string_equal(name.text, "0000:03:00.0");
	assert_int_equal(device_name_parse(tree.path, "/dev/vfio/devices/vfio0", &name),
			 0);
	assert_string_equal(name.text, "0000:03:00.0");
	assert_int_equal(device_name_parse(tree.path, "noiommu-vfio1", &name), 0);
	assert_string_equal(name.text, "0000:00:05.0");
	assert_int_equal(device_name_parse(tree.path, "vfio2", &name), -EINVAL);
	assert_int_equal(device_name_parse(tree.path, "vfio3", &name), -ENOENT);
	tree_end(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_name_devices_in_many_ways),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(vfio_numbers_are_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
