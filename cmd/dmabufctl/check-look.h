/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CHECK_LOOK_H
#define DMABUFCTL_CMD_CHECK_LOOK_H

/* Looking at this system, or a captured tree, for check: once, or until it is good. */

#include "cmd/dmabufctl/targets.h"
#include "lib/model/checks.h"
#include "lib/model/snapshot.h"

struct error;
struct options;

/* What the last look saw, and what follows for the devices that were asked for. */
struct check {
	struct snapshot *snapshot;
	struct checks checks;
};

/*
 * Both fill a zeroed check, for the targets or with --all for every device of VFIO. An
 * exit status; what went wrong has been told. Of what is not there, or could not
 * be read, the checks have an error. With check_wait() STATUS_DONE means that all
 * are ready, that the time is over, or that one is not there: the check tells which.
 */
int check_look(const struct options *options, const struct targets *targets,
	       struct check *check);
int check_wait(const struct options *options, const struct targets *targets,
	       struct check *check);
/* Would a wait be in vain? */
bool check_is_hopeless(const struct checks *checks);

/*
 * What is wrong with one of the targets, or that it is not there. 0 or -ENOMEM, which an
 * error without a message is too.
 */
int check_note_missing(const struct options *options, const struct target *target,
		       struct check *check);
int check_note_error(const struct target *target, const struct error *error,
		     struct check *check);
void check_done(struct check *check); /* also for _cleanup_() */

#endif
