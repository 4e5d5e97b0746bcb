/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { MAX_DEPTH = 16 };

void wire_put(struct json_object **object)
{
	if (*object)
		(void)json_object_put(*object);
}

static int add_member(struct json_object *object, const char *key,
		      struct json_object *value)
{
	const unsigned int flags =
		JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;

	return json_object_object_add_ex(object, key, value, flags) < 0 ? -ENOMEM : 0;
}

int wire_add_null(struct json_object *object, const char *key)
{
	return add_member(object, key, NULL);
}

int wire_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (add_member(object, key, value) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int wire_append(struct json_object *array, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_array_add(array, value) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int append_filled(struct json_object *array, wire_fill_function *fill,
			 const void *item)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return -ENOMEM;
	if (fill(object, item) < 0) {
		(void)json_object_put(object);
		return -ENOMEM;
	}
	return wire_append(array, object);
}

int wire_add_array(struct json_object *object, const char *key, wire_fill_function *fill,
		   const void *items, size_t count, size_t size)
{
	struct json_object *array = json_object_new_array_ext(count ? (int)count : 1);

	if (wire_add(object, key, array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (append_filled(array, fill, (const char *)items + i * size) < 0)
			return -ENOMEM;
	return 0;
}

struct json_object *wire_text_new(const char *text)
{
	_cleanup_free_ char *valid = NULL;
	size_t length = strlen(text);

	if (length > INT_MAX)
		return NULL;
	if (text_is_utf8(text, length))
		return json_object_new_string_len(text, (int)length);
	valid = text_to_utf8(text, length);
	return valid ? json_object_new_string(valid) : NULL;
}

int wire_add_text(struct json_object *object, const char *key, const char *text)
{
	if (!text)
		return wire_add_null(object, key);
	return wire_add(object, key, wire_text_new(text));
}

int wire_add_unsigned(struct json_object *object, const char *key, uint64_t number)
{
	return wire_add(object, key, json_object_new_uint64(number));
}

int wire_add_number_or_null(struct json_object *object, const char *key, int64_t number)
{
	if (number < 0)
		return wire_add_null(object, key);
	return wire_add(object, key, json_object_new_int64(number));
}

int wire_add_bool(struct json_object *object, const char *key, bool value)
{
	return wire_add(object, key, json_object_new_boolean(value));
}

/* Written out here: json-c would print 3.1 as 3.1000000000000001. */
int wire_add_duration(struct json_object *object, const char *key, int64_t us)
{
	char text[32];

	if (us < 0)
		return wire_add_null(object, key);
	(void)snprintf(text, sizeof(text), "%" PRId64 ".%03d", us / 1000,
		       (int)(us % 1000));
	return wire_add(object, key, json_object_new_double_s((double)us / 1000, text));
}

/* 1 with the member, 0 when it is missing or null, -EBADMSG when of another type. */
static int get_member(struct json_object *object, const char *key, enum json_type type,
		      struct json_object **ret)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return 0;
	if (!json_object_is_type(value, type))
		return -EBADMSG;
	*ret = value;
	return 1;
}

int wire_get_text(struct json_object *object, const char *key, const char **ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_string, &value);

	if (r < 0)
		return r;
	if (r > 0 && strlen(json_object_get_string(value)) !=
			     (size_t)json_object_get_string_len(value))
		return -EBADMSG;
	*ret = r > 0 ? json_object_get_string(value) : NULL;
	return 0;
}

int wire_get_unsigned(struct json_object *object, const char *key, uint64_t fallback,
		      uint64_t *ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_int, &value);

	if (r < 0)
		return r;
	if (r > 0 && json_object_get_int64(value) < 0)
		return -EBADMSG;
	*ret = r > 0 ? json_object_get_uint64(value) : fallback;
	return 0;
}

int wire_get_number(struct json_object *object, const char *key, int64_t fallback,
		    int64_t *ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_int, &value);

	if (r < 0)
		return r;
	*ret = r > 0 ? json_object_get_int64(value) : fallback;
	return 0;
}

int wire_get_bool(struct json_object *object, const char *key, bool *ret_known, bool *ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_boolean, &value);

	if (r < 0)
		return r;
	*ret_known = r > 0;
	*ret = r > 0 && json_object_get_boolean(value);
	return 0;
}

int wire_get_array(struct json_object *object, const char *key, struct json_object **ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_array, &value);

	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

int wire_get_object(struct json_object *object, const char *key, struct json_object **ret)
{
	struct json_object *value = NULL;
	int r = get_member(object, key, json_type_object, &value);

	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

const char *wire_text_or_null(struct json_object *object, const char *key)
{
	const char *text = NULL;

	return wire_get_text(object, key, &text) < 0 ? NULL : text;
}

size_t wire_array_or_none(struct json_object *object, const char *key,
			  struct json_object **ret)
{
	*ret = NULL;
	if (!object || wire_get_array(object, key, ret) < 0 || !*ret)
		return 0;
	return json_object_array_length(*ret);
}

/* Only blanks may follow the value. */
static bool only_blanks(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r\n", text[i]) || text[i] == '\0')
			return false;
	return true;
}

int wire_parse_text(const char *text, size_t length, struct json_object **ret)
{
	struct json_tokener *tokener;
	struct json_object *object;
	enum json_tokener_error error;
	size_t end;

	if (length > INT_MAX)
		return -EBADMSG;
	tokener = json_tokener_new_ex(MAX_DEPTH);
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success || !object ||
	    !only_blanks(text + end, length - end)) {
		(void)json_object_put(object);
		return -EBADMSG;
	}
	*ret = object;
	return 0;
}

/*
 * The length of the UTF-8 sequence at text when it is one that must not reach a
 * terminal as it is, with the character in *ret; else 0. The text is valid UTF-8 and
 * json-c has escaped everything below U+0020.
 */
static size_t risky_sequence(const unsigned char *text, unsigned int *ret)
{
	unsigned int character;

	if (text[0] == 0x7f) {
		*ret = 0x7f;
		return 1;
	}
	if (text[0] == 0xc2 || text[0] == 0xd8) {
		character = (text[0] & 0x1fu) << 6 | (text[1] & 0x3fu);
		if ((character < 0x80 || character > 0x9f) && character != 0x061c)
			return 0;
		*ret = character;
		return 2;
	}
	if (text[0] != 0xe2 || (text[1] != 0x80 && text[1] != 0x81))
		return 0;
	character = 0x2000u | (text[1] & 0x3fu) << 6 | (text[2] & 0x3fu);
	if ((character < 0x200e || character > 0x200f) &&
	    (character < 0x2028 || character > 0x202e) &&
	    (character < 0x2066 || character > 0x2069))
		return 0;
	*ret = character;
	return 3;
}

static char *escape_risky(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	/* a byte becomes six at most, and almost never one of them does */
	size_t size = 1, step;
	unsigned int character;
	char *copy, *to;

	for (const unsigned char *p = at; *p; p += step ? step : 1) {
		step = *p < 0x7f ? 0 : risky_sequence(p, &character);
		size += step ? 6 : 1;
	}
	if (size == length + 1)
		return strdup(text);
	copy = to = malloc(size);
	if (!copy)
		return NULL;
	while (*at) {
		step = *at < 0x7f ? 0 : risky_sequence(at, &character);
		if (step)
			to += sprintf(to, "\\u%04x", character);
		else
			*to++ = (char)*at;
		at += step ? step : 1;
	}
	*to = '\0';
	return copy;
}

char *wire_print(struct json_object *object, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;
	size_t length;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	text = json_object_to_json_string_length(object, flags, &length);
	return text ? escape_risky(text, length) : NULL;
}
