/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufctl/colour.h"
#include "lib/base/cleanup.h"

/* NULL: not in the environment */
static void set(const char *name, const char *value)
{
	if (value)
		assert_int_equal(setenv(name, value, 1), 0);
	else
		assert_int_equal(unsetenv(name), 0);
}

static void environment_decides_in_its_order(void **state)
{
	static const struct {
		const char *systemd_colors;
		const char *no_color;
		const char *terminal;
		bool wanted;
	} cases[] = {
		{ NULL, NULL, "xterm", true },
		{ NULL, NULL, "dumb", false },
		{ NULL, NULL, NULL, false },
		{ NULL, "1", "xterm", false },
		{ NULL, "", "xterm", true },
		{ "no", NULL, "xterm", false },
		{ "OFF", NULL, "xterm", false },
		{ "0", NULL, "xterm", false },
		{ "", NULL, "xterm", true },
		{ "", "1", "xterm", false },
		/* it is the stronger one, whatever it says */
		{ "256", "1", "dumb", true },
		{ "yes", NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set("SYSTEMD_COLORS", cases[i].systemd_colors);
		set("NO_COLOR", cases[i].no_color);
		set("TERM", cases[i].terminal);
		assert_int_equal(colour_wanted(), cases[i].wanted);
	}
}

static void text_is_switched_only_where_it_is_wanted(void **state)
{
	(void)state;
	assert_string_equal(colour_switch(true, TEXT_PLAIN), "\033[0m");
	assert_string_equal(colour_switch(true, TEXT_GOOD), "\033[32m");
	assert_string_equal(colour_switch(true, TEXT_BAD), "\033[1;31m");
	assert_string_equal(colour_switch(true, TEXT_WEAK), "\033[90m");
	for (int style = TEXT_PLAIN; style <= TEXT_WEAK; style++)
		assert_string_equal(colour_switch(false, (enum text_style)style), "");
}

/* NULL equals NULL alone. */
static void is(const char *colour, const char *expected)
{
	if (expected && colour)
		assert_string_equal(colour, expected);
	else
		assert_ptr_equal(colour, expected);
}

static void what_an_administrator_looks_for_stands_out(void **state)
{
	(void)state;
	is(colour_of_verdict(VERDICT_YES), "green");
	is(colour_of_verdict(VERDICT_NO), "red");
	is(colour_of_verdict(VERDICT_DEPENDS), "yellow");
	is(colour_of_verdict(VERDICT_UNKNOWN), NULL);
	is(colour_of_buffer_state(BUFFER_STATE_LIVE), "green");
	is(colour_of_buffer_state(BUFFER_STATE_REVOKING), "yellow");
	is(colour_of_buffer_state(BUFFER_STATE_REVOKED), "darkgray");
	is(colour_of_buffer_state(BUFFER_STATE_ORPHANED), "darkgray");
	is(colour_of_buffer_state(BUFFER_STATE_UNKNOWN), NULL);
	is(colour_of_buffer_state(BUFFER_STATE_NONE), NULL);
	is(colour_of_device_state(DEVICE_OPEN), "green");
	is(colour_of_device_state(DEVICE_RELEASING), "yellow");
	is(colour_of_device_state(DEVICE_IDLE), NULL);
	is(colour_of_device_state(DEVICE_UNBOUND), NULL);
	is(colour_of_device_state(DEVICE_HOST), NULL);
	is(colour_of_device_state(DEVICE_STATE_UNKNOWN), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_decides_in_its_order),
		cmocka_unit_test(text_is_switched_only_where_it_is_wanted),
		cmocka_unit_test(what_an_administrator_looks_for_stands_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
