/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_QUESTION_PARSE_H
#define DMABUFCTL_WIRE_QUESTION_PARSE_H

#include "lib/model/question.h"

struct json_object;

/*
 * {"verb":"list","for_uid":1000,"filter":{"exporter","device","pid","name","revocable",
 * "state"},"limit":N,"sources":"bpf,proc"}; verb devices takes the filter "unit", verb
 * check "device":"..." or "all":true. What is null is not asked; for_uid must be there,
 * and only null shows everything. A member that is not known, or of another verb, may
 * mean something that was to be left out: it is refused.
 * 0, -ENOMEM, or -EBADMSG with *ret_wrong the member that is wrong (of object or a
 * literal). Texts of ret point into object.
 */
int wire_parse_question(struct json_object *object, struct question *ret,
			const char **ret_wrong);

#endif
