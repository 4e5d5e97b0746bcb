/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_JOB_READ_H
#define DMABUFCTL_JOBS_JOB_READ_H

#include "lib/jobs/job-store.h"

/* job_store_read() from one of the directories, "jobs" or "ended". */
int job_store_read_in(const struct job_store *store, const char *directory,
		      const char *id, struct job **ret);

#endif
