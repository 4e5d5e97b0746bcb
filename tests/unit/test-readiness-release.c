/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases that are under way, stuck tasks, and a kernel that panics over them. */
#include "tests/unit/releases.h"

static void release_names_who_waits_and_where(void **state)
{
	const struct device since = { .address = DEVICE, .release_since_us = 4711 };
	struct scene scene = releasing();
	const struct finding *found;

	(void)state;
	scene_unbind(&scene, DEVICE);
	assert_int_equal(builder_circumstances(scene.builder, &since), 0);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_RELEASE);
	assert_ptr_equal(found, &scene.answer->obstacles[0]);
	assert_int_equal(found->pid, WRITER);
	assert_string_equal(found->comm, "sh");
	assert_int_equal(found->since_us, 4711);
	assert_false(found->bounded);
	like(found->reason, "unbind");
	like(found->reason, "sh[301]");
	like(found->reason, "vfio_unregister_group_dev");
	like(found->reason, "reboot");
	unlike(found->reason, "behind");
	like(found->remedy, "/proc/sysrq-trigger");
	assert_int_equal(obstacle(&scene, OBSTACLE_OWNER)->pid, OWNER);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 0);
	scene_end(&scene);
}

static void who_waits_for_the_owner_is_named_first(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_task(&scene, OWNER + 1, "sh", TASK_PATH_REMOVE, false, "remove_store",
		   DEVICE);
	scene_unbind(&scene, DEVICE);
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_RELEASE)->pid, WRITER);
	scene_end(&scene);
}

static void task_tells_since_when_if_nothing_else_does(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_unbind(&scene, DEVICE);
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_RELEASE)->since_us, 1000);
	scene_end(&scene);
}

static void release_is_told_without_its_task(void **state)
{
	struct scene scene = releasing();
	const struct finding *found;

	(void)state;
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_RELEASE);
	assert_int_equal(found->pid, 0);
	like(found->reason, "waits for the owner");
	like(found->reason, "reboot");
	unlike(found->reason, "cannot be told");
	scene_end(&scene);
}

static void tasks_that_cannot_be_assigned_are_all_named(void **state)
{
	struct scene scene = releasing();
	const struct finding *found;

	(void)state;
	scene_unbind(&scene, NULL);
	scene_task(&scene, UNPLUGGER, "irq/30-pciehp", TASK_PATH_UNPLUG, true,
		   "vfio_unregister_group_dev", NULL);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_RELEASE);
	assert_int_equal(found->pid, 0);
	like(found->reason, "cannot be told");
	like(found->reason, "unbind by sh[301], unplug by irq/30-pciehp[302]");
	scene_end(&scene);
}

static void what_waits_behind_an_unplug_is_named(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_unplug(&scene, DEVICE);
	scene_task(&scene, UNPLUGGER, "irq/31-pciehp", TASK_PATH_UNPLUG, false,
		   "pci_lock_rescan_remove", NULL);
	scene_task(&scene, RESCANNER, "sh", TASK_PATH_RESCAN, false, "rescan_store",
		   NULL);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_RELEASE)->reason,
	     "behind it wait: unplug by irq/31-pciehp[302], rescan by sh[303]");
	scene_end(&scene);
}

static void the_slot_of_what_waits_behind_is_named(void **state)
{
	struct scene scene = releasing();
	const struct blocked_task task = { .tid = UNPLUGGER,
					   .state = 'D',
					   .path = TASK_PATH_UNPLUG,
					   .slot_device = FAR };

	(void)state;
	scene_unplug(&scene, DEVICE);
	scene_process(&scene, UNPLUGGER, "irq/31-pciehp", NULL);
	assert_int_equal(builder_task(scene.builder, &task, UNPLUGGER), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_RELEASE)->reason,
	     "behind it wait: unplug of " FAR " by irq/31-pciehp[302]");
	scene_end(&scene);
}

