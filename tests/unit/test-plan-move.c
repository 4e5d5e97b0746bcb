/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The move to another driver, what undoes it, and what the host uses. */
#include "tests/unit/plans.h"

#define ALL_UNDO "restore-override restore-driver"

static void released_device_is_claimed_and_moved(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "");
	is_steps(&attempt.plan->move, "claim set-override unbind bind");
	is_steps(&attempt.plan->undo, ALL_UNDO);
	assert_string_equal(attempt.plan->driver, "nvidia");
	assert_string_equal(attempt.plan->old_driver, "vfio-pci");
	assert_int_equal(plan_total_us(attempt.plan), 4 * LIMIT_US);
	attempt_end(&attempt);
}

static void open_device_climbs_the_ladder_first(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_owner(&attempt.scene, DEVICE);
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt.wish.stop_owner = true;
	attempt_steps(&attempt, STEP_FREEZE_OWNER);
	attempt_steps(&attempt, STEP_REVOKE);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "freeze-owner revoke stop-owner");
	is_steps(&attempt.plan->move, "claim set-override unbind bind");
	is_steps(&attempt.plan->undo, "thaw restore " ALL_UNDO);
	attempt_end(&attempt);
}

/* The owner may let go before its turn: then they are done as ever. */
static void ask_may_take_claim_and_unbind(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_owner(&attempt.scene, DEVICE);
	attempt_steps(&attempt, STEP_GRACE);
	attempt_plan(&attempt);
	assert_string_equal(step_of(&attempt.plan->move, STEP_UNBIND)->detail,
			    "from vfio-pci");
	attempt_steps(&attempt, STEP_ASK);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace ask");
	is_steps(&attempt.plan->move, "claim set-override unbind bind");
	like(step_of(&attempt.plan->move, STEP_CLAIM)->detail, "unless ask");
	like(step_of(&attempt.plan->move, STEP_UNBIND)->detail, "unless ask");
	attempt_end(&attempt);
}

static void module_is_loaded_where_it_is_not(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	attempt.driver_is_loaded = false;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->move, "load-module claim set-override unbind bind");
	attempt_end(&attempt);
}

static void no_driver_is_a_driver(void **state)
{
	struct attempt attempt = attempt_idle("-");

	(void)state;
	attempt.driver_is_loaded = false;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->move, "claim unbind");
	is_steps(&attempt.plan->undo, "restore-driver");
	assert_string_equal(step_of(&attempt.plan->undo, STEP_RESTORE_DRIVER)->detail,
			    "vfio-pci");
	attempt_end(&attempt);
}

static struct attempt attempt_unbound(const char *driver)
{
	struct attempt attempt = attempt_move(driver);
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.iommu_group = GROUP,
		.driver_override = "vfio-pci",
		.command = -1,
	};

	scene_add(&attempt.scene, &device);
	attempt_plan(&attempt);
	return attempt;
}

static void device_without_driver_is_just_bound(void **state)
{
	struct attempt attempt = attempt_unbound("nvidia");

	(void)state;
	is_free(attempt.plan);
	is_steps(&attempt.plan->move, "set-override bind");
	is_steps(&attempt.plan->undo, "restore-override");
	assert_string_equal(attempt.plan->undo.items[0].detail, "vfio-pci");
	assert_null(attempt.plan->old_driver);
	attempt_end(&attempt);
}

static void what_is_so_already_is_not_done(void **state)
{
	struct attempt none = attempt_unbound("-");
	struct attempt same = attempt_idle("vfio-pci");

	(void)state;
	assert_non_null(none.plan->nothing_to_do);
	is_steps(&none.plan->move, "");
	attempt_end(&none);
	scene_owner(&same.scene, DEVICE);
	attempt_plan(&same);
	like(same.plan->nothing_to_do, "vfio-pci");
	is_steps(&same.plan->ladder, "");
	is_steps(&same.plan->move, "");
	attempt_end(&same);
}

static void host_driver_needs_no_claim(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");

	(void)state;
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvme", 0x010802);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "");
	is_steps(&attempt.plan->move, "set-override unbind bind");
	attempt_end(&attempt);
}

static void what_the_host_uses_is_not_taken(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");

	(void)state;
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvme", 0x010802);
	add_mount(&attempt.scene, DEVICE, "/srv");
	add_mount(&attempt.scene, DEVICE, "/home");
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "/srv", true);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "/home", true);
	like(refusal_with(attempt.plan, "/srv")->remedy, "umount");
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_forced(attempt.plan, "/srv");
	is_forced(attempt.plan, "/home");
	assert_false(plan_is_refused(attempt.plan));
	attempt_end(&attempt);
}

