/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_JOBS_OPEN_H
#define DMABUFCTL_CMD_JOBS_OPEN_H

#include "lib/jobs/job-store.h"

struct options;

/* The store of this system, or of a captured tree. An exit status; the error is told. */
int jobs_open(const struct options *options, struct job_store *ret);

/* What an executor has of a result before the end is none yet: drops it. */
void job_drop_unfinished(struct job *job);

/* Tells that it could not be opened. Returns the exit status. */
int jobs_cannot_open(const struct options *options, int error);

#endif
