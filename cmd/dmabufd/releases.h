/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASES_H
#define DMABUFD_RELEASES_H

/*
 * Devices whose driver is leaving and waits for the owner. One begins with the uevent
 * "remove" of vfio-dev, or is found under way on start, and ends with "unbind" or
 * "remove" of the PCI device. Meanwhile: the signal at once; jobs that wait for it; else,
 * after the grace time, the steps of the policy, once; and every minute what it waits for.
 */

#include <stdbool.h>
#include <stddef.h>

#include "cmd/dmabufd/manager.h"

enum release_kind {
	RELEASE_UNKNOWN, /* not yet told apart, or it cannot be */
	RELEASE_UNPLUG, /* hot-unplug, remove in sysfs, sriov_numvfs */
	RELEASE_REASSIGN, /* unbind, unload of the driver */
};

int releases_new(struct manager *manager, struct releases **ret);
void releases_free(struct releases *releases); /* NULL is allowed */

/* From watch. */
void releases_begin(struct releases *releases, const char *address);
void releases_end(struct releases *releases, const char *address, bool unplugged);

/*
 * A job of the policy has ended. One that failed before its first step, mostly because the
 * host did not tell about the device in time, is begun again up to twice, while the release
 * lasts.
 */
void releases_job_ended(struct releases *releases, const struct job *job);

/* Asks the observer which are under way: on start, and when events were lost. */
void releases_find(struct releases *releases);

size_t releases_count(const struct releases *releases);
bool releases_is_under_way(const struct releases *releases, const char *address);

/* Are these all there are? Not before the observer has answered. */
bool releases_are_known(const struct releases *releases);

const char *
release_kind_name(enum release_kind kind); /* "unknown", "unplug", "reassign" */

#endif
