/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASE_REPORT_H
#define DMABUFD_RELEASE_REPORT_H

/*
 * What the journal is told of a release. The texts are pure: one line, fit for a
 * terminal, malloc'ed; NULL: out of memory. Logging goes wrong without a word.
 */

#include <json-c/json.h>

#include "cmd/dmabufd/react.h"

/*
 * entry: what the observer says of it; NULL: nothing, for the reason why (NULL: it does
 * not show it).
 */
char *release_report_text(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us);

/* The devices behind it, divided by blanks; "": none. */
char *release_report_behind(struct json_object *entry);

/* It is noticed, and may end at once. */
void release_report_noticed(const struct release *release);

/* It waits for its owner; it still does. */
void release_report_waits(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us);
void release_report_lasts(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us);

void release_report_ended(const struct release *release, uint64_t now_us);

/* What the policy wants could not be begun. */
void release_report_failed(const struct release *release, int error);

#endif
