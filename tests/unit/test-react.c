/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done about a release, and when. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufd/react.h"
#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

#define DEVICE "0000:03:00.0"
#define MS UINT64_C(1000)
#define S (1000 * MS)
#define BEGUN (1000 * S)

static const struct react_look shows_nothing = { .answered = true };
static const struct react_look shows_no_kind = { .answered = true, .shown = true };
static const struct react_look shows_unplug = { .answered = true,
						.shown = true,
						.kind = RELEASE_UNPLUG };
static const struct react_look fails = { .answered = false };

static struct release begin(uint64_t grace_us)
{
	struct release release = {
		.address = DEVICE, .vendor = 0x10de, .product = 0x2330, .begun_us = BEGUN
	};
	struct policy policy = policy_default;

	policy.grace_us = grace_us;
	react_begin(&release, &policy, false, BEGUN);
	return release;
}

static void it_is_looked_at_until_it_is_told(void **state)
{
	static const uint64_t delays[] = { 100 * MS, 300 * MS, 1000 * MS };
	struct release release = begin(60 * S);
	uint64_t now = BEGUN;

	(void)state;
	assert_true(release.look_us == BEGUN);
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		assert_int_equal(react_looked(&release, &shows_nothing, now), 0);
		assert_true(release.look_us == now + delays[i]);
		now = release.look_us;
	}
	assert_int_equal(react_looked(&release, &shows_nothing, now),
			 REACT_UNTOLD | REACT_BEGUN);
	assert_true(release.look_us == BEGUN + 60 * S);
	assert_int_equal(react_looked(&release, &shows_unplug, BEGUN + 60 * S),
			 REACT_TOLD | REACT_LASTS);
	assert_int_equal(release.kind, RELEASE_UNPLUG);
	assert_true(release.look_us == BEGUN + 120 * S);
}

/* What is due at once has the host to itself. */
static void the_look_comes_behind_a_quick_act(void **state)
{
	struct release release = begin(0),
		       awaited = { .begun_us = BEGUN, .awaits_kind = true };
	struct policy policy = policy_default;

	(void)state;
	assert_true(react_is_due(&release, BEGUN + 20 * MS));
	assert_true(release.look_us > BEGUN + S);
	policy.grace_us = 0;
	react_begin(&awaited, &policy, false, BEGUN);
	assert_true(awaited.look_us == BEGUN);
	release = begin(S);
	assert_true(release.look_us == BEGUN);
}

static void what_is_told_at_once_is_looked_at_each_minute(void **state)
{
	struct release release = begin(60 * S);

	(void)state;
	assert_int_equal(react_looked(&release, &shows_unplug, BEGUN + MS),
			 REACT_TOLD | REACT_BEGUN);
	assert_true(release.look_us == BEGUN + 60 * S);
	assert_int_equal(react_looked(&release, &shows_unplug, BEGUN + 61 * S),
			 REACT_LASTS);
	assert_true(release.look_us == BEGUN + 120 * S);
	/* an observer that is stuck does not stop the clock */
	assert_int_equal(react_looked(&release, &fails, BEGUN + 121 * S), REACT_LASTS);
	assert_true(release.look_us == BEGUN + 180 * S);
}

static void it_is_reported_when_it_is_seen_to_wait(void **state)
{
	struct release release = begin(60 * S);

	(void)state;
	assert_int_equal(react_looked(&release, &shows_no_kind, BEGUN + MS), REACT_BEGUN);
	assert_int_equal(react_looked(&release, &shows_no_kind, BEGUN + 200 * MS), 0);
}

static void an_end_that_was_lost_is_seen(void **state)
{
	struct release release = begin(60 * S);

	(void)state;
	(void)react_looked(&release, &shows_unplug, BEGUN);
	assert_int_equal(react_looked(&release, &shows_nothing, BEGUN + 60 * S),
			 REACT_LASTS);
	assert_int_equal(react_looked(&release, &fails, BEGUN + 120 * S), REACT_LASTS);
	assert_int_equal(react_looked(&release, &shows_nothing, BEGUN + 180 * S),
			 REACT_OVER);
}

/* What the observer never shows may go on nevertheless. */
static void what_was_never_seen_is_not_over(void **state)
{
	struct release release = begin(60 * S);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(react_looked(&release, &shows_nothing, BEGUN + i * 60 * S) &
			     REACT_OVER);
}

static void the_policy_acts_once_after_the_grace_time(void **state)
{
	struct release release = begin(2 * S);

	(void)state;
	assert_false(react_is_due(&release, BEGUN + 2 * S - 1));
	assert_true(react_is_due(&release, BEGUN + 2 * S));
	(void)react_looked(&release, &shows_unplug, BEGUN);
	assert_true(react_next_us(&release, false) == BEGUN + 2 * S);
	assert_true(react_next_us(&release, true) == BEGUN + 2 * S);
	react_handled(&release);
	assert_false(react_is_due(&release, BEGUN + 100 * S));
	assert_true(react_next_us(&release, false) == BEGUN + 60 * S);
	assert_true(react_next_us(&release, true) == REACT_NEVER);
}

