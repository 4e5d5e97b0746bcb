/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/fdinfo.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"

/* The rest of the text; keys are taken from its front. */
struct cursor {
	const char *begin;
	const char *end;
};

static size_t rest(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->begin);
}

/* Where the value begins if this line has the key, else NULL. */
static const char *value_of(const struct cursor *line, const char *key)
{
	size_t length = strlen(key);
	const char *value;

	if (rest(line) <= length || memcmp(line->begin, key, length) != 0 ||
	    line->begin[length] != ':')
		return NULL;
	value = line->begin + length + 1;
	while (value < line->end && (*value == ' ' || *value == '\t'))
		value++;
	return value;
}

/* Goes on behind the first line with this key; *ret is its value. */
static bool take(struct cursor *cursor, const char *key, struct cursor *ret)
{
	while (cursor->begin < cursor->end) {
		const char *newline = memchr(cursor->begin, '\n', rest(cursor));
		struct cursor line = { .begin = cursor->begin,
				       .end = newline ? newline : cursor->end };
		const char *value = value_of(&line, key);

		cursor->begin = newline ? newline + 1 : cursor->end;
		if (value) {
			ret->begin = value;
			ret->end = line.end;
			return true;
		}
	}
	return false;
}

static bool take_number(struct cursor *cursor, const char *key, uint64_t *ret)
{
	struct cursor value;
	char digits[24];

	if (!take(cursor, key, &value) || rest(&value) >= sizeof(digits))
		return false;
	*(char *)mempcpy(digits, value.begin, rest(&value)) = '\0';
	return text_to_u64(digits, 10, ret) == 0;
}

/* All that is left is the name and its newline. */
static void take_name(struct cursor *cursor, struct fdinfo_buffer *buffer)
{
	static const char key[] = "name:\t";
	size_t key_length = strlen(key);

	if (rest(cursor) < key_length || memcmp(cursor->begin, key, key_length) != 0)
		return;
	if (cursor->end[-1] == '\n')
		cursor->end--;
	buffer->name = cursor->begin + key_length;
	buffer->name_length = (size_t)(cursor->end - buffer->name);
}

int fdinfo_parse_buffer(const char *text, size_t length, struct fdinfo_buffer *ret)
{
	struct cursor cursor = { .begin = text, .end = text + length };
	struct fdinfo_buffer buffer = { 0 };
	struct cursor exporter;

	if (!take_number(&cursor, "ino", &buffer.inode) ||
	    !take_number(&cursor, "size", &buffer.size) ||
	    !take_number(&cursor, "count", &buffer.count) ||
	    !take(&cursor, "exp_name", &exporter) || rest(&exporter) == 0)
		return -EINVAL;
	buffer.exporter = exporter.begin;
	buffer.exporter_length = rest(&exporter);
	take_name(&cursor, &buffer);
	*ret = buffer;
	return 0;
}

bool fdinfo_find(const char *text, size_t length, const char *key, const char **ret_value,
		 size_t *ret_length)
{
	struct cursor cursor = { .begin = text, .end = text + length };
	struct cursor value;

	if (!take(&cursor, key, &value))
		return false;
	*ret_value = value.begin;
	*ret_length = rest(&value);
	return true;
}
