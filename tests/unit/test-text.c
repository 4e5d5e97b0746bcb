/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static void numbers_are_whole_texts(void **state)
{
	uint64_t number = 7;

	(void)state;
	assert_int_equal(text_to_u64("18446744073709551615", 10, &number), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(text_to_u64("0010", 10, &number), 0);
	assert_int_equal(number, 10);
	assert_int_equal(text_to_u64("00fF", 16, &number), 0);
	assert_int_equal(number, 255);
	assert_int_equal(text_to_u64("18446744073709551616", 10, &number), -ERANGE);
	assert_int_equal(text_to_u64("10000000000000000", 16, &number), -ERANGE);
	assert_int_equal(number, 255);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const texts[] = { "",   "-1",  "+1", " 1",
					     "1 ", "0x1", "1f", "1\n" };
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(text_to_u64(texts[i], 10, &number), -EINVAL);
	assert_int_equal(text_to_u64("g", 16, &number), -EINVAL);
}

static const struct {
	const char *text;
	size_t length;
	bool valid;
	const char *repaired;
} utf8_cases[] = {
	{ "", 0, true, "" },
	{ "a\u00e4\u20ac\U0001F600", 10, true, "a\u00e4\u20ac\U0001F600" },
	{ "\xff", 1, false, "\ufffd" },
	{ "a\x80z", 3, false, "a\ufffdz" },
	{ "\xc3", 1, false, "\ufffd" }, /* cut */
	{ "\xe2\x82", 2, false, "\ufffd\ufffd" }, /* cut */
	{ "\xc0\xaf", 2, false, "\ufffd\ufffd" }, /* overlong */
	{ "\xe0\x80\xaf", 3, false, "\ufffd\ufffd\ufffd" }, /* overlong */
	{ "\xed\xa0\x80", 3, false, "\ufffd\ufffd\ufffd" }, /* surrogate */
	{ "\xf4\x90\x80\x80", 4, false, "\ufffd\ufffd\ufffd\ufffd" },
	{ "a\0z", 3, false, "a\ufffdz" },
	{ "a\tb\n", 4, true, "a\tb\n" },
};

static void utf8_is_checked_and_repaired(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(utf8_cases); i++) {
		_cleanup_free_ char *repaired = NULL;

		assert_true(text_is_utf8(utf8_cases[i].text, utf8_cases[i].length) ==
			    utf8_cases[i].valid);
		repaired = text_to_utf8(utf8_cases[i].text, utf8_cases[i].length);
		assert_string_equal(repaired, utf8_cases[i].repaired);
		assert_true(text_is_utf8(repaired, strlen(repaired)));
	}
}

static const struct {
	const char *text;
	const char *visible;
} terminal_cases[] = {
	{ "plain \u00e4", "plain \u00e4" },
	{ "a\nb\tc\\d", "a\\nb\\tc\\\\d" },
	{ "\x1b[31m", "\\x1b[31m" },
	{ "\x7f\r", "\\x7f\\x0d" },
	{ "\xc2\x9b[m", "\\x9b[m" }, /* the one-byte CSI, as UTF-8 */
	{ "\x9b", "\ufffd" },
	{ "\u202eabc\u2066", "\\u{202E}abc\\u{2066}" },
	{ "\u2028\u200b\ufeff", "\\u{2028}\\u{200B}\\u{FEFF}" },
	{ "\U000E0041", "\\u{E0041}" },
};

static void nothing_moves_the_cursor_of_a_terminal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(terminal_cases); i++) {
		_cleanup_free_ char *visible = text_for_terminal(terminal_cases[i].text);

		assert_string_equal(visible, terminal_cases[i].visible);
	}
}

static void bytes_become_hex(void **state)
{
	_cleanup_free_ char *hex = text_to_hex("\x00\x0a\xff", 3);

	(void)state;
	assert_string_equal(hex, "000aff");
}

static void distances_are_editing_steps(void **state)
{
	char long_text[200];

	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "list"), 4);
	assert_int_equal(text_distance("lsit", "list"), 2);
	assert_int_equal(text_distance("revok", "revoke"), 1);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(text_distance(long_text, "list"), sizeof(long_text) - 1);
}

static void prefixes_are_found(void **state)
{
	(void)state;
	assert_true(text_starts_with("/dmabuf:", "/dmabuf:"));
	assert_true(text_starts_with("abc", ""));
	assert_false(text_starts_with("ab", "abc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_texts),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(utf8_is_checked_and_repaired),
		cmocka_unit_test(nothing_moves_the_cursor_of_a_terminal),
		cmocka_unit_test(bytes_become_hex),
		cmocka_unit_test(distances_are_editing_steps),
		cmocka_unit_test(prefixes_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
