/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_COMMAND_H
#define DMABUFCTL_ACT_COMMAND_H

#include <stdint.h>

/*
 * Runs a command of the configuration: argv divided by blanks, the first an absolute
 * path; no shell. Its input and output are /dev/null; it is killed at deadline_ms of
 * monotonic_ms(). 0 with its exit status (128 + signal when one ended it); -ETIME;
 * -EINTR when wake_fd (-EBADF: none) became readable; -EINVAL: no such command line;
 * another negative errno.
 */
int command_run(const char *command, uint64_t deadline_ms, int wake_fd, int *ret_status);

#endif
