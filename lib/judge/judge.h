/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_JUDGE_H
#define DMABUFCTL_JUDGE_JUDGE_H

#include "lib/model/readiness.h"
#include "lib/model/snapshot.h"

/*
 * Says of everything in the snapshot what follows from it; pure. So far that is the
 * importer behind each attachment, and its kind where the kernel's own structures
 * show it. Revocability stays unknown, with the reason.
 */
void judge_snapshot(struct snapshot *snapshot);

/*
 * Can this device of a judged snapshot (which has seen its circumstances) be taken
 * back now? Pure. 0 or -ENOMEM; free with readiness_free().
 */
int judge_readiness(const struct snapshot *snapshot, const struct device *device,
		    struct readiness **ret);

/*
 * The importer whose callback or ops symbol is: its module, or for code built into
 * the kernel what the symbol is known to belong to. NULL: cannot be told. The answer
 * lives as long as module.
 */
const char *importer_of_symbol(const char *symbol, const char *module);

#endif
