/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/observe/observers.h"
#include "tests/unit/records.h"

static struct record_host look(const struct tree *tree)
{
	struct recording recording;
	struct record_host record;

	recording_begin(&recording);
	observe_host(&tree->root, recording.sink);
	recording_read(&recording);
	assert_int_equal(recording_count(&recording, RECORD_HOST), 1);
	assert_true(FIND(&recording, RECORD_HOST, 0, &record));
	recording_end(&recording);
	return record;
}

static int begin(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	tree_begin(tree);
	*state = tree;
	return 0;
}

static int end(void **state)
{
	tree_end(*state);
	free(*state);
	return 0;
}

static void the_kernel_and_its_watch_are_told(void **state)
{
	const struct tree *tree = *state;
	struct record_host host;

	tree_file(tree, "proc/sys/kernel/osrelease", "7.2.13+deb14-amd64\n");
	tree_file(tree, "proc/sys/kernel/hung_task_panic", "0\n");
	tree_file(tree, "proc/sys/kernel/hung_task_timeout_secs", "120\n");
	host = look(tree);
	assert_string_equal(host.kernel, "7.2.13+deb14-amd64");
	assert_int_equal(host.hung_task_panic, 0);
	assert_int_equal(host.hung_task_seconds, 120);
}

/* On 7.2 hung_task_panic is how many hung tasks it takes. */
static void a_threshold_is_more_than_yes(void **state)
{
	const struct tree *tree = *state;

	tree_file(tree, "proc/sys/kernel/hung_task_panic", "5\n");
	assert_int_equal(look(tree).hung_task_panic, 5);
	tree_file(tree, "proc/sys/kernel/hung_task_panic", "4294967295\n");
	assert_int_equal(look(tree).hung_task_panic, INT32_MAX);
}

static void what_is_not_there_is_unknown(void **state)
{
	const struct tree *tree = *state;
	struct record_host host = look(tree);

	assert_string_equal(host.kernel, "");
	assert_int_equal(host.hung_task_panic, -1);
	assert_int_equal(host.hung_task_seconds, -1);
	tree_file(tree, "proc/sys/kernel/hung_task_panic", "yes\n");
	tree_file(tree, "proc/sys/kernel/hung_task_timeout_secs", "-1\n");
	host = look(tree);
	assert_int_equal(host.hung_task_panic, -1);
	assert_int_equal(host.hung_task_seconds, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_kernel_and_its_watch_are_told, begin,
						end),
		cmocka_unit_test_setup_teardown(a_threshold_is_more_than_yes, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_unknown, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