static void what_may_wait_behind_an_unbind_is_no_claim(void **state)
{
	struct scene scene = releasing();
	const char *reason;

	(void)state;
	scene_unbind(&scene, DEVICE);
	scene_task(&scene, RESCANNER, "sh", TASK_PATH_RESCAN, false, "rescan_store",
		   NULL);
	scene_task(&scene, RESETTER, "sh", TASK_PATH_RESET, false, "pci_dev_lock", NULL);
	scene_check(&scene, DEVICE);
	reason = obstacle(&scene, OBSTACLE_RELEASE)->reason;
	like(reason, "perhaps behind it: reset by sh[304]");
	/* a rescan waits for no unbind: that holds the lock of one device only */
	unlike(reason, "rescan");
	scene_end(&scene);
}

static void removal_elsewhere_stops_every_device(void **state)
{
	struct scene scene = releasing();
	const struct finding *found;

	(void)state;
	scene_unplug(&scene, DEVICE);
	scene_task(&scene, UNPLUGGER, "irq/31-pciehp", TASK_PATH_UNPLUG, false,
		   "pciehp_unconfigure_device", NULL);
	scene_check(&scene, FAR);
	assert_int_equal(scene.answer->n_obstacles, 1);
	found = obstacle(&scene, OBSTACLE_RELEASE);
	assert_string_equal(found->device, DEVICE);
	assert_int_equal(found->pid, WRITER);
	assert_int_equal(found->since_us, 1000);
	assert_false(found->bounded);
	like(found->reason, DEVICE);
	like(found->reason, "vfio_unregister_group_dev");
	like(found->reason, "removed, added or rescanned");
	like(found->reason, "behind it wait: unplug by irq/31-pciehp[302]");
	scene_end(&scene);
}

static void removal_of_nobody_knows_what_stops_them_too(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_unplug(&scene, NULL);
	scene_check(&scene, FAR);
	assert_null(obstacle(&scene, OBSTACLE_RELEASE)->device);
	like(obstacle(&scene, OBSTACLE_RELEASE)->reason, "another device");
	scene_end(&scene);
}

static void every_path_that_holds_the_lock_stops_them(void **state)
{
	static const struct {
		enum task_path path;
		bool waits;
		size_t stops;
	} cases[] = {
		{ TASK_PATH_REMOVE, true, 1 },
		{ TASK_PATH_UNPLUG, true, 1 },
		{ TASK_PATH_SRIOV, true, 1 },
		/* waits for the device of an unbind, with the lock in its hands */
		{ TASK_PATH_REMOVE, false, 1 },
		{ TASK_PATH_UNPLUG, false, 1 },
		/* waits for its device before it takes the lock */
		{ TASK_PATH_SRIOV, false, 0 },
		{ TASK_PATH_UNBIND, true, 0 },
		{ TASK_PATH_UNBIND, false, 0 },
		{ TASK_PATH_UNLOAD, true, 0 },
		{ TASK_PATH_RESET, false, 0 },
		{ TASK_PATH_RESCAN, false, 1 },
		{ TASK_PATH_OTHER, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene = releasing();

		scene_task(&scene, WRITER, "sh", cases[i].path, cases[i].waits, NULL,
			   NULL);
		scene_check(&scene, FAR);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_RELEASE), cases[i].stops);
		assert_int_equal(scene.answer->n_obstacles, cases[i].stops);
		scene_end(&scene);
	}
}

static void what_adds_devices_has_no_owner_to_ask(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_task(&scene, UNPLUGGER, "irq/30-pciehp", TASK_PATH_RESCAN, false,
		   "some_probe", NULL);
	scene_check(&scene, FAR);
	assert_int_equal(obstacle(&scene, OBSTACLE_RELEASE)->pid, UNPLUGGER);
	like(obstacle(&scene, OBSTACLE_RELEASE)->reason, "rescan is under way");
	like(obstacle(&scene, OBSTACLE_RELEASE)->remedy, "let it end");
	unlike(obstacle(&scene, OBSTACLE_RELEASE)->remedy, "owner");
	scene_end(&scene);
}

static void removal_elsewhere_is_told_once(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_task(&scene, UNPLUGGER, "sh", TASK_PATH_REMOVE, false, "remove_store",
		   NULL);
	scene_task(&scene, RESETTER, "irq/30-pciehp", TASK_PATH_UNPLUG, true,
		   "vfio_unregister_group_dev", DEVICE);
	scene_check(&scene, FAR);
	assert_int_equal(obstacle(&scene, OBSTACLE_RELEASE)->pid, RESETTER);
	scene_end(&scene);
}

