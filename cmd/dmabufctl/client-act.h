/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_ACT_H
#define DMABUFCTL_CMD_CLIENT_ACT_H

/* Jobs that dmabufd makes, follows and ends for us. */

#include "cmd/dmabufctl/client.h"
#include "lib/model/job.h"
#include "lib/model/result.h"

/*
 * Has it make a job of job's wish, or with a trigger one that waits; its id is then in job.
 * An exit status; what went wrong has been told.
 */
int client_make_job(struct client *client, struct job *job);

/* Makes it, and follows it. As act_as_job() of act-job.h. */
int client_act(struct client *client, const struct wish *wish, struct result **ret);

/* Ends it. 0, or negative errno with *error, which is not told. */
int client_cancel(struct client *client, const char *id, sd_bus_error *error);

#endif
