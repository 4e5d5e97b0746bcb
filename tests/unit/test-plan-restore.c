/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restore, and what plans tell about those that they touch. */
#include "tests/unit/plans.h"

static struct attempt attempt_recorded(enum revoke_method method)
{
	struct attempt attempt = attempt_open(ACT_RESTORE);

	attempt.has_record = true;
	attempt.record = (struct revoked){
		.device = DEVICE,
		.method = method,
		.owners = { { .pid = OWNER } },
		.n_owners = 1,
		.finished = true,
	};
	return attempt;
}

static void recorded_revoke_is_restored_by_its_method(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_LOW_POWER);

	(void)state;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "restore");
	is_steps(&attempt.plan->undo, "");
	assert_int_equal(attempt.plan->method, METHOD_LOW_POWER);
	assert_int_equal(attempt.plan->ladder.items[0].timeout_us, LIMIT_US);
	assert_false(has_note(attempt.plan, "never seen"));
	attempt.record.finished = false;
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "never seen"));
	attempt_end(&attempt);
}

static void restore_without_a_record_takes_force(void **state)
{
	struct attempt attempt = attempt_open(ACT_RESTORE);

	(void)state;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_KERNEL, "on record", true);
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_forced(attempt.plan, "on record");
	is_steps(&attempt.plan->ladder, "restore");
	assert_int_equal(attempt.plan->method, METHOD_MEMORY);
	attempt_end(&attempt);
}

static void record_of_another_device_is_none(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_MEMORY);

	(void)state;
	attempt.record.product = PRODUCT;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_KERNEL, "on record", true);
	attempt_end(&attempt);
}

static void closed_device_has_nothing_to_restore(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_MEMORY);

	(void)state;
	attempt.record.owners[0].pid = HOLDER;
	attempt_plan(&attempt);
	like(attempt.plan->nothing_to_do, "for good");
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "");
	attempt.wish.force = true;
	attempt_plan(&attempt);
	assert_null(attempt.plan->nothing_to_do);
	is_forced(attempt.plan, "on record");
	attempt_end(&attempt);
}

static void reset_is_over_already(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_RESET);

	(void)state;
	attempt_plan(&attempt);
	like(attempt.plan->nothing_to_do, "reset");
	attempt_end(&attempt);
}

static void restore_tells_who_may_map_and_who_does_not_come_back(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_MEMORY);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_REVOKED);
	scene_attachment(&attempt.scene, "iommufd", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_NO);
	scene_process(&attempt.scene, HOLDER, "peer", "peer.service");
	assert_int_equal(
		builder_holder(attempt.scene.builder, INODE, HOLDER, HOLDER_FD, 4), 0);
	assert_int_equal(
		builder_holder(attempt.scene.builder, INODE, OWNER, HOLDER_FD, 4), 0);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_true(has_note(attempt.plan, "iommufd (" FAR ") does not come back"));
	assert_true(has_note(attempt.plan, "peer[50] (peer.service) still holds"));
	assert_false(has_note(attempt.plan, "qemu[49] (vm.service) still holds"));
	attempt_end(&attempt);
}

static void revoke_tells_whose_mappings_end(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&attempt.scene, "iommufd", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_NO);
	scene_process(&attempt.scene, USER, "tenant", "other-vm.service");
	assert_int_equal(builder_holder(attempt.scene.builder, INODE, USER, HOLDER_FD, 4),
			 0);
	assert_int_equal(builder_user(attempt.scene.builder, FAR, USER), 0);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_true(has_note(attempt.plan, "buffer 7 by iommufd for good: perhaps of "
					   "tenant[51] (other-vm.service)"));
	assert_true(has_note(attempt.plan, "does not come back to buffer 7"));
	assert_false(has_note(attempt.plan, "still holds"));
	attempt_end(&attempt);
}

static void who_comes_back_is_not_told(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&attempt.scene, "mlx5_ib", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_YES);
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "come back"));
	assert_false(has_note(attempt.plan, "SIGBUS"));
	attempt_end(&attempt);
}

static void skipped_revoke_tells_nothing(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, OWNER, -1), 0);
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "SIGBUS"));
	attempt.wish.force = true;
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "qemu[49] (vm.service) has the BAR mapped"));
	attempt_end(&attempt);
}

static void restore_goes_through_an_owner(void **state)
{
	struct attempt attempt = attempt_begin(ACT_RESTORE);

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "no process is seen", false);
	attempt_end(&attempt);
}

static void forced_restore_may_choose_its_method(void **state)
{
	struct attempt attempt = attempt_open(ACT_RESTORE);

	(void)state;
	attempt.wish.force = true;
	attempt.wish.method = METHOD_LOW_POWER;
	attempt_plan(&attempt);
	assert_int_equal(attempt.plan->method, METHOD_LOW_POWER);
	attempt_end(&attempt);
}

static void restore_tells_of_its_own_buffers_alone(void **state)
{
	struct attempt attempt = attempt_recorded(METHOD_MEMORY);

	(void)state;
	scene_buffer(&attempt.scene, FAR, BUFFER_STATE_REVOKED);
	scene_process(&attempt.scene, HOLDER, "peer", "peer.service");
	assert_int_equal(
		builder_holder(attempt.scene.builder, INODE, HOLDER, HOLDER_FD, 4), 0);
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "still holds"));
	attempt_end(&attempt);
}

static void revoke_tells_what_it_does_not_reach(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, OWNER, -1), 0);
	assert_int_equal(builder_container(attempt.scene.builder, OWNER), 0);
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "no revoke ends that"));
	assert_false(has_note(attempt.plan, "a moment only"));
	attempt.wish.method = METHOD_RESET;
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "a moment only"));
	attempt.wish.method = METHOD_AUTO;
	attempt.wish.verb = ACT_RELEASE; /* skips it */
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "no revoke ends that"));
	attempt_end(&attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_revoke_is_restored_by_its_method),
		cmocka_unit_test(restore_without_a_record_takes_force),
		cmocka_unit_test(record_of_another_device_is_none),
		cmocka_unit_test(closed_device_has_nothing_to_restore),
		cmocka_unit_test(reset_is_over_already),
		cmocka_unit_test(restore_tells_who_may_map_and_who_does_not_come_back),
		cmocka_unit_test(revoke_tells_whose_mappings_end),
		cmocka_unit_test(who_comes_back_is_not_told),
		cmocka_unit_test(skipped_revoke_tells_nothing),
		cmocka_unit_test(restore_goes_through_an_owner),
		cmocka_unit_test(forced_restore_may_choose_its_method),
		cmocka_unit_test(restore_tells_of_its_own_buffers_alone),
		cmocka_unit_test(revoke_tells_what_it_does_not_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
