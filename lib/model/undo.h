/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_UNDO_H
#define DMABUFCTL_MODEL_UNDO_H

/*
 * What would have to be undone: written down before each step that needs it, so that
 * whoever comes after a killed executor can. Plain: owns nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/model/job.h"

enum {
	UNDO_STEPS_MAX = 64,
	UNDO_UNIT_TEXT = 256,
	UNDO_VALUE_TEXT = 128,
	REVOKED_BUFFERS_MAX = 256,
};

struct undo_step {
	/* STEP_THAW, STEP_RESTORE, STEP_RESTORE_OVERRIDE or STEP_RESTORE_DRIVER */
	enum step_kind kind;
	char device[PCI_ADDRESS_TEXT];
	uint16_t vendor, product; /* of that device: another one there is not touched */
	char unit[UNDO_UNIT_TEXT]; /* of thaw */
	char invocation[JOB_ID_TEXT]; /* of that unit */
	enum revoke_method method; /* of restore */
	char value[UNDO_VALUE_TEXT]; /* the override or driver there was; "": none */
	bool settled; /* undone, or told that it cannot be: nobody does it later */
};

struct undo {
	char job[JOB_ID_TEXT];
	struct undo_step steps[UNDO_STEPS_MAX]; /* in the order in which they arose */
	size_t n_steps;
	bool incomplete; /* something could not be undone, and nobody will try again */
};

/* A process that cannot be taken for another one with the same pid. */
struct process_identity {
	pid_t pid;
	uint64_t start_ticks; /* proc_pid_stat(5), field 22 */
};

/* A unit that a revoke left frozen, so that it sticks. */
struct frozen_unit {
	char unit[UNDO_UNIT_TEXT];
	char invocation[JOB_ID_TEXT];
};

/*
 * A revoke that restore can undo: of one device, as long as one of these owners has it
 * open. Plain: owns nothing.
 */
struct revoked {
	char device[PCI_ADDRESS_TEXT];
	uint16_t vendor, product;
	char job[JOB_ID_TEXT];
	enum revoke_method method;
	int64_t since_us; /* CLOCK_REALTIME */
	struct process_identity owners[16];
	size_t n_owners;
	uint64_t buffers[REVOKED_BUFFERS_MAX]; /* inodes; the first ones */
	size_t n_buffers;
	struct frozen_unit frozen[8];
	size_t n_frozen;
	bool finished; /* false: it may still be under way */
};

#endif