static void removal_elsewhere_stops_no_mediated_device(void **state)
{
	const struct device mdev = {
		.address = UUID,
		.bus = "mdev",
		.parent = FAR,
		.driver = "mtty",
		.vfio_bound = true,
		.iommu_group = -1,
		.command = -1,
	};
	struct scene scene = releasing();

	(void)state;
	scene_add(&scene, &mdev);
	scene_unplug(&scene, DEVICE);
	scene_check(&scene, UUID);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void host_driver_that_does_not_leave_is_a_release(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_host_driven(&scene, DEVICE, GROUP, "nvme", 0x010802);
	scene_task(&scene, WRITER, "sh", TASK_PATH_UNBIND, false, "nvme_remove", DEVICE);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	found = obstacle(&scene, OBSTACLE_RELEASE);
	assert_int_equal(found->pid, WRITER);
	like(found->reason, "sleeps in nvme_remove");
	unlike(found->reason, "owner");
	scene_end(&scene);
}

static void stale_mappings_are_left_by_what_goes_away(void **state)
{
	static const struct {
		enum task_path path;
		const char *importer;
		enum tristate restorable;
		size_t notes;
	} cases[] = {
		{ TASK_PATH_UNPLUG, "iommufd", TRISTATE_NO, 1 },
		{ TASK_PATH_REMOVE, "iommufd", TRISTATE_NO, 1 },
		{ TASK_PATH_UNBIND, "iommufd", TRISTATE_NO, 0 },
		{ TASK_PATH_UNPLUG, "iommufd", TRISTATE_YES, 0 },
		{ TASK_PATH_UNPLUG, "ib_core", TRISTATE_NO, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene = releasing();

		scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
		scene_attachment(&scene, cases[i].importer, VERDICT_YES, DRAIN_AT_ONCE,
				 cases[i].restorable);
		scene_task(&scene, WRITER, "sh", cases[i].path, true, NULL, DEVICE);
		scene_check(&scene, DEVICE);
		assert_int_equal(n_notes(&scene, NOTE_STALE_MAPPING), cases[i].notes);
		if (cases[i].notes > 0)
			like(note(&scene, NOTE_STALE_MAPPING)->reason, "until its user");
		scene_end(&scene);
	}
}

/* An open device with a buffer of one importer, in whose revoke somebody sleeps. */
static struct scene stuck(void)
{
	struct scene scene = scene_begin(SEEN_ALL);

	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_REVOKING);
	scene_attachment(&scene, "some_importer", VERDICT_YES, DRAIN_UNKNOWN,
			 TRISTATE_UNKNOWN);
	scene_process(&scene, WRITER, "writer", "writer.service");
	return scene;
}

static void stuck_revoke_names_task_function_and_importer(void **state)
{
	struct scene scene = stuck();
	const struct finding *found;

	(void)state;
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	scene_task(&scene, WRITER, "writer", TASK_PATH_REVOKE, false,
		   "vfio_pci_dma_buf_move", DEVICE);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_KERNEL);
	assert_int_equal(found->pid, WRITER);
	assert_string_equal(found->unit, "writer.service");
	assert_string_equal(found->importer, "some_importer");
	assert_int_equal(found->inode, INODE);
	assert_false(found->bounded);
	like(found->reason, "a revoke of this device");
	like(found->reason, "vfio_pci_dma_buf_move");
	like(found->reason, "some_importer");
	scene_end(&scene);
}

static void writer_is_told_without_his_task(void **state)
{
	struct scene scene = stuck();

	(void)state;
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_KERNEL)->pid, WRITER);
	scene_end(&scene);
}

static void writer_is_told_beside_the_task_of_another(void **state)
{
	struct scene scene = stuck();

	(void)state;
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	scene_task(&scene, RESETTER, "closer", TASK_PATH_CLOSE, false, "vfio_df_close",
		   DEVICE);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 2);
	assert_int_equal(scene.answer->obstacles[0].pid, RESETTER);
	like(scene.answer->obstacles[0].reason, "a close of this device");
	assert_int_equal(scene.answer->obstacles[1].pid, WRITER);
	scene_end(&scene);
}

