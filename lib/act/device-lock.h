/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_DEVICE_LOCK_H
#define DMABUFCTL_ACT_DEVICE_LOCK_H

/*
 * One actor a device: flock() on run/dmabufctl/DEVICE.lock. The children that act
 * inherit the fd, so the lock lives exactly as long as something can still act.
 */

#include <stdint.h>
#include <sys/types.h>

#include "lib/model/job.h"

struct lock_holder {
	char job[JOB_ID_TEXT]; /* "": unknown */
	pid_t pid; /* of its executor; 0: unknown */
	int64_t since_us; /* CLOCK_REALTIME; 0: unknown */
};

/*
 * Below the fd of run/dmabufctl. The fd of the lock (>= 0), -EWOULDBLOCK with
 * ret_holder filled, or negative errno. The file stays; its content names job and pid.
 */
int device_lock(int runtime_fd, const char *device, const char *job,
		struct lock_holder *ret_holder);

/*
 * Waits for it until deadline_ms of monotonic_ms(), with the same results, or -EINTR when
 * wake_fd (-EBADF: none) is readable.
 */
int device_lock_wait(int runtime_fd, const char *device, const char *job,
		     uint64_t deadline_ms, int wake_fd, struct lock_holder *ret_holder);

#endif
