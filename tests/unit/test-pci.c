/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/observe/node.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"

#define DEVICE "sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0"

struct scene {
	struct tree tree;
	struct recording recording;
};

/* One device, bound to vfio-pci. */
static int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct tree *tree = &scene->tree;

	tree_begin(tree);
	recording_begin(&scene->recording);
	tree_file(tree, DEVICE "/vendor", "0x10de\n");
	tree_file(tree, DEVICE "/device", "0x2330\n");
	tree_file(tree, DEVICE "/class", "0x030200\n");
	tree_file(tree, DEVICE "/driver_override", "vfio-pci\n");
	tree_file(tree, DEVICE "/power_state", "D0\n");
	tree_file(tree, DEVICE "/power/runtime_status", "active\n");
	tree_file(tree, DEVICE "/power/control", "auto\n");
	tree_file(tree, DEVICE "/resource",
		  "0x00000000fd000000 0x00000000fdffffff 0x0000000000040200\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x0000001000000000 0x00000017ffffffff 0x000000000014220c\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x000000000000e000 0x000000000000e07f 0x0000000000040101\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		  "0x00000000000c0000 0x00000000000dffff 0x0000000000046200\n");
	tree_link(tree, DEVICE "/driver", "../../../../bus/pci/drivers/vfio-pci");
	tree_link(tree, DEVICE "/iommu_group", "../../../../kernel/iommu_groups/5");
	tree_directory(tree, DEVICE "/vfio-dev");
	tree_link(tree, "sys/bus/pci/devices/0000:03:00.0",
		  "../../../devices/pci0000:00/0000:00:01.0/0000:03:00.0");
	*state = scene;
	return 0;
}

static int scene_end(void **state)
{
	struct scene *scene = *state;

	recording_end(&scene->recording);
	tree_end(&scene->tree);
	free(scene);
	return 0;
}

static void scene_remove(const struct scene *scene, const char *path)
{
	char full[PATH_MAX];

	tree_path(&scene->tree, path, full);
	assert_int_equal(remove(full), 0);
}

static struct record_pci_device look(struct scene *scene, bool safe_override)
{
	struct record_pci_device device;

	assert_int_equal(observe_pci_device(&scene->tree.root, scene->recording.sink,
					    "0000:03:00.0", safe_override),
			 0);
	recording_read(&scene->recording);
	assert_true(FIND(&scene->recording, RECORD_PCI_DEVICE, 0, &device));
	return device;
}

static void a_device_is_read(void **state)
{
	struct record_pci_device device = look(*state, false);

	assert_string_equal(device.address, "0000:03:00.0");
	assert_int_equal(device.vendor, 0x10de);
	assert_int_equal(device.product, 0x2330);
	assert_int_equal(device.class, 0x030200);
	assert_int_equal(device.iommu_group, 5);
	assert_string_equal(device.driver, "vfio-pci");
	assert_string_equal(device.driver_override, "vfio-pci");
	assert_string_equal(device.power_state, "D0");
	assert_string_equal(device.physical_function, "");
	assert_int_equal(device.flags, PCI_DEVICE_VFIO_BOUND);
	assert_true(device.bars[0].start == 0xfd000000);
	assert_true(device.bars[0].length == 0x1000000);
	assert_true(device.bars[2].start == 0x1000000000);
	assert_true(device.bars[2].length == 0x800000000);
	assert_true(device.bars[4].length == 0); /* I/O ports */
	assert_string_equal(device.runtime_status, "active");
	assert_string_equal(device.power_control, "auto");
	assert_int_equal(device.command, -1); /* no config in the tree */
}

static void a_device_under_release_is_hardly_touched(void **state)
{
	struct record_pci_device device;

	scene_remove(*state, DEVICE "/driver");
	scene_remove(*state, DEVICE "/vfio-dev");
	device = look(*state, false);
	assert_string_equal(device.driver, "");
	assert_string_equal(device.driver_override, "");
	assert_string_equal(device.power_state, "");
	assert_string_equal(device.runtime_status, "");
	assert_int_equal(device.command, -1);
	assert_int_equal(device.vendor, 0x10de);
	assert_int_equal(device.iommu_group, 5);
	assert_int_equal(device.flags, 0);
}

static void its_override_is_read_where_that_is_safe(void **state)
{
	scene_remove(*state, DEVICE "/driver");
	assert_string_equal(look(*state, true).driver_override, "vfio-pci");
}

static void a_virtual_function_names_its_physical_one(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	tree_link(&scene->tree, DEVICE "/physfn", "../0000:02:00.0");
	scene_remove(scene, DEVICE "/driver_override");
	scene_remove(scene, DEVICE "/iommu_group");
	tree_file(&scene->tree, DEVICE "/driver_override", "(null)\n");
	device = look(scene, false);
	assert_true(device.flags & PCI_DEVICE_VIRTUAL_FUNCTION);
	assert_string_equal(device.physical_function, "0000:02:00.0");
	assert_string_equal(device.driver_override, "");
	assert_int_equal(device.iommu_group, -1);
}

