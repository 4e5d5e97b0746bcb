/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not safe: identity, policy, hung_task_panic, stuck tasks, releases. */
#include "tests/unit/plans.h"

static struct attempt attempt_known(enum act_verb verb)
{
	struct attempt attempt = attempt_begin(verb);
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.vendor = VENDOR,
		.product = PRODUCT,
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = GROUP,
		.command = -1,
	};

	scene_add(&attempt.scene, &device);
	scene_owner(&attempt.scene, DEVICE);
	return attempt;
}

static void another_device_is_left_alone(void **state)
{
	struct attempt attempt = attempt_known(ACT_RELEASE);

	(void)state;
	attempt.wish.vendor = VENDOR;
	attempt.wish.product = PRODUCT;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt.wish.product = PRODUCT + 1;
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_KERNEL, "10de:2330, not 10de:2331", false);
	is_steps(&attempt.plan->ladder, "");
	attempt.wish.product = PRODUCT;
	attempt.wish.vendor = VENDOR + 1;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_KERNEL, "another device", false);
	attempt_end(&attempt);
}

static void configuration_may_forbid_it(void **state)
{
	struct attempt attempt = attempt_known(ACT_RELEASE);

	(void)state;
	attempt.policy.refuse = true;
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "Refuse=yes", false);
	attempt_end(&attempt);
}

/* One attached buffer, on a host that panics when a task hangs. */
static struct attempt attempt_panic(enum act_verb verb, int panic, int seconds,
				    enum drain drain, enum buffer_state state)
{
	struct attempt attempt = attempt_open(verb);

	assert_int_equal(builder_host(attempt.scene.builder, "7.2", panic, seconds), 0);
	scene_buffer(&attempt.scene, DEVICE, state);
	scene_attachment(&attempt.scene, "vgem", VERDICT_YES, drain, TRISTATE_YES);
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt_plan(&attempt);
	return attempt;
}

static void waiting_step_is_refused_where_it_could_panic(void **state)
{
	static const enum drain slow[] = { DRAIN_UNKNOWN, DRAIN_BOUNDED, DRAIN_HARDWARE,
					   DRAIN_DEFERRED, DRAIN_NEVER };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
		struct attempt attempt =
			attempt_panic(ACT_REVOKE, 1, 120, slow[i], BUFFER_STATE_LIVE);

		is_refused(attempt.plan, OBSTACLE_KERNEL, "hung_task_panic", true);
		attempt.wish.force = true;
		attempt_plan(&attempt);
		is_forced(attempt.plan, "hung_task_panic");
		attempt_end(&attempt);
	}
}

static void is_not_panicking(enum act_verb verb, int panic, int seconds, enum drain drain,
			     enum buffer_state buffer)
{
	struct attempt attempt = attempt_panic(verb, panic, seconds, drain, buffer);

	is_free(attempt.plan);
	attempt_end(&attempt);
}

static void nothing_panics_where_nothing_waits(void **state)
{
	(void)state;
	is_not_panicking(ACT_REVOKE, 0, 120, DRAIN_NEVER, BUFFER_STATE_LIVE);
	is_not_panicking(ACT_REVOKE, -1, 120, DRAIN_NEVER, BUFFER_STATE_LIVE);
	is_not_panicking(ACT_REVOKE, 1, 0, DRAIN_NEVER, BUFFER_STATE_LIVE);
	is_not_panicking(ACT_REVOKE, 1, 120, DRAIN_AT_ONCE, BUFFER_STATE_LIVE);
	is_not_panicking(ACT_REVOKE, 1, 120, DRAIN_NEVER, BUFFER_STATE_REVOKED);
}

static void restore_waits_for_importers_as_well(void **state)
{
	struct attempt attempt =
		attempt_panic(ACT_RESTORE, 1, 120, DRAIN_UNKNOWN, BUFFER_STATE_REVOKED);

	(void)state;
	is_refused(attempt.plan, OBSTACLE_KERNEL, "hung_task_panic", true);
	attempt_end(&attempt);
}

