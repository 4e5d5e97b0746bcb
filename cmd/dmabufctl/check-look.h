/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CHECK_LOOK_H
#define DMABUFCTL_CMD_CHECK_LOOK_H

/* Looking at this system, or a captured tree, for check: once, or until it is good. */

#include "cmd/dmabufctl/targets.h"
#include "lib/model/checks.h"
#include "lib/model/snapshot.h"

struct options;

/* What the last look saw, and what follows for the devices that were asked for. */
struct check {
	struct snapshot *snapshot;
	struct checks checks;
	const struct target *unread; /* is there, but could not be read; NULL: none */
};

/*
 * Both fill a zeroed check, for the targets or with --all for every device of VFIO. An
 * exit status; what went wrong has been told. With check_wait() STATUS_DONE means that
 * all are ready, or that the time is over: the check tells which.
 */
int check_look(const struct options *options, const struct targets *targets,
	       struct check *check);
int check_wait(const struct options *options, const struct targets *targets,
	       struct check *check);
void check_done(struct check *check); /* also for _cleanup_() */

#endif