static void of_several_importers_none_is_accused(void **state)
{
	struct scene scene = stuck();

	(void)state;
	scene_attachment(&scene, "other_importer", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_YES);
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	scene_check(&scene, DEVICE);
	assert_null(obstacle(&scene, OBSTACLE_KERNEL)->importer);
	unlike(obstacle(&scene, OBSTACLE_KERNEL)->reason, "importer");
	scene_end(&scene);
}

static void pending_fence_is_told(void **state)
{
	struct scene scene = stuck();

	(void)state;
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	assert_int_equal(builder_fence(scene.builder, INODE, "some_driver"), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "fence");
	scene_end(&scene);
}

/* Its owner was killed: no fd tells any more whose close that is. */
static void
stuck_task_of_nobody_knows_what_is_perhaps_of_every_closed_device(void **state)
{
	static const enum task_path paths[] = { TASK_PATH_CLOSE, TASK_PATH_REVOKE,
						TASK_PATH_OPEN };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct scene scene = scene_begin(SEEN_ALL);

		scene_vfio(&scene, DEVICE, GROUP);
		scene_vfio(&scene, FAR, OTHER_GROUP);
		scene_owner(&scene, FAR);
		scene_host_driven(&scene, OTHER, -1, NULL, 0);
		scene_host_driven(&scene, "0000:05:00.0", -1, "nvme", 0x010802);
		scene_task(&scene, WRITER, "killed", paths[i], false, "vfio_df_close",
			   NULL);
		scene_check(&scene, DEVICE);
		assert_int_equal(scene.answer->n_obstacles, 1);
		assert_int_equal(obstacle(&scene, OBSTACLE_KERNEL)->pid, WRITER);
		like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "perhaps of this device");
		like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "vfio_df_close");
		scene_check(&scene, OTHER);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 1);
		scene_check(&scene, FAR);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 0);
		scene_check(&scene, "0000:05:00.0");
		assert_int_equal(scene.answer->n_obstacles, 0);
		scene_end(&scene);
	}
}

static void wait_for_an_unseen_owner_is_perhaps_about_what_has_no_driver(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_host_driven(&scene, OTHER, -1, NULL, 0);
	scene_unplug(&scene, NULL);
	scene_check(&scene, OTHER);
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_int_equal(obstacle(&scene, OBSTACLE_RELEASE)->pid, WRITER);
	like(obstacle(&scene, OBSTACLE_RELEASE)->reason, "perhaps of this device");
	scene_check(&scene, DEVICE);
	unlike(obstacle(&scene, OBSTACLE_RELEASE)->reason, "perhaps");
	scene_end(&scene);
}

static void stuck_tasks_of_others_do_not_count(void **state)
{
	struct scene scene = stuck();

	(void)state;
	scene_task(&scene, WRITER, "writer", TASK_PATH_REVOKE, false,
		   "vfio_pci_dma_buf_move", DEVICE);
	scene_check(&scene, FAR);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void scene_panics(struct scene *scene, int panic, int seconds)
{
	assert_int_equal(builder_host(scene->builder, NULL, panic, seconds), 0);
}

static void panic_is_an_obstacle_for_a_revoke_that_may_wait(void **state)
{
	struct scene scene = stuck();

	(void)state;
	scene_panics(&scene, 1, 40);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "hung_task_panic");
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "a revoke");
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "40 s");
	like(obstacle(&scene, OBSTACLE_KERNEL)->remedy,
	     "sysctl kernel.hung_task_panic=0");
	assert_false(obstacle(&scene, OBSTACLE_KERNEL)->bounded);
	assert_int_equal(n_notes(&scene, NOTE_HUNG_TASK_PANIC), 0);
	scene_end(&scene);
}

static void panic_is_an_obstacle_for_a_stuck_writer(void **state)
{
	struct scene scene = stuck();

	(void)state;
	assert_int_equal(builder_writer(scene.builder, INODE, WRITER), 0);
	scene_panics(&scene, 1, 120);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 2);
	scene_end(&scene);
}

