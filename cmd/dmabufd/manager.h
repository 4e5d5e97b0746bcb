/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_MANAGER_H
#define DMABUFD_MANAGER_H

/*
 * The state of the daemon, and its event loop. One thread; nothing here blocks: what the
 * kernel may sleep in is done by units (dmabufctl-act@ID.service) and by the observer
 * behind a socket. Whatever is lost with this process is found again on the next start:
 * jobs are files, releases are in the kernel.
 */

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "lib/config/config.h"
#include "lib/jobs/job-store.h"
#include "lib/observe/root.h"

struct manager_bus;
struct watch;
struct observe_client;
struct releases;
struct jobs;

struct manager {
	sd_event *event;
	sd_bus *bus; /* the system bus */
	struct manager_bus *bus_objects; /* of manager-bus.h; NULL: not open */
	struct root root;
	struct config
		*config; /* the last that could be read; NULL: none, react to nothing */
	struct job_store store;
	struct watch *watch;
	struct observe_client *observe;
	struct releases *releases;
	struct jobs *jobs;
	sd_event_source *idle; /* enabled: nothing was left to wait for */
};

/*
 * directory: where the host is (NULL: here). event is borrowed; its signals, SIGTERM and
 * SIGHUP, are blocked in this thread. 0 or negative errno, with *ret_what: what failed, in
 * words that live for ever. End with manager_free() (NULL is allowed).
 */
int manager_new(sd_event *event, const char *directory, struct manager **ret,
		const char **ret_what);
void manager_free(struct manager *manager);

/* Until SIGTERM, or until there is nothing to wait for any more. An exit status. */
int manager_run(struct manager *manager);

/* Reads the configuration again; what cannot be read leaves the old one. 0 or error. */
int manager_reload(struct manager *manager);

/* What the configuration says of a device; unknown ids are 0. */
void manager_policy(const struct manager *manager, const char *address, uint16_t vendor,
		    uint16_t product, struct policy *ret);

/* Makes manager->idle. 0 or negative errno. */
int manager_idle_new(struct manager *manager);

/*
 * Something has ended: leave when there is no VFIO device, no release, no job and no call,
 * and that is known.
 */
void manager_check_idle(struct manager *manager);

/* From manager_bus_drop_name(). */
void manager_name_dropped(struct manager *manager);

#endif
