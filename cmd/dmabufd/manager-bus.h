/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_MANAGER_BUS_H
#define DMABUFD_MANAGER_BUS_H

/* org.dmabufctl1 on the system bus: the vtables, and who may call what. */

#include "cmd/dmabufd/manager.h"
#include "cmd/dmabufd/releases.h"
#include "lib/model/job.h"

/* Connects, publishes the objects and asks for the name; does not wait. 0 or error. */
int manager_bus_open(struct manager *manager);

/* Before the observer and the jobs are freed: calls under way use them. */
void manager_bus_close(struct manager *manager);

/* Is there a call that was not answered yet? */
bool manager_bus_is_busy(const struct manager *manager);

/*
 * Gives up the name on the bus, so that the next call starts another daemon, and says
 * manager_name_dropped(); takes it again. 0 or negative errno.
 */
int manager_bus_drop_name(struct manager *manager);
int manager_bus_take_name(struct manager *manager);

/* Signals and changed properties; they never fail: whoever listens looks again. */
void manager_bus_releasing(struct manager *manager, const char *address,
			   enum release_kind kind);
void manager_bus_job_new(struct manager *manager, const struct job *job);
void manager_bus_job_changed(struct manager *manager, const struct job *job);
void manager_bus_job_removed(struct manager *manager, const struct job *job);
void manager_bus_revoked(struct manager *manager, const char *address, uint64_t inode);

/*
 * Starts or stops dmabufctl-act@ID.service without waiting; done(context, error) when
 * systemd has answered. 0 or negative errno (then not at all).
 */
int manager_bus_start_unit(struct manager *manager, const char *job_id,
			   void (*done)(void *context, int error), void *context);
int manager_bus_stop_unit(struct manager *manager, const char *job_id,
			  void (*done)(void *context, int error), void *context);

/* Is that unit active or on its way? done(context, negative errno, 0 or 1). */
int manager_bus_unit_is_active(struct manager *manager, const char *job_id,
			       void (*done)(void *context, int active), void *context);

#endif
