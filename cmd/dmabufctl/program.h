/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_PROGRAM_H
#define DMABUFCTL_CMD_PROGRAM_H

#include <sys/types.h>

/*
 * Starts a helper found in PATH (pager, ssh) with the signals a program expects and
 * these as its standard input and output; -1 leaves ours. 0 or negative errno.
 */
int program_start(char *const *words, int input, int output, pid_t *ret);

/* Its exit status, 128 + the signal that killed it, or negative errno. */
int program_wait(pid_t pid);

#endif
