/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CHECK_PLAN_H
#define DMABUFCTL_CMD_CHECK_PLAN_H

#include "cmd/dmabufctl/check-look.h"

/*
 * Gives every PCI device of a check the plan of the verb release, without options. Where
 * what a plan needs cannot be had, they stay without one. 0 or -ENOMEM.
 */
int check_plan(const struct options *options, struct check *check);

#endif
