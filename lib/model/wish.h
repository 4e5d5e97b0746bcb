/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_WISH_H
#define DMABUFCTL_MODEL_WISH_H

/*
 * What somebody asks to be done with a device. Plain: owns nothing, may be copied. It
 * names no command, no path and no unit to act upon, so that a request of somebody who
 * is not trusted can be one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/act.h"
#include "lib/model/pci-address.h"

enum { WISH_STEPS_MAX = 16, WISH_DRIVER_TEXT = 64, WISH_CGROUP_TEXT = 1024 };

struct wish {
	enum act_verb verb;
	char device[PCI_ADDRESS_TEXT]; /* "0000:03:00.0" */
	/*
	 * What the device was when it was asked for: if it is another by now, nothing is
	 * done. Both 0: not known.
	 */
	uint16_t vendor, product;
	enum revoke_method method; /* of revoke, and of the rung in a ladder */
	enum step_kind steps[WISH_STEPS_MAX]; /* rungs; replace the default ladder */
	size_t n_steps; /* 0: the default ladder */
	bool by_policy; /* the steps are those of the configuration: no consent */
	uint64_t timeout_us; /* of each rung and step; 0: as configured */
	char driver[WISH_DRIVER_TEXT]; /* of reassign; "-": none */
	bool group; /* all members of the IOMMU group */
	bool force;
	bool freeze; /* revoke: freeze the owner's unit first */
	bool stop_owner, kill_owner; /* appended to the ladder */
	/* Who asked: its unit, and those it lives in, are not frozen or stopped. */
	char caller_cgroup[WISH_CGROUP_TEXT]; /* as in proc/PID/cgroup; "": unknown */
};

/* A driver's name as the kernel could have it: no '/', no blanks, at most 63 bytes. */
bool driver_name_is_valid(const char *name);

#endif
