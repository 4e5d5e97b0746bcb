/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_ATTEMPT_H
#define DMABUFCTL_ACT_ATTEMPT_H

/* One revoke or restore of one device, through the fd of whichever owner still has it. */

#include "cmd/dmabufctl-act/executor.h"
#include "lib/act/revoke.h"

struct attempt {
	struct executor *executor;
	const struct plan_step *step;
	uint64_t deadline_ms;
	enum revoke_method method;
	bool restore;
	struct operation operation; /* end it with operation_end() */
	struct revoked record;
	bool again; /* a revoke of ours is on record, and holds */
	bool seen_before; /* buffers of the device */
};

/* As the last look saw it; NULL: it is not there. */
const struct device *attempt_device(const struct attempt *attempt);

/*
 * 0; -ESRCH, -ESTALE or -EBADF: none of the owners is who it was; -ENODATA: they could
 * not be seen; -ENODEV or -ENXIO: the device is gone, or another one; -ETIME: it is still
 * under way (attempt_give_up()); otherwise the error of the operation.
 */
int attempt_run(struct attempt *attempt);

/* Tells what such an error means. */
int attempt_explain(struct attempt *attempt, int error);

/* Breaks it off. Where that cannot be, it keeps its lock and its copy of the fd. */
int attempt_give_up(struct attempt *attempt);

/* Were all owners of all devices seen in the last look? */
bool attempt_owners_seen(const struct attempt *attempt);

/* Could all buffers of the device be seen in the last look? */
bool attempt_buffers_seen(const struct attempt *attempt);

/* Is its record of an owner that it has now? Of others it says nothing. */
bool attempt_record_holds(const struct attempt *attempt);

struct buffer_count {
	size_t all, revoked;
};

/* Of the buffers of the device, in the last look. */
struct buffer_count attempt_count(const struct attempt *attempt);

#endif
