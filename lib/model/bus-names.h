/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_BUS_NAMES_H
#define DMABUFCTL_MODEL_BUS_NAMES_H

/* Names of org.dmabufctl1(5), for dmabufd and for whoever calls it. */

#include "lib/model/job.h"

#define BUS_NAME "org.dmabufctl1"
#define BUS_PATH "/org/dmabufctl1"
#define BUS_MANAGER BUS_NAME ".Manager"
#define BUS_JOB_PATH BUS_PATH "/job"
#define BUS_JOB BUS_NAME ".Job"

#define BUS_ERROR_FAILED BUS_NAME ".Error.Failed"
#define BUS_ERROR_NO_SUCH_DEVICE BUS_NAME ".Error.NoSuchDevice"
#define BUS_ERROR_NO_SUCH_JOB BUS_NAME ".Error.NoSuchJob"
#define BUS_ERROR_JOB_HAS_ENDED BUS_NAME ".Error.JobHasEnded"
#define BUS_ERROR_NOT_PERMITTED BUS_NAME ".Error.NotPermitted"
#define BUS_ERROR_NOT_SUPPORTED BUS_NAME ".Error.NotSupported"
#define BUS_ERROR_BLOCKED BUS_NAME ".Error.Blocked"
#define BUS_ERROR_TOO_LARGE BUS_NAME ".Error.TooLarge"

enum { BUS_JOB_PATH_TEXT = sizeof(BUS_JOB_PATH "/") + JOB_ID_TEXT };

/* The object of a job, and back: ids have no '_', and paths no '-'. 0 or -EINVAL. */
void bus_job_path(const char *id, char ret[BUS_JOB_PATH_TEXT]);
int bus_job_id(const char *path, char ret[JOB_ID_TEXT]);

#endif
