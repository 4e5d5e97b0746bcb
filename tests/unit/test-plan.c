/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder: which rungs, with which limit, by which method. */
#include "tests/unit/plans.h"

static void revoke_is_a_ladder_of_one_rung(void **state)
{
	struct attempt attempt = attempt_open(ACT_REVOKE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "revoke");
	is_steps(&attempt.plan->move, "");
	is_steps(&attempt.plan->undo, "");
	assert_null(attempt.plan->nothing_to_do);
	assert_int_equal(attempt.plan->verb, ACT_REVOKE);
	assert_int_equal(attempt.plan->buffers.count, 1);
	assert_int_equal(attempt.plan->buffers.items[0], INODE);
	assert_null(attempt.plan->driver);
	assert_string_equal(attempt.plan->old_driver, "vfio-pci");
	attempt_end(&attempt);
}

static void release_gives_grace_before_it_revokes(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke");
	is_steps(&attempt.plan->move, "");
	is_steps(&attempt.plan->undo, "restore");
	assert_string_equal(attempt.plan->ladder.items[0].detail,
			    "wait for qemu[49] (vm.service) to let go");
	attempt_end(&attempt);
}

static void each_rung_has_the_configured_limit(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt.policy.step_timeout_us = 3000000;
	attempt_plan(&attempt);
	assert_int_equal(attempt.plan->ladder.items[0].timeout_us, 3000000);
	assert_int_equal(plan_total_us(attempt.plan), 6000000);
	attempt.wish.timeout_us = 1000000;
	attempt_plan(&attempt);
	assert_int_equal(attempt.plan->ladder.items[1].timeout_us, 1000000);
	assert_int_equal(plan_total_us(attempt.plan), 2000000);
	attempt_end(&attempt);
}

/* Grace= and Steps= are the daemon's. */
static void policy_of_the_daemon_is_not_ours(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt.policy.n_steps = 1;
	attempt.policy.steps[0] = STEP_ASK;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	assert_int_equal(attempt.plan->ladder.items[0].timeout_us, LIMIT_US);
	attempt_end(&attempt);
}

static void steps_replace_the_ladder(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt_steps(&attempt, STEP_ASK);
	attempt_steps(&attempt, STEP_GRACE);
	attempt.wish.stop_owner = attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "ask grace stop-owner kill-owner");
	assert_true(has_note(attempt.plan, "no return"));
	attempt_end(&attempt);
}

static void owner_rungs_are_appended_once(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt.wish.stop_owner = attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke stop-owner kill-owner");
	attempt_steps(&attempt, STEP_STOP_OWNER);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "stop-owner kill-owner");
	attempt_end(&attempt);
}

static void detach_needs_its_command(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	attempt_steps(&attempt, STEP_DETACH);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "DetachCommand=", false);
	attempt.policy.detach_command = "/usr/bin/virsh detach";
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "detach");
	assert_string_equal(attempt.plan->ladder.items[0].detail,
			    "/usr/bin/virsh detach");
	attempt_end(&attempt);
}

static void nobody_has_it_open(void **state)
{
	static const enum act_verb verbs[] = { ACT_REVOKE, ACT_RELEASE, ACT_RESTORE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		struct attempt attempt = attempt_begin(verbs[i]);

		scene_vfio(&attempt.scene, DEVICE, GROUP);
		attempt_plan(&attempt);
		like(attempt.plan->nothing_to_do, "nobody");
		is_free(attempt.plan);
		is_steps(&attempt.plan->ladder, "");
		attempt_end(&attempt);
	}
}

static void what_was_not_seen_is_not_closed(void **state)
{
	struct attempt attempt = attempt_begin(ACT_REVOKE);

	(void)state;
	snapshot_builder_free(attempt.scene.builder);
	attempt.scene = scene_begin(SEEN_ALL & ~SEEN_OWNERS);
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	attempt_plan(&attempt);
	assert_null(attempt.plan->nothing_to_do);
	is_refused(attempt.plan, OBSTACLE_OWNER, "no process is seen", false);
	attempt.wish.verb = ACT_RELEASE;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	attempt_end(&attempt);
}

