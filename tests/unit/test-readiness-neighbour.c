/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other devices that go, or are reset, with the one that is taken back. */
#include "tests/unit/readiness.h"

#include "lib/judge/mdevs.h"

static void host_driver_in_the_group_is_an_obstacle(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_host_driven(&scene, OTHER, GROUP, "snd_hda_intel", 0x040300);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	found = obstacle(&scene, OBSTACLE_GROUP_MEMBER);
	assert_string_equal(found->device, OTHER);
	assert_int_equal(found->pid, 0);
	assert_false(found->bounded);
	like(found->reason, OTHER);
	like(found->reason, "snd_hda_intel");
	scene_end(&scene);
}

static void open_member_of_the_group_is_an_obstacle(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, OTHER, GROUP);
	scene_owner(&scene, OTHER);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	found = obstacle(&scene, OBSTACLE_GROUP_MEMBER);
	is_the_owner(found);
	assert_string_equal(found->device, OTHER);
	like(found->reason, "qemu[49]");
	scene_end(&scene);
}

static void harmless_members_of_the_group_are_none(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, "0000:03:02.0", GROUP);
	scene_host_driven(&scene, "0000:03:03.0", GROUP, NULL, 0x020000);
	scene_host_driven(&scene, "0000:03:04.0", GROUP, "pci-stub", 0x020000);
	scene_host_driven(&scene, "0000:03:05.0", GROUP, "pcieport", 0x060400);
	scene_host_driven(&scene, "0000:03:06.0", GROUP, "shpchp", 0x060401);
	scene_host_driven(&scene, FAR, OTHER_GROUP, "e1000e", 0x020000);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void no_group_is_no_common_group(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, -1);
	scene_host_driven(&scene, FAR, -1, "e1000e", 0x020000);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void scene_virtual(struct scene *scene, const char *driver, bool vfio)
{
	const struct device device = {
		.address = "0000:03:10.0",
		.bus = "pci",
		.driver = driver,
		.vfio_bound = vfio,
		.iommu_group = OTHER_GROUP,
		.is_virtual_function = true,
		.physical_function = DEVICE,
		.command = -1,
	};

	scene_add(scene, &device);
}

static void open_virtual_function_is_unbounded(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_virtual(&scene, "vfio-pci", true);
	scene_owner(&scene, "0000:03:10.0");
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	is_the_owner(obstacle(&scene, OBSTACLE_VIRTUAL_FUNCTION));
	assert_string_equal(obstacle(&scene, OBSTACLE_VIRTUAL_FUNCTION)->device,
			    "0000:03:10.0");
	scene_end(&scene);
}

static void bound_virtual_function_is_bounded(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_virtual(&scene, "iavf", false);
	scene_check(&scene, DEVICE);
	assert_true(obstacle(&scene, OBSTACLE_VIRTUAL_FUNCTION)->bounded);
	like(obstacle(&scene, OBSTACLE_VIRTUAL_FUNCTION)->reason, "iavf");
	/* and it is not in the way of itself, nor its parent in its own */
	scene_check(&scene, "0000:03:10.0");
	assert_int_equal(n_obstacles(&scene, OBSTACLE_VIRTUAL_FUNCTION), 0);
	scene_end(&scene);
}

static void unbound_virtual_function_is_none(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_virtual(&scene, NULL, false);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

/* A device with these reset methods, and a host-driven one on its bus. */
static size_t reset_siblings(const char *methods, const char *sibling, uint32_t class)
{
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = GROUP,
		.reset_methods = methods,
		.command = -1,
	};
	struct scene scene = scene_begin(SEEN_ALL);
	size_t found;

	scene_add(&scene, &device);
	scene_host_driven(&scene, sibling, OTHER_GROUP, "e1000e", class);
	scene_check(&scene, DEVICE);
	found = n_obstacles(&scene, OBSTACLE_RESET_SIBLING);
	assert_int_equal(scene.answer->n_obstacles, found);
	if (found == 1) {
		const struct finding *it = obstacle(&scene, OBSTACLE_RESET_SIBLING);

		assert_string_equal(it->device, sibling);
		assert_false(it->bounded);
		like(it->reason, "e1000e");
	}
	scene_end(&scene);
	return found;
}

static void sibling_counts_where_only_the_bus_is_reset(void **state)
{
	(void)state;
	assert_int_equal(reset_siblings("bus", OTHER, 0x020000), 1);
	assert_int_equal(reset_siblings("cxl_bus", OTHER, 0x020000), 1);
	assert_int_equal(reset_siblings("", OTHER, 0x020000), 1);
	assert_int_equal(reset_siblings(NULL, OTHER, 0x020000), 0);
	assert_int_equal(reset_siblings("bus", FAR, 0x020000), 0);
	assert_int_equal(reset_siblings("bus", "0001:03:01.0", 0x020000), 0);
	assert_int_equal(reset_siblings("bus", OTHER, 0x060400), 0);
}