static void each_waiting_step_counts(void **state)
{
	static const enum step_kind waiting[] = { STEP_DETACH, STEP_REVOKE, STEP_ASK,
						  STEP_STOP_OWNER, STEP_KILL_OWNER };
	struct attempt attempt =
		attempt_panic(ACT_RELEASE, 1, 120, DRAIN_UNKNOWN, BUFFER_STATE_LIVE);

	(void)state;
	attempt.policy.detach_command = "/usr/bin/virsh detach";
	attempt.wish.n_steps = 1;
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		attempt.wish.steps[0] = waiting[i];
		attempt_plan(&attempt);
		is_refused(attempt.plan, OBSTACLE_KERNEL, "hung_task_panic", true);
	}
	attempt.wish.steps[0] = STEP_GRACE;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

/* A buffer whose importers are not known, perhaps of another device. */
static void unlisted_importers_may_wait(void **state)
{
	static const char *const of[] = { DEVICE, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		struct attempt attempt = attempt_open(ACT_REVOKE);
		const struct buffer buffer = {
			.inode = INODE,
			.exporter = "vfio_pci_core",
			.device = of[i],
			.region = -1,
			.mappings = -1,
			.state = BUFFER_STATE_UNKNOWN,
		};

		assert_int_equal(builder_host(attempt.scene.builder, "7.2", 1, 120), 0);
		assert_int_equal(builder_buffer(attempt.scene.builder, &buffer), 0);
		attempt_plan(&attempt);
		is_refused(attempt.plan, OBSTACLE_KERNEL, "hung_task_panic", true);
		attempt_end(&attempt);
	}
}

static void skipped_revoke_waits_for_nobody(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	assert_int_equal(builder_host(attempt.scene.builder, "7.2", 1, 120), 0);
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&attempt.scene, "vgem", VERDICT_YES, DRAIN_UNKNOWN, TRISTATE_NO);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	is_free(attempt.plan);
	attempt_end(&attempt);
}

/* Whatever sleeps with the device is in the way of whatever is sent to it. */
static void is_stuck(struct attempt *attempt, const char *part)
{
	attempt->wish.force = true;
	attempt->wish.verb = ACT_REVOKE;
	attempt_plan(attempt);
	is_refused(attempt->plan, OBSTACLE_KERNEL, part, false);
	attempt->wish.verb = ACT_RESTORE;
	attempt_plan(attempt);
	is_refused(attempt->plan, OBSTACLE_KERNEL, part, false);
	attempt->wish.verb = ACT_RELEASE;
	attempt_plan(attempt);
	is_refused(attempt->plan, OBSTACLE_KERNEL, part, false);
	attempt->wish.verb = ACT_REASSIGN;
	(void)strcpy(attempt->wish.driver, "nvidia");
	attempt_steps(attempt, STEP_GRACE);
	attempt_plan(attempt);
	is_refused(attempt->plan, OBSTACLE_KERNEL, part, false);
	attempt->wish.verb = ACT_RELEASE;
	attempt_plan(attempt);
	is_free(attempt->plan); /* to wait is no act */
}

static void stuck_task_keeps_everybody_else_away(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);
	const struct blocked_task task = {
		.tid = HOLDER,
		.state = 'D',
		.path = TASK_PATH_REVOKE,
		.function = "vfio_pci_dma_buf_move",
		.device = DEVICE,
	};

	(void)state;
	scene_process(&attempt.scene, HOLDER, "rv", "rv.service");
	assert_int_equal(builder_task(attempt.scene.builder, &task, HOLDER), 0);
	is_stuck(&attempt, "rv[50]");
	attempt_end(&attempt);
}

static void stuck_writer_keeps_everybody_else_away(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	scene_process(&attempt.scene, HOLDER, "rv", "rv.service");
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_REVOKING);
	assert_int_equal(builder_writer(attempt.scene.builder, INODE, HOLDER), 0);
	is_stuck(&attempt, "rv[50]");
	attempt_end(&attempt);
}

