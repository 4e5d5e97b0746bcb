/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other members of the IOMMU group: in the way, or moved along. */
#include "tests/unit/plans.h"

static void open_other(struct attempt *attempt)
{
	scene_process(&attempt->scene, USER, "compositor", "seat.service");
	assert_int_equal(builder_owner(attempt->scene.builder, OTHER, USER, 3), 0);
}

static void open_member_of_the_group_is_in_the_way(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_vfio(&attempt.scene, OTHER, GROUP);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
	attempt = attempt_idle("nvidia");
	scene_vfio(&attempt.scene, OTHER, GROUP);
	open_other(&attempt);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_GROUP_MEMBER, OTHER, false);
	like(attempt.plan->refusals.items[0].remedy, "--group");
	assert_string_equal(attempt.plan->refusals.items[0].device, OTHER);
	attempt_end(&attempt);
}

static void group_of_an_open_member_suits(const char *driver, const char *move)
{
	struct attempt attempt = attempt_idle(driver);

	scene_vfio(&attempt.scene, OTHER, GROUP);
	open_other(&attempt);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->move, move);
	like(step_of(&attempt.plan->move, STEP_CLAIM)->skipped, "unprotected: " OTHER);
	attempt_end(&attempt);
}

static void some_drivers_suit_an_open_group(void **state)
{
	(void)state;
	group_of_an_open_member_suits("-", "claim(skipped) unbind");
	group_of_an_open_member_suits("pci-stub",
				      "claim(skipped) set-override unbind bind");
	group_of_an_open_member_suits("vfio-pci-core",
				      "claim(skipped) set-override unbind bind");
	group_of_an_open_member_suits("mlx5-vfio-pci",
				      "claim(skipped) set-override unbind bind");
	group_of_an_open_member_suits("nvgrace_gpu_vfio_pci",
				      "claim(skipped) set-override unbind bind");
}

/* A function of the same virtual machine: when that ends, nobody has the group. */
static void member_whose_owner_is_stopped_is_not_in_the_way(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_vfio(&attempt.scene, OTHER, GROUP);
	scene_owner(&attempt.scene, DEVICE);
	assert_int_equal(builder_owner(attempt.scene.builder, OTHER, OWNER, 6), 0);
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_GROUP_MEMBER, OTHER, false);
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_null(step_of(&attempt.plan->move, STEP_CLAIM)->skipped);
	attempt_end(&attempt);
}

static void host_driven_member_is_not_open(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_host_driven(&attempt.scene, OTHER, GROUP, "snd_hda_intel", 0x040300);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_null(step_of(&attempt.plan->move, STEP_CLAIM)->skipped);
	assert_false(has_note(attempt.plan, OTHER));
	(void)strcpy(attempt.wish.driver, "vfio-pci-core");
	attempt_plan(&attempt);
	is_free(attempt.plan);
	assert_true(has_note(attempt.plan, OTHER));
	attempt_end(&attempt);
}

/* DEVICE, OTHER, a bridge and an unbound function of GROUP, and FAR of another. */
static struct attempt attempt_group(void)
{
	struct attempt attempt = attempt_idle("nvidia");
	const struct device unbound = {
		.address = "0000:03:03.0",
		.bus = "pci",
		.iommu_group = GROUP,
		.command = -1,
	};

	attempt.wish.group = true;
	scene_vfio(&attempt.scene, OTHER, GROUP);
	scene_host_driven(&attempt.scene, "0000:03:02.0", GROUP, "pcieport", 0x060400);
	scene_add(&attempt.scene, &unbound);
	scene_vfio(&attempt.scene, FAR, OTHER_GROUP);
	return attempt;
}

static void group_moves_together_in_order(void **state)
{
	struct attempt attempt = attempt_group();

	(void)state;
	open_other(&attempt);
	attempt_unit(&attempt, "seat.service", "/system.slice/seat.service");
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke@" OTHER " stop-owner@" OTHER);
	is_steps(&attempt.plan->move,
		 "claim set-override unbind claim@" OTHER " set-override@" OTHER
		 " unbind@" OTHER " bind bind@" OTHER);
	is_steps(&attempt.plan->undo,
		 "restore@" OTHER " restore-override restore-override@" OTHER
		 " restore-driver restore-driver@" OTHER);
	attempt_end(&attempt);
}

/* What moves along is released along. */
static void member_that_moves_is_not_in_the_way(void **state)
{
	struct attempt attempt = attempt_group();

	(void)state;
	open_other(&attempt);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke@" OTHER);
	attempt_end(&attempt);
}

static void members_that_need_no_move_are_left_alone(void **state)
{
	struct attempt attempt = attempt_group();

	(void)state;
	scene_host_driven(&attempt.scene, "0000:03:04.0", GROUP, "nvidia", 0x030000);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->move,
		 "claim set-override unbind claim@" OTHER " set-override@" OTHER
		 " unbind@" OTHER " bind bind@" OTHER);
	attempt_end(&attempt);
}

static void without_group_one_device_moves(void **state)
{
	struct attempt attempt = attempt_group();

	(void)state;
	attempt.wish.group = false;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->move, "claim set-override unbind bind");
	attempt_end(&attempt);
}

static struct attempt attempt_used_member(void)
{
	struct attempt attempt = attempt_idle("nvidia");

