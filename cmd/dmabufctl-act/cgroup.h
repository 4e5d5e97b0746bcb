/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_CGROUP_H
#define DMABUFCTL_ACT_CGROUP_H

/* Kills every other process of our own cgroup: what a killed executor left behind. */
void cgroup_kill_others(void);

#endif
