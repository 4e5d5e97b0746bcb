/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_JOB_READ_H
#define DMABUFCTL_JOBS_JOB_READ_H

#include "lib/jobs/job-store.h"

/* job_store_read() from one of the directories, "jobs" or "ended". */
int job_store_read_in(const struct job_store *store, const char *directory,
		      const char *id, struct job **ret);

/* An inotify fd for these directories. */
int job_store_watch_in(const struct job_store *store, const char *const *names,
		       size_t count);

/* -EEXIST: there is, or was, a record of this id. 0 or negative errno. */
int job_store_check_unused(const struct job_store *store, const char *id);

#endif