	attempt.wish.group = true;
	scene_host_driven(&attempt.scene, OTHER, GROUP, "nvme", 0x010802);
	add_mount(&attempt.scene, OTHER, "/srv");
	return attempt;
}

static void host_use_of_members_counts(void **state)
{
	struct attempt attempt = attempt_used_member();

	(void)state;
	scene_host_driven(&attempt.scene, "0000:03:02.0", GROUP, "e1000e", 0x020000);
	attempt_member(&attempt, "0000:03:02.0");
	attempt_member(&attempt, OTHER);
	attempt_plan(&attempt);
	assert_int_equal(attempt.plan->refusals.count, 1);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "/srv", true);
	like(refusal_with(attempt.plan, "/srv")->reason, OTHER);
	assert_string_equal(refusal_with(attempt.plan, "/srv")->device, OTHER);
	attempt_end(&attempt);
}

static void unjudged_member_counts_as_used(void **state)
{
	struct attempt attempt = attempt_used_member();

	(void)state;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "counts as used", true);
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_forced(attempt.plan, OTHER);
	attempt_end(&attempt);
}

static void refusal_of_a_member_counts(void **state)
{
	struct attempt attempt = attempt_group();

	(void)state;
	attempt_member(&attempt, OTHER)->refuse = true;
	attempt_member(&attempt, "0000:03:02.0")->refuse = true; /* a bridge stays */
	attempt.wish.force = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_HOST_USE, "Refuse=yes", false);
	assert_string_equal(refusal_with(attempt.plan, "Refuse=yes")->device, OTHER);
	attempt.wish.group = false;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

/* The owner of OTHER has its BAR mapped. */
static void revoke_mapped_is_of_each_member(void **state)
{
	struct attempt attempt = attempt_group();
	struct policy *policy;

	(void)state;
	open_other(&attempt);
	assert_int_equal(builder_owner(attempt.scene.builder, OTHER, USER, -1), 0);
	policy = attempt_member(&attempt, OTHER);
	attempt.policy.revoke_mapped = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke@" OTHER "(skipped)");
	attempt.policy.revoke_mapped = false;
	policy->revoke_mapped = true;
	attempt_plan(&attempt);
	is_steps(&attempt.plan->ladder, "grace revoke@" OTHER);
	attempt_end(&attempt);
}

/* DEVICE among so many of its group. */
static struct attempt attempt_group_of(int members)
{
	struct attempt attempt = attempt_idle("nvidia");
	char address[PCI_ADDRESS_TEXT];

	attempt.wish.group = true;
	for (int i = 1; i < members; i++) {
		(void)snprintf(address, sizeof(address), "0000:04:%02x.0", i);
		scene_vfio(&attempt.scene, address, GROUP);
	}
	attempt_plan(&attempt);
	return attempt;
}

static void groups_have_a_limit(void **state)
{
	struct attempt most = attempt_group_of(PLAN_DEVICES_MAX);
	struct attempt more = attempt_group_of(PLAN_DEVICES_MAX + 1);

	(void)state;
	is_free(most.plan);
	attempt_end(&most);
	is_refused(more.plan, OBSTACLE_GROUP_MEMBER, "17 members", false);
	more.wish.group = false;
	attempt_plan(&more);
	is_free(more.plan);
	attempt_end(&more);
}

/* It would still be open when the device itself is released. */
static void frozen_owner_keeps_the_member_open(void **state)
{
	struct attempt attempt = attempt_idle("nvidia");

	(void)state;
	scene_vfio(&attempt.scene, OTHER, GROUP);
	scene_owner(&attempt.scene, DEVICE);
	assert_int_equal(builder_owner(attempt.scene.builder, OTHER, OWNER, 6), 0);
	attempt_unit(&attempt, UNIT, "/system.slice/vm.service");
	attempt.wish.freeze = true;
	attempt_steps(&attempt, STEP_FREEZE_OWNER);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_GROUP_MEMBER, OTHER, false);
	attempt.wish.verb = ACT_RELEASE;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

/* Without an IOMMU there are no groups: -1 is none. */
static void no_group_has_no_members(void **state)
{
	struct attempt attempt = attempt_move("nvidia");

	(void)state;
	attempt.wish.group = true;
	scene_host_driven(&attempt.scene, DEVICE, -1, "nouveau", 0x030000);
	scene_host_driven(&attempt.scene, OTHER, -1, "nvme", 0x010802);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->move, "set-override unbind bind");
	attempt_end(&attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_member_of_the_group_is_in_the_way),
		cmocka_unit_test(some_drivers_suit_an_open_group),
		cmocka_unit_test(member_whose_owner_is_stopped_is_not_in_the_way),
		cmocka_unit_test(host_driven_member_is_not_open),
		cmocka_unit_test(group_moves_together_in_order),
		cmocka_unit_test(member_that_moves_is_not_in_the_way),
		cmocka_unit_test(members_that_need_no_move_are_left_alone),
		cmocka_unit_test(without_group_one_device_moves),
		cmocka_unit_test(host_use_of_members_counts),
		cmocka_unit_test(unjudged_member_counts_as_used),
		cmocka_unit_test(refusal_of_a_member_counts),
		cmocka_unit_test(revoke_mapped_is_of_each_member),
		cmocka_unit_test(groups_have_a_limit),
		cmocka_unit_test(frozen_owner_keeps_the_member_open),
		cmocka_unit_test(no_group_has_no_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