/* As sriov_numvfs takes it away: the link has gone already. */
static void a_virtual_function_that_leaves_is_still_one(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	tree_file(&scene->tree, DEVICE "/sriov_vf_msix_count", "");
	device = look(scene, false);
	assert_true(device.flags & PCI_DEVICE_VIRTUAL_FUNCTION);
	assert_string_equal(device.physical_function, "");
}

static void how_it_can_be_reset_is_known(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	tree_file(&scene->tree, DEVICE "/reset_method", "flr bus\n");
	device = look(scene, false);
	assert_true(device.flags & PCI_DEVICE_RESETS_KNOWN);
	assert_string_equal(device.reset_methods, "flr bus");
}

static void no_way_to_reset_it_is_an_answer(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	tree_file(&scene->tree, DEVICE "/reset_method", "");
	device = look(scene, false);
	assert_true(device.flags & PCI_DEVICE_RESETS_KNOWN);
	assert_string_equal(device.reset_methods, "");
}

static void resets_are_not_asked_of_a_bare_device(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	tree_file(&scene->tree, DEVICE "/reset_method", "flr bus\n");
	scene_remove(scene, DEVICE "/driver");
	device = look(scene, true);
	assert_false(device.flags & PCI_DEVICE_RESETS_KNOWN);
	assert_string_equal(device.reset_methods, "");
}

/* Vendor and device, and then what PCI_COMMAND says: memory and bus mastering. */
static const char config[] = "\xde\x10\x30\x23\x06\x04\x10\x00";

static void put_config(const struct scene *scene, const char *bytes)
{
	tree_file_bytes(&scene->tree, DEVICE "/config", bytes, 8);
}

static void set_line(const struct scene *scene, const char *path, const char *line)
{
	scene_remove(scene, path);
	tree_file(&scene->tree, path, line);
}

static void what_is_right_below_a_host_bridge_is_on_a_root_bus(void **state)
{
	static const struct {
		const char *target;
		bool root;
	} cases[] = {
		{ "../../../devices/pci0000:40/0000:40:01.0", true },
		{ "../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:01.0",
		  true },
		{ "../../../devices/pci0000:40/0000:40:01.1/0000:41:00.0", false },
		{ "../../../devices/pci0000:40x/0000:40:01.0", false },
		{ "../../../devices/platform/0000:40:01.0", false },
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char address[32], path[160];
		struct record_pci_device device;

		(void)snprintf(address, sizeof(address), "0000:40:%02zx.0", i);
		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
		tree_link(&scene->tree, path, cases[i].target);
		(void)snprintf(path, sizeof(path), "sys/%s/vendor",
			       cases[i].target + strlen("../../../"));
		tree_file(&scene->tree, path, "0x1234\n");
		assert_int_equal(observe_pci_device(&scene->tree.root,
						    scene->recording.sink, address,
						    false),
				 0);
		recording_read(&scene->recording);
		assert_true(FIND(&scene->recording, RECORD_PCI_DEVICE, i, &device));
		assert_int_equal(!!(device.flags & PCI_DEVICE_ON_ROOT_BUS),
				 cases[i].root);
	}
}

static void a_device_that_is_awake_tells_its_command(void **state)
{
	struct record_pci_device device;

	put_config(*state, config);
	device = look(*state, false);
	assert_string_equal(device.runtime_status, "active");
	assert_int_equal(device.command, 0x0406);
}

static void a_device_that_does_not_answer_has_none(void **state)
{
	put_config(*state, "\xff\xff\xff\xff\xff\xff\xff\xff");
	assert_int_equal(look(*state, false).command, -1);
}

static void a_suspended_device_is_not_woken(void **state)
{
	struct record_pci_device device;

	put_config(*state, config);
	set_line(*state, DEVICE "/power/runtime_status", "suspended\n");
	device = look(*state, false);
	assert_string_equal(device.runtime_status, "suspended");
	assert_int_equal(device.command, -1);
}

static void a_device_in_low_power_is_not_woken(void **state)
{
	put_config(*state, config);
	set_line(*state, DEVICE "/power_state", "D3cold\n");
	assert_int_equal(look(*state, false).command, -1);
}

static void a_device_whose_power_is_unknown_is_not_woken(void **state)
{
	put_config(*state, config);
	scene_remove(*state, DEVICE "/power/runtime_status");
	assert_int_equal(look(*state, false).command, -1);
}

static void a_device_of_the_host_is_not_asked(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	put_config(scene, config);
	scene_remove(scene, DEVICE "/driver");
	scene_remove(scene, DEVICE "/vfio-dev");
	tree_link(&scene->tree, DEVICE "/driver", "../../../../bus/pci/drivers/nvme");
	device = look(scene, true);
	assert_string_equal(device.power_state, "D0");
	assert_int_equal(device.command, -1);
}

static void a_device_without_a_driver_is_not_asked(void **state)
{
	put_config(*state, config);
	scene_remove(*state, DEVICE "/driver");
	assert_int_equal(look(*state, true).command, -1);
}

static void half_a_register_is_none(void **state)
{
	struct scene *scene = *state;

	tree_file_bytes(&scene->tree, DEVICE "/config", config, 5);
	assert_int_equal(look(scene, false).command, -1);
}

