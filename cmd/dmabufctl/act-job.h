/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_JOB_H
#define DMABUFCTL_CMD_ACT_JOB_H

#include "lib/jobs/job-store.h"
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

#endif
