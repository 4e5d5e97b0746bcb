/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_OPTIONS_H
#define DMABUFD_BUS_OPTIONS_H

/*
 * The arguments of the methods of org.dmabufctl1: texts, and options as a{sv}. A key that
 * is not known may mean something that was to be left out: it is refused, as is a value of
 * another type. All return 0, or negative errno with *error set.
 */

#include <stdbool.h>

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "lib/model/job.h"

/* What a method takes as its options; the words of the observer are the same. */
enum bus_method {
	BUS_LIST,
	BUS_DEVICES,
	BUS_CHECK,
	BUS_STATUS,
	BUS_REVOKE,
	BUS_RESTORE,
	BUS_RELEASE,
	BUS_REASSIGN,
	BUS_SCHEDULE,
};

/*
 * The question of List, Devices, Check (first "s": a device, "" all of VFIO) and Status for
 * the observer, without "for_uid". Release it with json_object_put().
 */
int bus_read_question(sd_bus_message *message, enum bus_method method,
		      struct json_object **ret, sd_bus_error *error);

/*
 * The job that Revoke, Restore, Release (sa{sv}), Reassign and Schedule (ssa{sv}) ask for:
 * what the caller says of it, and nothing else.
 */
int bus_read_job(sd_bus_message *message, enum bus_method method, struct job *ret,
		 sd_bus_error *error);

/* The options of Jobs: "all" b; "device" s and "job" s, "" where they are not given. */
struct bus_jobs_filter {
	bool all;
	char device[PCI_ADDRESS_TEXT];
	char job[JOB_ID_TEXT];
};

int bus_read_jobs_filter(sd_bus_message *message, struct bus_jobs_filter *ret,
			 sd_bus_error *error);

#endif
