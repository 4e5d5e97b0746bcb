/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CHECK_TEXT_H
#define DMABUFCTL_CMD_CHECK_TEXT_H

/* Readiness as people read it. */

#include <stdint.h>

#include "cmd/dmabufctl/output.h"
#include "lib/model/checks.h"
#include "lib/model/plan.h"
#include "lib/model/snapshot.h"

struct check_style {
	bool colour;
	bool brief; /* a line for each device, and nothing else */
	int64_t now_us; /* CLOCK_REALTIME, for how long ago things began */
};

/*
 * A device: what it is, whether it is ready, and below that its obstacles, with what
 * can be done about each, and its notes. name may be NULL.
 */
void check_text_device(FILE *stream, const struct readiness *readiness, const char *name,
		       const struct check_style *style);

/*
 * What 'dmabufctl release' would do to a device that is not ready; nothing where that is
 * nothing. plan may be NULL.
 */
void check_text_plan(FILE *stream, const struct readiness *readiness,
		     const struct plan *plan, const struct check_style *style);

/*
 * What is in the way, in one malloc'ed line that is safe on a terminal:
 * "owner qemu[812], holder spdk_tgt[4400]". NULL: out of memory.
 */
char *check_text_waiting(const struct checks *checks);

#endif
