/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_ANSWER_H
#define DMABUFCTL_CMD_ACT_ANSWER_H

/* Telling a plan or a result. */

#include "lib/model/plan.h"
#include "lib/model/result.h"
#include "lib/model/wish.h"

struct json_object;
struct options;

/* {"job":null,"device":...,"verb":...,"plan":{...}}. NULL: out of memory. */
struct json_object *act_plan_json(const struct plan *plan);

/*
 * As text on standard output, a plan with what the look lacks that it is made of. An exit
 * status: whether it could be printed.
 */
int act_answer_plan(const struct options *options, const struct plan *plan,
		    const struct snapshot *snapshot);
int act_answer_result(const struct options *options, const struct wish *wish,
		      const struct result *result);

#endif
