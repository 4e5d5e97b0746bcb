/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PREPARE_CHECK_DEVICES_H
#define DMABUFCTL_PREPARE_CHECK_DEVICES_H

/*
 * What check answers: the readiness of devices of a judged snapshot that has seen its
 * circumstances, and the plans for them. All return 0 or -ENOMEM.
 */

#include "lib/model/checks.h"
#include "lib/model/snapshot.h"

/* Appends the readiness of one device. */
int check_device(const struct snapshot *snapshot, const struct device *device,
		 struct checks *checks);

/*
 * Appends that of all devices of VFIO; and an error where not every device could be read:
 * nothing seen is an answer only if everything could be seen.
 */
int check_all_devices(const struct snapshot *snapshot, struct checks *checks);

/* Appends that of those whose driver is leaving. */
int check_releases(const struct snapshot *snapshot, struct checks *checks);

/*
 * Gives every PCI device the plan of the verb release, without options. Where what a plan
 * needs cannot be had, they stay without one. directory as in root_open(). That plan
 * asks systemd for nothing.
 */
int check_plans(const char *directory, const struct snapshot *snapshot,
		struct checks *checks);

#endif
