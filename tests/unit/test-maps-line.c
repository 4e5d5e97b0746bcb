/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/observe/maps-line.h"

static bool parse(const char *line, struct maps_line *ret)
{
	return maps_line_parse(line, strlen(line), ret);
}

static void columns_are_read(void **state)
{
	struct maps_line line;

	(void)state;
	assert_true(parse("7f0000000000-7f0000001000 rw-s 00000000 00:0b 4242        "
			  "               /dmabuf:a b",
			  &line));
	assert_memory_equal(line.range, "7f0000000000-7f0000001000", line.range_length);
	assert_int_equal(line.inode, 4242);
	assert_int_equal(line.path_length, strlen("/dmabuf:a b"));
	assert_memory_equal(line.path, "/dmabuf:a b", line.path_length);
	assert_true(parse("7f00-7f01 rw-p 00000000 00:00 0 ", &line));
	assert_int_equal(line.path_length, 0);
}

static void other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"7f00-7f01",
		"7f00-7f01 rw-s 00000000 00:0b",
		"7f00-7f01 rw-s 00000000 00:0b x /dmabuf:",
		"7f00-7f01 rw-s 00000000 00:0b 99999999999999999999 /dmabuf:",
		"7f00-7f01 rw-s 00000000 00:0b 000000000000000000000000000001 /dmabuf:",
	};
	struct maps_line line;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		assert_false(parse(lines[i], &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_read),
		cmocka_unit_test(other_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