static void other_names_are_no_devices(void **state)
{
	static const char *const names[] = {
		"0000:04:00.0", "iommu", "", "..", "03:00.0", "../0000:03:00.0"
	};
	struct scene *scene = *state;
	size_t i;

	tree_file(&scene->tree, "sys/bus/pci/devices/0000:05:00.0", "a file\n");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(observe_pci_device(&scene->tree.root,
						    scene->recording.sink, names[i],
						    true),
				 -ENOENT);
	assert_int_equal(observe_pci_device(&scene->tree.root, scene->recording.sink,
					    "0000:05:00.0", true),
			 -ENOENT);
}

static void malformed_attributes_do_no_harm(void **state)
{
	struct scene *scene = *state;
	struct record_pci_device device;

	scene_remove(scene, DEVICE "/resource");
	scene_remove(scene, DEVICE "/class");
	scene_remove(scene, DEVICE "/iommu_group");
	tree_file(&scene->tree, DEVICE "/resource", "0x5 0x4 0x200\nnothing");
	tree_file(&scene->tree, DEVICE "/class", "");
	tree_link(&scene->tree, DEVICE "/iommu_group", "elsewhere/-5");
	device = look(scene, false);
	assert_true(device.bars[0].length == 0);
	assert_int_equal(device.class, 0);
	assert_int_equal(device.iommu_group, -1);
}

static void all_devices_are_listed(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, "sys/bus/pci/devices/0000:00:1f.0/vendor", "0x8086\n");
	tree_file(&scene->tree, "sys/bus/pci/devices/10000:00:1f.0/vendor", "0x8086\n");
	tree_directory(&scene->tree, "sys/bus/pci/devices/strange");
	assert_int_equal(
		observe_pci_devices(&scene->tree.root, scene->recording.sink, true), 0);
	recording_read(&scene->recording);
	assert_int_equal(recording_count(&scene->recording, RECORD_PCI_DEVICE), 3);
}

static void nodes_lead_to_devices(void **state)
{
	struct scene *scene = *state;
	struct tree *tree = &scene->tree;
	char device[RECORD_DEVICE_NAME] = "", subsystem[32] = "";

	tree_link(tree, "sys/dev/char/226:128",
		  "../../devices/pci0000:00/0000:00:01.0/0000:03:00.0/drm/renderD128");
	tree_link(tree, DEVICE "/drm/renderD128/device", "../../../0000:03:00.0");
	tree_link(tree, DEVICE "/drm/renderD128/subsystem",
		  "../../../../../../class/drm");
	tree_link(tree, "sys/class/drm/renderD128",
		  "../../devices/pci0000:00/0000:00:01.0/0000:03:00.0/drm/renderD128");
	tree_link(tree, "sys/dev/char/10:124", "../../devices/virtual/misc/iommu");
	tree_link(tree, "sys/devices/virtual/misc/iommu/subsystem",
		  "../../../../class/misc");
	assert_int_equal(device_of_node(&tree->root, 226, 128, device, subsystem), 0);
	assert_string_equal(device, "0000:03:00.0");
	assert_string_equal(subsystem, "drm");
	assert_int_equal(device_of_node(&tree->root, 10, 124, device, subsystem), 0);
	assert_string_equal(device, "iommu");
	assert_string_equal(subsystem, "misc");
	assert_int_equal(device_of_node(&tree->root, 1, 3, device, subsystem), -ENOENT);
	assert_int_equal(device_of_class_node(&tree->root, "drm", "renderD128", device),
			 0);
	assert_string_equal(device, "0000:03:00.0");
	assert_int_equal(device_of_class_node(&tree->root, "drm", "../misc", device),
			 -EINVAL);
	assert_int_equal(device_of_class_node(&tree->root, "drm", "card9", device),
			 -ENOENT);
	assert_string_equal(device, "0000:03:00.0");
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_device_is_read),
		SCENE(a_device_under_release_is_hardly_touched),
		SCENE(its_override_is_read_where_that_is_safe),
		SCENE(a_virtual_function_names_its_physical_one),
		SCENE(a_virtual_function_that_leaves_is_still_one),
		SCENE(how_it_can_be_reset_is_known),
		SCENE(no_way_to_reset_it_is_an_answer),
		SCENE(resets_are_not_asked_of_a_bare_device),
		SCENE(what_is_right_below_a_host_bridge_is_on_a_root_bus),
		SCENE(a_device_that_is_awake_tells_its_command),
		SCENE(a_device_that_does_not_answer_has_none),
		SCENE(a_suspended_device_is_not_woken),
		SCENE(a_device_in_low_power_is_not_woken),
		SCENE(a_device_whose_power_is_unknown_is_not_woken),
		SCENE(a_device_of_the_host_is_not_asked),
		SCENE(a_device_without_a_driver_is_not_asked),
		SCENE(half_a_register_is_none),
		SCENE(other_names_are_no_devices),
		SCENE(malformed_attributes_do_no_harm),
		SCENE(all_devices_are_listed),
		SCENE(nodes_lead_to_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