static void what_could_not_be_looked_at_counts_as_used(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_USES);
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvme", 0x010802);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "counts as used", true);
	attempt_end(&attempt);
}

static void add_function(struct scene *scene)
{
	const struct device function = {
		.address = OTHER,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = OTHER_GROUP,
		.is_virtual_function = true,
		.physical_function = DEVICE,
		.command = -1,
	};

	scene_add(scene, &function);
}

static void virtual_functions_in_use_keep_their_parent(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");

	(void)state;
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "mlx5_core", 0x020000);
	add_function(&attempt.scene);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_VIRTUAL_FUNCTION, OTHER, true);
	attempt_end(&attempt);
}

static void reset_would_take_virtual_functions_along(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	add_function(&attempt.scene);
	attempt_plan(&attempt);
	is_free(attempt.plan); /* a revoke leaves them alone */
	attempt.wish.method = METHOD_RESET;
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_forced(attempt.plan, "wipes");
	is_refused(attempt.plan, OBSTACLE_VIRTUAL_FUNCTION, OTHER, false);
	attempt_end(&attempt);
}

static void mediated_devices_keep_their_parent(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");
	const struct device mdev = {
		.address = UUID,
		.bus = "mdev",
		.parent = DEVICE,
		.iommu_group = OTHER_GROUP,
		.command = -1,
	};

	(void)state;
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvidia", 0x030000);
	scene_add(&attempt.scene, &mdev);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_MDEV, UUID, true);
	attempt_end(&attempt);
}

static void who_puts_the_old_driver_back_is_told(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");
	struct device settings = {
		.address = DEVICE,
		.saved_override = "vfio-pci",
		.libvirt_domain = "web",
		.libvirt_managed = true,
	};

	(void)state;
	assert_int_equal(builder_circumstances(attempt.scene.builder, &settings), 0);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_true(has_note(attempt.plan, "driverctl unset-override " DEVICE));
	assert_true(has_note(attempt.plan, "managed by libvirt for the domain web"));
	attempt_end(&attempt);
	attempt = attempt_open(ACT_RELEASE);
	assert_int_equal(builder_circumstances(attempt.scene.builder, &settings), 0);
	attempt_plan(&attempt);
	assert_null(attempt.plan->nothing_to_do);
	assert_false(has_note(attempt.plan, "driverctl"));
	attempt_end(&attempt);
	attempt = attempt_idle("nvidia");
	settings.saved_override = "nvidia";
	settings.libvirt_managed = false;
	assert_int_equal(builder_circumstances(attempt.scene.builder, &settings), 0);
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "driverctl"));
	assert_false(has_note(attempt.plan, "managed by"));
	attempt_end(&attempt);
}

/* A host driver has no owner, whether owners could be seen or not. */
static void host_driven_device_has_no_ladder(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvme", 0x010802);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "");
	attempt_end(&attempt);
}

static void neighbour_that_is_reset_with_it_is_told(void **state)
{
	struct attempt attempt = attempt_move("vfio-pci");
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.driver = "nouveau",
		.iommu_group = GROUP,
		.reset_methods = "bus",
		.command = -1,
	};

	(void)state;
	scene_add(&attempt.scene, &device);
	scene_host_driven(&attempt.scene, OTHER, OTHER_GROUP, "nvme", 0x010802);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_true(has_note(attempt.plan, OTHER));
	attempt_end(&attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(released_device_is_claimed_and_moved),
		cmocka_unit_test(open_device_climbs_the_ladder_first),
		cmocka_unit_test(ask_may_take_claim_and_unbind),
		cmocka_unit_test(module_is_loaded_where_it_is_not),
		cmocka_unit_test(no_driver_is_a_driver),
		cmocka_unit_test(device_without_driver_is_just_bound),
		cmocka_unit_test(what_is_so_already_is_not_done),
		cmocka_unit_test(host_driver_needs_no_claim),
		cmocka_unit_test(what_the_host_uses_is_not_taken),
		cmocka_unit_test(what_could_not_be_looked_at_counts_as_used),
		cmocka_unit_test(virtual_functions_in_use_keep_their_parent),
		cmocka_unit_test(reset_would_take_virtual_functions_along),
		cmocka_unit_test(mediated_devices_keep_their_parent),
		cmocka_unit_test(who_puts_the_old_driver_back_is_told),
		cmocka_unit_test(host_driven_device_has_no_ladder),
		cmocka_unit_test(neighbour_that_is_reset_with_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
