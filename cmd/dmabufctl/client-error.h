/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_ERROR_H
#define DMABUFCTL_CMD_CLIENT_ERROR_H

/* What went wrong with a call of dmabufd, in words. */

#include <systemd/sd-bus.h>

#include "cmd/dmabufctl/error.h"

struct options;

/*
 * Of a call that failed with -error; bus_error says how the bus or dmabufd calls it, if it
 * is set. The words are those of the verb. Without memory there is no message.
 */
void client_explain(const struct options *options, const sd_bus_error *bus_error,
		    int error, struct error *ret);

/* Tells the same. Returns the exit status. */
int client_tell(const struct options *options, const sd_bus_error *bus_error, int error);

/* There is nobody to call. Returns the exit status. */
int client_no_bus(const struct options *options, int error);

/* What the options ask for only root can do, if anything. An exit status. */
int client_check_options(const struct options *options);

#endif
