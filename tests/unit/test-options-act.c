/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options-act.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

static void assert_refused(int r, struct error *error, const char *message)
{
	assert_int_equal(r, -EINVAL);
	assert_int_equal(error->status, STATUS_USAGE);
	assert_string_equal(error->message, message);
	error_done(error);
}

static void steps_are_rungs_in_order(void **state)
{
	struct options options = { 0 };
	struct error error = { 0 };

	(void)state;
	assert_int_equal(parse_steps(&options, "detach,revoke,kill-owner", &error), 0);
	assert_int_equal(options.n_steps, 3);
	assert_int_equal(options.steps[0], STEP_DETACH);
	assert_int_equal(options.steps[1], STEP_REVOKE);
	assert_int_equal(options.steps[2], STEP_KILL_OWNER);
	/* the last one counts */
	assert_int_equal(parse_steps(&options, "ask", &error), 0);
	assert_int_equal(options.n_steps, 1);
	assert_int_equal(options.steps[0], STEP_ASK);
}

static void what_is_no_rung_is_refused(void **state)
{
	static const char *const words[] = { "unbind", "thaw", "Grace", "", " grace" };
	struct options options = { 0 };
	struct error error = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_free_ char *message = NULL;

		assert_true(asprintf(&message, "unknown step '%s'", words[i]) > 0);
		assert_refused(parse_steps(&options, words[i], &error), &error, message);
	}
	assert_refused(parse_steps(&options, "grace,", &error), &error,
		       "unknown step ''");
}

static void no_more_steps_than_a_wish_has(void **state)
{
	struct options options = { 0 };
	struct error error = { 0 };
	char text[(WISH_STEPS_MAX + 1) * 6 + 1] = "";

	(void)state;
	for (int i = 0; i < WISH_STEPS_MAX; i++)
		strcat(text, i ? ",grace" : "grace");
	assert_int_equal(parse_steps(&options, text, &error), 0);
	assert_int_equal(options.n_steps, WISH_STEPS_MAX);
	strcat(text, ",grace");
	assert_refused(parse_steps(&options, text, &error), &error, "more than 16 steps");
}

static void methods_are_words(void **state)
{
	struct options options = { 0 };
	struct error error = { 0 };

	(void)state;
	assert_int_equal(parse_method(&options, "low-power", &error), 0);
	assert_int_equal(options.method, METHOD_LOW_POWER);
	assert_int_equal(parse_method(&options, "auto", &error), 0);
	assert_int_equal(options.method, METHOD_AUTO);
	assert_refused(parse_method(&options, "flr", &error), &error,
		       "unknown method 'flr'");
}

static void limits_of_steps_are_limits(void **state)
{
	static const struct {
		uint64_t us;
		bool good;
	} cases[] = {
		{ 0, false },
		{ 999, false },
		{ 1000, true },
		{ UINT64_C(86400000000), true },
		{ UINT64_C(86400000001), false },
		{ TIME_SPAN_INFINITE, false },
	};
	struct options options = { .timeout = "as typed" };
	struct error error = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		options.timeout_us = cases[i].us;
		if (cases[i].good)
			assert_int_equal(act_usage(&options, &error), 0);
		else
			assert_refused(act_usage(&options, &error), &error,
				       "not a limit for a step: 'as typed'");
	}
	options = (struct options){ 0 };
	assert_int_equal(act_usage(&options, &error), 0);
}

static void captured_tree_is_only_planned_for(void **state)
{
	struct options options = { .root = "tree" };
	struct error error = { 0 };

	(void)state;
	assert_refused(act_usage(&options, &error), &error, "--root needs --dry-run");
	options.dry_run = true;
	assert_int_equal(act_usage(&options, &error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_rungs_in_order),
		cmocka_unit_test(what_is_no_rung_is_refused),
		cmocka_unit_test(no_more_steps_than_a_wish_has),
		cmocka_unit_test(methods_are_words),
		cmocka_unit_test(limits_of_steps_are_limits),
		cmocka_unit_test(captured_tree_is_only_planned_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
