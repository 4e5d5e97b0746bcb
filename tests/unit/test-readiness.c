/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners of a device, and its buffers: who stands in the way of taking it back. */
#include "tests/unit/readiness.h"

static void idle_device_is_ready(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void owner_is_named(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_int_equal(scene.answer->n_notes, 0);
	found = obstacle(&scene, OBSTACLE_OWNER);
	is_the_owner(found);
	like(found->reason, "qemu[49] (vm.service) has it open");
	like(found->reason, "fd 5");
	assert_string_equal(found->remedy, "systemctl stop vm.service");
	scene_end(&scene);
}

static void mapped_bars_are_told_with_their_owner(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, -1), 0);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, -1), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "2 mappings");
	/* iommufd maps no BAR that is not a dma-buf */
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void a_container_may_have_mapped_what_its_process_has(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	assert_int_equal(builder_container(scene.builder, OWNER), 0);
	assert_int_equal(builder_container(scene.builder, OWNER), 0);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, -1), 0);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_process(&scene, HOLDER, "other", NULL);
	assert_int_equal(builder_owner(scene.builder, FAR, HOLDER, -1), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(note(&scene, NOTE_LEGACY_MAPPING)->pid, OWNER);
	like(note(&scene, NOTE_LEGACY_MAPPING)->reason, "no revoke");
	scene_check(&scene, FAR);
	assert_int_equal(n_notes(&scene, NOTE_LEGACY_MAPPING), 0);
	scene_end(&scene);
}

static void mapping_alone_keeps_a_device_open(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_process(&scene, OWNER, "qemu", NULL);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, -1), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "no fd, 1 mapping of it");
	scene_end(&scene);
}

static void mappings_that_could_not_be_read_are_no_claim(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	assert_int_equal(builder_container(scene.builder, OWNER), 0);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, -2), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "mappings unknown");
	assert_int_equal(n_notes(&scene, NOTE_LEGACY_MAPPING), 0);
	scene_end(&scene);
}

static void each_owner_is_an_obstacle(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	assert_int_equal(builder_owner(scene.builder, DEVICE, HOLDER, 3), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_OWNER), 2);
	scene_end(&scene);
}

static void unread_owners_count_as_one(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_OWNER)->pid, 0);
	assert_false(obstacle(&scene, OBSTACLE_OWNER)->bounded);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "could not be read");
	like(obstacle(&scene, OBSTACLE_OWNER)->remedy, "dmabufctl status");
	/* status would find nothing wrong */
	scene.snapshot->left_out = SOURCE_BIT(SOURCE_PROC);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "was not asked of proc");
	like(obstacle(&scene, OBSTACLE_OWNER)->remedy, "--sources");
	unlike(obstacle(&scene, OBSTACLE_OWNER)->remedy, "status");
	scene_end(&scene);
}

static void host_driven_device_has_no_owner_to_miss(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);

	(void)state;
	scene_host_driven(&scene, DEVICE, GROUP, "nvme", 0x010802);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

/* One live buffer of an open device, attached to once. */
static struct scene imported(const char *importer, enum verdict revocable,
			     enum drain drain, enum tristate restorable)
{
	struct scene scene = scene_begin(SEEN_ALL);

	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&scene, importer, revocable, drain, restorable);
	return scene;
}

static void importer_that_lets_go_at_once_is_no_obstacle(void **state)
{
	struct scene scene =
		imported("iommufd", VERDICT_YES, DRAIN_AT_ONCE, TRISTATE_YES);

	(void)state;
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_ATTACHMENT), 0);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void importer_in_the_way_is_named(void **state)
{
	struct scene scene = imported("vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN);
	const struct finding *found;

	(void)state;
	scene_process(&scene, USER, "compositor", "seat.service");
	assert_int_equal(builder_user(scene.builder, FAR, USER), 0);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_ATTACHMENT);
	assert_int_equal(found->inode, INODE);
	assert_int_equal(found->pid, USER);
	assert_string_equal(found->comm, "compositor");
	assert_string_equal(found->unit, "seat.service");
	assert_string_equal(found->device, FAR);
	assert_string_equal(found->importer, "vgem");
	assert_false(found->bounded);
	like(found->reason, "so says the test");
	like(found->reason, "perhaps used by compositor[51]");
	scene_end(&scene);
}

