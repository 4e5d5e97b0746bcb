/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cmd/dmabufctl/act-outcome.h"
#include "lib/model/exit-status.h"
#include "lib/base/cleanup.h"

static const struct refusal refusals[] = {
	{ .reason = "mounted", .remedy = "umount", .forcible = true, .forced = true },
	{ .reason = "swap", .remedy = "swapoff" },
	{ .reason = "no kernel", .remedy = "another kernel", .unsupported = true },
};

static struct plan *make(const size_t *which, size_t count)
{
	struct plan *plan = plan_new(ACT_RELEASE, "0000:03:00.0");

	assert_non_null(plan);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(ARRAY_PUSH(&plan->refusals, refusals[which[i]]), 0);
	assert_int_equal(ARRAY_PUSH(&plan->notes, "a note"), 0);
	return plan;
}

static void outcomes_have_the_status_of_the_manual(void **state)
{
	static const struct {
		enum act_outcome outcome;
		int status;
	} cases[] = {
		{ OUTCOME_DONE, 0 },	    { OUTCOME_NOTHING_TO_DO, 0 },
		{ OUTCOME_PARTIAL, 1 },	    { OUTCOME_FAILED, 1 },
		{ OUTCOME_INTERRUPTED, 1 }, { OUTCOME_TIMED_OUT, 5 },
		{ OUTCOME_REFUSED, 6 },	    { OUTCOME_UNSUPPORTED, 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(act_outcome_status(cases[i].outcome), cases[i].status);
}

static void first_refusal_that_stands_decides(void **state)
{
	struct plan *plan = make((const size_t[]){ 0, 1, 2 }, 3);
	struct result *result;

	(void)state;
	assert_int_equal(act_plan_status(plan), STATUS_REFUSED);
	assert_int_equal(act_result_of_plan(plan, &result), 0);
	plan_free(plan);
	assert_null(result->job);
	assert_int_equal(result->outcome, OUTCOME_REFUSED);
	assert_string_equal(result->reason, "swap");
	assert_string_equal(result->remedy, "swapoff");
	assert_int_equal(result->notes.count, 2);
	assert_string_equal(result->notes.items[0], "Forced: mounted");
	assert_string_equal(result->notes.items[1], "Also: no kernel -> another kernel");
	result_free(result);
}

static void what_is_not_supported_is_not_refused(void **state)
{
	struct plan *plan = make((const size_t[]){ 2, 1 }, 2);
	struct result *result;

	(void)state;
	assert_int_equal(act_plan_status(plan), STATUS_UNSUPPORTED);
	assert_int_equal(act_result_of_plan(plan, &result), 0);
	assert_int_equal(result->outcome, OUTCOME_UNSUPPORTED);
	plan_free(plan);
	result_free(result);
}

static void nothing_to_do_comes_behind_refusals(void **state)
{
	struct plan *refused = make((const size_t[]){ 1 }, 1);
	struct plan *idle = make((const size_t[]){ 0 }, 1);
	struct result *result;

	(void)state;
	refused->nothing_to_do = idle->nothing_to_do = "nobody has it open";
	assert_int_equal(act_plan_status(refused), STATUS_REFUSED);
	assert_int_equal(act_plan_status(idle), STATUS_DONE);
	assert_int_equal(act_result_of_plan(idle, &result), 0);
	assert_int_equal(result->outcome, OUTCOME_NOTHING_TO_DO);
	assert_string_equal(result->reason, "nobody has it open");
	assert_int_equal(result->notes.count, 2);
	plan_free(refused);
	plan_free(idle);
	result_free(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_have_the_status_of_the_manual),
		cmocka_unit_test(first_refusal_that_stands_decides),
		cmocka_unit_test(what_is_not_supported_is_not_refused),
		cmocka_unit_test(nothing_to_do_comes_behind_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
