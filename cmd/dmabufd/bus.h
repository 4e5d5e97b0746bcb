/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_H
#define DMABUFD_BUS_H

/* Names of org.dmabufctl1, and what the files of manager-bus.h share. */

#include "cmd/dmabufd/manager.h"
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

enum {
	BUS_SENDER_TEXT = 256, /* a name on the bus, with the final NUL */
	BUS_CREATORS = 64,
	BUS_JOB_PATH_TEXT = sizeof(BUS_JOB_PATH "/") + JOB_ID_TEXT,
	BUS_ENDED_MAX = 256, /* jobs that have ended, of an answer */
	BUS_TEXT_MAX = 8 * 1024 * 1024, /* bytes of an "s" result */
};

struct bus_call;

/* Who asked for a job: gets to know all of its result. */
struct bus_creator {
	char sender[BUS_SENDER_TEXT];
	char job[JOB_ID_TEXT];
};

struct manager_bus {
	struct manager *manager;
	struct bus_call *calls; /* under way */
	struct bus_creator creators[BUS_CREATORS]; /* the latest ones */
	size_t next_creator;
};

/* Publishes the objects of jobs. 0 or negative errno. */
int bus_job_publish(struct manager_bus *bus);

/* The object of a job, and back: ids have no '_', and paths no '-'. 0 or -EINVAL. */
void bus_job_path(const char *id, char ret[BUS_JOB_PATH_TEXT]);
int bus_job_id(const char *path, char ret[JOB_ID_TEXT]);

void bus_job_remember_creator(struct manager_bus *bus, const char *sender,
			      const char *id);

#endif
