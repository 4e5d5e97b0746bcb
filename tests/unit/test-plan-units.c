/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose unit may be frozen, stopped, killed. */
#include "tests/unit/plans.h"

/* DEVICE is open by a process of that unit, of which systemd knows what it should. */
static struct attempt attempt_of_unit(enum act_verb verb, const char *unit)
{
	struct attempt attempt = attempt_begin(verb);

	scene_vfio(&attempt.scene, DEVICE, GROUP);
	scene_process(&attempt.scene, OWNER, "qemu", unit);
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, OWNER, 5), 0);
	if (unit)
		attempt_unit(&attempt, unit, "/system.slice/its.cgroup");
	return attempt;
}

/* Neither --stop-owner, --kill-owner nor --freeze touches it. */
static void is_untouchable(const char *unit, const char *why)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, unit);

	attempt.wish.stop_owner = attempt.wish.force = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, why, false);
	attempt.wish.stop_owner = false;
	attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, why, false);
	attempt.wish.kill_owner = false;
	attempt.wish.freeze = true;
	attempt.wish.verb = ACT_REVOKE;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, why, false);
	attempt_end(&attempt);
}

static void units_that_are_not_touched(void **state)
{
	(void)state;
	is_untouchable(NULL, "no unit");
	is_untouchable("init.scope", "systemd itself");
	is_untouchable("dbus.socket", "neither a service nor a scope");
	is_untouchable("session-3.scope", "user's session");
	is_untouchable("user@1000.service", "user's session");
	is_untouchable("dbus.service", "cannot do without");
	is_untouchable("dbus-broker.service", "cannot do without");
	is_untouchable("systemd-udevd.service", "cannot do without");
	is_untouchable("systemd-nspawn@web.service", "cannot do without");
	is_untouchable("sshd.service", "cannot do without");
	is_untouchable("ssh@3-10.0.0.1.service", "cannot do without");
	is_untouchable("docker.service", "cannot do without");
	is_untouchable("containerd.service", "cannot do without");
	is_untouchable("libvirtd.service", "cannot do without");
	is_untouchable("virtqemud.service", "cannot do without");
	is_untouchable("dmabufctl-act@3f.service", "cannot do without");
}

static void is_touchable(const char *unit)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, unit);

	attempt.wish.stop_owner = attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "grace revoke stop-owner kill-owner");
	attempt_end(&attempt);
}

static void others_are(void **state)
{
	(void)state;
	is_touchable("vm.service");
	is_touchable("run-r12.scope");
	is_touchable("sshdemo.service");
	is_touchable("docker-registry.service");
	is_touchable("dbuses@1.service");
	is_touchable("ss.service");
}

static void a_step_names_the_unit_and_its_invocation(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);
	const struct plan_step *step;

	(void)state;
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	step = step_of(&attempt.plan->ladder, STEP_STOP_OWNER);
	assert_string_equal(step->unit, UNIT);
	assert_string_equal(step->invocation, INVOCATION);
	like(step->detail, "qemu[49]");
	assert_null(step_of(&attempt.plan->ladder, STEP_GRACE)->unit);
	attempt_end(&attempt);
}

static void unknown_units_are_not_touched(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);

	(void)state;
	attempt.wish.stop_owner = true;
	attempt.facts[0].invocation = NULL;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "could not be learnt", false);
	attempt.facts[0].invocation = (char *)INVOCATION;
	attempt.facts[0].cgroup = (char *)"";
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "could not be learnt", false);
	attempt.units.count = 0;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "could not be learnt", false);
	attempt_end(&attempt);
}

/* Of a process that has moved on nothing ends with its old unit. */
static void owner_has_to_live_in_its_unit(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);
	pid_t processes[UNIT_PROCESSES_MAX] = { OWNER + 1, OWNER };

	(void)state;
	attempt.wish.stop_owner = true;
	attempt.facts[0].processes = processes;
	attempt.facts[0].n_processes = 2;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt.facts[0].n_processes = 1;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "not in its unit", false);
	processes[1] = 0;
	attempt.facts[0].n_processes = UNIT_PROCESSES_MAX;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt_end(&attempt);
}

static void plan_for_caller(struct attempt *attempt, const char *caller)
{
	(void)snprintf(attempt->wish.caller_cgroup, sizeof(attempt->wish.caller_cgroup),
		       "%s", caller);
	attempt_plan(attempt);
}