/* All have the node open; which of them imports the buffer nothing tells. */
static void of_several_users_none_is_accused(void **state)
{
	struct scene scene = imported("vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN);
	const struct finding *found;

	(void)state;
	scene_process(&scene, USER, "compositor", "seat.service");
	assert_int_equal(builder_user(scene.builder, FAR, USER), 0);
	assert_int_equal(builder_user(scene.builder, FAR, HOLDER), 0);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_ATTACHMENT);
	assert_int_equal(found->pid, 0);
	assert_null(found->comm);
	assert_null(found->unit);
	like(found->reason, "perhaps used by one of 2 processes");
	unlike(found->reason, "compositor");
	scene_end(&scene);
}

static void only_a_limit_of_its_driver_bounds_an_importer(void **state)
{
	static const struct {
		enum verdict revocable;
		enum drain drain;
		bool bounded;
	} cases[] = {
		{ VERDICT_YES, DRAIN_BOUNDED, true },
		{ VERDICT_YES, DRAIN_UNKNOWN, false },
		{ VERDICT_YES, DRAIN_HARDWARE, false },
		{ VERDICT_DEPENDS, DRAIN_DEFERRED, false },
		{ VERDICT_UNKNOWN, DRAIN_UNKNOWN, false },
		{ VERDICT_UNKNOWN, DRAIN_AT_ONCE, false },
		{ VERDICT_NO, DRAIN_BOUNDED, false },
		{ VERDICT_NO, DRAIN_NEVER, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene = imported(NULL, cases[i].revocable, cases[i].drain,
					      TRISTATE_UNKNOWN);

		scene_check(&scene, DEVICE);
		assert_int_equal(obstacle(&scene, OBSTACLE_ATTACHMENT)->bounded,
				 cases[i].bounded);
		scene_end(&scene);
	}
}

static void revoked_buffers_are_in_nobodys_way(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_REVOKED);
	scene_attachment(&scene, "iommufd", VERDICT_NO, DRAIN_NEVER, TRISTATE_NO);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_OWNER), 1);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void buffers_of_others_do_not_count(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_buffer(&scene, FAR, BUFFER_STATE_LIVE);
	scene_attachment(&scene, "vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_NO);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void unlisted_attachments_count_as_one(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
	scene_build(&scene);
	scene.snapshot->buffers[0].attachments_known = false;
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_ATTACHMENT)->inode, INODE);
	like(obstacle(&scene, OBSTACLE_ATTACHMENT)->reason, "could not be read");
	like(obstacle(&scene, OBSTACLE_ATTACHMENT)->remedy, "dmabufctl status");
	scene.snapshot->left_out = SOURCE_BIT(SOURCE_PROC);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_ATTACHMENT)->reason, "could not be read");
	scene.snapshot->left_out = SOURCE_BIT(SOURCE_BUFINFO);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_ATTACHMENT)->reason, "was not asked of bufinfo");
	like(obstacle(&scene, OBSTACLE_ATTACHMENT)->remedy, "--sources");
	scene_end(&scene);
}

static void holder_counts_once_and_the_owner_does_not(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_process(&scene, HOLDER, "peer", "peer.service");
	scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
	assert_int_equal(builder_holder(scene.builder, INODE, OWNER, HOLDER_FD, 9), 0);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 4), 0);
	scene_check(&scene, DEVICE);
	found = obstacle(&scene, OBSTACLE_HOLDER);
	assert_int_equal(found->pid, HOLDER);
	assert_string_equal(found->unit, "peer.service");
	assert_int_equal(found->inode, INODE);
	assert_true(found->bounded);
	like(found->reason, "as long as the device is open");
	scene_end(&scene);
}

