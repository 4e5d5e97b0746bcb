/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/fields.h"

#include <errno.h>
#include <string.h>

#include "lib/base/time-span.h"
#include "lib/wire/json.h"

enum { RECORD_VERSION = 1 };

int wire_add_texts(struct json_object *object, const char *key, const char *const *texts,
		   size_t count)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, key, array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (wire_append(array, wire_text_new(texts[i])) < 0)
			return -ENOMEM;
	return 0;
}

int wire_add_inodes(struct json_object *object, const char *key, const uint64_t *inodes,
		    size_t count)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, key, array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (wire_append(array, json_object_new_uint64(inodes[i])) < 0)
			return -ENOMEM;
	return 0;
}

int wire_add_inode(struct json_object *object, const char *key, uint64_t inode)
{
	return inode == 0 ? wire_add_null(object, key)
			  : wire_add_unsigned(object, key, inode);
}

int wire_add_limit(struct json_object *object, const char *key, uint64_t us)
{
	return us == TIME_SPAN_INFINITE ? wire_add_null(object, key)
					: wire_add_unsigned(object, key, us);
}

int wire_add_version(struct json_object *object)
{
	return wire_add_unsigned(object, "version", RECORD_VERSION);
}

int wire_check_version(struct json_object *object)
{
	uint64_t version;
	int r = wire_get_limited(object, "version", 0, RECORD_VERSION, &version);

	return r < 0 || version == 0 ? -EBADMSG : 0;
}

int wire_get_word(struct json_object *object, const char *key,
		  int (*parse)(const char *word), int null_value, int *ret)
{
	const char *word;
	int r = wire_get_text(object, key, &word);

	if (r < 0)
		return r;
	r = word ? parse(word) : null_value;
	if (r < 0)
		return -EBADMSG;
	*ret = r;
	return 0;
}

int wire_copy_text(struct json_object *object, const char *key, char *ret, size_t size)
{
	const char *text;
	int r = wire_get_text(object, key, &text);

	if (r < 0)
		return r;
	if (text && strlen(text) >= size)
		return -EBADMSG;
	strcpy(ret, text ? text : "");
	return 0;
}

int wire_get_limited(struct json_object *object, const char *key, uint64_t fallback,
		     uint64_t maximum, uint64_t *ret)
{
	uint64_t number;
	int r = wire_get_unsigned(object, key, fallback, &number);

	if (r < 0)
		return r;
	if (number > maximum)
		return -EBADMSG;
	*ret = number;
	return 0;
}

int wire_get_flag(struct json_object *object, const char *key, bool *ret)
{
	bool known;

	return wire_get_bool(object, key, &known, ret);
}

int wire_read_array(struct json_object *object, const char *key, size_t maximum,
		    wire_read_function *read, void *context)
{
	struct json_object *array;
	int r = wire_get_array(object, key, &array);

	if (r < 0 || !array)
		return r;
	if (json_object_array_length(array) > maximum)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++)
		r = read(context, json_object_array_get_idx(array, i));
	return r;
}

/* The characters of systemd's unit names, which no path can be made of. */
static bool unit_name_is_valid(const char *unit)
{
	size_t length =
		strspn(unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789:-_.\\@");

	return length > 0 && unit[length] == '\0';
}

bool wire_unit_is_valid(const char *unit, const char *invocation)
{
	return unit_name_is_valid(unit) && strlen(invocation) == 32 &&
	       strspn(invocation, "0123456789abcdef") == 32;
}

int wire_add_tristate(struct json_object *object, const char *key, enum tristate value)
{
	if (value == TRISTATE_UNKNOWN)
		return wire_add_null(object, key);
	return wire_add_bool(object, key, value == TRISTATE_YES);
}

int wire_get_tristate(struct json_object *object, const char *key, enum tristate *ret)
{
	bool known, value;
	int r = wire_get_bool(object, key, &known, &value);

	if (r < 0)
		return r;
	*ret = !known ? TRISTATE_UNKNOWN : value ? TRISTATE_YES : TRISTATE_NO;
	return 0;
}
