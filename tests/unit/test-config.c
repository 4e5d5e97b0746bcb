/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/time-span.h"
#include "tests/unit/configs.h"

#define SECOND UINT64_C(1000000)

/* Every key, and no default. */
#define ALL_CHANGED                                                                      \
	"[Default]\nReact=no\nGrace=5s\nSteps=detach stop-owner\nStepTimeout=2min\n"     \
	"RevokeMapped=yes\nDetachCommand=/bin/detach --now\nRefuse=yes\n"

static void nothing_configured_is_the_default(void **state)
{
	struct desk *desk = *state;
	struct policy policy;

	assert_no_complaints(desk);
	assert_int_equal(desk->result, 0);
	policy = general_policy(desk);
	assert_same_policy(&policy, &policy_default);
}

static void every_key_is_understood(void **state)
{
	struct desk *desk = *state;
	const struct policy expected = {
		.react = false,
		.grace_us = 5 * SECOND,
		.steps = { STEP_DETACH, STEP_STOP_OWNER },
		.n_steps = 2,
		.step_timeout_us = 120 * SECOND,
		.revoke_mapped = true,
		.detach_command = "/bin/detach --now",
		.refuse = true,
	};
	struct policy policy;

	tree_file(&desk->tree, MAIN, ALL_CHANGED);
	assert_no_complaints(desk);
	policy = general_policy(desk);
	assert_same_policy(&policy, &expected);
}

static void an_empty_value_is_the_default(void **state)
{
	struct desk *desk = *state;
	struct policy policy;

	tree_file(&desk->tree, MAIN,
		  ALL_CHANGED "[0000:03:00.0]\nReact=\nGrace=\nSteps=  \nStepTimeout=\n"
			      "RevokeMapped=\nDetachCommand=\nRefuse= ; as ever\n");
	assert_no_complaints(desk);
	policy = policy_of(desk, "0000:03:00.0", 0x1234, 0x5678);
	assert_same_policy(&policy, &policy_default);
	policy = general_policy(desk);
	assert_true(policy.refuse);
}

static void the_words_of_a_boolean(void **state)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "[Default]\nRefuse=yes\n", true },
		{ "[Default]\nRefuse=true\n", true },
		{ "[Default]\nRefuse=on\n", true },
		{ "[Default]\nRefuse=1\n", true },
		{ "[Default]\nRefuse=yes\nRefuse=no\n", false },
		{ "[Default]\nRefuse=yes\nRefuse=false\n", false },
		{ "[Default]\nRefuse=yes\nRefuse=off\n", false },
		{ "[Default]\nRefuse=yes\nRefuse=0\n", false },
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		tree_file(&desk->tree, MAIN, words[i].text);
		assert_no_complaints(desk);
		assert_int_equal(general_policy(desk).refuse, words[i].value);
	}
}

static void steps_are_rungs_in_the_order_given(void **state)
{
	static const enum step_kind expected[] = { STEP_GRACE,	      STEP_KILL_OWNER,
						   STEP_STOP_OWNER,   STEP_ASK,
						   STEP_FREEZE_OWNER, STEP_REVOKE,
						   STEP_DETACH };
	struct desk *desk = *state;
	struct policy policy;

	tree_file(&desk->tree, MAIN,
		  "[Default]\nSteps= grace kill-owner\tstop-owner  ask freeze-owner "
		  "revoke detach\n");
	assert_no_complaints(desk);
	policy = general_policy(desk);
	assert_int_equal(policy.n_steps, ARRAY_SIZE(expected));
	for (size_t i = 0; i < policy.n_steps; i++)
		assert_int_equal(policy.steps[i], expected[i]);
}

static void a_value_that_is_none_changes_nothing(void **state)
{
	struct desk *desk = *state;
	struct policy policy;

	tree_file(&desk->tree, MAIN,
		  "[Default]\nReact=nein\nGrace=soon\nSteps=revoke unbind\n"
		  "Steps=revoke revoke\nSteps=revoke,detach\nStepTimeout=infinity\n"
		  "StepTimeout=0\nStepTimeout=-1s\nRevokeMapped=Yes\n"
		  "DetachCommand=detach --now\nRefuse=yes # or not\n");
	assert_complaints(
		desk, MAIN ":2: React= takes yes or no, not 'nein': ignored",
		MAIN
		":3: Grace= takes a time such as 60s, or infinity, not 'soon': ignored",
		MAIN ":4: Steps= takes rungs divided by blanks, each once, not 'revoke "
		     "unbind': ignored",
		MAIN ":5: Steps= takes rungs divided by blanks, each once, not 'revoke "
		     "revoke': ignored",
		MAIN ":6: Steps= takes rungs divided by blanks, each once, not "
		     "'revoke,detach': ignored",
		MAIN ":7: StepTimeout= takes a time between a millisecond and a day, not "
		     "'infinity': ignored",
		MAIN ":8: StepTimeout= takes a time between a millisecond and a day, not "
		     "'0': ignored",
		MAIN ":9: StepTimeout= takes a time between a millisecond and a day, not "
		     "'-1s': ignored",
		MAIN ":10: RevokeMapped= takes yes or no, not 'Yes': ignored",
		MAIN ":11: DetachCommand= takes an absolute path, and arguments, not "
		     "'detach --now': ignored",
		MAIN ":12: Refuse= takes yes or no, not 'yes # or not': ignored");
	assert_int_equal(desk->result, 0);
	policy = general_policy(desk);
	assert_same_policy(&policy, &policy_default);
}

