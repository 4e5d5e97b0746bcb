/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_UNIT_CGROUP_H
#define DMABUFCTL_ACT_UNIT_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The processes that live in a control group and below it, at most 4096: below the
 * directory of the hierarchy ("/sys/fs/cgroup"), by its path in it ("/system.slice").
 * A group that is gone has none. Does not sleep. -EOPNOTSUPP: no unified hierarchy is
 * there (cgroup v2); -E2BIG: too many groups below it. 0 or negative errno; free(*ret).
 */
int unit_cgroup_processes(const char *hierarchy, const char *cgroup, pid_t **ret,
			  size_t *ret_count);

#endif
