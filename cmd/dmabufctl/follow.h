/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_FOLLOW_H
#define DMABUFCTL_CMD_FOLLOW_H

/* Starting a job, and watching it until it has ended. */

#include <signal.h>
#include <stdbool.h>

#include "lib/jobs/job-store.h"
#include "lib/model/job.h"

/*
 * Ctrl-C and its like, from now until follow_done(), end the display and nothing else.
 * watch_fd and signal_fd are valid in between. 0 or negative errno.
 */
struct follow {
	const struct job_store *store;
	bool progress; /* a line on standard error that is written anew */
	int watch_fd, signal_fd;
	sigset_t signals; /* as they were blocked before */
};

int follow_begin(const struct job_store *store, bool progress, struct follow *ret);
void follow_done(struct follow *follow); /* also for _cleanup_() */

/*
 * Until the job has ended: 0, and what it is then. -EINTR: somebody has had enough.
 * -EPIPE: its unit is gone, and the job as it was left is in ret. Other negative errno.
 */
int follow_job(struct follow *follow, const char *id, struct job **ret);

#endif
