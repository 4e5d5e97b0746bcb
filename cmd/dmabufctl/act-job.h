/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_JOB_H
#define DMABUFCTL_CMD_ACT_JOB_H

#include "lib/jobs/job-store.h"
#include "lib/model/job.h"
#include "lib/model/result.h"
#include "lib/model/wish.h"

struct options;
struct sd_bus;

/*
 * Makes a job of the wish, has systemd run it, and follows it until there is a result.
 * An exit status: STATUS_DONE with ret, whatever it says (end with result_free()); else
 * why nobody follows it any more has been told, and the job, if there is one, goes on.
 */
int act_as_job(const struct options *options, const struct job_store *store,
	       struct sd_bus *bus, const struct wish *wish, struct result **ret);

/*
 * Takes the result of a job that has ended: one that was cancelled before it began has
 * none, and gets one that says so. 0 or -ENOMEM.
 */
int act_job_result(struct job *job, struct result **ret);

/* Tell that nobody follows it any more: somebody has had enough, or why. STATUS_FAILED. */
int act_job_goes_on(const struct options *options, const struct job *job);
int act_job_is_lost(const struct options *options, const struct job *job, int error);

#endif