static void the_callers_own_unit_is_not_touched(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);

	(void)state;
	attempt.wish.stop_owner = true;
	attempt.facts[0].cgroup = (char *)"/system.slice/vm.service";
	plan_for_caller(&attempt, "/system.slice/vm.service");
	is_refused(attempt.plan, OBSTACLE_OWNER, "whoever asks", false);
	plan_for_caller(&attempt, "/system.slice/vm.service/inner/deep");
	is_refused(attempt.plan, OBSTACLE_OWNER, "whoever asks", false);
	plan_for_caller(&attempt, "");
	is_refused(attempt.plan, OBSTACLE_OWNER, "whoever asks is not known", false);
	plan_for_caller(&attempt, "/system.slice/vm.services");
	is_free(attempt.plan);
	plan_for_caller(&attempt, "/system.slice");
	is_free(attempt.plan);
	plan_for_caller(&attempt, "/");
	is_free(attempt.plan);
	attempt_end(&attempt);
}

static void stop_is_a_power_cut(const char *unit, bool may_freeze)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, unit);

	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "power cut", false);
	attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt.wish.stop_owner = false;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	attempt.wish.kill_owner = false;
	attempt.wish.freeze = true;
	attempt.wish.verb = ACT_REVOKE;
	attempt_plan(&attempt);
	if (may_freeze)
		is_free(attempt.plan);
	else
		is_refused(attempt.plan, OBSTACLE_OWNER, "whole container", false);
	attempt_end(&attempt);
}

static void machines_take_kill_owner(void **state)
{
	(void)state;
	stop_is_a_power_cut("machine-qemu\\x2d1\\x2dweb.scope", true);
	stop_is_a_power_cut("machine-web.scope", false);
	stop_is_a_power_cut("docker-0123456789ab.scope", false);
	stop_is_a_power_cut("libpod-0123456789ab.scope", false);
}

static void freeze_comes_before_the_revoke(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_REVOKE, UNIT);

	(void)state;
	attempt.wish.freeze = true;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "freeze-owner revoke");
	is_steps(&attempt.plan->undo, "thaw");
	assert_string_equal(attempt.plan->undo.items[0].unit, UNIT);
	assert_string_equal(attempt.plan->undo.items[0].invocation, INVOCATION);
	attempt_end(&attempt);
}

static void freeze_is_nothing_on_its_own(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);

	(void)state;
	attempt_steps(&attempt, STEP_FREEZE_OWNER);
	attempt_steps(&attempt, STEP_REVOKE);
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "together", false);
	attempt_steps(&attempt, STEP_STOP_OWNER);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "freeze-owner revoke stop-owner");
	is_steps(&attempt.plan->undo, "thaw restore");
	attempt_end(&attempt);
}

static void what_cannot_be_frozen_is_not(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_REVOKE, UNIT);

	(void)state;
	attempt.wish.freeze = true;
	attempt.facts[0].can_freeze = false;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "cannot freeze", false);
	assert_true(refusal_with(attempt.plan, "cannot freeze")->unsupported);
	attempt_end(&attempt);
}

static void what_goes_with_a_unit_is_told(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);
	char *required_by[] = { (char *)"web.service", NULL };
	pid_t processes[] = { OWNER, HOLDER, USER };

	(void)state;
	attempt.wish.stop_owner = true;
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "lives"));
	assert_false(has_note(attempt.plan, "Restart="));
	attempt.facts[0].required_by = required_by;
	attempt.facts[0].restarts = true;
	attempt.facts[0].processes = processes;
	attempt.facts[0].n_processes = 1;
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "as well"));
	assert_true(has_note(attempt.plan, "web.service requires vm.service"));
	assert_true(has_note(attempt.plan, "vm.service has Restart="));
	attempt.facts[0].n_processes = 2;
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "process 50"));
	attempt.facts[0].n_processes = 3;
	attempt_plan(&attempt);
	assert_true(has_note(attempt.plan, "2 other processes"));
	attempt_end(&attempt);
}

static void each_unit_is_stopped_once(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, UNIT);

	(void)state;
	scene_process(&attempt.scene, HOLDER, "helper", UNIT);
	scene_process(&attempt.scene, USER, "other", "other.service");
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, HOLDER, 5), 0);
	assert_int_equal(builder_owner(attempt.scene.builder, DEVICE, USER, 5), 0);
	attempt_unit(&attempt, "other.service", "/system.slice/other.service");
	attempt_steps(&attempt, STEP_STOP_OWNER);
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "stop-owner stop-owner");
	assert_string_equal(attempt.plan->ladder.items[0].unit, UNIT);
	assert_string_equal(attempt.plan->ladder.items[1].unit, "other.service");
	attempt_end(&attempt);
}

static void a_reason_is_given_once(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, "sshd.service");

	(void)state;
	attempt.wish.stop_owner = attempt.wish.kill_owner = true;
	attempt_plan(&attempt);
	assert_int_equal(attempt.plan->refusals.count, 1);
	attempt_end(&attempt);
}

