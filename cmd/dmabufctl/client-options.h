/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_OPTIONS_H
#define DMABUFCTL_CMD_CLIENT_OPTIONS_H

/*
 * Options and wishes as the a{sv} of a method: only what was asked for, so that a method
 * refuses what it does not have. Both 0 or negative errno.
 */

#include <systemd/sd-bus.h>

#include "lib/model/job.h"

struct options;

/* Of the methods that look, and of Jobs. */
int client_append_filter(sd_bus_message *call, const struct options *options);

/* Of those that act: what its wish and its schedule say, but for what they are done to. */
int client_append_job(sd_bus_message *call, const struct job *job);

#endif
