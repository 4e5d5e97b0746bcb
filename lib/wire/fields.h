/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_FIELDS_H
#define DMABUFCTL_WIRE_FIELDS_H

/* Members that more than one codec has; on top of json.h, with its conventions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/snapshot.h"

struct json_object;

/* Arrays of text, and of numbers; an inode that is 0 is unknown: null. 0 or -ENOMEM. */
int wire_add_texts(struct json_object *object, const char *key, const char *const *texts,
		   size_t count);
int wire_add_inodes(struct json_object *object, const char *key, const uint64_t *inodes,
		    size_t count);
int wire_add_inode(struct json_object *object, const char *key, uint64_t inode);

/* Microseconds; TIME_SPAN_INFINITE is null. 0 or -ENOMEM. */
int wire_add_limit(struct json_object *object, const char *key, uint64_t us);

/* true, false, or null where it is unknown. 0 or -ENOMEM; 0 or -EBADMSG. */
int wire_add_tristate(struct json_object *object, const char *key, enum tristate value);
int wire_get_tristate(struct json_object *object, const char *key, enum tristate *ret);

/* The version of records that are kept on disk. 0 or -ENOMEM; 0 or -EBADMSG. */
int wire_add_version(struct json_object *object);
int wire_check_version(struct json_object *object);

/*
 * The value of a word by parse(), or null_value where it is null or missing; where
 * that is negative there must be one. 0 or -EBADMSG.
 */
int wire_get_word(struct json_object *object, const char *key,
		  int (*parse)(const char *word), int null_value, int *ret);

/* A text in size bytes, "" where there is none. 0; -EBADMSG: longer, no text. */
int wire_copy_text(struct json_object *object, const char *key, char *ret, size_t size);

/* A number up to maximum; null and missing are fallback. 0 or -EBADMSG. */
int wire_get_limited(struct json_object *object, const char *key, uint64_t fallback,
		     uint64_t maximum, uint64_t *ret);

/* null and missing are false. 0 or -EBADMSG. */
int wire_get_flag(struct json_object *object, const char *key, bool *ret);

/* Takes in one item of an array. 0 or negative errno. */
typedef int wire_read_function(void *context, struct json_object *item);

/*
 * Each item of an array with at most maximum; none where it is missing. What read()
 * says, -EBADMSG: no array, too long.
 */
int wire_read_array(struct json_object *object, const char *key, size_t maximum,
		    wire_read_function *read, void *context);

/* Could it be a unit of systemd, and a whole InvocationID of it? */
bool wire_unit_is_valid(const char *unit, const char *invocation);

#endif