static void function_level_resets_spare_siblings(void **state)
{
	static const char *const methods[] = {
		"flr bus",	   "af_flr bus", "pm bus",
		"device_specific", "acpi bus",	 "bus flr"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		assert_int_equal(reset_siblings(methods[i], OTHER, 0x020000), 0);
}

/* A VFIO device of that address which only a reset of its bus resets. */
static struct scene resets_with_its_bus(const char *address)
{
	const struct device device = {
		.address = address,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = GROUP,
		.reset_methods = "bus",
		.command = -1,
	};
	struct scene scene = scene_begin(SEEN_ALL);

	scene_add(&scene, &device);
	return scene;
}

static void sibling_in_the_group_is_told_once(void **state)
{
	struct scene scene = resets_with_its_bus(DEVICE);

	(void)state;
	scene_host_driven(&scene, OTHER, GROUP, "e1000e", 0x020000);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	(void)obstacle(&scene, OBSTACLE_GROUP_MEMBER);
	scene_end(&scene);
}

static void open_sibling_is_named_with_its_owner(void **state)
{
	struct scene scene = resets_with_its_bus(DEVICE);

	(void)state;
	scene_vfio(&scene, OTHER, OTHER_GROUP);
	scene_owner(&scene, OTHER);
	scene_check(&scene, DEVICE);
	is_the_owner(obstacle(&scene, OBSTACLE_RESET_SIBLING));
	scene_end(&scene);
}

static void virtual_function_is_no_sibling(void **state)
{
	const struct device function = {
		.address = "0000:03:10.0",
		.bus = "pci",
		.driver = "iavf",
		.iommu_group = OTHER_GROUP,
		.is_virtual_function = true,
		.physical_function = FAR,
		.command = -1,
	};
	struct scene scene = resets_with_its_bus(DEVICE);

	(void)state;
	scene_add(&scene, &function);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

/* The kernel's pci_parent_bus_reset() refuses it. */
static void root_bus_is_never_reset(void **state)
{
	struct scene scene = resets_with_its_bus("0000:00:03.0");

	(void)state;
	scene_host_driven(&scene, "0000:00:1f.2", OTHER_GROUP, "ahci", 0x010601);
	scene_check(&scene, "0000:00:03.0");
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void other_root_buses_are_not_reset_either(void **state)
{
	const struct device device = {
		.address = "0000:40:01.0",
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.on_root_bus = true,
		.iommu_group = GROUP,
		.reset_methods = "bus",
		.command = -1,
	};
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_add(&scene, &device);
	scene_host_driven(&scene, "0000:40:02.0", OTHER_GROUP, "ahci", 0x010601);
	scene_check(&scene, "0000:40:01.0");
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

/* A mediated device below DEVICE, which i915 or another driver has. */
static struct scene mediated(const char *driver, const char *parent_bus)
{
	const struct device parent = {
		.address = DEVICE,
		.bus = parent_bus,
		.driver = "i915",
		.iommu_group = -1,
		.command = -1,
	};
	const struct device mdev = {
		.address = UUID,
		.bus = "mdev",
		.parent = DEVICE,
		.driver = driver,
		.vfio_bound = true,
		.iommu_group = OTHER_GROUP,
		.command = -1,
	};
	struct scene scene = scene_begin(SEEN_ALL);

	scene_add(&scene, &parent);
	scene_add(&scene, &mdev);
	assert_int_equal(builder_mdev(scene.builder, DEVICE, UUID), 0);
	return scene;
}

static void open_mdev_is_unbounded(void **state)
{
	struct scene scene = mediated("intel_vgpu_mdev", "pci");

	(void)state;
	scene_owner(&scene, UUID);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	is_the_owner(obstacle(&scene, OBSTACLE_MDEV));
	assert_string_equal(obstacle(&scene, OBSTACLE_MDEV)->device, UUID);
	like(obstacle(&scene, OBSTACLE_MDEV)->reason, "qemu[49]");
	/* the mediated device itself: who has it open */
	scene_check(&scene, UUID);
	assert_int_equal(scene.answer->n_obstacles, 1);
	is_the_owner(obstacle(&scene, OBSTACLE_OWNER));
	assert_int_equal(n_notes(&scene, NOTE_MDEV_DMA), 1);
	scene_end(&scene);
}

static void idle_mdev_is_bounded(void **state)
{
	struct scene scene = mediated("mtty", NULL);

	(void)state;
	scene_check(&scene, DEVICE);
	assert_true(obstacle(&scene, OBSTACLE_MDEV)->bounded);
	like(obstacle(&scene, OBSTACLE_MDEV)->remedy, "mdevctl stop");
	like(obstacle(&scene, OBSTACLE_MDEV)->remedy, UUID);
	assert_string_equal(note(&scene, NOTE_MDEV_DMA)->device, UUID);
	/* idle and unused it can be taken itself */
	scene_check(&scene, UUID);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(scene.answer->n_notes, 1);
	scene_end(&scene);
}

static void mdev_in_its_parents_group_is_told_once(void **state)
{
	struct scene scene = mediated("mtty", "pci");

	(void)state;
	scene_owner(&scene, UUID);
	scene_build(&scene);
	for (size_t i = 0; i < scene.snapshot->n_devices; i++)
		scene.snapshot->devices[i].iommu_group = GROUP;
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	(void)obstacle(&scene, OBSTACLE_MDEV);
	scene_end(&scene);
}

static void unread_owners_of_a_mdev_count_as_one(void **state)
{
	struct scene scene = mediated("mtty", NULL);

	(void)state;
	scene_build(&scene);
	scene.snapshot->seen &= ~(unsigned int)SEEN_OWNERS;
	scene_check(&scene, UUID);
	assert_int_equal(obstacle(&scene, OBSTACLE_OWNER)->pid, 0);
	scene_end(&scene);
}

static void mdev_drivers_are_known_by_their_source(void **state)
{
	static const struct {
		const char *driver;
		const char *reason;
		const char *source;
	} rows[] = {
		{ "vfio_ap_mdev", "interrupts", "vfio_ap_mdev_dma_unmap" },
		{ "vfio_ccw_mdev", "resets the subchannel", "vfio_ccw_dma_unmap" },
		{ "intel_vgpu_mdev", "DMA mapping", "intel_vgpu_dma_unmap" },
		{ "mtty", "no DMA", "samples/vfio-mdev/mtty.c" },
		{ "mbochs", "no DMA", "samples/vfio-mdev/mbochs.c" },
		{ "mdpy", "no DMA", "samples/vfio-mdev/mdpy.c" },
	};

	(void)state;
	assert_int_equal(n_mdev_rules, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene = mediated(rows[i].driver, "pci");

		like(mdev_rule_find(rows[i].driver)->source, rows[i].source);
		scene_check(&scene, UUID);
		like(note(&scene, NOTE_MDEV_DMA)->reason, rows[i].driver);
		like(note(&scene, NOTE_MDEV_DMA)->reason, rows[i].reason);
		scene_end(&scene);
	}
	assert_null(mdev_rule_find("somebody_mdev"));
	assert_null(mdev_rule_find(NULL));
}

static void of_other_mdev_drivers_nothing_is_claimed(void **state)
{
	struct scene scene = mediated("somebody_mdev", "pci");

	(void)state;
	scene_check(&scene, UUID);
	like(note(&scene, NOTE_MDEV_DMA)->reason, "nothing is known");
	like(note(&scene, NOTE_MDEV_DMA)->reason, "somebody_mdev");
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_driver_in_the_group_is_an_obstacle),
		cmocka_unit_test(open_member_of_the_group_is_an_obstacle),
		cmocka_unit_test(harmless_members_of_the_group_are_none),
		cmocka_unit_test(no_group_is_no_common_group),
		cmocka_unit_test(open_virtual_function_is_unbounded),
		cmocka_unit_test(bound_virtual_function_is_bounded),
		cmocka_unit_test(unbound_virtual_function_is_none),
		cmocka_unit_test(sibling_counts_where_only_the_bus_is_reset),
		cmocka_unit_test(function_level_resets_spare_siblings),
		cmocka_unit_test(sibling_in_the_group_is_told_once),
		cmocka_unit_test(open_sibling_is_named_with_its_owner),
		cmocka_unit_test(virtual_function_is_no_sibling),
		cmocka_unit_test(root_bus_is_never_reset),
		cmocka_unit_test(other_root_buses_are_not_reset_either),
		cmocka_unit_test(open_mdev_is_unbounded),
		cmocka_unit_test(idle_mdev_is_bounded),
		cmocka_unit_test(mdev_in_its_parents_group_is_told_once),
		cmocka_unit_test(unread_owners_of_a_mdev_count_as_one),
		cmocka_unit_test(mdev_drivers_are_known_by_their_source),
		cmocka_unit_test(of_other_mdev_drivers_nothing_is_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
