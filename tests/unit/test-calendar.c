/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/act/calendar.h"
#include "lib/base/cleanup.h"

#define SECOND INT64_C(1000000)
/* 2026-11-21 12:00:00 UTC, a Saturday */
#define NOON (INT64_C(1795262400) * SECOND)

static void the_line_in_utc_counts(void **state)
{
	int64_t us = 0;

	(void)state;
	assert_int_equal(calendar_parse("  Original form: Mon 03:00\n"
					"Normalized form: Mon *-*-* 03:00:00\n"
					"    Next elapse: Mon 2026-11-23 03:00:00 CET\n"
					"       (in UTC): Mon 2026-11-23 02:00:00 UTC\n"
					"       From now: 1 day 12h left\n",
					&us),
			 0);
	assert_int_equal(us, NOON + 38 * 3600 * SECOND);
	assert_int_equal(
		calendar_parse("    Next elapse: Sat 2026-11-21 12:00:00 GMT\n", &us), 0);
	assert_int_equal(us, NOON);
}

static void what_is_no_time_is_told_apart(void **state)
{
	int64_t us = 7;

	(void)state;
	assert_int_equal(calendar_parse("    Next elapse: never\n", &us), -ERANGE);
	assert_int_equal(
		calendar_parse("Failed to parse calendar specification 'x': Invalid "
			       "argument\n",
			       &us),
		-EINVAL);
	assert_int_equal(calendar_parse("something else\n", &us), -EBADMSG);
	assert_int_equal(calendar_parse("    Next elapse: tomorrow\n", &us), -EBADMSG);
	/* a form that only looks like the line is no line of its own */
	assert_int_equal(calendar_parse("Original form: Next elapse: never\n", &us),
			 -EBADMSG);
	assert_int_equal(us, 7);
}

static void systemd_is_asked(void **state)
{
	_cleanup_free_ char *words = NULL;
	int64_t us = 0;
	int r;

	(void)state;
	r = calendar_next("2026-11-23 04:00 Europe/Berlin", NOON, 10000, &us, &words);
	if (r == -EOPNOTSUPP)
		skip();
	assert_int_equal(r, 0);
	assert_int_equal(us, NOON + 39 * 3600 * SECOND);
	/* later than, not at */
	assert_int_equal(calendar_next("12:00 UTC", NOON, 10000, &us, NULL), 0);
	assert_int_equal(us, NOON + 24 * 3600 * SECOND);
	assert_int_equal(calendar_next("2020-01-01", NOON, 10000, &us, &words), -ERANGE);
	assert_null(words);
	assert_int_equal(calendar_next("--help", NOON, 10000, &us, &words), -EINVAL);
	assert_non_null(strstr(words, "calendar specification"));
	assert_null(strchr(words, '\n'));
}

static void what_is_not_one_line_is_not_asked(void **state)
{
	int64_t us = 0;

	(void)state;
	assert_int_equal(calendar_next("", NOON, 10000, &us, NULL), -EINVAL);
	assert_int_equal(calendar_next("a\nb", NOON, 10000, &us, NULL), -EINVAL);
	assert_int_equal(calendar_next(NULL, NOON, 10000, &us, NULL), -EINVAL);
}

static void nobody_is_waited_for_without_a_limit(void **state)
{
	int64_t us = 0;

	(void)state;
	assert_int_equal(calendar_next("12:00", NOON, 0, &us, NULL), -ETIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_in_utc_counts),
		cmocka_unit_test(what_is_no_time_is_told_apart),
		cmocka_unit_test(systemd_is_asked),
		cmocka_unit_test(what_is_not_one_line_is_not_asked),
		cmocka_unit_test(nobody_is_waited_for_without_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