/* KVM or io_uring hold the device for a process of which no fd is left. */
static void live_buffer_proves_an_open_device(void **state)
{
	struct attempt attempt = attempt_begin(ACT_RELEASE);

	(void)state;
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	attempt_plan(&attempt);
	assert_null(attempt.plan->nothing_to_do);
	attempt_end(&attempt);
	attempt = attempt_begin(ACT_RELEASE);
	scene_vfio(&attempt.scene, DEVICE, GROUP);
	scene_vfio(&attempt.scene, OTHER, OTHER_GROUP);
	scene_buffer(&attempt.scene, OTHER, BUFFER_STATE_LIVE);
	attempt_plan(&attempt);
	assert_non_null(attempt.plan->nothing_to_do);
	attempt_end(&attempt);
}

static struct attempt attempt_function(enum revoke_method method, bool is_virtual)
{
	struct attempt attempt = attempt_begin(ACT_REVOKE);
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = GROUP,
		.is_virtual_function = is_virtual,
		.command = -1,
	};

	attempt.wish.method = method;
	scene_add(&attempt.scene, &device);
	scene_owner(&attempt.scene, DEVICE);
	attempt_plan(&attempt);
	return attempt;
}

static void auto_takes_what_sticks(void **state)
{
	struct attempt physical = attempt_function(METHOD_AUTO, false);
	struct attempt virtual = attempt_function(METHOD_AUTO, true);

	(void)state;
	assert_int_equal(physical.plan->method, METHOD_MEMORY);
	assert_int_equal(virtual.plan->method, METHOD_LOW_POWER);
	assert_false(has_note(physical.plan, "does not stick"));
	assert_false(has_note(virtual.plan, "does not stick"));
	attempt_end(&physical);
	attempt_end(&virtual);
}

static void memory_on_a_virtual_function_is_told_not_to_stick(void **state)
{
	struct attempt attempt = attempt_function(METHOD_MEMORY, true);

	(void)state;
	is_free(attempt.plan);
	assert_int_equal(attempt.plan->method, METHOD_MEMORY);
	assert_true(has_note(attempt.plan, "does not stick"));
	attempt_end(&attempt);
}

static void reset_of_an_open_device_takes_force(void **state)
{
	struct attempt attempt = attempt_function(METHOD_RESET, false);

	(void)state;
	is_refused(attempt.plan, OBSTACLE_OWNER, "wipes", true);
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_forced(attempt.plan, "wipes");
	assert_false(plan_is_refused(attempt.plan));
	attempt.wish.verb = ACT_RELEASE;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->undo, "");
	attempt_end(&attempt);
}

static void one_buffer_alone_cannot_be_revoked(void **state)
{
	struct attempt attempt = attempt_function(METHOD_BUFFER, false);
	const struct refusal *refusal = refusal_with(attempt.plan, "one buffer");

	(void)state;
	assert_non_null(refusal);
	assert_true(refusal->unsupported);
	assert_false(refusal->forcible);
	attempt_end(&attempt);
}

static void mdev_cannot_be_revoked(void **state)
{
	struct attempt attempt = attempt_begin(ACT_REVOKE);
	const struct device device = {
		.address = DEVICE,
		.bus = "mdev",
		.driver = "vfio_mdev",
		.vfio_bound = true,
		.iommu_group = GROUP,
		.command = -1,
	};

	(void)state;
	scene_add(&attempt.scene, &device);
	scene_owner(&attempt.scene, DEVICE);
	attempt_plan(&attempt);
	assert_true(refusal_with(attempt.plan, "PCI devices alone")->unsupported);
	attempt.wish.verb = ACT_RELEASE;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	attempt_end(&attempt);
}

/* OWNER lives, and maps a BAR (fd -1), or that cannot be told (-2). */
static struct attempt attempt_mapped(enum act_verb verb, int fd)
{
	struct attempt attempt = attempt_open(verb);

	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, OWNER, fd), 0);
	attempt_plan(&attempt);
	return attempt;
}

static void default_revoke_spares_a_mapped_bar(void **state)
{
	struct attempt attempt = attempt_mapped(ACT_RELEASE, -1);

	(void)state;
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	like(attempt.plan->ladder.items[1].skipped, "qemu[49] (vm.service)");
	like(attempt.plan->ladder.items[1].skipped, "--force");
	is_steps(&attempt.plan->undo, "");
	assert_int_equal(attempt.plan->method, METHOD_AUTO);
	assert_int_equal(plan_total_us(attempt.plan), LIMIT_US);
	attempt_end(&attempt);
}

