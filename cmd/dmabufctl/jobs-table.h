/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_JOBS_TABLE_H
#define DMABUFCTL_CMD_JOBS_TABLE_H

/* How jobs look in rows. */

#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/output.h"
#include "lib/jobs/job-store.h"

struct options;

extern const struct column_set jobs_columns;

/* Writes the table to the output. 0 or negative errno. */
int jobs_table_print(const struct options *options, const job_array *jobs,
		     const struct output *output);

#endif
