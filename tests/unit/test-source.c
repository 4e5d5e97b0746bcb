/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/source.h"

static void names_go_both_ways(void **state)
{
	static const char *const names[] = { "bpf", "bufinfo", "sysfs", "proc" };
	int i;

	(void)state;
	for (i = 0; i < SOURCE_COUNT; i++) {
		assert_string_equal(source_name((enum source)i), names[i]);
		assert_int_equal(source_parse(names[i]), i);
	}
	assert_int_equal(source_parse("pci"), -EINVAL);
	assert_int_equal(source_parse(""), -EINVAL);
}

static void outcomes_have_names(void **state)
{
	(void)state;
	assert_string_equal(source_outcome_name(SOURCE_OK), "ok");
	assert_string_equal(source_outcome_name(SOURCE_UNUSED), "unused");
	assert_string_equal(source_outcome_name(SOURCE_MISSING), "missing");
	assert_string_equal(source_outcome_name(SOURCE_REFUSED), "refused");
	assert_string_equal(source_outcome_name(SOURCE_BLOCKED), "blocked");
	assert_string_equal(source_outcome_name(SOURCE_PARTIAL), "partial");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(outcomes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
