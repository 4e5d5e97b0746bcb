/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_POLICY_H
#define DMABUFCTL_MODEL_POLICY_H

/* What dmabufctl.conf says about a device, defaults filled in. Owns nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/act.h"

enum { POLICY_STEPS_MAX = 16 };

struct policy {
	bool react; /* does the daemon react to releases of it? */
	uint64_t grace_us; /* of the daemon alone */
	enum step_kind steps[POLICY_STEPS_MAX]; /* rungs behind the daemon's grace */
	size_t n_steps;
	uint64_t step_timeout_us;
	bool revoke_mapped; /* revoke although the living owner has the BAR mapped */
	const char *detach_command; /* argv, divided by blanks; NULL: none */
	bool refuse; /* never act on it */
};

/* What holds where nothing is configured. */
extern const struct policy policy_default;

#endif
