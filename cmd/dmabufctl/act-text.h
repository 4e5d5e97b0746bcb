/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_TEXT_H
#define DMABUFCTL_CMD_ACT_TEXT_H

/* What came of an act, as people read it. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/model/job.h"

struct act_style {
	bool colour;
	bool brief; /* the first line, and what is stuck */
	int64_t now_us; /* CLOCK_REALTIME */
	const char *driver; /* of reassign; NULL else */
};

/*
 * What was reached and how that is known; the steps with their durations, the buffers
 * before and after, what is stuck and why, notes, and what can be done now.
 */
void act_text_result(FILE *stream, const struct result *result,
		     const struct act_style *style);

#endif