static void freezing_stops_nothing(void **state)
{
	struct attempt attempt = attempt_of_unit(ACT_REVOKE, UNIT);

	(void)state;
	attempt.wish.freeze = true;
	attempt.facts[0].restarts = true;
	attempt_plan(&attempt);
	assert_false(has_note(attempt.plan, "Restart="));
	attempt_end(&attempt);
}

static struct attempt attempt_of_policy(const char *unit)
{
	struct attempt attempt = attempt_of_unit(ACT_RELEASE, unit);

	attempt.wish.by_policy = true;
	attempt.wish.caller_cgroup[0] = '\0';
	attempt.wish.steps[0] = STEP_REVOKE;
	attempt.wish.steps[1] = STEP_STOP_OWNER;
	attempt.wish.n_steps = 2;
	return attempt;
}

static void nobody_is_behind_a_policy(void **state)
{
	struct attempt attempt = attempt_of_policy("vm.service");

	(void)state;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "revoke stop-owner");
	attempt.wish.by_policy = false;
	attempt_plan(&attempt);
	is_refused(attempt.plan, OBSTACLE_OWNER, "whoever asks is not known", false);
	attempt_end(&attempt);
}

static void a_policy_does_what_it_may(void **state)
{
	struct attempt attempt = attempt_of_policy("session-3.scope");

	(void)state;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "revoke stop-owner(skipped)");
	like(step_of(&attempt.plan->ladder, STEP_STOP_OWNER)->skipped, "user's session");
	attempt.wish.steps[1] = STEP_DETACH;
	attempt_plan(&attempt);
	is_free(attempt.plan);
	is_steps(&attempt.plan->ladder, "revoke detach(skipped)");
	attempt_end(&attempt);
}

/* Only of these steps: to ask takes as long as a revoke. */
static void units_are_asked_for_by_what_ends_owners(void **state)
{
	static const enum step_kind enders[] = { STEP_FREEZE_OWNER, STEP_STOP_OWNER,
						 STEP_KILL_OWNER };
	struct wish wish = { .verb = ACT_RELEASE };

	(void)state;
	assert_false(plan_asks_for_units(&wish));
	wish.stop_owner = true;
	assert_true(plan_asks_for_units(&wish));
	wish = (struct wish){ .verb = ACT_REASSIGN, .kill_owner = true };
	assert_true(plan_asks_for_units(&wish));
	wish = (struct wish){ .verb = ACT_REVOKE, .freeze = true };
	assert_true(plan_asks_for_units(&wish));
	wish.freeze = false;
	assert_false(plan_asks_for_units(&wish));
	for (size_t i = 0; i < ARRAY_SIZE(enders); i++) {
		wish = (struct wish){ .verb = ACT_RELEASE, .n_steps = 2 };
		wish.steps[0] = STEP_REVOKE;
		wish.steps[1] = STEP_ASK;
		assert_false(plan_asks_for_units(&wish));
		wish.steps[1] = enders[i];
		assert_true(plan_asks_for_units(&wish));
	}
}

/* Only where a driver is taken away: to find them takes as long as all the rest. */
static void uses_are_asked_for_by_what_takes_a_driver(void **state)
{
	struct wish wish = { .verb = ACT_REASSIGN };

	(void)state;
	assert_true(plan_asks_for_uses(&wish));
	wish.verb = ACT_REVOKE;
	assert_false(plan_asks_for_uses(&wish));
	wish = (struct wish){ .verb = ACT_RELEASE, .stop_owner = true };
	assert_false(plan_asks_for_uses(&wish));
	wish.steps[wish.n_steps++] = STEP_ASK;
	assert_true(plan_asks_for_uses(&wish));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_that_are_not_touched),
		cmocka_unit_test(others_are),
		cmocka_unit_test(a_step_names_the_unit_and_its_invocation),
		cmocka_unit_test(unknown_units_are_not_touched),
		cmocka_unit_test(owner_has_to_live_in_its_unit),
		cmocka_unit_test(the_callers_own_unit_is_not_touched),
		cmocka_unit_test(machines_take_kill_owner),
		cmocka_unit_test(freeze_comes_before_the_revoke),
		cmocka_unit_test(freeze_is_nothing_on_its_own),
		cmocka_unit_test(what_cannot_be_frozen_is_not),
		cmocka_unit_test(what_goes_with_a_unit_is_told),
		cmocka_unit_test(each_unit_is_stopped_once),
		cmocka_unit_test(a_reason_is_given_once),
		cmocka_unit_test(freezing_stops_nothing),
		cmocka_unit_test(nobody_is_behind_a_policy),
		cmocka_unit_test(a_policy_does_what_it_may),
		cmocka_unit_test(units_are_asked_for_by_what_ends_owners),
		cmocka_unit_test(uses_are_asked_for_by_what_takes_a_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
