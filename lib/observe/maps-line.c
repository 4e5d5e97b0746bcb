/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/maps-line.h"

#include <string.h>

#include "lib/base/text.h"

enum { COLUMNS_BEFORE_INODE = 4 };

/* The next word, and the blanks behind it. */
static size_t take_word(const char **cursor, const char *end, const char **ret)
{
	const char *begin = *cursor, *blank = memchr(begin, ' ', (size_t)(end - begin));
	size_t length = (size_t)((blank ? blank : end) - begin);

	*ret = begin;
	*cursor = begin + length;
	while (*cursor < end && **cursor == ' ')
		(*cursor)++;
	return length;
}

bool maps_line_parse(const char *line, size_t length, struct maps_line *ret)
{
	const char *cursor = line, *end = line + length, *word;
	struct maps_line parsed = { 0 };
	char digits[24];
	size_t size;
	int i;

	parsed.range_length = take_word(&cursor, end, &parsed.range);
	for (i = 1; i < COLUMNS_BEFORE_INODE; i++)
		if (take_word(&cursor, end, &word) == 0)
			return false;
	size = take_word(&cursor, end, &word);
	if (size >= sizeof(digits))
		return false;
	*(char *)mempcpy(digits, word, size) = '\0';
	if (text_to_u64(digits, 10, &parsed.inode) < 0)
		return false;
	parsed.path = cursor;
	parsed.path_length = (size_t)(end - cursor);
	*ret = parsed;
	return true;
}