static void revoking_buffer_is_enough(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_REVOKING);
	scene_attachment(&attempt.scene, "vgem", VERDICT_YES, DRAIN_NEVER, TRISTATE_YES);
	assert_int_equal(builder_host(attempt.scene.builder, "7.2", 1, 120), 0);
	is_stuck(&attempt, "a task sleeps in the kernel");
	attempt_end(&attempt);
}

/* An owner that is killed while it closes has no fd any more. */
static void stuck_close_is_not_nothing_to_do(void **state)
{
	struct attempt attempt = attempt_begin(ACT_REASSIGN);
	const struct blocked_task task = {
		.tid = OWNER,
		.state = 'D',
		.path = TASK_PATH_CLOSE,
		.function = "vfio_pci_dma_buf_cleanup",
		.device = DEVICE,
	};

	(void)state;
	(void)strcpy(attempt.wish.driver, "nvidia");
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	scene_process(&attempt.scene, OWNER, "qemu", UNIT);
	assert_int_equal(builder_task(attempt.scene.builder, &task, OWNER), 0);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_KERNEL, "qemu[49]", false);
	attempt.wish.verb = ACT_RELEASE;
	attempt_plan(&attempt);
	assert_null(attempt.plan->nothing_to_do);
	attempt_end(&attempt);
}

static struct attempt attempt_leaving(enum act_verb verb, enum task_path path)
{
	struct attempt attempt = attempt_begin(verb);
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.iommu_group = GROUP,
		.command = -1,
	};
	const struct blocked_task task = {
		.tid = HOLDER,
		.state = 'S',
		.path = path,
		.waits_for_owner = true,
		.function = "vfio_unregister_group_dev",
		.device = DEVICE,
	};

	scene_add(&attempt.scene, &device);
	scene_owner(&attempt.scene, DEVICE);
	scene_process(&attempt.scene, HOLDER, "sh", NULL);
	assert_int_equal(builder_task(attempt.scene.builder, &task, HOLDER), 0);
	(void)strcpy(attempt.wish.driver, "nvidia");
	attempt.wish.force = true;
	attempt_plan(&attempt);
	return attempt;
}

/* That is what a release waits for; but no importer may come back. */
static void release_under_way_can_be_helped(void **state)
{
	struct attempt attempt = attempt_leaving(ACT_REVOKE, TASK_PATH_UNBIND);

	(void)state;
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "revoke");
	assert_true(has_note(attempt.plan, "stays so"));
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt.wish.verb = ACT_RELEASE;
	attempt.wish.stop_owner = true;
	attempt_steps(&attempt, STEP_FREEZE_OWNER);
	attempt_steps(&attempt, STEP_REVOKE);
	attempt_steps(&attempt, STEP_ASK);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "freeze-owner revoke ask(skipped) stop-owner");
	is_steps(&attempt.plan->undo, "thaw");
	attempt_end(&attempt);
}

static void release_under_way_is_not_reset_or_restored(void **state)
{
	struct attempt attempt = attempt_leaving(ACT_RESTORE, TASK_PATH_UNBIND);

	(void)state;
	is_refused(attempt.plan, OBSTACLE_RELEASE, "sh[50]", false);
	like(refusal_with(attempt.plan, "sh[50]")->remedy, "close it");
	attempt.wish.verb = ACT_REVOKE;
	attempt.wish.method = METHOD_RESET;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_RELEASE, "sh[50]", false);
	attempt_end(&attempt);
}

static void unbound_device_can_be_bound_unplugged_one_not(void **state)
{
	struct attempt attempt = attempt_leaving(ACT_REASSIGN, TASK_PATH_UNBIND);

	(void)state;
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke");
	is_steps(&attempt.plan->move, "set-override bind");
	is_steps(&attempt.plan->undo, "restore-override");
	attempt_end(&attempt);
	attempt = attempt_leaving(ACT_REASSIGN, TASK_PATH_UNPLUG);
	is_refused(attempt.plan, OBSTACLE_RELEASE, "no device to bind", false);
	attempt_end(&attempt);
}

