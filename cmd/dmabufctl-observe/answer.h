/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_OBSERVE_ANSWER_H
#define DMABUFCTL_CMD_OBSERVE_ANSWER_H

#include "lib/model/question.h"

struct json_object;

enum { ANSWER_MAX = 8 * 1024 * 1024 }; /* bytes of JSON */

/*
 * Looks, at the live system (NULL) or a captured tree, and answers as dmabufctl does with
 * --json, or with the object of an error. 5 s for looking, see observe(); check asks
 * systemd besides. NULL: out of memory.
 */
struct json_object *answer_question(const struct question *question,
				    const char *directory);

/* Whatever answers text, which may be no question at all. NULL: out of memory. */
struct json_object *answer_text(const char *text, size_t length, const char *directory);

/* What is sent, malloc'ed: of an answer that is too large an error. NULL: no memory. */
char *answer_print(struct json_object *answer);

#endif
