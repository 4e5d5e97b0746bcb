/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/backoff.h"
#include "lib/base/cleanup.h"

static void silence_makes_looks_rarer(void **state)
{
	static const uint64_t delays[] = { 100, 200, 400, 800, 1600, 2000, 2000 };
	struct backoff backoff = BACKOFF_NEW;
	uint64_t now = 5000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		backoff_looked(&backoff, now);
		assert_int_equal(backoff_due(&backoff), now + delays[i]);
		now = backoff_due(&backoff) + 7; /* a look takes its time */
	}
}

static void an_event_brings_the_next_look_forward(void **state)
{
	struct backoff backoff = BACKOFF_NEW;

	(void)state;
	for (uint64_t now = 0; now < 10000; now += 1000)
		backoff_looked(&backoff, now);
	assert_int_equal(backoff_due(&backoff), 9000 + BACKOFF_MAX_MS);
	backoff_event(&backoff);
	assert_int_equal(backoff_due(&backoff), 9000 + BACKOFF_MIN_MS);
	backoff_looked(&backoff, 9500);
	assert_int_equal(backoff_due(&backoff), 9600);
	backoff_looked(&backoff, 9700);
	assert_int_equal(backoff_due(&backoff), 9900);
}

static void a_storm_of_events_is_no_storm_of_looks(void **state)
{
	struct backoff backoff = BACKOFF_NEW;
	uint64_t now = 0;

	(void)state;
	for (int looks = 0; looks < 10; looks++) {
		backoff_looked(&backoff, now);
		for (int i = 0; i < 1000; i++)
			backoff_event(&backoff);
		assert_int_equal(backoff_due(&backoff), now + BACKOFF_MIN_MS);
		now = backoff_due(&backoff);
	}
	assert_int_equal(now, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_makes_looks_rarer),
		cmocka_unit_test(an_event_brings_the_next_look_forward),
		cmocka_unit_test(a_storm_of_events_is_no_storm_of_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