static void orphans_are_noted_with_their_holders(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);
	const struct finding *found;

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_process(&scene, HOLDER, "peer", "peer.service");
	scene_buffer(&scene, NULL, BUFFER_STATE_ORPHANED);
	scene_attachment(&scene, "vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_NO);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(scene.answer->n_notes, 1);
	found = note(&scene, NOTE_ORPHANED_BUFFER);
	assert_int_equal(found->pid, HOLDER);
	assert_int_equal(found->inode, INODE);
	like(found->reason, "peer[50] (peer.service)");
	like(found->reason, "revoked for good");
	scene_end(&scene);
}

static void tenants_whose_mapping_ends_are_noted(void **state)
{
	struct scene scene = imported("iommufd", VERDICT_YES, DRAIN_AT_ONCE, TRISTATE_NO);

	(void)state;
	scene_process(&scene, USER, "tenant", "tenant.service");
	assert_int_equal(builder_user(scene.builder, FAR, OWNER), 0);
	assert_int_equal(builder_user(scene.builder, FAR, USER), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_ATTACHMENT), 0);
	assert_int_equal(note(&scene, NOTE_TENANT_MAPPING)->pid, USER);
	assert_string_equal(note(&scene, NOTE_TENANT_MAPPING)->importer, "iommufd");
	assert_int_equal(note(&scene, NOTE_TENANT_MAPPING)->inode, INODE);
	like(note(&scene, NOTE_TENANT_MAPPING)->reason, "for good");
	like(note(&scene, NOTE_TENANT_MAPPING)->reason, "tenant[51]");
	assert_int_equal(n_notes(&scene, NOTE_STALE_MAPPING), 0);
	scene_end(&scene);
}

