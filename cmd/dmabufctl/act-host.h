/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_HOST_H
#define DMABUFCTL_CMD_ACT_HOST_H

#include "lib/model/wish.h"
#include "lib/observe/root.h"

struct options;

/* Can anybody act here? An exit status; why not has been told. */
int act_host_check(const struct options *options, const struct root *root);

/* Where we live, as in cgroups(7), version 2; "" where that cannot be told. */
void act_host_cgroup(const struct root *root, char ret[WISH_CGROUP_TEXT]);

#endif
