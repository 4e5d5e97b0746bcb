/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_LOOK_H
#define DMABUFCTL_ACT_LOOK_H

/* How the executor sees the host: each look replaces the snapshot of the one before. */

#include "cmd/dmabufctl-act/executor.h"

/* All devices and what is around them, and the plan that follows. */
int look_and_plan(struct executor *executor);

/* A device that is not in the last look: it is gone, or could not be looked at. */
int conclude_unseen(struct executor *executor, const char *address);

/* Buffers, owners and devices. limit_ms as in observe(); 0: its default. */
int look_again(struct executor *executor, unsigned int limit_ms);

/*
 * Whether nobody has the devices open, by the look that the plan was made from:
 * executor->released.
 */
void take_release(struct executor *executor);

/* The same by a look of its own. */
int look_for_release(struct executor *executor);

/*
 * The same again and again until deadline_ms, woken by what happens. 0 also when the
 * time is over, or the job is cancelled (executor->interrupted).
 */
int wait_for_release(struct executor *executor, uint64_t deadline_ms);

/* Who has them open, in words, at most three of them. NULL: out of memory. */
char *owners_text(const struct executor *executor);

#endif