static void unread_mappings_count_as_mapped(void **state)
{
	struct attempt attempt = attempt_mapped(ACT_RELEASE, -2);

	(void)state;
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	like(attempt.plan->ladder.items[1].skipped, "could not be read");
	attempt_end(&attempt);
}

static void consent_revokes_a_mapped_bar(void **state)
{
	struct attempt attempt = attempt_mapped(ACT_REVOKE, -1);

	(void)state;
	is_steps(&attempt.plan->ladder, "revoke");
	assert_true(has_note(attempt.plan, "SIGBUS"));
	attempt.wish.verb = ACT_RELEASE;
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	attempt.wish.force = false;
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke stop-owner");
	attempt.wish.stop_owner = false;
	attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke kill-owner");
	attempt.wish.kill_owner = false;
	attempt_steps(&attempt, STEP_REVOKE);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "revoke");
	attempt.wish.n_steps = 0;
	attempt.policy.revoke_mapped = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	attempt_end(&attempt);
}

/* Nobody who wrote Steps=revoke has looked at this owner. */
static void steps_of_the_policy_are_no_consent(void **state)
{
	struct attempt attempt = attempt_mapped(ACT_RELEASE, -1);

	(void)state;
	attempt.wish.by_policy = true;
	attempt_steps(&attempt, STEP_REVOKE);
	attempt_steps(&attempt, STEP_STOP_OWNER);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "revoke(skipped) stop-owner");
	like(attempt.plan->ladder.items[0].skipped, "RevokeMapped=yes");
	attempt.policy.revoke_mapped = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "revoke stop-owner");
	attempt_end(&attempt);
}

static void default_revoke_spares_who_would_not_come_back(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&attempt.scene, "iommufd", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_NO);
	attempt.policy.revoke_mapped = true; /* it is about BARs alone */
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke(skipped)");
	like(attempt.plan->ladder.items[1].skipped, "iommufd");
	like(attempt.plan->ladder.items[1].skipped, "buffer 7");
	attempt.wish.by_policy = true; /* the device leaves: nobody comes back */
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	attempt.wish.by_policy = false;
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	attempt_end(&attempt);
}

static void default_revoke_goes_on_where_all_come_back(void **state)
{
	struct attempt attempt = attempt_open(ACT_RELEASE);

	(void)state;
	scene_buffer(&attempt.scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&attempt.scene, "mlx5_ib", VERDICT_YES, DRAIN_AT_ONCE,
			 TRISTATE_YES);
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke");
	attempt_end(&attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(revoke_is_a_ladder_of_one_rung),
		cmocka_unit_test(release_gives_grace_before_it_revokes),
		cmocka_unit_test(each_rung_has_the_configured_limit),
		cmocka_unit_test(policy_of_the_daemon_is_not_ours),
		cmocka_unit_test(steps_replace_the_ladder),
		cmocka_unit_test(owner_rungs_are_appended_once),
		cmocka_unit_test(detach_needs_its_command),
		cmocka_unit_test(nobody_has_it_open),
		cmocka_unit_test(what_was_not_seen_is_not_closed),
		cmocka_unit_test(live_buffer_proves_an_open_device),
		cmocka_unit_test(auto_takes_what_sticks),
		cmocka_unit_test(memory_on_a_virtual_function_is_told_not_to_stick),
		cmocka_unit_test(reset_of_an_open_device_takes_force),
		cmocka_unit_test(one_buffer_alone_cannot_be_revoked),
		cmocka_unit_test(mdev_cannot_be_revoked),
		cmocka_unit_test(default_revoke_spares_a_mapped_bar),
		cmocka_unit_test(unread_mappings_count_as_mapped),
		cmocka_unit_test(consent_revokes_a_mapped_bar),
		cmocka_unit_test(steps_of_the_policy_are_no_consent),
		cmocka_unit_test(default_revoke_spares_who_would_not_come_back),
		cmocka_unit_test(default_revoke_goes_on_where_all_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
