/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_KERNEL_RULES_H
#define DMABUFCTL_JUDGE_KERNEL_RULES_H

/*
 * Which rules for revocation a kernel has. What could be probed decides. Where nothing
 * could, the release does, but only upwards: an older one may have them backported.
 */

#include "lib/model/snapshot.h"

struct kernel_rules {
	bool probed; /* false: concluded from the release */
	enum tristate invalidates; /* importers can be told to let go for good (7.1) */
	enum tristate vfio_waits; /* VFIO admits only such, and waits for them (7.1) */
};

struct kernel_rules kernel_rules(const struct snapshot *snapshot);

/* Is it Linux MAJOR.MINOR or later? Unknown where release is no release. */
enum tristate kernel_is_since(const char *release, unsigned int major,
			      unsigned int minor);

#endif
