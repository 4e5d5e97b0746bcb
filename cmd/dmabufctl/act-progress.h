/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_PROGRESS_H
#define DMABUFCTL_CMD_ACT_PROGRESS_H

#include <stdint.h>

#include "lib/model/job.h"

/*
 * What a job is at, in one malloc'ed line that is safe on a terminal: "revoking
 * 0000:03:00.0: buffer 7 waits for test_importer (8 s left)". NULL: out of memory.
 */
char *act_progress_text(const struct job *job, int64_t now_us);

#endif
