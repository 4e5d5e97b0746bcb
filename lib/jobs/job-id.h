/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_JOB_ID_H
#define DMABUFCTL_JOBS_JOB_ID_H

#include <stdint.h>

#include "lib/model/job.h"

/*
 * An id for a job of this moment (CLOCK_REALTIME): sorts as the moments do, and has
 * something random behind. No dash: systemd would take it for a slash. 0 or negative
 * errno.
 */
int job_id_make(int64_t now_us, char ret[JOB_ID_TEXT]);

#endif
