/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PREPARE_PLAN_SOURCES_H
#define DMABUFCTL_PREPARE_PLAN_SOURCES_H

/* Where that comes from which a plan needs besides a snapshot. */

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/jobs/job-store.h"
#include "lib/observe/root.h"

struct sd_bus;

struct plan_sources {
	struct root root;
	struct config *config; /* NULL: it could not be read */
	struct job_store store; /* fds are negative: there is none */
	struct sd_bus *bus; /* NULL: systemd cannot be asked */
	bool units_are_late; /* it did not answer once; nobody waits for it again */
};

#define PLAN_SOURCES_NONE                                                                \
	((struct plan_sources){ .root.fd = -EBADF, .store = { -EBADF, -EBADF } })

/*
 * Of the live system (NULL), or of a captured tree: then without systemd. What there is
 * not, or cannot be read, the sources lack; store_error and config_error say why.
 * complain (with context) may be NULL. Waits for the bus, 10 s at most. 0 or negative errno.
 */
int plan_sources_open(const char *directory, config_complain *complain, void *context,
		      struct plan_sources *ret, int *ret_store_error,
		      int *ret_config_error);
void plan_sources_done(struct plan_sources *sources); /* also for _cleanup_() */

#endif
