/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASE_MOMENTS_H
#define DMABUFD_RELEASE_MOMENTS_H

/*
 * When the releases under way began, CLOCK_MONOTONIC: run/dmabufd outlives a daemon that
 * is started again, but not one that has left. A link each, named by the device: it is
 * there whole or not at all. On a tmpfs nothing of this waits for a disk.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/observe/root.h"

/* An fd, which the others may be given also where it is negative: then nothing is kept. */
int release_moments_open(const struct root *root);

void release_moment_keep(int fd, const char *address, uint64_t begun_us);
uint64_t release_moment(int fd, const char *address); /* 0: not known */
void release_moment_forget(int fd, const char *address);

/* Forgets those of devices that are not under release any more. */
void release_moments_sweep(int fd,
			   bool (*is_under_way)(const void *context, const char *address),
			   const void *context);

#endif