static void mapping_of_the_owner_alone_is_his_own_affair(void **state)
{
	struct scene scene = imported("iommufd", VERDICT_YES, DRAIN_AT_ONCE, TRISTATE_NO);

	(void)state;
	assert_int_equal(builder_user(scene.builder, FAR, OWNER), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(n_notes(&scene, NOTE_TENANT_MAPPING), 0);
	scene_end(&scene);
}

static void mapping_of_nobody_known_may_be_a_tenants(void **state)
{
	struct scene scene = imported("iommufd", VERDICT_YES, DRAIN_AT_ONCE, TRISTATE_NO);

	(void)state;
	scene_check(&scene, DEVICE);
	assert_int_equal(note(&scene, NOTE_TENANT_MAPPING)->pid, 0);
	scene_end(&scene);
}

static void buffers_of_some_device_are_noted_while_it_is_open(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, NULL, BUFFER_STATE_UNKNOWN);
	scene_attachment(&scene, "vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN);
	scene_check(&scene, DEVICE);
	assert_int_equal(note(&scene, NOTE_UNASSIGNED_BUFFER)->inode, INODE);
	like(note(&scene, NOTE_UNASSIGNED_BUFFER)->reason, "BPF");
	/* it may be this device's importer, and nothing says that it is not */
	assert_int_equal(obstacle(&scene, OBSTACLE_ATTACHMENT)->inode, INODE);
	scene_check(&scene, FAR);
	assert_int_equal(scene.answer->n_notes, 0);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void what_cannot_be_of_a_device_is_not_told_with_it(void **state)
{
	static const struct {
		const char *bus;
		uint64_t largest_bar;
		enum buffer_state state;
		size_t count;
	} cases[] = {
		{ "pci", 0, BUFFER_STATE_UNKNOWN, 1 },
		{ "pci", 4096, BUFFER_STATE_LIVE, 1 },
		{ "pci", 4095, BUFFER_STATE_LIVE, 0 },
		{ "mdev", 0, BUFFER_STATE_UNKNOWN, 0 },
		{ "pci", 0, BUFFER_STATE_REVOKED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct device device = {
			.address = DEVICE,
			.bus = cases[i].bus,
			.driver = "vfio-pci",
			.vfio_bound = true,
			.iommu_group = GROUP,
			.command = -1,
			.largest_bar = cases[i].largest_bar,
		};
		struct scene scene = scene_begin(SEEN_ALL);

		scene_add(&scene, &device);
		scene_owner(&scene, DEVICE);
		scene_buffer(&scene, NULL, cases[i].state);
		scene_attachment(&scene, "vgem", VERDICT_NO, DRAIN_NEVER,
				 TRISTATE_UNKNOWN);
		assert_int_equal(
			builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
		scene_check(&scene, DEVICE);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_ATTACHMENT),
				 cases[i].count);
		assert_int_equal(n_obstacles(&scene, OBSTACLE_HOLDER), cases[i].count);
		assert_int_equal(n_notes(&scene, NOTE_UNASSIGNED_BUFFER), cases[i].count);
		scene_end(&scene);
	}
}

static void holder_of_what_is_perhaps_of_this_device_is_told_as_such(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_buffer(&scene, NULL, BUFFER_STATE_UNKNOWN);
	assert_int_equal(builder_holder(scene.builder, INODE, OWNER, HOLDER_FD, 9), 0);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(obstacle(&scene, OBSTACLE_HOLDER)->pid, HOLDER);
	assert_int_equal(obstacle(&scene, OBSTACLE_HOLDER)->inode, INODE);
	like(obstacle(&scene, OBSTACLE_HOLDER)->reason, "perhaps of this device");
	scene_end(&scene);
}

static void texts_outlive_the_snapshot(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_owner(&scene, DEVICE);
	scene_check(&scene, DEVICE);
	snapshot_free(scene.snapshot);
	scene.snapshot = NULL;
	is_the_owner(obstacle(&scene, OBSTACLE_OWNER));
	assert_string_equal(scene.answer->device, DEVICE);
	scene_end(&scene);
}

static void processes_without_name_or_unit_are_told_as_such(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	assert_int_equal(builder_owner(scene.builder, DEVICE, OWNER, 5), 0);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_OWNER)->reason, "?[49] has it open");
	assert_null(obstacle(&scene, OBSTACLE_OWNER)->comm);
	assert_null(obstacle(&scene, OBSTACLE_OWNER)->unit);
	like(obstacle(&scene, OBSTACLE_OWNER)->remedy, "make it close the device");
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_device_is_ready),
		cmocka_unit_test(owner_is_named),
		cmocka_unit_test(mapped_bars_are_told_with_their_owner),
		cmocka_unit_test(a_container_may_have_mapped_what_its_process_has),
		cmocka_unit_test(mapping_alone_keeps_a_device_open),
		cmocka_unit_test(mappings_that_could_not_be_read_are_no_claim),
		cmocka_unit_test(each_owner_is_an_obstacle),
		cmocka_unit_test(unread_owners_count_as_one),
		cmocka_unit_test(host_driven_device_has_no_owner_to_miss),
		cmocka_unit_test(importer_that_lets_go_at_once_is_no_obstacle),
		cmocka_unit_test(importer_in_the_way_is_named),
		cmocka_unit_test(of_several_users_none_is_accused),
		cmocka_unit_test(only_a_limit_of_its_driver_bounds_an_importer),
		cmocka_unit_test(revoked_buffers_are_in_nobodys_way),
		cmocka_unit_test(buffers_of_others_do_not_count),
		cmocka_unit_test(unlisted_attachments_count_as_one),
		cmocka_unit_test(holder_counts_once_and_the_owner_does_not),
		cmocka_unit_test(orphans_are_noted_with_their_holders),
		cmocka_unit_test(tenants_whose_mapping_ends_are_noted),
		cmocka_unit_test(mapping_of_the_owner_alone_is_his_own_affair),
		cmocka_unit_test(mapping_of_nobody_known_may_be_a_tenants),
		cmocka_unit_test(buffers_of_some_device_are_noted_while_it_is_open),
		cmocka_unit_test(what_cannot_be_of_a_device_is_not_told_with_it),
		cmocka_unit_test(
			holder_of_what_is_perhaps_of_this_device_is_told_as_such),
		cmocka_unit_test(texts_outlive_the_snapshot),
		cmocka_unit_test(processes_without_name_or_unit_are_told_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
