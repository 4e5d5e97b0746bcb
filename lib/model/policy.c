/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/policy.h"

const struct policy policy_default = {
	.react = true,
	.grace_us = 60 * UINT64_C(1000000),
	.steps = { STEP_REVOKE },
	.n_steps = 1,
	.step_timeout_us = 10 * UINT64_C(1000000),
};
