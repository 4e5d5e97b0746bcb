/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cmd/dmabufctl/plan-text.h"
#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

#define DEVICE "0000:03:00.0"
#define SECOND UINT64_C(1000000)

static struct plan *make(enum act_verb verb)
{
	struct plan *plan = plan_new(verb, DEVICE);

	assert_non_null(plan);
	return plan;
}

static void add(plan_step_array *steps, struct plan_step step)
{
	assert_int_equal(ARRAY_PUSH(steps, step), 0);
}

/* Takes plan. */
static void assert_text(struct plan *plan, bool brief, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	plan_text_print(stream, plan, false, brief);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
	plan_free(plan);
}

static void parts_stand_below_each_other(void **state)
{
	struct plan *plan = make(ACT_REASSIGN);

	(void)state;
	plan->driver = "nvme";
	plan->method = METHOD_MEMORY;
	add(&plan->ladder,
	    (struct plan_step){ .kind = STEP_REVOKE, .timeout_us = SECOND });
	add(&plan->ladder, (struct plan_step){ .kind = STEP_GRACE,
					       .timeout_us = 10 * SECOND,
					       .skipped = "why\n" });
	add(&plan->move, (struct plan_step){ .kind = STEP_UNBIND,
					     .timeout_us = 10 * SECOND,
					     .device = "0000:03:00.1",
					     .detail = "from vfio-pci" });
	add(&plan->undo, (struct plan_step){ .kind = STEP_THAW,
					     .timeout_us = 2 * SECOND,
					     .device = DEVICE,
					     .unit = "vm\\x2d1.scope" });
	assert_int_equal(ARRAY_PUSH(&plan->notes, "a note"), 0);
	assert_text(plan, false,
		    "reassign of " DEVICE " to nvme (memory): at most 11 s\n"
		    "  ladder  revoke  1 s\n"
		    "          grace   skipped: why\\n\n"
		    "  move    unbind  10 s      0000:03:00.1: from vfio-pci\n"
		    "  undo    thaw    2 s       vm\\x2d1.scope\n"
		    "  note    a note\n");
}

static void refusals_say_what_to_do_and_forced_ones_what_was_overridden(void **state)
{
	struct refusal refusal = {
		.kind = OBSTACLE_HOST_USE,
		.reason = "it is mounted",
		.remedy = "umount it",
		.forcible = true,
	};
	struct plan *plan = make(ACT_RELEASE);

	(void)state;
	assert_int_equal(ARRAY_PUSH(&plan->refusals, refusal), 0);
	refusal.forced = true;
	assert_int_equal(ARRAY_PUSH(&plan->refusals, refusal), 0);
	assert_text(plan, false,
		    "release of " DEVICE ": refused\n"
		    "  refused it is mounted (host-use)\n"
		    "          -> umount it\n"
		    "  forced  it is mounted (host-use)\n");
	plan = make(ACT_RELEASE);
	assert_int_equal(ARRAY_PUSH(&plan->refusals, refusal), 0);
	assert_text(plan, true, "release of " DEVICE ": at most 0 ms\n");
	plan = make(ACT_REVOKE);
	refusal.forced = false;
	refusal.unsupported = true;
	assert_int_equal(ARRAY_PUSH(&plan->refusals, refusal), 0);
	assert_text(plan, true, "revoke of " DEVICE ": not supported\n");
}

static void nothing_to_do_and_no_limit_are_said(void **state)
{
	struct plan *plan = make(ACT_REASSIGN);

	(void)state;
	plan->driver = "-";
	plan->nothing_to_do = "it has no driver";
	assert_text(plan, false,
		    "reassign of " DEVICE
		    " to no driver: nothing to do: it has no driver\n");
	plan = make(ACT_RELEASE);
	add(&plan->ladder,
	    (struct plan_step){ .kind = STEP_GRACE, .timeout_us = TIME_SPAN_INFINITE });
	assert_text(plan, false,
		    "release of " DEVICE ": without a limit\n"
		    "  ladder  grace  no limit\n");
}

static void steps_fit_into_a_line(void **state)
{
	struct plan *plan = make(ACT_RELEASE);
	_cleanup_free_ char *none = plan_text_steps(plan), *some = NULL;

	(void)state;
	assert_string_equal(none, "");
	add(&plan->ladder,
	    (struct plan_step){ .kind = STEP_GRACE, .timeout_us = 90 * SECOND });
	add(&plan->ladder, (struct plan_step){ .kind = STEP_REVOKE, .skipped = "why" });
	add(&plan->move, (struct plan_step){ .kind = STEP_BIND, .timeout_us = SECOND });
	some = plan_text_steps(plan);
	assert_string_equal(some, "grace (1 min 30 s), revoke (skipped), bind (1 s)");
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stand_below_each_other),
		cmocka_unit_test(
			refusals_say_what_to_do_and_forced_ones_what_was_overridden),
		cmocka_unit_test(nothing_to_do_and_no_limit_are_said),
		cmocka_unit_test(steps_fit_into_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
