/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_LOOK_H
#define DMABUFCTL_CMD_CLIENT_LOOK_H

/* Questions to dmabufd, as the options have them, and its JSON. */

#include <stdbool.h>

#include "cmd/dmabufctl/client.h"
#include "lib/jobs/job-store.h"

struct json_object;

/*
 * What list, devices, show or status would print with JSON; of show all buffers, or all
 * devices. An exit status; what went wrong has been told. Free the answer with
 * json_object_put().
 */
int client_ask(const struct options *options, struct json_object **ret);

/*
 * The same of List and Devices in one object, of everything there is: what an act on a
 * buffer looks at.
 */
int client_ask_all(struct client *client, struct json_object **ret);

/*
 * What Check says of a device ("": all of VFIO). 0, or negative errno with *error, which
 * is not told.
 */
int client_ask_check(struct client *client, const char *device, sd_bus_error *error,
		     struct json_object **ret);

/* The jobs, oldest first. An exit status; what went wrong has been told. */
int client_ask_jobs(const struct options *options, job_array *ret);

/*
 * One job by its id. NULL in ret: dmabufd does not tell us, or there is none; nobody is
 * asked for a password. 0 or -ENOMEM.
 */
int client_ask_job(const struct client *client, const char *id, struct job **ret);

#endif