static void panic_is_an_obstacle_behind_a_release(void **state)
{
	struct scene scene = releasing();

	(void)state;
	scene_unbind(&scene, DEVICE);
	scene_panics(&scene, 1, -1);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "behind that release");
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "120 s");
	scene_end(&scene);
}

static void panic_counts_where_attachments_are_not_known(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, NULL, BUFFER_STATE_UNKNOWN);
	scene_panics(&scene, 1, 120);
	scene_build(&scene);
	scene.snapshot->buffers[0].attachments_known = false;
	scene_check(&scene, DEVICE);
	(void)obstacle(&scene, OBSTACLE_KERNEL);
	scene_end(&scene);
}

static void panic_is_a_note_while_somebody_has_it_open(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_owner(&scene, DEVICE);
	scene_panics(&scene, 1, 120);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 0);
	like(note(&scene, NOTE_HUNG_TASK_PANIC)->reason, "hung_task_panic");
	scene_check(&scene, FAR);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

/* Since 7.2 the number is how many have to be found in one scan. */
static void panic_may_take_several_tasks(void **state)
{
	struct scene scene = stuck();

	(void)state;
	scene_panics(&scene, 3, 40);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_KERNEL)->reason, "at least 3 tasks");
	scene_end(&scene);
}

static void panic_that_is_off_is_nothing(void **state)
{
	static const struct {
		int panic, seconds;
	} cases[] = { { 0, 120 }, { -1, 120 }, { 1, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene = stuck();

		scene_panics(&scene, cases[i].panic, cases[i].seconds);
		scene_check(&scene, DEVICE);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_KERNEL), 0);
		assert_int_equal(n_notes(&scene, NOTE_HUNG_TASK_PANIC), 0);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release_names_who_waits_and_where),
		cmocka_unit_test(who_waits_for_the_owner_is_named_first),
		cmocka_unit_test(task_tells_since_when_if_nothing_else_does),
		cmocka_unit_test(release_is_told_without_its_task),
		cmocka_unit_test(tasks_that_cannot_be_assigned_are_all_named),
		cmocka_unit_test(what_waits_behind_an_unplug_is_named),
		cmocka_unit_test(the_slot_of_what_waits_behind_is_named),
		cmocka_unit_test(what_may_wait_behind_an_unbind_is_no_claim),
		cmocka_unit_test(removal_elsewhere_stops_every_device),
		cmocka_unit_test(removal_of_nobody_knows_what_stops_them_too),
		cmocka_unit_test(every_path_that_holds_the_lock_stops_them),
		cmocka_unit_test(what_adds_devices_has_no_owner_to_ask),
		cmocka_unit_test(removal_elsewhere_is_told_once),
		cmocka_unit_test(removal_elsewhere_stops_no_mediated_device),
		cmocka_unit_test(host_driver_that_does_not_leave_is_a_release),
		cmocka_unit_test(stale_mappings_are_left_by_what_goes_away),
		cmocka_unit_test(stuck_revoke_names_task_function_and_importer),
		cmocka_unit_test(writer_is_told_without_his_task),
		cmocka_unit_test(writer_is_told_beside_the_task_of_another),
		cmocka_unit_test(of_several_importers_none_is_accused),
		cmocka_unit_test(pending_fence_is_told),
		cmocka_unit_test(
			stuck_task_of_nobody_knows_what_is_perhaps_of_every_closed_device),
		cmocka_unit_test(
			wait_for_an_unseen_owner_is_perhaps_about_what_has_no_driver),
		cmocka_unit_test(stuck_tasks_of_others_do_not_count),
		cmocka_unit_test(panic_is_an_obstacle_for_a_revoke_that_may_wait),
		cmocka_unit_test(panic_is_an_obstacle_for_a_stuck_writer),
		cmocka_unit_test(panic_is_an_obstacle_behind_a_release),
		cmocka_unit_test(panic_counts_where_attachments_are_not_known),
		cmocka_unit_test(panic_is_a_note_while_somebody_has_it_open),
		cmocka_unit_test(panic_may_take_several_tasks),
		cmocka_unit_test(panic_that_is_off_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
