/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

#define S UINT64_C(1000000)

static void spans_are_those_of_systemd(void **state)
{
	static const struct {
		const char *text;
		uint64_t us;
	} cases[] = {
		{ "0", 0 },
		{ "10", 10 * S },
		{ "10s", 10 * S },
		{ " 10 s ", 10 * S },
		{ "500ms", S / 2 },
		{ "500 msec", S / 2 },
		{ "7us", 7 },
		{ "7usec", 7 },
		{ "7\xc2\xb5s", 7 },
		{ "7\xce\xbcs", 7 },
		{ "2min 30s", 150 * S },
		{ "2min30s", 150 * S },
		{ "2 min 30", 150 * S },
		{ "30s 2min", 150 * S },
		{ "1h", 3600 * S },
		{ "1hr", 3600 * S },
		{ "48hr", 2 * 86400 * S },
		{ "2hours", 2 * 3600 * S },
		{ "1m", 60 * S },
		{ "1M", 2629800 * S },
		{ "1d", 86400 * S },
		{ "1w", 7 * 86400 * S },
		{ "1y 12month", (31557600 + 12 * 2629800) * S },
		{ "300ms20s 5day", 300000 + 20 * S + 5 * 86400 * S },
		{ "1.5s", 3 * S / 2 },
		{ "1.5", 3 * S / 2 },
		{ "0.25min", 15 * S },
		{ "1.0000009s", S },
		{ "1.99999999999999999999999999999s", 2 * S - 1 },
		{ "007s", 7 * S },
		{ "18446744073709551614us", UINT64_MAX - 1 },
		{ "infinity", TIME_SPAN_INFINITE },
	};
	uint64_t us;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(time_span_parse(cases[i].text, &us), 0);
		assert_int_equal(us, cases[i].us);
	}
}

static void other_texts_are_refused(void **state)
{
	static const char *const cases[] = {
		"",	      " ",	     "s",    "-1s",	 "+1s",	  "1x",
		"1 s s",      "10sec.",	     ".5s",  "1.s",	 "1..5s", "1e3",
		"0x10",	      "1,5s",	     "10S",  "1H",	 "1ss",	  "soon",
		"infinity s", "1s infinity", "1s\n", "Infinity", "inf",	  "1\xc2s",
	};
	uint64_t us = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(time_span_parse(cases[i], &us), -EINVAL);
		assert_int_equal(us, 42);
	}
}

static void what_cannot_be_counted_is_no_time(void **state)
{
	static const char *const cases[] = {
		"18446744073709551615us",
		"18446744073709551616us",
		"18446744073709551614us 2us",
		"18446744073710s",
		"584543y",
		"99999999999999999999999999999999999",
		"99999999999999999999.5",
		"300000y 300000y",
	};
	uint64_t us = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(time_span_parse(cases[i], &us), -ERANGE);
		assert_int_equal(us, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_those_of_systemd),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(what_cannot_be_counted_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