static void a_value_that_is_none_keeps_what_held(void **state)
{
	struct desk *desk = *state;
	struct policy policy;

	tree_file(&desk->tree, MAIN,
		  ALL_CHANGED "[0000:03:00.0]\nGrace=soon\nSteps=walk\nRefuse=maybe\n");
	(void)read_config(desk);
	policy = policy_of(desk, "0000:03:00.0", 0, 0);
	assert_true(policy.grace_us == 5 * SECOND);
	assert_int_equal(policy.n_steps, 2);
	assert_true(policy.refuse);
}

static void grace_may_have_no_end(void **state)
{
	struct desk *desk = *state;

	tree_file(&desk->tree, MAIN, "[Default]\nGrace=infinity\nStepTimeout=1ms\n");
	assert_no_complaints(desk);
	assert_true(general_policy(desk).grace_us == TIME_SPAN_INFINITE);
	assert_true(general_policy(desk).step_timeout_us == 1000);
}

static void a_device_counts_more_than_its_model_than_all(void **state)
{
	struct desk *desk = *state;

	/* in whatever order they stand */
	tree_file(&desk->tree, MAIN,
		  "[0000:03:00.0]\nGrace=3s\n[10de:2330]\nGrace=2s\nStepTimeout=2s\n"
		  "[Default]\nGrace=1s\nStepTimeout=1s\nRevokeMapped=yes\n");
	tree_file(&desk->tree, ETC_D "50.conf", "[Default]\nGrace=9s\n");
	assert_no_complaints(desk);

	assert_true(general_policy(desk).grace_us == 9 * SECOND);
	assert_true(policy_of(desk, "0000:04:00.0", 0x10de, 0x2330).grace_us ==
		    2 * SECOND);
	assert_true(policy_of(desk, "0000:03:00.0", 0x10de, 0x2330).grace_us ==
		    3 * SECOND);
	assert_true(policy_of(desk, "0000:03:00.0", 0x10de, 0x2330).step_timeout_us ==
		    2 * SECOND);
	assert_true(policy_of(desk, "0000:03:00.0", 0x8086, 0x2330).step_timeout_us ==
		    1 * SECOND);
	assert_true(policy_of(desk, "0000:03:00.0", 0x10de, 0x2330).revoke_mapped);
	assert_true(policy_of(desk, "0001:03:00.0", 0, 0).grace_us == 9 * SECOND);
}

static void the_same_section_twice_is_one(void **state)
{
	struct desk *desk = *state;
	struct policy policy;

	tree_file(&desk->tree, MAIN,
		  "[03:00.0]\nGrace=3s\nRefuse=yes\n[Default]\nGrace=1s\n"
		  "[0000:03:00.0]\nGrace=4s\nGrace=5s\n");
	assert_no_complaints(desk);
	policy = policy_of(desk, "0000:03:00.0", 0, 0);
	assert_true(policy.grace_us == 5 * SECOND);
	assert_true(policy.refuse);
}

static void names_of_sections(void **state)
{
	struct desk *desk = *state;

	tree_file(&desk->tree, MAIN,
		  "[10DE:23af]\nGrace=1s\n[AF:00.0]\nGrace=2s\n"
		  " [10000:e1:00.7] ; behind a VMD\nGrace=3s\n");
	assert_no_complaints(desk);
	assert_true(policy_of(desk, "0000:01:00.0", 0x10de, 0x23af).grace_us == SECOND);
	assert_true(policy_of(desk, "0000:af:00.0", 1, 1).grace_us == 2 * SECOND);
	assert_true(policy_of(desk, "10000:e1:00.7", 1, 1).grace_us == 3 * SECOND);
}

/* "#Key=" loses its comment sign; text for people has a blank behind it. */
static void uncomment(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++)
		if (*from != '#' || (from > text && from[-1] != '\n') || from[1] < 'A' ||
		    from[1] > 'Z')
			*to++ = *from;
	*to = '\0';
}

static void the_shipped_file_has_the_defaults(void **state)
{
	_cleanup_close_ int fd = open(SHIPPED_CONFIG, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct desk *desk = *state;
	struct policy policy;

	assert_true(fd >= 0);
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, NULL), 0);

	/* as it is, it says nothing */
	tree_file(&desk->tree, ETC_D "50.conf", text);
	tree_file(&desk->tree, MAIN, ALL_CHANGED);
	assert_no_complaints(desk);
	assert_true(general_policy(desk).refuse);
	assert_true(general_policy(desk).grace_us == 5 * SECOND);

	/* and without comment signs it puts back each default */
	uncomment(text);
	tree_file(&desk->tree, ETC_D "50.conf", text);
	assert_no_complaints(desk);
	policy = general_policy(desk);
	assert_same_policy(&policy, &policy_default);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_configured_is_the_default),
		TEST(every_key_is_understood),
		TEST(an_empty_value_is_the_default),
		TEST(the_words_of_a_boolean),
		TEST(steps_are_rungs_in_the_order_given),
		TEST(a_value_that_is_none_changes_nothing),
		TEST(a_value_that_is_none_keeps_what_held),
		TEST(grace_may_have_no_end),
		TEST(a_device_counts_more_than_its_model_than_all),
		TEST(the_same_section_twice_is_one),
		TEST(names_of_sections),
		TEST(the_shipped_file_has_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
