/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_READINESS_JSON_H
#define DMABUFCTL_WIRE_READINESS_JSON_H

/* What check answers, as the JSON contract has it (dmabufctl(8), JSON). */

#include "lib/model/checks.h"
#include "lib/model/source.h"

struct json_object;

/* {"device":...,"ready":...,...,"sources":{...}} of one device; plan may be NULL. NULL: out
 * of memory. */
struct json_object *wire_check(const struct readiness *readiness, const struct plan *plan,
			       const struct source_status sources[SOURCE_COUNT]);

/* {"checks":[...],"errors":[...],"sources":{...}} of any number. NULL: out of memory. */
struct json_object *wire_checks(const struct checks *checks,
				const struct source_status sources[SOURCE_COUNT]);

#endif
