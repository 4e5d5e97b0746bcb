/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_PLAN_H
#define DMABUFCTL_CMD_ACT_PLAN_H

/* What a plan needs besides a snapshot, and the plan that follows. */

#include "lib/config/config.h"
#include "lib/jobs/job-store.h"
#include "lib/model/plan.h"
#include "lib/model/snapshot.h"
#include "lib/model/wish.h"
#include "lib/observe/root.h"

struct sd_bus;

struct plan_sources {
	struct root root;
	struct config *config; /* NULL: it could not be read */
	struct job_store store; /* fds are negative: there is none */
	struct sd_bus *bus; /* NULL: systemd cannot be asked */
};

/*
 * Of the live system, or of a captured tree: then without systemd. What there is not, or
 * cannot be read, the sources lack; store_error (may be NULL) and config_error say why.
 * complain may be NULL. 0 or negative errno.
 */
int plan_sources_open(const char *directory, config_complain *complain,
		      struct plan_sources *ret, int *ret_store_error,
		      int *ret_config_error);
void plan_sources_done(struct plan_sources *sources); /* also for _cleanup_() */

/*
 * What would be done to a device of a judged snapshot that has seen its circumstances.
 * 0 or -ENOMEM; end with plan_free().
 */
int plan_device(struct plan_sources *sources, const struct snapshot *snapshot,
		const struct device *device, const struct wish *wish, struct plan **ret);

void cleanup_plan(struct plan **plan); /* for _cleanup_() */

#endif
