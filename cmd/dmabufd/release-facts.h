/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASE_FACTS_H
#define DMABUFD_RELEASE_FACTS_H

/* What the host tells of a release, besides the observer. None of it may sleep long. */

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "cmd/dmabufd/manager.h"

/*
 * Of an entry of the observer (release-answer.h): before that the release cannot have
 * begun, as nobody opens a device that is being released: all of its owners had it by
 * then. CLOCK_REALTIME; 0: not known.
 */
int64_t release_not_before(struct json_object *entry);

/*
 * When the release of that entry began: as the kernel tells, or as it is kept in moments
 * (release-moments.h). CLOCK_REALTIME; 0: not known.
 */
int64_t release_since(struct json_object *entry, int moments);

/*
 * Is there, or was there, a job for the release of that device, which began at since_us
 * (CLOCK_REALTIME; 0: at some time of this boot)? Reads the records of jobs.
 */
bool release_was_handled(const struct manager *manager, const char *address,
			 int64_t since_us);

/* Is there an armed job for it, if it is of one kind? */
bool release_awaits_kind(const struct manager *manager, const char *address);

/* Of a device that is bound to a driver, or not there any more, it has. */
bool release_has_ended(const struct manager *manager, const char *address);

#endif
