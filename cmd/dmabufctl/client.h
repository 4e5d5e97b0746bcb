/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_H
#define DMABUFCTL_CMD_CLIENT_H

/*
 * The tool without root: a caller of org.dmabufctl1(5). Every call ends in time, also
 * when the daemon does not answer.
 */

#include <systemd/sd-bus.h>

#include "cmd/dmabufctl/client-agent.h"

struct options;

/* Zeroed: not open. */
struct client {
	const struct options *options;
	struct sd_bus *bus;
	struct agent agent;
};

/* An exit status; what went wrong has been told. End with client_done(), in any case. */
int client_open(const struct options *options, struct client *ret);
void client_done(struct client *client); /* also for _cleanup_() */

/* A call of a method of the manager, without arguments yet. 0 or negative errno. */
int client_new_call(const struct client *client, const char *method,
		    sd_bus_message **ret);

/*
 * Calls. Where polkit wants a password, and the options allow to ask for one, it is asked
 * for. ret may be NULL. 0, or negative errno with *error as the bus has it.
 */
int client_call(struct client *client, sd_bus_message *call, sd_bus_error *error,
		sd_bus_message **ret);

/* The same of a call that is not worth a password. */
int client_call_quietly(const struct client *client, sd_bus_message *call,
			sd_bus_error *error, sd_bus_message **ret);

#endif
