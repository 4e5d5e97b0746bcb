/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_RELEASE_MOMENTS_H
#define DMABUFD_RELEASE_MOMENTS_H

/*
 * When the releases under way began, CLOCK_MONOTONIC: run/dmabufd outlives a daemon that
 * is started again, but not one that has left. A link each, named by the device: it is
 * there whole or not at all. On a tmpfs nothing of this waits for a disk.
 */

#include <stdint.h>

#include "cmd/dmabufd/releases.h"
#include "lib/observe/root.h"

/* An fd, which the others may be given also where it is negative: then nothing is kept. */
int release_moments_open(const struct root *root);

void release_moment_keep(int fd, const char *address, uint64_t begun_us);
uint64_t release_moment(int fd, const char *address); /* 0: not known */
void release_moment_forget(int fd, const char *address);

/* Forgets those of devices whose release is not under way any more. */
void release_moments_sweep(int fd, const struct releases *releases);

#endif