static void an_act_that_could_do_nothing_is_tried_three_times(void **state)
{
	struct release release = begin(0);

	(void)state;
	for (int i = 0; i < 2; i++) {
		react_handled(&release);
		react_failed(&release, BEGUN + 10 * S);
		assert_false(react_is_due(&release, BEGUN + 14 * S));
		assert_true(react_is_due(&release, BEGUN + 15 * S));
	}
	react_handled(&release);
	react_failed(&release, BEGUN + 20 * S);
	assert_true(release.act_us == REACT_NEVER);
}

/* What ends late is of an earlier release. */
static void what_is_to_come_is_not_put_off(void **state)
{
	struct release release = begin(2 * S);

	(void)state;
	react_failed(&release, BEGUN + S);
	assert_true(react_is_due(&release, BEGUN + 2 * S));
}

/* An idle device ends within milliseconds. */
static void without_grace_it_acts_almost_at_once(void **state)
{
	struct release release = begin(0);

	(void)state;
	assert_false(react_is_due(&release, BEGUN + 10 * MS));
	assert_true(react_is_due(&release, BEGUN + 50 * MS));
}

static void endless_grace_never_ends(void **state)
{
	struct release release = begin(TIME_SPAN_INFINITE);

	(void)state;
	assert_false(react_is_due(&release, UINT64_MAX - 1));
}

static void who_is_not_to_react_does_not(void **state)
{
	struct policy policies[] = { policy_default, policy_default, policy_default };

	(void)state;
	policies[0].react = false;
	policies[1].refuse = true;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct release release = { .begun_us = BEGUN };

		/* the last one: a job does it */
		react_begin(&release, &policies[i], i == 2, BEGUN);
		assert_true(release.act_us == REACT_NEVER);
		assert_true(release.look_us == BEGUN);
	}
}

/* A job on unplug may take it over: the policy waits until that is known. */
static void the_policy_waits_for_the_kind_when_a_job_does(void **state)
{
	struct release release = begin(0);

	(void)state;
	release.awaits_kind = true;
	assert_false(react_is_due(&release, BEGUN + S));
	assert_true(react_next_us(&release, true) == REACT_NEVER);
	(void)react_looked(&release, &shows_unplug, BEGUN + S);
	assert_true(react_is_due(&release, BEGUN + S));
}

/* One whose end was lost is over when the next one begins. */
static void a_late_uevent_is_told_from_a_new_one(void **state)
{
	struct release release = begin(60 * S);

	(void)state;
	assert_false(react_is_known(&release, BEGUN));
	release.found_us = BEGUN;
	assert_true(react_is_known(&release, BEGUN + S));
	assert_false(react_is_known(&release, BEGUN + 60 * S));
}

static void paths_have_kinds(void **state)
{
	(void)state;
	assert_int_equal(react_kind("unplug"), RELEASE_UNPLUG);
	assert_int_equal(react_kind("remove"), RELEASE_UNPLUG);
	assert_int_equal(react_kind("sriov"), RELEASE_UNPLUG);
	assert_int_equal(react_kind("unbind"), RELEASE_REASSIGN);
	assert_int_equal(react_kind("unload"), RELEASE_REASSIGN);
	assert_int_equal(react_kind("unknown"), RELEASE_UNKNOWN);
	assert_int_equal(react_kind("reset"), RELEASE_UNKNOWN);
	assert_int_equal(react_kind(NULL), RELEASE_UNKNOWN);
}

static void jobs_that_need_the_kind_are_known(void **state)
{
	struct job job = { .wish = { .device = DEVICE }, .trigger = JOB_ON_UNPLUG };

	(void)state;
	assert_true(react_job_awaits_kind(&job, DEVICE));
	assert_false(react_job_awaits_kind(&job, "0000:04:00.0"));
	job.schedule.fired = true;
	assert_false(react_job_awaits_kind(&job, DEVICE));
	job = (struct job){ .wish = { .device = DEVICE }, .trigger = JOB_ON_RELEASE };
	assert_false(react_job_awaits_kind(&job, DEVICE));
	job.trigger = JOB_ON_REASSIGN;
	job.state = JOB_STARTED;
	assert_false(react_job_awaits_kind(&job, DEVICE));
}

