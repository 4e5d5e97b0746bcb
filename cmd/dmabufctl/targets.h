/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_TARGETS_H
#define DMABUFCTL_CMD_TARGETS_H

/* The devices that the arguments of a verb name. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/model/snapshot.h"

struct error;
struct options;

struct target {
	const char *argument; /* as typed */
	char *address; /* as a snapshot has it */
	bool verbatim; /* the argument is no form of an address: a name, or a mistake */
};

/* Zeroed: none. */
struct targets {
	struct target *items;
	size_t count;
	size_t capacity;
};

/*
 * From the arguments, each device once. Besides the forms of device-name.h a device
 * without a PCI address goes by its own name: "mtty". Whether they are there only a
 * snapshot tells. An exit status; lack of memory has been told.
 */
int targets_parse(const struct options *options, struct targets *ret);
void targets_done(struct targets *targets); /* also for _cleanup_() */

/* Says why a target is not in a snapshot of all devices. */
void target_error(const struct options *options, const struct target *target,
		  struct error *error);

/* Tells that there is none. Returns the exit status. */
int no_such_device(const struct options *options, const char *argument);

/* Tells what target_error() says. Returns the exit status. */
int target_complain(const struct options *options, const struct target *target);

#endif
