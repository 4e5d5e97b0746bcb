/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/observe/mdev.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

struct scene {
	struct tree tree;
	struct recording recording;
};

static int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	tree_begin(&scene->tree);
	recording_begin(&scene->recording);
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

/* A mediated device as Linux 7.2 shows it: parent is a path below sys/devices. */
static void add_mdev(const struct scene *scene, const char *parent, const char *uuid,
		     const char *type)
{
	const struct tree *tree = &scene->tree;
	char path[256], target[256];

	(void)snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s", uuid);
	(void)snprintf(target, sizeof(target), "../../../devices/%s/%s", parent, uuid);
	tree_link(tree, path, target);
	(void)snprintf(path, sizeof(path), "sys/devices/%s/%s/mdev_type", parent, uuid);
	(void)snprintf(target, sizeof(target), "../mdev_supported_types/%s", type);
	tree_link(tree, path, target);
	(void)snprintf(path, sizeof(path), "sys/devices/%s/%s/driver", parent, uuid);
	tree_link(tree, path, "../../../../../bus/mdev/drivers/mtty");
	(void)snprintf(path, sizeof(path), "sys/devices/%s/%s/iommu_group", parent, uuid);
	tree_link(tree, path, "../../../../../kernel/iommu_groups/7");
}

static void look(struct scene *scene)
{
	observe_mdevs(&scene->tree.root, scene->recording.sink);
	recording_read(&scene->recording);
}

static struct record_mdev look_at_one(struct scene *scene)
{
	struct record_mdev mdev;

	look(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_MDEV), 1);
	assert_true(FIND(&scene->recording, RECORD_MDEV, 0, &mdev));
	return mdev;
}

static void a_device_below_a_virtual_one(void **state)
{
	struct scene *scene = *state;
	struct record_mdev mdev;

	add_mdev(scene, "virtual/mtty/mtty", UUID, "mtty-2");
	tree_link(&scene->tree, "sys/devices/virtual/mtty/mtty/subsystem",
		  "../../../../class/mtty");
	mdev = look_at_one(scene);
	assert_string_equal(mdev.uuid, UUID);
	assert_string_equal(mdev.type, "mtty-2");
	assert_string_equal(mdev.driver, "mtty");
	assert_int_equal(mdev.iommu_group, 7);
	assert_string_equal(mdev.parent, "mtty");
	assert_string_equal(mdev.parent_bus, ""); /* a class is no bus */
	assert_string_equal(mdev.parent_driver, "");
}

static void a_device_below_one_of_pci(void **state)
{
	struct scene *scene = *state;
	struct record_mdev mdev;

	add_mdev(scene, "pci0000:00/0000:00:02.0", UUID, "i915-GVTg_V5_4");
	tree_link(&scene->tree, "sys/devices/pci0000:00/0000:00:02.0/subsystem",
		  "../../../bus/pci");
	tree_link(&scene->tree, "sys/devices/pci0000:00/0000:00:02.0/driver",
		  "../../../bus/pci/drivers/i915");
	mdev = look_at_one(scene);
	assert_string_equal(mdev.parent, "0000:00:02.0");
	assert_string_equal(mdev.parent_bus, "pci");
	assert_string_equal(mdev.parent_driver, "i915");
}

static void a_device_below_a_bus_of_its_own(void **state)
{
	struct scene *scene = *state;
	struct record_mdev mdev;

	add_mdev(scene, "vfio_ap/matrix", UUID, "vfio_ap-passthrough");
	tree_link(&scene->tree, "sys/devices/vfio_ap/matrix/subsystem",
		  "../../../bus/matrix");
	tree_link(&scene->tree, "sys/devices/vfio_ap/matrix/driver",
		  "../../../bus/matrix/drivers/vfio_ap");
	mdev = look_at_one(scene);
	assert_string_equal(mdev.parent, "matrix");
	assert_string_equal(mdev.parent_bus, "matrix");
	assert_string_equal(mdev.parent_driver, "vfio_ap");
}

static void what_is_missing_is_left_open(void **state)
{
	struct scene *scene = *state;
	struct record_mdev mdev;

	tree_link(&scene->tree, "sys/bus/mdev/devices/" UUID,
		  "../../../devices/virtual/mtty/mtty/" UUID);
	tree_file(&scene->tree, "sys/devices/virtual/mtty/mtty/" UUID "/uevent", "");
	mdev = look_at_one(scene);
	assert_string_equal(mdev.parent, "mtty");
	assert_string_equal(mdev.driver, "");
	assert_string_equal(mdev.type, "");
	assert_int_equal(mdev.iommu_group, -1);
}

static void all_are_listed_and_nothing_else(void **state)
{
	struct scene *scene = *state;
	const struct tree *tree = &scene->tree;

	add_mdev(scene, "virtual/mtty/mtty", UUID, "mtty-1");
	add_mdev(scene, "virtual/mtty/mtty", "83b8f4f2-509f-382f-3c1e-e6bfe0fa1002",
		 "mtty-1");
	add_mdev(scene, "virtual/mtty/mtty", "83b8f4f2-509f-382f-3c1e-e6bfe0fa100",
		 "mtty-1");
	/* a directory, a link to nowhere, and two that have no parent */
	tree_directory(tree, "sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1003");
	tree_link(tree, "sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1004",
		  "../../../devices/gone/83b8f4f2-509f-382f-3c1e-e6bfe0fa1004");
	tree_link(tree, "sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1005",
		  "83b8f4f2-509f-382f-3c1e-e6bfe0fa1003");
	tree_link(tree, "sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1006",
		  "../devices");
	look(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_MDEV), 2);
}

static void a_kernel_without_them_has_none(void **state)
{
	struct scene *scene = *state;

	look(scene);
	assert_int_equal(recording_count(&scene->recording, RECORD_MDEV), 0);
}

static void uuids_have_one_form(void **state)
{
	(void)state;
	assert_true(mdev_is_uuid(UUID));
	assert_true(mdev_is_uuid("83B8F4F2-509F-382F-3C1E-E6BFE0FA1001"));
	assert_false(mdev_is_uuid(""));
	assert_false(mdev_is_uuid("83b8f4f2-509f-382f-3c1e-e6bfe0fa100"));
	assert_false(mdev_is_uuid(UUID "1"));
	assert_false(mdev_is_uuid("83b8f4f2_509f-382f-3c1e-e6bfe0fa1001"));
	assert_false(mdev_is_uuid("83b8f4f2-509f-382f-3c1e-e6bfe0fa100g"));
	assert_false(mdev_is_uuid("0000:03:00.0"));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_device_below_a_virtual_one),
		SCENE(a_device_below_one_of_pci),
		SCENE(a_device_below_a_bus_of_its_own),
		SCENE(what_is_missing_is_left_open),
		SCENE(all_are_listed_and_nothing_else),
		SCENE(a_kernel_without_them_has_none),
		cmocka_unit_test(uuids_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