/* FAR is stuck, is leaving and has a slow importer: none of that is about DEVICE. */
static void trouble_of_another_device_is_not_ours(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);
	const struct blocked_task stuck = {
		.tid = HOLDER, .state = 'D', .path = TASK_PATH_REVOKE, .device = FAR
	};
	const struct blocked_task leaving = { .tid = USER,
					      .state = 'S',
					      .path = TASK_PATH_UNPLUG,
					      .waits_for_owner = true,
					      .device = FAR };

	(void)state;
	assert_int_equal(builder_host(attempt.scene.builder, "7.2", 1, 120), 0);
	scene_process(&attempt.scene, HOLDER, "rv", NULL);
	scene_process(&attempt.scene, USER, "irq", NULL);
	scene_buffer(&attempt.scene, FAR, BUFFER_STATE_REVOKING);
	scene_attachment(&attempt.scene, "vgem", VERDICT_YES, DRAIN_NEVER, TRISTATE_NO);
	assert_int_equal(builder_writer(attempt.scene.builder, INODE, HOLDER), 0);
	assert_int_equal(builder_task(attempt.scene.builder, &stuck, HOLDER), 0);
	assert_int_equal(builder_task(attempt.scene.builder, &leaving, USER), 0);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_false(has_note(attempt.plan, "come back"));
	assert_false(has_note(attempt.plan, "stays so"));
	assert_int_equal(attempt.plan->buffers.count, 0);
	attempt.wish.verb = ACT_REASSIGN;
	(void)strcpy(attempt.wish.driver, "nvidia");
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke");
	is_steps(&attempt.plan->undo, "restore restore-override restore-driver");
	attempt_end(&attempt);
}

static void orphaned_buffers_are_waited_for_by_nobody(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	assert_int_equal(builder_host(attempt.scene.builder, "7.2", 1, 120), 0);
	scene_buffer(&attempt.scene, NULL, BUFFER_STATE_ORPHANED);
	scene_attachment(&attempt.scene, "vgem", VERDICT_YES, DRAIN_NEVER, TRISTATE_YES);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

static void where_nothing_is_to_be_done_nothing_is_refused(void **state)
{
	struct attempt attempt = attempt_begin(ACT_REASSIGN);

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_USES);
	scene_host_driven(&attempt.scene, DEVICE, GROUP, "nvme", 0x010802);
	(void)strcpy(attempt.wish.driver, "nvme");
	attempt.policy.refuse = true;
	attempt_plan(&attempt);
	assert_non_null(attempt.plan->nothing_to_do);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

/* The rungs go by owners; where none could be seen there is nobody to stop. */
static void nobody_seen_is_nobody_to_stop(void **state)
{
	struct attempt attempt = attempt_begin(ACT_RELEASE);

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "stop-owner: no owner", false);
	attempt_end(&attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_device_is_left_alone),
		cmocka_unit_test(configuration_may_forbid_it),
		cmocka_unit_test(waiting_step_is_refused_where_it_could_panic),
		cmocka_unit_test(nothing_panics_where_nothing_waits),
		cmocka_unit_test(restore_waits_for_importers_as_well),
		cmocka_unit_test(each_waiting_step_counts),
		cmocka_unit_test(unlisted_importers_may_wait),
		cmocka_unit_test(skipped_revoke_waits_for_nobody),
		cmocka_unit_test(stuck_task_keeps_everybody_else_away),
		cmocka_unit_test(stuck_writer_keeps_everybody_else_away),
		cmocka_unit_test(revoking_buffer_is_enough),
		cmocka_unit_test(stuck_close_is_not_nothing_to_do),
		cmocka_unit_test(release_under_way_can_be_helped),
		cmocka_unit_test(release_under_way_is_not_reset_or_restored),
		cmocka_unit_test(unbound_device_can_be_bound_unplugged_one_not),
		cmocka_unit_test(trouble_of_another_device_is_not_ours),
		cmocka_unit_test(orphaned_buffers_are_waited_for_by_nobody),
		cmocka_unit_test(where_nothing_is_to_be_done_nothing_is_refused),
		cmocka_unit_test(nobody_seen_is_nobody_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