static void jobs_of_this_release_are_known(void **state)
{
	struct job job = { .wish = { .device = DEVICE },
			   .trigger = JOB_ON_RELEASE,
			   .state = JOB_DONE,
			   .created_us = 1000 };

	(void)state;
	assert_true(react_job_handles(&job, DEVICE, 1000));
	assert_true(react_job_handles(&job, DEVICE, 999));
	assert_false(react_job_handles(&job, DEVICE, 1001)); /* of an earlier one */
	assert_false(react_job_handles(&job, "0000:04:00.0", 0));
	job.state = JOB_STARTED;
	assert_true(react_job_handles(&job, DEVICE, 1001));
	job.state = JOB_ARMED;
	assert_false(react_job_handles(&job, DEVICE, 0));
	job.schedule.fired = true;
	assert_true(react_job_handles(&job, DEVICE, 1001));
	job.schedule.end = JOB_CANCELLED; /* while it was being started */
	assert_false(react_job_handles(&job, DEVICE, 0));
	job.schedule.end = JOB_ARMED;
	job.trigger = JOB_NOW; /* somebody's own */
	assert_false(react_job_handles(&job, DEVICE, 0));
}

static void jobs_of_another_release_are_known(void **state)
{
	struct result result = { .outcome = OUTCOME_DONE };
	struct job job = { .wish = { .device = DEVICE, .verb = ACT_RELEASE },
			   .trigger = JOB_ON_RELEASE,
			   .created_us = 1000,
			   .result = &result };

	(void)state;
	job.state = JOB_CANCELLED; /* it never began */
	assert_false(react_job_handles(&job, DEVICE, 0));
	job.state = JOB_MISSED;
	assert_false(react_job_handles(&job, DEVICE, 0));
	job.state = JOB_DONE; /* the device was released then, and is not now */
	assert_false(react_job_handles(&job, DEVICE, 0));
	result.outcome = OUTCOME_NOTHING_TO_DO;
	assert_false(react_job_handles(&job, DEVICE, 0));
	result.outcome = OUTCOME_TIMED_OUT;
	assert_true(react_job_handles(&job, DEVICE, 0));
	result.outcome = OUTCOME_DONE;
	job.wish.verb = ACT_REVOKE; /* its owner has it still */
	assert_true(react_job_handles(&job, DEVICE, 0));
}

static void the_job_is_what_the_policy_says(void **state)
{
	struct release release = begin(0);
	struct policy policy = policy_default;
	struct job job;

	(void)state;
	policy.steps[0] = STEP_DETACH;
	policy.steps[1] = STEP_STOP_OWNER;
	policy.n_steps = 2;
	policy.step_timeout_us = 5 * S;
	job = react_job(&release, &policy);
	assert_string_equal(job.id, "");
	assert_int_equal(job.trigger, JOB_ON_RELEASE);
	assert_true(job.schedule.fired && job_is_due(&job));
	assert_int_equal(job.wish.verb, ACT_RELEASE);
	assert_string_equal(job.wish.device, DEVICE);
	assert_int_equal(job.wish.vendor, 0x10de);
	assert_int_equal(job.wish.product, 0x2330);
	assert_true(job.wish.by_policy);
	assert_true(job.wish.timeout_us == 5 * S);
	assert_int_equal(job.wish.n_steps, 2);
	assert_int_equal(job.wish.steps[0], STEP_DETACH);
	assert_int_equal(job.wish.steps[1], STEP_STOP_OWNER);
	assert_false(job.wish.force || job.wish.stop_owner || job.wish.kill_owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_looked_at_until_it_is_told),
		cmocka_unit_test(the_look_comes_behind_a_quick_act),
		cmocka_unit_test(what_is_told_at_once_is_looked_at_each_minute),
		cmocka_unit_test(it_is_reported_when_it_is_seen_to_wait),
		cmocka_unit_test(an_end_that_was_lost_is_seen),
		cmocka_unit_test(what_was_never_seen_is_not_over),
		cmocka_unit_test(the_policy_acts_once_after_the_grace_time),
		cmocka_unit_test(an_act_that_could_do_nothing_is_tried_three_times),
		cmocka_unit_test(what_is_to_come_is_not_put_off),
		cmocka_unit_test(without_grace_it_acts_almost_at_once),
		cmocka_unit_test(endless_grace_never_ends),
		cmocka_unit_test(who_is_not_to_react_does_not),
		cmocka_unit_test(the_policy_waits_for_the_kind_when_a_job_does),
		cmocka_unit_test(a_late_uevent_is_told_from_a_new_one),
		cmocka_unit_test(paths_have_kinds),
		cmocka_unit_test(jobs_that_need_the_kind_are_known),
		cmocka_unit_test(jobs_of_this_release_are_known),
		cmocka_unit_test(jobs_of_another_release_are_known),
		cmocka_unit_test(the_job_is_what_the_policy_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
