/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASE_ANSWER_H
#define DMABUFD_RELEASE_ANSWER_H

/* What the observer says about releases that are under way. Pure. */

#include <stdint.h>

#include <json-c/json.h>

#include "cmd/dmabufd/releases.h"

/* "Which are there?" NULL: out of memory. */
struct json_object *release_question(void);

/*
 * Its answer: an array of entries, which lives as long as the answer; or why there is
 * none: malloc'ed, half a sentence. 0 or -ENOMEM.
 */
int release_answer_read(int error, struct json_object *answer, struct json_object **ret,
			char **ret_why);

/* The one of that device, of an array (NULL is allowed); NULL: there is none. */
struct json_object *release_entry_find(struct json_object *entries, const char *address);

/* Of an entry. NULL: no device of PCI; 0: not known. */
const char *release_entry_device(struct json_object *entry);
enum release_kind release_entry_kind(struct json_object *entry);
int64_t release_entry_since(struct json_object *entry); /* CLOCK_REALTIME, us */

#endif
