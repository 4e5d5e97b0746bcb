/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_JSON_H
#define DMABUFCTL_WIRE_JSON_H

/*
 * What the codecs share: values go in with every failure seen (json-c alone would
 * turn lack of memory into null), and come out with their types checked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

void wire_put(struct json_object **object); /* for _cleanup_() */

/*
 * Append a member. Keys must be string literals and new in the object. NULL text and
 * a negative number given to _or_null become null. All return 0 or -ENOMEM.
 */
int wire_add_null(struct json_object *object, const char *key);
int wire_add_text(struct json_object *object, const char *key, const char *text);
int wire_add_unsigned(struct json_object *object, const char *key, uint64_t number);
int wire_add_number_or_null(struct json_object *object, const char *key, int64_t number);
int wire_add_bool(struct json_object *object, const char *key, bool value);
/* Microseconds as milliseconds with three decimals; null for a negative number. */
int wire_add_duration(struct json_object *object, const char *key, int64_t us);

/* Takes value, whatever the result; NULL counts as lack of memory. */
int wire_add(struct json_object *object, const char *key, struct json_object *value);
int wire_append(struct json_object *array, struct json_object *value);

/* Fills a new object from one item. 0 or -ENOMEM. */
typedef int wire_fill_function(struct json_object *object, const void *item);

/* A member that is an array of objects: one for each of count items of size bytes. */
int wire_add_array(struct json_object *object, const char *key, wire_fill_function *fill,
		   const void *items, size_t count, size_t size);

/* Text as a JSON string; what is not UTF-8 becomes U+FFFD. NULL: out of memory. */
struct json_object *wire_text_new(const char *text);

/*
 * Members by key. Where the member is missing or null they give NULL, false or the
 * fallback. 0, or -EBADMSG when its type is another, or a text has a NUL in it. Texts
 * live as long as object.
 */
int wire_get_text(struct json_object *object, const char *key, const char **ret);
int wire_get_unsigned(struct json_object *object, const char *key, uint64_t fallback,
		      uint64_t *ret);
int wire_get_number(struct json_object *object, const char *key, int64_t fallback,
		    int64_t *ret);
int wire_get_bool(struct json_object *object, const char *key, bool *ret_known,
		  bool *ret);
int wire_get_array(struct json_object *object, const char *key, struct json_object **ret);
int wire_get_object(struct json_object *object, const char *key,
		    struct json_object **ret);

/*
 * The same for whoever can do without: a member that is missing or of another type is
 * NULL, or an array of none, with *ret NULL. object may be NULL for the array.
 */
const char *wire_text_or_null(struct json_object *object, const char *key);
size_t wire_array_or_none(struct json_object *object, const char *key,
			  struct json_object **ret);

/*
 * One JSON value that fills all of text. 0, -EBADMSG (not JSON, not UTF-8, too deep)
 * or -ENOMEM. Free with json_object_put().
 */
int wire_parse_text(const char *text, size_t length, struct json_object **ret);

/*
 * The object as malloc'ed text without a final newline. Characters that a terminal
 * acts upon, or that turn or hide text, are written as \uHHHH: it is safe to look at
 * and says the same. NULL: out of memory.
 */
char *wire_print(struct json_object *object, bool pretty);

#endif
