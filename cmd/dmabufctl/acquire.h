/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACQUIRE_H
#define DMABUFCTL_CMD_ACQUIRE_H

/* Where verbs get their snapshot from: this system, a captured tree, dmabufd, another host. */

#include "lib/model/snapshot.h"
#include "lib/observe/observer.h"

struct options;

/* Looks and judges. An exit status; what went wrong has been told. */
int acquire_snapshot(const struct options *options, enum observe_devices devices,
		     struct snapshot **ret);

/*
 * The same with all devices and what is around them: tasks, host use, settings. Not of
 * another host or dmabufd, which tell no such things.
 */
int acquire_circumstances(const struct options *options, struct snapshot **ret);

#endif
