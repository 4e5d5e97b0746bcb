/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_H
#define DMABUFD_BUS_H

/* What the files of manager-bus.h share. */

#include "cmd/dmabufd/manager.h"
#include "lib/model/bus-names.h"
#include "lib/model/job.h"

enum {
	BUS_SENDER_TEXT = 256, /* a name on the bus, with the final NUL */
	BUS_CREATORS = 64,
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

void bus_job_remember_creator(struct manager_bus *bus, const char *sender,
			      const char *id);

#endif
