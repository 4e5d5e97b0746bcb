/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_PLAN_TEXT_H
#define DMABUFCTL_CMD_PLAN_TEXT_H

/* Plans as people read them. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/model/plan.h"

/*
 * All of it: what it would come to, its parts step by step with limits, who refuses it,
 * what it does besides. brief: the first line alone.
 */
void plan_text_print(FILE *stream, const struct plan *plan, bool colour, bool brief);

/*
 * Its ladder and move in one malloc'ed line that is safe on a terminal: "grace (10 s),
 * revoke (skipped)". NULL: out of memory.
 */
char *plan_text_steps(const struct plan *plan);

#endif
