/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_FOLLOW_H
#define DMABUFCTL_CMD_FOLLOW_H

/* Starting a job, and watching it until it has ended. */

#include <stdbool.h>

#include "cmd/dmabufctl/display.h"
#include "lib/jobs/job-store.h"
#include "lib/model/job.h"

/*
 * The display is there from now until follow_done(), as is watch_fd. 0 or negative
 * errno.
 */
struct follow {
	const struct job_store *store;
	int watch_fd;
	struct display display;
};

int follow_begin(const struct job_store *store, bool progress, struct follow *ret);
void follow_done(struct follow *follow); /* also for _cleanup_() */

/*
 * Until the job has ended: 0, and what it is then. -EINTR: somebody has had enough.
 * -EPIPE: its unit is gone, and the job as it was left is in ret. Other negative errno.
 */
int follow_job(struct follow *follow, const char *id, struct job **ret);

#endif
