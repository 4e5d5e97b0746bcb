/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_JUDGE_H
#define DMABUFCTL_JUDGE_JUDGE_H

#include "lib/model/readiness.h"
#include "lib/model/report.h"
#include "lib/model/snapshot.h"

/*
 * Says of everything in the snapshot what follows from it; pure: of attachments who
 * imports, whether and how soon that can be revoked; of VFIO buffers their state where
 * the kernel's structures did not tell it; of buffers whether they can be revoked; of
 * blocked tasks which device they are about. Every verdict has its evidence and reason.
 */
void judge_snapshot(struct snapshot *snapshot);

/*
 * Can this device of a judged snapshot (which has seen its circumstances) be taken
 * back now? Uses that were not looked for are an obstacle of a device of the host. Pure. 0 or -ENOMEM; free with readiness_free().
 */
int judge_readiness(const struct snapshot *snapshot, const struct device *device,
		    struct readiness **ret);

/*
 * May this device be pulled out of its slot? Pure. NULL: it may. Else why not, a sentence
 * that lives for ever; *ret_other is the device that it is about, NULL: this one.
 */
const char *judge_removal(const struct snapshot *snapshot, const struct device *device,
			  const struct device **ret_other);

/*
 * Bugs of this kernel that matter here, as sentences that live for ever. ret_known:
 * was the kernel probed? Returns their number.
 */
size_t judge_known_bugs(const struct snapshot *snapshot,
			const char *ret_bugs[KNOWN_BUGS_MAX], bool *ret_known);

#endif
