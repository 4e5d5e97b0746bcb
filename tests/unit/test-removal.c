/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a device that no driver has may be pulled out. */
#include "tests/unit/readiness.h"

/* Why not; NULL: it may. */
static const char *removal(struct scene *scene, const struct device **ret_other)
{
	const struct device *device;

	scene_build(scene);
	device = snapshot_device(scene->snapshot, DEVICE);
	assert_non_null(device);
	return judge_removal(scene->snapshot, device, ret_other);
}

static struct scene unbound_device(unsigned int seen)
{
	struct scene scene = scene_begin(seen);

	scene_host_driven(&scene, DEVICE, GROUP, NULL, 0x030000);
	return scene;
}

static void what_nobody_uses_may_go(void **state)
{
	struct scene scene = unbound_device(SEEN_ALL);
	const struct device *other;

	(void)state;
	scene_host_driven(&scene, OTHER, GROUP, "snd_hda_intel", 0x040300);
	scene_host_driven(&scene, "0000:03:00.1", GROUP, NULL, 0x040300);
	assert_null(removal(&scene, &other));
	assert_null(other);
	scene_end(&scene);
}

static void what_has_a_driver_stays(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct device *other;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	like(removal(&scene, &other), "in use");
	assert_null(other);
	scene_end(&scene);
}

static void what_is_open_stays(void **state)
{
	struct scene scene = unbound_device(SEEN_ALL);
	const struct device *other;

	(void)state;
	scene_owner(&scene, DEVICE);
	like(removal(&scene, &other), "in use");
	scene_end(&scene);
}

static void what_an_importer_reaches_stays(void **state)
{
	static const struct {
		enum buffer_state state;
		bool stays;
	} cases[] = {
		{ BUFFER_STATE_LIVE, true },
		{ BUFFER_STATE_REVOKING, true },
		{ BUFFER_STATE_REVOKED, false },
		{ BUFFER_STATE_ORPHANED, false },
	};
	const struct device *other;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene = unbound_device(SEEN_ALL);

		scene_buffer(&scene, DEVICE, cases[i].state);
		assert_int_equal(!!removal(&scene, &other), cases[i].stays);
		scene_end(&scene);
	}
}

static void other_function_of_the_card_counts(void **state)
{
	struct scene scene = unbound_device(SEEN_ALL);
	const struct device *other;

	(void)state;
	scene_host_driven(&scene, "0000:03:00.1", GROUP, "snd_hda_intel", 0x040300);
	assert_non_null(removal(&scene, &other));
	assert_string_equal(other->address, "0000:03:00.1");
	scene_end(&scene);
}

static void virtual_function_in_use_counts(void **state)
{
	const struct device function = {
		.address = "0000:03:10.0",
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = OTHER_GROUP,
		.is_virtual_function = true,
		.physical_function = DEVICE,
		.command = -1,
	};
	struct scene scene = unbound_device(SEEN_ALL);
	const struct device *other;

	(void)state;
	scene_add(&scene, &function);
	assert_non_null(removal(&scene, &other));
	assert_string_equal(other->address, "0000:03:10.0");
	assert_non_null(judge_removal(scene.snapshot, other, &other));
	scene_end(&scene);
}

static void what_was_not_seen_is_not_said(void **state)
{
	static const unsigned int unseen[] = { SEEN_OWNERS, SEEN_DEVICES };
	const struct device *other;

	(void)state;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		struct scene scene = unbound_device(SEEN_ALL & ~unseen[i]);

		like(removal(&scene, &other), "seen");
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_uses_may_go),
		cmocka_unit_test(what_has_a_driver_stays),
		cmocka_unit_test(what_is_open_stays),
		cmocka_unit_test(what_an_importer_reaches_stays),
		cmocka_unit_test(other_function_of_the_card_counts),
		cmocka_unit_test(virtual_function_in_use_counts),
		cmocka_unit_test(what_was_not_seen_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
