/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_ACT_PARSE_H
#define DMABUFCTL_WIRE_ACT_PARSE_H

/*
 * The way back. The text is not trusted: types, words, names, sizes and counts are
 * checked; keys that are not known are left alone.
 * All: 0, -EBADMSG (not such an object; of a later version), -ENOMEM.
 */

#include "lib/model/job.h"
#include "lib/model/plan.h"
#include "lib/model/undo.h"

struct json_object;

/* What wire_plan() wrote, for a device: without what it does not tell. */
int wire_parse_plan(struct json_object *object, enum act_verb verb, const char *device,
		    struct plan **ret);

int wire_parse_result(struct json_object *object, struct result **ret);

/* What wire_job() wrote: without the rest of the wish, and to the second. */
int wire_parse_job(struct json_object *object, struct job **ret);
int wire_parse_job_record(struct json_object *object, struct job **ret);

/*
 * A request: {"version":1,"wish":{...},"on":"now"}: becomes an armed job without an id.
 * Whatever else is in it does not count. Its timeout is at most a day.
 */
int wire_parse_request(struct json_object *object, struct job **ret);

int wire_parse_undo(struct json_object *object, struct undo *ret);
int wire_parse_revoked(struct json_object *object, struct revoked *ret);

#endif
