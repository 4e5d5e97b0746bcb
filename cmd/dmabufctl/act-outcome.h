/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_OUTCOME_H
#define DMABUFCTL_CMD_ACT_OUTCOME_H

/* What a plan or a result comes to. Pure. */

#include "lib/model/plan.h"
#include "lib/model/result.h"

/* enum exit_status */
int act_outcome_status(enum act_outcome outcome);
int act_plan_status(const struct plan *plan);

/* A plan that is refused, or has nothing to do, as a result without a job. 0 or -ENOMEM. */
int act_result_of_plan(const struct plan *plan, struct result **ret);

#endif
